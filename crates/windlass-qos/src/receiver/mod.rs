//! The receiving end.

mod clones;
mod iter;
mod many;
mod peek;
mod recv_async;
#[cfg(feature = "stream")]
mod stream;

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::hint;
use windlass_sync::sync::Arc;

pub use iter::{Drain, IntoIter, Iter, TryIter};
pub(crate) use iter::{next_now, next_waiting};
pub use recv_async::RecvAsync;
#[cfg(feature = "stream")]
pub use stream::{Messages, Reports};

use crate::bell::Bell;
use crate::error::{BuildError, RecvError, RecvTimeoutError, TryRecvError};
use crate::level::{Level, QosLevel};
use crate::paths::{OneToOne, Paths};
use crate::shared::{RxOf, Shared, StoreOf, Waiting};
use crate::stats::{DropReason, Stats};
use crate::store::{Store, Taken};

/// Takes messages out of a buffer.
///
/// When the last receiver is dropped the buffer closes; what is in it is dropped, also what senders are just putting
/// in, and later messages come back to them.
///
/// Progress is as said of each verb, and in [a table](crate#progress). Who makes room while a sender sleeps takes a lock and
/// wakes it.
pub struct Receiver<T: Send, L: Level, P: Paths = OneToOne> {
    pub(crate) shared: Arc<Shared<T, L, P>>,
    rx: RxOf<T, L, P>,
    /// Missing messages that a batch ended at; told by the next verb.
    lag: u64,
    waiting: Box<Waiting>,
}

impl<T: Send, L: Level, P: Paths> Receiver<T, L, P> {
    pub(crate) fn first(shared: Arc<Shared<T, L, P>>, wait: Wait) -> Result<Self, BuildError> {
        let rx = shared.store.receiver().ok_or(BuildError::NoHandles)?;
        let waiting = Waiting::new(shared.key(), wait);
        Ok(Self { shared, rx, lag: 0, waiting })
    }

