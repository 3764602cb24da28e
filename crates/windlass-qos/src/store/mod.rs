//! What a buffer does with messages: one store for each algorithm.
//!
//! A store decides who may touch which message, and never waits. Waking, waiting, closing by the number
//! of handles, callbacks and time are the business of the ends.
//!
//! Between the claim of a place and the message being there no code of the user runs: a message is moved in, and what made
//! room for it goes to the ends afterwards, to be dropped or handed on there. So no panic leaves a claim open, and a
//! thread dies before its claim or behind its message. Only a thread that is suspended stands in between.

mod any;
mod choice;
mod index_queue;
mod peek;
#[cfg(all(test, not(loom)))]
mod progress_tests;
#[cfg(all(test, not(loom)))]
mod queue_tests;
mod rest;
mod stamp_queue;
mod swap;

use alloc::vec::Vec;

use crate::error::BuildError;
use crate::stats::Stats;

pub(crate) use choice::Choice;
pub(crate) use index_queue::IndexQueue;
pub(crate) use peek::Peek;
pub(crate) use stamp_queue::StampQueue;
#[cfg(loom)]
pub(crate) use swap::{Manner, SwapStore};

/// What a store is built for. All limits are fixed here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Messages at once: 1 to 1 000 000, any number.
    pub(crate) capacity: usize,
    /// Senders at one time.
    pub(crate) senders: usize,
    /// Receivers at one time.
    pub(crate) receivers: usize,
    /// The position of the first message; 0 but in tests of counters that wrap.
    pub(crate) origin: u64,
}

/// A message that was offered and not accepted, and why. Also what passes a message on that may yet be accepted, to
/// what is called seldom: in its wrapping, see [`is_small`](windlass_sync::hint::is_small).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused<T> {
    /// There is no room, and nothing may make room.
    Full(T),
    /// The store is closed.
    Closed(T),
}

impl<T> Refused<T> {
    pub(crate) fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

/// What a receiver finds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken<T> {
    /// A message.
    Message(T),
    /// So many were dropped before the next one. Only stores that report it do.
    Lagged(u64),
    /// Nothing now.
    Empty,
    /// Nothing now, and nothing will come: closed before everything was taken.
    End,
}

/// The algorithm of a buffer.
///
/// Behind a message that was put in, and behind one that was refused because the store is closed, the caller
/// rings receivers: they may wait for what was about to come.
///
/// No verb waits for another thread without a bound, and none allocates after `new`. A message that `offer`
/// returned `Ok` for is delivered once, or handed out once as evicted, or dropped once with the store.
pub(crate) trait Store<T>: Sized + Send + Sync {
    /// What one sender keeps for itself.
    type Tx: Send;
    /// What one receiver keeps for itself.
    type Rx: Send;

    /// Whether a message is most often put in or taken at once; what else there is to do is then kept out of line.
    const AT_ONCE: bool = false;

    /// Allocates a store.
    fn new(limits: &Limits) -> Result<Self, BuildError>;

    /// What another sender needs; nothing if there are as many as the limit says.
    fn sender(&self) -> Option<Self::Tx>;
    /// What another receiver needs; nothing if there are as many as the limit says.
    fn receiver(&self) -> Option<Self::Rx>;
    /// A sender leaves, and its place can be taken by another one.
    fn leave_sender(&self, tx: &mut Self::Tx);
    /// A receiver leaves. What it holds goes to nobody, and is dropped here.
    fn leave_receiver(&self, rx: &mut Self::Rx);

    /// Puts a message in. Returns the one that made room for it, if one did.
    fn offer(&self, tx: &mut Self::Tx, message: T) -> Result<Option<T>, Refused<T>>;
    /// Puts messages from the front of a list in by one claim, as many as find room, so many at
    /// most. Returns how many. A store that cannot leaves them where they are.
    fn offer_run(&self, _: &mut Self::Tx, _: &mut Vec<T>, _: usize) -> usize {
        0
    }
    /// Puts a message in if there is nothing else to do; otherwise leaves all to `offer`, which then comes next.
    #[inline(always)]
    fn offer_at_once(&self, _: &mut Self::Tx, message: T) -> Result<(), T> {
        Err(message)
    }
    /// Takes the next message if there is nothing else to do; otherwise leaves all to `take`.
    #[inline(always)]
    fn take_at_once(&self, _: &mut Self::Rx) -> Option<T> {
        None
    }
    /// Puts a message in if there is room for it; nothing makes room. Returns one that receivers had
    /// passed and that was still in its place, if there was one.
    fn offer_if_room(&self, tx: &mut Self::Tx, message: T) -> Result<Option<T>, Refused<T>>;
    /// Takes the next message: the oldest, or the freshest at [`RealTime`](crate::RealTime).
    fn take(&self, rx: &mut Self::Rx) -> Taken<T>;
    /// Whether `take` would have found nothing, and no end. May say no where it is so.
    fn is_quiet(&self, _: &Self::Rx) -> bool {
        false
    }
    /// Takes messages in a row to the end of a list, as long as there are some and `fits` says so of each, so many at
    /// most. Returns how many. A store that cannot leaves them where they are.
    fn take_run(
        &self,
        _: &mut Self::Rx,
        _: usize,
        _: &mut Vec<T>,
        _: impl FnMut(&T) -> bool,
    ) -> usize {
        0
    }
    /// Takes the newest message; those before it that are still there go to `passed_over`, in order.
    fn take_latest(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) -> Taken<T>;
    /// Takes out what the only receiver has passed over without taking it, and what nothing has overwritten
    /// since; once it is closed and nothing more will be taken.
    fn sweep(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) {
        let _ = (rx, passed_over);
    }
    /// Takes out what is left, in order, when all handles are gone.
    fn drain(&mut self, left: &mut dyn FnMut(T));

    /// Refuses all further messages. Those that were accepted before are still taken; the last of them is
    /// never overwritten by this.
    fn close(&self);
    /// Whether messages are refused.
    fn is_closed(&self) -> bool;

    /// Messages that can be in the store at once.
    fn capacity(&self) -> usize;
    /// Whether a message of this sender would find room without making some; out of date at once unless it is the only
    /// sender. A store whose senders keep note of the room they saw does not look at what the receivers write.
    fn has_room(&self, _: &mut Self::Tx) -> bool {
        self.len() < self.capacity()
    }
    /// Messages in the store now; may be out of date at once.
    fn len(&self) -> usize;
    /// Messages that this receiver has taken out of the store and not delivered.
    fn in_hand(&self, _: &Self::Rx) -> usize {
        0
    }
    /// What was counted; the sum is exact while nobody is at work.
    fn stats(&self) -> Stats;
}
