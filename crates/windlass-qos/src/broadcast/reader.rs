//! One that reads.

use core::fmt;
use core::time::Duration;

use windlass_ring::Waiter;
use windlass_sync::Deadline;
use windlass_sync::atomic::Ordering;

use super::builder::TooManyReaders;
use super::head::{Hall, Head};
use super::recv_async::RecvAsync;
use super::view::Ref;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::slots::shared::Seat;

/// Where a reader begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With the first message that is sent after it came.
    Next,
    /// With the oldest message that is kept.
    Oldest,
}

/// The numbers of one reader, which only it changes.
///
/// `delivered + lagged + passed_over + len() == sent` since it came, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReaderStats {
    /// Messages that it got.
    pub delivered: u64,
    /// Messages that it was told it missed.
    pub lagged: u64,
    /// Messages that it passed over to get to the latest, also those that were overwritten by then.
    pub passed_over: u64,
}

/// Reads every message in place, at its own pace.
pub struct Reader<T: Send + Sync> {
    pub(super) spot: Spot<T>,
    waiter: Waiter,
}

/// A reader without its way of waiting.
pub(crate) struct Spot<T> {
    seat: Seat<T, Head>,
    /// The position of the next message, and its cell.
    cursor: u64,
    cell: usize,
    /// Messages that were announced when it last looked.
    known: u64,
    stats: ReaderStats,
}

impl<T: Send + Sync> Reader<T> {
    pub(super) fn new(spot: Spot<T>, waiter: Waiter) -> Self {
        Self { spot, waiter }
    }

    /// Another reader, which goes on from where this one is.
    ///
    /// # Errors
    ///
    /// [`TooManyReaders`] if there are as many as it was built for.
    pub fn another(&self) -> Result<Self, TooManyReaders> {
        let seat = Hall::seat(self.spot.seat.shared()).ok_or(TooManyReaders)?;
        Ok(Self::new(Spot::new(seat, self.spot.cursor), self.waiter.another()))
    }

    /// The next message, if it is there. Wait-free.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty), [`Closed`](TryRecvError::Closed) behind the last message, or
    /// [`Lagged`](TryRecvError::Lagged) if messages were overwritten before it came to them.
    #[inline]
    pub fn try_recv(&mut self) -> Result<Ref<'_, T>, TryRecvError> {
        self.spot.look()?;
        Ok(Ref::new(&mut self.spot))
    }

    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvError::Closed) behind the last message, or [`Lagged`](RecvError::Lagged) if messages
    /// were overwritten before it came to them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use windlass_qos::{RecvError, broadcast::{Builder, From}};
    /// let (mut tx, readers) = Builder::new(2).build::<u64>()?;
    /// let mut reader = readers.subscribe(From::Next)?;
    /// tx.send(1)?;
    /// tx.close();
    /// assert_eq!(*reader.recv()?, 1);
    /// assert_eq!(reader.recv().err(), Some(RecvError::Closed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn recv(&mut self) -> Result<Ref<'_, T>, RecvError> {
        match self.wait(Deadline::never()) {
            Ok(()) => Ok(Ref::new(&mut self.spot)),
            Err(RecvTimeoutError::Lagged(n)) => Err(RecvError::Lagged(n)),
            Err(_) => Err(RecvError::Closed),
        }
    }

    /// Waits for the next message, for so long.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and [`Timeout`](RecvTimeoutError::Timeout).
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Ref<'_, T>, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(timeout))
    }

    /// Waits for the next message until a deadline.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and [`Timeout`](RecvTimeoutError::Timeout).
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<Ref<'_, T>, RecvTimeoutError> {
        self.wait(deadline)?;
        Ok(Ref::new(&mut self.spot))
    }

    /// Waits for the next message in a task of any runtime.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_async(&mut self) -> RecvAsync<'_, T> {
        RecvAsync::new(self)
    }

    /// Waits for the next message and clones it.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_cloned(&mut self) -> Result<T, RecvError>
    where
        T: Clone,
    {
        self.recv().map(|message| T::clone(&message))
    }

    /// The newest message that this reader did not get, if there is one; those before it are passed over.
    ///
    /// Wait-free. What was passed over is counted in [`stats`](Self::stats), and not told as lag.
    ///
    /// # Errors
    ///
    /// [`Empty`](TryRecvError::Empty), or [`Closed`](TryRecvError::Closed) behind the last message.
    pub fn latest(&mut self) -> Result<Ref<'_, T>, TryRecvError> {
        self.spot.release();
        self.spot.look_at_newest()?;
        Ok(Ref::new(&mut self.spot))
    }

    /// Messages that were sent and that this reader did not get, also those that it missed.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.spot.seat.shared().head.tail().sent.saturating_sub(self.spot.cursor)
    }

    /// Messages that this reader could get now: its lag, and the capacity at most.
    #[must_use]
    pub fn len(&self) -> usize {
        let capacity = self.capacity();
        usize::try_from(self.lag()).map_or(capacity, |lag| lag.min(capacity))
    }

    /// Whether there is nothing to get now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lag() == 0
    }

    /// Whether nothing more will be sent; there may be messages to get still.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.spot.seat.shared().head.tail().closed
    }

    /// Messages that are kept.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.spot.seat.shared().cells()
    }

    /// The numbers of this reader.
    #[must_use]
    pub fn stats(&self) -> ReaderStats {
        self.spot.stats
    }

    #[inline]
    fn wait(&mut self, deadline: Deadline) -> Result<(), RecvTimeoutError> {
        match self.spot.look() {
            Err(TryRecvError::Empty) => {}
            other => return settled(other),
        }
        self.wait_long(deadline)
    }

    #[cold]
    fn wait_long(&mut self, deadline: Deadline) -> Result<(), RecvTimeoutError> {
        let hall = windlass_sync::sync::Arc::clone(self.spot.seat.shared());
        let (key, spot) = (self.spot.key(), &mut self.spot);
        let found =
            self.waiter.wait_at(&hall.head.bell, key, hall.head.parties(), deadline, || match spot
                .look()
            {
                Err(TryRecvError::Empty) => None,
                other => Some(other),
            });
        found.map_or(Err(RecvTimeoutError::Timeout), settled)
    }
}

