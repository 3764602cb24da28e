//! What a user writes: the worker.

use core::marker::PhantomData;

use windlass_partition::Slot;

use crate::batch::Batch;
use crate::context::Context;

/// State on a thread of its own, which messages reach and nothing else does.
///
/// It is built on that thread, by the factory that the pool was given, and never leaves it: it need not be
/// `Send`, and `Rc` and `Cell` do. Its methods are called one after the other.
///
/// A handler must not block for long. It cannot deadlock by sending: [`Context::send`] never waits, nor does a
/// [`PoolLink`](crate::PoolLink) into another pool.
///
/// # Examples
///
/// A closure is enough for a worker without state of its own, see [`Pool::each`](crate::Pool::each). With
/// state:
///
/// ```
/// use std::collections::HashMap;
///
/// use windlass_pool::{Context, Pool, Shutdown, Worker};
///
/// #[derive(Default)]
/// struct Counts(HashMap<String, u64>);
///
/// impl Worker for Counts {
///     type Message = String;
///     type Control = ();
///     type Slot = ();
///
///     fn on_message(&mut self, _: &mut Context<'_, Self>, word: String) {
///         *self.0.entry(word).or_default() += 1;
///     }
/// }
///
/// let pool = Pool::builder(|_| Counts::default()).workers(2).build()?;
/// let mut tx = pool.sender()?;
/// for word in ["to", "be", "or", "not", "to", "be"] {
///     tx.send(word, word.to_owned())?;
/// }
/// let report = pool.shutdown(Shutdown::drain());
/// assert_eq!(report.handled, 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Worker: Sized + 'static {
    /// What it is sent.
    type Message: Send + 'static;
    /// What it is told on the control lane, beside its messages; `()` if nothing.
    type Control: Send + 'static;
    /// What travels with a slot when that gets another owner; `()` if nothing.
    type Slot: Send + 'static;

    /// Handles one message.
    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Self::Message);

    /// Handles what has come, by default one message after the other.
    ///
    /// What is left in the batch comes first in the next one; which is when there is room again, if it took nothing
    /// while something that it sent had none. A message counts as handled when the one
    /// behind it is taken, or this returns.
    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        while let Some(message) = batch.next() {
            self.on_message(cx, message);
        }
    }

    /// Handles a control message. These come before messages, in the same order at every worker.
    fn on_control(&mut self, cx: &mut Context<'_, Self>, control: Self::Control) {
        drop(control);
        let _ = cx;
    }

    /// Called at each tick that the pool was built with, under load too.
    fn on_tick(&mut self, cx: &mut Context<'_, Self>) {
        let _ = cx;
    }

    /// Called when nothing is left to do, before the thread waits; once, until the worker has something to do
    /// again.
    fn on_idle(&mut self, cx: &mut Context<'_, Self>) {
        let _ = cx;
    }

    /// Gives up a slot, with whatever is kept for its keys. All that was sent before has been handled.
    fn slot_out(&mut self, slot: Slot) -> Option<Self::Slot> {
        let _ = slot;
        None
    }

    /// Takes a slot over. All that is sent for its keys comes behind this.
    fn slot_in(&mut self, slot: Slot, state: Arrived<Self::Slot>) {
        drop(state);
        let _ = slot;
    }

    /// A copy of a message that is about to be handled, for the case that this panics; by default none.
    ///
    /// With a copy the message is handled again under [`Poison::Retry`](crate::Poison::Retry), or lies among
    /// the dead letters.
    fn keep(message: &Self::Message) -> Option<Self::Message> {
        let _ = message;
        None
    }

    /// Called last of all, unless the worker panicked.
    fn on_stop(self, reason: StopReason) {
        let _ = reason;
    }
}

/// What comes with a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrived<S> {
    /// What the owner before kept for it.
    State(S),
    /// The owner before kept nothing.
    Nothing,
    /// The owner before is gone, and what it kept with it.
    Lost,
}

/// Why a worker is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The pool shuts down, and everything was handled.
    Drained,
    /// The pool shuts down, and the time is over.
    Aborted,
    /// The pool has fewer workers from now on.
    Retired,
    /// It is built anew.
    Restarted,
    /// It asked for it, by [`Context::stop`].
    Asked,
}

/// A worker that is a closure; see [`Pool::each`](crate::Pool::each).
pub struct Each<M, F> {
    handle: F,
    of: PhantomData<fn(M)>,
}

impl<M, F> Each<M, F> {
    pub(crate) fn new(handle: F) -> Self {
        Self { handle, of: PhantomData }
    }
}

impl<M, F> core::fmt::Debug for Each<M, F> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Each").finish_non_exhaustive()
    }
}

impl<M: Send + 'static, F: FnMut(M) + 'static> Worker for Each<M, F> {
    type Message = M;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, message: M) {
        (self.handle)(message);
    }
}
