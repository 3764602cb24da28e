//! The sending end.

mod clones;
mod many;
mod send_async;
#[cfg(feature = "sink")]
mod sink;
mod waiting;
mod weak;

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::sync::Arc;

pub(crate) use clones::too_many;
pub use many::Unsent;
pub(crate) use many::put_many;
pub use send_async::SendAsync;
#[cfg(feature = "sink")]
pub use sink::Outlet;
pub use weak::WeakSender;

use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::level::{Level, Overwrites, QosLevel};
use crate::paths::{OneToOne, Paths};
use crate::shared::{Shared, StoreOf, TxOf, Waiting};
use crate::stats::{DropReason, Stats};
use crate::store::{Refused, Store};

/// Puts messages into a buffer.
///
/// When the last sender is dropped the buffer closes, and receivers drain it. When the last receiver is
/// dropped, messages come back as [`Closed`]; a sender that was in the middle of a send then drops what it and others put
/// in behind it, or hands it to the callback. Until then progress is as said of each verb, and in
/// [a table](crate#progress); from then on a send takes a lock. So it does while a receiver sleeps, whom it wakes.
pub struct Sender<T: Send, L: Level, P: Paths = OneToOne> {
    pub(crate) shared: Arc<Shared<T, L, P>>,
    tx: TxOf<T, L, P>,
    when_full: WhenFull,
    waiting: Box<Waiting>,
}

/// What a buffer that overwrites does instead, if anything.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WhenFull {
    /// What its level says.
    Level,
    DropNewest,
    WaitFirst(Duration),
}

impl<T: Send, L: Level, P: Paths> Sender<T, L, P> {
    pub(crate) fn first(
        shared: Arc<Shared<T, L, P>>,
        when_full: WhenFull,
        wait: Wait,
    ) -> Result<Self, BuildError> {
        let tx = shared.store.sender().ok_or(BuildError::NoHandles)?;
        let waiting = Waiting::new(shared.key(), wait);
        Ok(Self { shared, tx, when_full, waiting })
    }

