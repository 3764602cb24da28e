//! Building, and coming in.

use core::fmt;

use windlass_ring::{Wait, Waiter};
use windlass_sync::sync::Arc;

use super::head::{Hall, Head};
use super::reader::{From, Reader, Spot};
use super::sender::{BroadcastStats, Sender};
use crate::error::{BuildError, MAX_CAPACITY, MAX_HANDLES};

/// Builds a broadcast: how many messages are kept, and for how many readers.
///
/// # Examples
///
/// ```
/// use windlass_qos::broadcast::{Builder, From};
///
/// let (mut tx, readers) = Builder::new(16).readers(3).build::<u64>()?;
/// let mut reader = readers.subscribe(From::Next)?;
/// tx.send(7)?;
/// assert_eq!(*reader.recv()?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Builder {
    capacity: usize,
    readers: usize,
    wait: Wait,
}

impl Builder {
    /// A broadcast that keeps the last `capacity` messages, for one reader.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, readers: 1, wait: Wait::default() }
    }

    /// How many readers there can be at once.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// How readers wait.
    #[must_use]
    pub fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// Allocates everything.
    ///
    /// # Errors
    ///
    /// A capacity of 0 or above 1 000 000, no readers or more than 65 536, or no memory.
    pub fn build<T: Send + Sync>(self) -> Result<(Sender<T>, Readers<T>), BuildError> {
        let Self { capacity, readers, wait } = self;
        check(capacity, readers)?;
        let (hall, writer) = Hall::build(capacity, readers, Head::new(readers))?;
        Ok((Sender::new(writer), Readers { hall, waiter: Waiter::new(wait) }))
    }
}

fn check(capacity: usize, readers: usize) -> Result<(), BuildError> {
    match (capacity, readers) {
        (0, _) => Err(BuildError::NoCapacity),
        (_, 0) => Err(BuildError::NoHandles),
        (capacity, _) if capacity > MAX_CAPACITY => {
            Err(BuildError::CapacityTooLarge { capacity, max: MAX_CAPACITY })
        }
        (_, handles) if handles > MAX_HANDLES => {
            Err(BuildError::TooManyHandles { handles, max: MAX_HANDLES })
        }
        _ => Ok(()),
    }
}

/// There are as many readers as the broadcast was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyReaders;

impl fmt::Display for TooManyReaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("all readers that it was built for are there: drop one, or build it for more")
    }
}

impl core::error::Error for TooManyReaders {}

/// Makes readers, at any time and on any thread.
pub struct Readers<T: Send + Sync> {
    hall: Arc<Hall<T>>,
    waiter: Waiter,
}

impl<T: Send + Sync> Readers<T> {
    /// A reader that begins with the next message, or with the oldest that is kept.
    ///
    /// Lock-free. A reader from [`From::Oldest`] is told of messages that are overwritten after this call.
    ///
    /// # Errors
    ///
    /// [`TooManyReaders`] if there are as many as it was built for.
    pub fn subscribe(&self, from: From) -> Result<Reader<T>, TooManyReaders> {
        Ok(Reader::new(self.spot(from)?, self.waiter.another()))
    }

    /// A reader without its way of waiting.
    pub(crate) fn spot(&self, from: From) -> Result<Spot<T>, TooManyReaders> {
        let seat = Hall::seat(&self.hall).ok_or(TooManyReaders)?;
        let sent = self.hall.head.tail().sent;
        let cursor = match from {
            From::Next => sent,
            From::Oldest => sent.saturating_sub(self.hall.cells() as u64),
        };
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Seated);
        Ok(Spot::new(seat, cursor))
    }

    /// The numbers of all readers together.
    #[must_use]
    pub fn stats(&self) -> BroadcastStats {
        BroadcastStats::of(&self.hall)
    }
}

impl<T: Send + Sync> Clone for Readers<T> {
    fn clone(&self) -> Self {
        self.hall.head.enter();
        Self { hall: Arc::clone(&self.hall), waiter: self.waiter.another() }
    }
}

impl<T: Send + Sync> Drop for Readers<T> {
    fn drop(&mut self) {
        self.hall.head.leave();
    }
}

impl<T: Send + Sync> fmt::Debug for Readers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").finish_non_exhaustive()
    }
}
