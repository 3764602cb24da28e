//! The newest value for one reader.

use core::fmt;
use core::time::Duration;

use windlass_ring::{Wait, Waiter};
use windlass_sync::{Deadline, EventCount};

use super::waiting::until;
use crate::error::{RecvError, RecvTimeoutError};
use crate::slots::triple::{Back, Front, Triple};

/// A writer and its one reader.
///
/// Nothing allocates afterwards. The reader waits as [`Wait::default`] says, or as
/// [`Reader::wait`] is told.
///
/// # Source
///
/// Triple buffering, as displays do it.
#[must_use]
pub fn channel<T: Send>() -> (Writer<T>, Reader<T>) {
    let (back, front) = Triple::build(EventCount::new(1));
    (
        Writer { back, closed: false },
        Reader { front, skipped: 0, waiter: Waiter::new(Wait::default()) },
    )
}

/// Writes the newest value.
pub struct Writer<T: Send> {
    back: Back<T, EventCount>,
    closed: bool,
}

impl<T: Send> Writer<T> {
    /// Replaces the value; returns the one before it if the reader did not get it.
    ///
    /// Wait-free: one exchange. Only if the reader sleeps it takes a lock for a moment and wakes it. After
    /// [`close`](Self::close) the last value stays, and `value` comes back. Values that were read are
    /// dropped by the reader.
    #[inline]
    pub fn write(&mut self, value: T) -> Option<T> {
        if self.closed {
            return Some(value);
        }
        let replaced = self.back.write(value);
        self.back.triple().head.notify();
        replaced
    }

    /// Replaces the value, drops the one before it, and returns whether the reader did not get that.
    ///
    /// As [`write`](Self::write), and cheaper for large values, since nothing is moved back. After
    /// [`close`](Self::close) the last value stays, and `value` is dropped.
    #[inline]
    pub fn set(&mut self, value: T) -> bool {
        if self.closed {
            return false;
        }
        let unread = self.back.set(value);
        self.back.triple().head.notify();
        unread
    }

    /// Writes no more. The last value stays, and the reader is woken. Dropping the writer does the same.
    pub fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.back.close();
            self.back.triple().head.notify();
        }
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// How many values were written.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.back.number()
    }
}

impl<T: Send> Drop for Writer<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T: Send> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// Looks at the newest value.
pub struct Reader<T: Send> {
    front: Front<T, EventCount>,
    skipped: u64,
    waiter: Waiter,
}

impl<T: Send> Reader<T> {
    /// Waits by this strategy from now on.
    #[must_use]
    pub fn wait(mut self, wait: Wait) -> Self {
        self.waiter = Waiter::new(wait);
        self
    }

    /// The newest value; nothing if none was written, or if it was taken out.
    ///
    /// Wait-free: one load if there is nothing new, one exchange otherwise. The value that it had before is
    /// dropped here, after the exchange.
    #[inline]
    pub fn read(&mut self) -> Option<&T> {
        self.refresh();
        self.front.get()
    }

    /// The newest value, to be changed in place.
    #[inline]
    pub fn read_mut(&mut self) -> Option<&mut T> {
        self.refresh();
        self.front.get_mut()
    }

    /// The newest value, taken out: it is not there any more afterwards.
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        self.refresh();
        self.front.take()
    }

    #[inline]
    fn refresh(&mut self) {
        let last = self.front.number();
        let (new, before) = self.front.refresh();
        if new {
            self.skipped += self.front.number() - last - 1;
        }
        drop(before);
    }

    /// Whether there is a value that this reader did not see. Wait-free: one load.
    #[inline]
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.front.is_new()
    }

    /// How many values were replaced before this reader saw them, up to the one that it saw last.
    ///
    /// `skipped` and the values that it saw are [`generation`](Self::generation) together, exactly.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Which value this reader saw last: the first one is 1, and 0 is none.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.front.number()
    }

    /// Whether nothing more will be written; there may be a value to see still.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.front.is_closed()
    }

    /// Waits for a value that this reader did not see.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvError::Closed) if none will come.
    pub fn changed(&mut self) -> Result<(), RecvError> {
        self.changed_deadline(Deadline::never()).map_err(|_| RecvError::Closed)
    }

    /// Waits for a value that this reader did not see, for so long.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvTimeoutError::Closed) if none will come, or [`Timeout`](RecvTimeoutError::Timeout).
    pub fn changed_timeout(&mut self, timeout: Duration) -> Result<(), RecvTimeoutError> {
        self.changed_deadline(Deadline::after(timeout))
    }

    /// Waits for a value that this reader did not see, until a deadline.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvTimeoutError::Closed) if none will come, or [`Timeout`](RecvTimeoutError::Timeout).
    pub fn changed_deadline(&mut self, deadline: Deadline) -> Result<(), RecvTimeoutError> {
        let (front, bell) = (&self.front, &self.front.triple().head);
        let found = self.waiter.wait_at(bell, 0, 2, deadline, || look(front));
        match found {
            Some(true) => Ok(()),
            Some(false) => Err(RecvTimeoutError::Closed),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Waits in a task for a value that this reader did not see.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvError::Closed) if none will come.
    pub async fn changed_async(&mut self) -> Result<(), RecvError> {
        // Exclusively: a task that waits may go to another thread, and `T` need not be `Sync`.
        let front = &mut self.front;
        let triple = windlass_sync::sync::Arc::clone(front.triple());
        match until(&triple.head, 0, move || look(front)).await {
            true => Ok(()),
            false => Err(RecvError::Closed),
        }
    }
}

/// Whether there is a new value; or that there will be none.
#[inline]
fn look<T>(front: &Front<T, EventCount>) -> Option<bool> {
    // The end first: what was written before it is seen afterwards.
    let closed = front.is_closed();
    match front.is_new() {
        true => Some(true),
        false if closed => Some(false),
        false => None,
    }
}

impl<T: Send> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("generation", &self.generation()).finish_non_exhaustive()
    }
}
