//! The one that sends.

use core::fmt;

use windlass_sync::atomic::Ordering;

use super::head::{Hall, Head};
use crate::error::Closed;
use crate::slots::shared::Writer;

/// Sends to all readers, and never waits for any.
pub struct Sender<T: Send + Sync> {
    writer: Writer<T, Head>,
    sent: u64,
    /// The cell of the next message.
    cell: usize,
    closed: bool,
}

/// The numbers of a broadcast, at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BroadcastStats {
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that readers got, of all readers together, also of those that left.
    pub delivered: u64,
    /// Messages that readers were told they missed.
    pub lagged: u64,
    /// Messages that readers passed over to get to the latest.
    pub passed_over: u64,
}

impl BroadcastStats {
    pub(super) fn of<T>(hall: &Hall<T>) -> Self {
        let mut stats = Self { sent: hall.head.tail().sent, ..Self::default() };
        for place in hall.places() {
            // ORDERING: Relaxed. Numbers; each is read by itself.
            stats.delivered += place.delivered.load(Ordering::Relaxed);
            // ORDERING: Relaxed. As above.
            stats.lagged += place.lagged.load(Ordering::Relaxed);
            // ORDERING: Relaxed. As above.
            stats.passed_over += place.passed_over.load(Ordering::Relaxed);
        }
        stats
    }
}

impl<T: Send + Sync> Sender<T> {
    pub(super) fn new(writer: Writer<T, Head>) -> Self {
        Self { writer, sent: 0, cell: 0, closed: false }
    }

    /// Sends a message to all readers; the oldest one makes room.
    ///
    /// Wait-free, and allocates nothing: readers that stand still anywhere cannot hold it up. Only if
    /// somebody sleeps it takes a lock for a moment and wakes them. If the drop of an old message panics,
    /// the new one was sent nevertheless.
    ///
    /// # Errors
    ///
    /// [`Closed`] with the message, if it was closed or if all readers and [`Readers`](super::Readers) are
    /// gone.
    #[inline]
    pub fn send(&mut self, message: T) -> Result<(), Closed<T>> {
        if self.closed || self.head().is_deserted() {
            return Err(Closed(message));
        }
        let left_over = self.put(message);
        self.head().announce(self.sent, false);
        // Last of all, since dropping may panic.
        drop(left_over);
        self.writer.sweep();
        Ok(())
    }

    /// The first half of a send: the message is there, and nobody knows.
    #[inline]
    pub(super) fn put(&mut self, message: T) -> Option<T> {
        let left_over = self.writer.put(self.cell, self.sent, message);
        self.sent += 1;
        self.cell += 1;
        if self.cell == self.capacity() {
            self.cell = 0;
        }
        left_over
    }

    /// Sends no more. Readers still get what is kept, and then learn of the end; all are woken.
    ///
    /// Wait-free but for waking. Dropping the sender does the same.
    pub fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.head().announce(self.sent, true);
        }
    }

    /// Whether nothing will be accepted any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed || self.head().is_deserted()
    }

    /// Messages that are kept.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.writer.shared().cells()
    }

    /// The numbers of all readers together.
    #[must_use]
    pub fn stats(&self) -> BroadcastStats {
        BroadcastStats::of(self.writer.shared())
    }

    #[inline]
    fn head(&self) -> &Head {
        &self.writer.shared().head
    }
}

impl<T: Send + Sync> Drop for Sender<T> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<T: Send + Sync> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("sent", &self.sent).finish_non_exhaustive()
    }
}