fn settled(found: Result<(), TryRecvError>) -> Result<(), RecvTimeoutError> {
    found.map_err(|error| match error {
        TryRecvError::Empty => RecvTimeoutError::Timeout,
        TryRecvError::Closed => RecvTimeoutError::Closed,
        TryRecvError::Lagged(n) => RecvTimeoutError::Lagged(n),
    })
}

impl<T> Spot<T> {
    pub(super) fn new(seat: Seat<T, Head>, cursor: u64) -> Self {
        seat.shared().head.enter();
        let mut spot =
            Self { seat, cursor: 0, cell: 0, known: cursor, stats: ReaderStats::default() };
        spot.go_to(cursor);
        spot
    }

    /// Pins the next message. Two rounds at most: the second one when it was overtaken meanwhile.
    #[inline]
    pub(super) fn look(&mut self) -> Result<(), TryRecvError> {
        // What a forgotten `Ref` left.
        self.seat.release();
        if self.known <= self.cursor {
            let tail = self.seat.shared().head.tail();
            self.known = tail.sent;
            if self.known <= self.cursor {
                return Err(if tail.closed { TryRecvError::Closed } else { TryRecvError::Empty });
            }
        }
        match self.seat.pin(self.cell) {
            Some(position) if position == self.cursor => {
                self.step();
                self.stats.delivered += 1;
                let place = self.seat.place();
                // ORDERING: Relaxed. A number, and only this reader writes it.
                let delivered = place.delivered.load(Ordering::Relaxed) + 1;
                // ORDERING: Relaxed. As above.
                place.delivered.store(delivered, Ordering::Relaxed);
                Ok(())
            }
            found => Err(self.overtaken(found)),
        }
    }

    /// The sender came round: this is what it has in the cell now.
    #[cold]
    fn overtaken(&mut self, found: Option<u64>) -> TryRecvError {
        self.seat.release();
        let Some(position) = found else { return TryRecvError::Empty };
        let capacity = self.seat.shared().cells() as u64;
        let sent = self.seat.shared().head.tail().sent.max(position + 1);
        let lost = sent - capacity - self.cursor;
        self.go_to(sent - capacity);
        self.known = sent;
        self.stats.lagged += lost;
        // ORDERING: Relaxed. A number.
        self.seat.place().lagged.fetch_add(lost, Ordering::Relaxed);
        TryRecvError::Lagged(lost)
    }

    /// Pins the newest message, if it is new; otherwise what is pinned stays so.
    #[inline]
    pub(crate) fn look_at_newest(&mut self) -> Result<(), TryRecvError> {
        let tail = self.seat.shared().head.tail();
        self.known = self.known.max(tail.sent);
        if tail.sent <= self.cursor {
            return Err(if tail.closed { TryRecvError::Closed } else { TryRecvError::Empty });
        }
        let newest = tail.sent - 1;
        let cell = self.cell_of(newest);
        // If the sender came round meanwhile, what it put there was the newest when it put it there.
        let Some(position) = self.seat.pin(cell) else { return Err(TryRecvError::Empty) };
        let passed_over = position - self.cursor;
        self.go_to(position);
        self.step();
        self.stats.passed_over += passed_over;
        self.stats.delivered += 1;
        let place = self.seat.place();
        // ORDERING: Relaxed. A number.
        place.passed_over.fetch_add(passed_over, Ordering::Relaxed);
        // ORDERING: Relaxed. A number.
        place.delivered.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn go_to(&mut self, position: u64) {
        self.cursor = position;
        self.cell = self.cell_of(position);
    }

    #[inline]
    fn step(&mut self) {
        self.cursor += 1;
        self.cell += 1;
        if self.cell == self.seat.shared().cells() {
            self.cell = 0;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than the number of cells")]
    fn cell_of(&self, position: u64) -> usize {
        (position % self.seat.shared().cells() as u64) as usize
    }

    /// Tells this reader from the others where it waits.
    pub(crate) fn key(&self) -> u64 {
        self.seat.number() as u64
    }

    pub(crate) fn head(&self) -> &Head {
        &self.seat.shared().head
    }

    /// The position of the next message.
    #[inline]
    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    pub(crate) fn stats(&self) -> ReaderStats {
        self.stats
    }

    /// What is pinned.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        self.seat.get()
    }

    #[inline]
    pub(crate) fn release(&mut self) {
        self.seat.release();
    }
}

impl<T> Drop for Spot<T> {
    fn drop(&mut self) {
        self.head().leave();
    }
}

impl<T: Send + Sync> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("cursor", &self.spot.cursor).finish_non_exhaustive()
    }
}