    /// Puts a message in. At [`Guaranteed`](crate::Guaranteed) it waits for room; at the other levels it
    /// never waits, unless the buffer was built to
    /// [`wait_then_overwrite`](crate::Builder::wait_then_overwrite).
    ///
    /// Blocking where it waits. Otherwise wait-free with [`OneToOne`], and lock-free with many senders.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, rx) = windlass_qos::real_time(2)?;
    /// tx.send("now")?;
    /// drop(rx);
    /// assert_eq!(tx.send("never").map_err(|refused| refused.into_inner()), Err("never"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn send(&mut self, message: T) -> Result<(), Closed<T>> {
        match self.put(message) {
            Ok(()) => Ok(()),
            Err(Refused::Closed(message)) => Err(Closed(message)),
            Err(Refused::Full(message)) => match self.wait_and_put(message, Deadline::never()) {
                Ok(()) => Ok(()),
                Err(refused) => Err(Closed(refused.into_inner())),
            },
        }
    }

    /// Puts a message in, or gives it back, at once. Where the level overwrites this is
    /// [`send`](Self::send) that never waits.
    ///
    /// Wait-free with [`OneToOne`], lock-free with many senders; at every level.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline(always)]
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let put = match self.when_full {
            WhenFull::WaitFirst(_) if L::OVERWRITES => self.offer(message),
            _ => self.put(message),
        };
        match put {
            Ok(()) => Ok(()),
            Err(Refused::Full(message)) => Err(TrySendError::Full(message)),
            Err(Refused::Closed(message)) => Err(TrySendError::Closed(message)),
        }
    }

    /// Puts a message in by what was asked for when the buffer was built.
    #[inline(always)]
    fn put(&mut self, message: T) -> Result<(), Refused<T>> {
        if L::OVERWRITES && !matches!(self.when_full, WhenFull::Level) {
            return self.put_otherwise(Refused::Full(message));
        }
        self.offer(message)
    }

    /// Puts a message in by the level.
    #[inline(always)]
    fn offer(&mut self, message: T) -> Result<(), Refused<T>> {
        if !StoreOf::<T, L, P>::AT_ONCE {
            return self.offer_otherwise(message);
        }
        // What is done for nearly every message, and calls last of all: so little has to be kept over them that it
        // saves no registers. Always in line where others send: a function would get a large message by its
        // address, and wait there until all stores before it have left the core.
        match self.shared.store.offer_at_once(&mut self.tx, message) {
            Ok(()) if !self.shared.not_empty.is_awaited() => Ok(()),
            Ok(()) => self.ring(),
            // In its wrapping, see `is_small`.
            back @ Err(_) => self.offer_slowly(back),
        }
    }

    #[inline]
    fn offer_otherwise(&mut self, message: T) -> Result<(), Refused<T>> {
        self.offer_whole(message)
    }

    #[inline(never)]
    fn offer_slowly(&mut self, back: Result<(), T>) -> Result<(), Refused<T>> {
        match back {
            Ok(()) => Ok(()),
            Err(message) => self.offer_whole(message),
        }
    }

    #[cold]
    #[inline(never)]
    fn ring<E>(&self) -> Result<(), E> {
        self.shared.ring();
        Ok(())
    }

    #[inline(always)]
    fn offer_whole(&mut self, message: T) -> Result<(), Refused<T>> {
        let offered = self.shared.store.offer(&mut self.tx, message);
        self.shared.ring();
        if let Some(evicted) = offered? {
            self.shared.dispose(evicted, DropReason::Overwritten);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn put_otherwise(&mut self, refused: Refused<T>) -> Result<(), Refused<T>> {
        let message = refused.into_inner();
        if let WhenFull::WaitFirst(patience) = self.when_full {
            return match self.wait_and_put(message, Deadline::after(patience)) {
                Ok(()) => Ok(()),
                Err(SendTimeoutError::Timeout(message)) => self.offer(message),
                Err(SendTimeoutError::Closed(message)) => Err(Refused::Closed(message)),
            };
        }
        let offered = self.shared.store.offer_if_room(&mut self.tx, message);
        self.shared.ring();
        match offered {
            Ok(Some(passed)) => {
                self.shared.dispose(passed, DropReason::Overwritten);
                Ok(())
            }
            Err(Refused::Full(message)) => {
                self.shared.count_newest();
                self.shared.dispose(message, DropReason::Newest);
                Ok(())
            }
            done => done.map(drop),
        }
    }

    /// Puts a message in if there is room for it, whatever the level.
    pub(crate) fn try_send_into_room(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let offered = self.shared.store.offer_if_room(&mut self.tx, message);
        self.shared.ring();
        match offered {
            Ok(passed) => {
                if let Some(passed) = passed {
                    self.shared.dispose(passed, DropReason::Overwritten);
                }
                Ok(())
            }
            Err(Refused::Full(message)) => Err(TrySendError::Full(message)),
            Err(Refused::Closed(message)) => Err(TrySendError::Closed(message)),
        }
    }

    /// Refuses all further messages, of all senders, and wakes everybody; receivers drain the buffer.
    ///
    /// Waits for nobody, also not for a sender in the middle of a send, whose message is still received. Takes a lock and
    /// makes system calls to wake who sleeps.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether messages are refused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.store.is_closed()
    }

    /// Messages in the buffer; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.store.len()
    }

    /// Whether the buffer is empty; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the buffer is full; may be out of date at once.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.capacity() <= self.len()
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

    /// How the buffer is doing.
    ///
    /// Waits for nobody and stops nobody. At [`RealTime`](crate::RealTime) it looks at each place, as
    /// [`len`](Self::len) does.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Whether both send into one buffer.
    #[must_use]
    pub fn same_buffer(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T: Send, L: Overwrites, P: Paths> Sender<T, L, P> {
    /// Puts a message in and hands back the one that made room for it, if one had to.
    ///
    /// Never waits, and overwrites also where the buffer was built to do something else. Wait-free with [`OneToOne`],
    /// lock-free with many senders.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, _rx) = windlass_qos::reliable(1)?;
    /// assert_eq!(tx.force_send(1)?, None);
    /// assert_eq!(tx.force_send(2)?, Some(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn force_send(&mut self, message: T) -> Result<Option<T>, Closed<T>> {
        let offered = self.shared.store.offer(&mut self.tx, message);
        self.shared.ring();
        offered.map_err(|refused| Closed(refused.into_inner()))
    }
}

impl<T: Send, L: Level, P: Paths> Drop for Sender<T, L, P> {
    fn drop(&mut self) {
        self.shared.store.leave_sender(&mut self.tx);
        self.shared.remove_sender();
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Sender<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.debug(f.debug_struct("Sender"))
    }
}