    /// Takes the next message, at once.
    ///
    /// Wait-free at [`Guaranteed`](crate::Guaranteed) where there is one receiver by type, otherwise lock-free.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none, [`Lagged`](TryRecvError::Lagged) if some are missing before
    /// it, [`Closed`](TryRecvError::Closed) if none will come.
    #[inline]
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.take() {
            Taken::Message(message) => Ok(message),
            Taken::Empty => Err(TryRecvError::Empty),
            Taken::End => Err(TryRecvError::Closed),
            Taken::Lagged(n) => Err(TryRecvError::Lagged(n)),
        }
    }

    /// Waits for the next message and takes it.
    ///
    /// Blocking while there is none, otherwise as [`try_recv`](Self::try_recv).
    ///
    /// # Errors
    ///
    /// [`RecvError::Lagged`] if some are missing before it, which is no end;
    /// [`Closed`](RecvError::Closed) if none will come.
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_qos::RecvError;
    ///
    /// let (mut tx, mut rx) = windlass_qos::reliable(2)?;
    /// (1..=3).try_for_each(|i| tx.send(i))?;
    /// drop(tx);
    /// let mut seen = vec![];
    /// loop {
    ///     match rx.recv() {
    ///         Ok(i) => seen.push(i),
    ///         Err(RecvError::Lagged(missing)) => assert_eq!(missing, 1),
    ///         Err(RecvError::Closed) => break,
    ///     }
    /// }
    /// assert_eq!(seen, [2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Result<T, RecvError> {
        match self.take_at_once() {
            Some(message) => Ok(message),
            None if StoreOf::<T, L, P>::AT_ONCE => self.recv_slowly(),
            None => self.recv_otherwise(),
        }
    }

    /// Waits at most so long for the next message.
    ///
    /// Blocking while there is none, otherwise as [`try_recv`](Self::try_recv).
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`], as [`recv`](Self::recv), or because the time is over.
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(wait))
    }

    /// Waits at most until `deadline` for the next message.
    ///
    /// Blocking while there is none, otherwise as [`try_recv`](Self::try_recv).
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`], as [`recv`](Self::recv), or because the deadline has passed.
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        let mut taken = self.take();
        if matches!(taken, Taken::Empty) {
            taken = self.wait_for_message(deadline);
        }
        match taken {
            Taken::Message(message) => Ok(message),
            Taken::Empty => Err(RecvTimeoutError::Timeout),
            Taken::End => Err(RecvTimeoutError::Closed),
            Taken::Lagged(n) => Err(RecvTimeoutError::Lagged(n)),
        }
    }

    /// Takes the next message and makes its room known.
    #[inline]
    fn take(&mut self) -> Taken<T> {
        match self.take_at_once() {
            Some(message) => Taken::Message(message),
            None if StoreOf::<T, L, P>::AT_ONCE => self.take_slowly(),
            None => self.take_otherwise(),
        }
    }

    /// Takes the next message if there is nothing else to do; otherwise leaves all to `take_otherwise`.
    #[inline(always)]
    fn take_at_once(&mut self) -> Option<T> {
        if !StoreOf::<T, L, P>::AT_ONCE || (L::REPORTS && self.lag != 0) {
            return None;
        }
        let message = self.shared.store.take_at_once(&mut self.rx);
        if message.is_none() || !self.shared.is_room_awaited() {
            return message;
        }
        if hint::is_small::<T>() {
            // As in `Sender::offer`.
            return self.ring_behind(message);
        }
        self.ring();
        message
    }

    #[inline(always)]
    fn take_otherwise(&mut self) -> Taken<T> {
        if L::REPORTS && self.lag != 0 {
            return Taken::Lagged(core::mem::take(&mut self.lag));
        }
        self.take_whole()
    }

    #[inline(never)]
    fn take_slowly(&mut self) -> Taken<T> {
        self.take_otherwise()
    }

    #[cold]
    #[inline(never)]
    fn ring_behind(&self, message: Option<T>) -> Option<T> {
        self.made_room();
        message
    }

    #[cold]
    #[inline(never)]
    fn ring(&self) {
        self.made_room();
    }

    #[inline(always)]
    fn take_whole(&mut self) -> Taken<T> {
        let taken = self.shared.store.take(&mut self.rx);
        if matches!(taken, Taken::Message(_)) {
            self.made_room();
        }
        taken
    }

    #[inline]
    fn made_room(&self) {
        if let Some(bell) = self.shared.not_full.get() {
            bell.notify();
        }
    }

    #[inline(never)]
    fn recv_slowly(&mut self) -> Result<T, RecvError> {
        self.recv_otherwise()
    }

    #[inline(always)]
    fn recv_otherwise(&mut self) -> Result<T, RecvError> {
        match self.take_otherwise() {
            Taken::Message(message) => Ok(message),
            other => self.recv_slow(other),
        }
    }

    #[cold]
    #[inline(never)]
    fn recv_slow(&mut self, mut taken: Taken<T>) -> Result<T, RecvError> {
        if matches!(taken, Taken::Empty) {
            taken = self.wait_for_message(Deadline::never());
        }
        match taken {
            Taken::Message(message) => Ok(message),
            Taken::Lagged(n) => Err(RecvError::Lagged(n)),
            Taken::End | Taken::Empty => Err(RecvError::Closed),
        }
    }

    /// Waits until there is something, and takes it; `Empty` only if the deadline has passed.
    #[cold]
    #[inline(never)]
    fn wait_for_message(&mut self, deadline: Deadline) -> Taken<T> {
        let Self { shared, rx, waiting, .. } = self;
        let parties = shared.parties();
        let found =
            waiting.wait_at(&shared.not_empty, parties, deadline, || match shared.store.take(rx) {
                Taken::Empty => None,
                found => Some(found),
            });
        if matches!(found, Some(Taken::Message(_))) {
            self.made_room();
        }
        found.unwrap_or(Taken::Empty)
    }

    /// Refuses all further messages, of all senders, and wakes everybody. What is in the buffer can still
    /// be received.
    ///
    /// Waits for nobody, also not for a sender in the middle of a send, whose message is still received. Takes a lock and
    /// makes system calls to wake who sleeps.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether messages are refused; there may be some left to receive.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.store.is_closed()
    }

    /// Messages that this receiver could take; may be out of date at once. One that it has
    /// [peeked](Self::peek) at is one of them, also where it has made room for another.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.store.len() + self.shared.store.in_hand(&self.rx)
    }

    /// Whether there is no message to take; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the buffer is full; may be out of date at once.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.capacity() <= self.shared.store.len()
    }

    /// Messages that can be in the buffer at once, exactly as asked for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.shared.store.capacity()
    }

    /// The level, also if it was chosen when the program runs.
    #[must_use]
    pub fn level(&self) -> QosLevel {
        self.shared.qos
    }

    /// Messages of this buffer that were accepted and nobody got, so far, for whatever reason.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.stats().dropped()
    }

    /// How the buffer is doing.
    ///
    /// Waits for nobody and stops nobody. At [`RealTime`](crate::RealTime) it looks at each place, as
    /// [`len`](Self::len) does.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Hands a message that nobody gets to the callback, or drops it.
    pub(crate) fn dispose(&self, message: T, reason: DropReason) {
        self.shared.dispose(message, reason);
    }

    /// The next verb says that so many are missing.
    pub(crate) fn owe(&mut self, missing: u64) {
        self.lag = missing;
    }

    /// Whether both receive from one buffer.
    #[must_use]
    pub fn same_buffer(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T: Send, L: Level, P: Paths> Drop for Receiver<T, L, P> {
    fn drop(&mut self) {
        self.shared.remove_receiver(&mut self.rx);
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Receiver<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.debug(f.debug_struct("Receiver"))
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
