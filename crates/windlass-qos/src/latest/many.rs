//! The newest value for several readers: a broadcast that keeps one message.

use core::fmt;
use core::time::Duration;

use windlass_ring::{Wait, Waiter};
use windlass_sync::Deadline;

use super::waiting::until;
use crate::broadcast::{Builder, From, Readers, Sender, Spot, TooManyReaders};
use crate::error::{BuildError, Closed, RecvError, RecvTimeoutError, TryRecvError};

/// A writer, and what makes up to so many readers.
///
/// Nothing allocates afterwards. There are `readers + 2` values in memory at most.
///
/// # Errors
///
/// No readers, or more than 65 536, or no memory.
///
/// # Examples
///
/// ```
/// let (mut writer, readers) = windlass_qos::latest::shared::<String>(2)?;
/// let mut reader = readers.reader()?;
/// assert_eq!(reader.read(), None);
/// writer.write("one".into())?;
/// assert_eq!(reader.read().map(String::as_str), Some("one"));
/// assert_eq!(readers.reader()?.read().map(String::as_str), Some("one"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn shared<T: Send + Sync>(
    readers: usize,
) -> Result<(SharedWriter<T>, SharedReaders<T>), BuildError> {
    let (sender, readers) = Builder::new(1).readers(readers).build()?;
    Ok((SharedWriter { sender }, SharedReaders { readers }))
}

/// Writes the newest value for several readers.
pub struct SharedWriter<T: Send + Sync> {
    sender: Sender<T>,
}

impl<T: Send + Sync> SharedWriter<T> {
    /// Replaces the value. The one before it stays for those that look at it.
    ///
    /// Wait-free. Only if somebody sleeps it takes a lock for a moment and wakes them. Old values are
    /// dropped here, after the new one was made known.
    ///
    /// # Errors
    ///
    /// [`Closed`] with the value, if it was closed or nobody is left to read.
    #[inline]
    pub fn write(&mut self, value: T) -> Result<(), Closed<T>> {
        self.sender.send(value)
    }

    /// Writes no more. The last value stays, and readers are woken. Dropping the writer does the same.
    pub fn close(&mut self) {
        self.sender.close();
    }

    /// Whether it was closed, or nobody is left to read.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// How many values were written.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.sender.stats().sent
    }
}

impl<T: Send + Sync> fmt::Debug for SharedWriter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWriter").finish_non_exhaustive()
    }
}

/// Makes readers of a value, at any time and on any thread.
pub struct SharedReaders<T: Send + Sync> {
    readers: Readers<T>,
}

impl<T: Send + Sync> SharedReaders<T> {
    /// A reader, to which the value that is there is new. It waits as [`Wait::default`] says.
    ///
    /// # Errors
    ///
    /// [`TooManyReaders`] if there are as many as it was built for.
    pub fn reader(&self) -> Result<SharedReader<T>, TooManyReaders> {
        self.reader_waiting(Wait::default())
    }

    /// As [`reader`](Self::reader), waiting by a strategy.
    ///
    /// # Errors
    ///
    /// [`TooManyReaders`] if there are as many as it was built for.
    pub fn reader_waiting(&self, wait: Wait) -> Result<SharedReader<T>, TooManyReaders> {
        let spot = self.readers.spot(From::Oldest)?;
        Ok(SharedReader { spot, waiter: Waiter::new(wait) })
    }
}

impl<T: Send + Sync> Clone for SharedReaders<T> {
    fn clone(&self) -> Self {
        Self { readers: self.readers.clone() }
    }
}

impl<T: Send + Sync> fmt::Debug for SharedReaders<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedReaders").finish_non_exhaustive()
    }
}

/// Looks at the newest value, together with others. It keeps the value that it looked at last.
pub struct SharedReader<T: Send + Sync> {
    spot: Spot<T>,
    waiter: Waiter,
}

impl<T: Send + Sync> SharedReader<T> {
    /// The newest value; nothing if none was written.
    ///
    /// Wait-free: one load if there is nothing new, two read-modify-writes otherwise.
    #[inline]
    pub fn read(&mut self) -> Option<&T> {
        // Nothing new, and what is in hand stays.
        let _ = self.spot.look_at_newest();
        self.spot.get()
    }

    /// Gives the value back to the writer, who can drop it once it has written another one.
    ///
    /// It comes again with [`read`](Self::read) only if there is a newer one.
    pub fn let_go(&mut self) {
        self.spot.release();
    }

    /// Whether there is a value that this reader did not see. Wait-free: one load.
    #[inline]
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.spot.cursor() < self.spot.head().tail().sent
    }

    /// How many values were replaced before this reader saw them, from its coming to the one it saw last.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.spot.stats().passed_over
    }

    /// Which value this reader saw last: the first one is 1, and 0 is none. For one that saw none yet, the
    /// number of the value before its first.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.spot.cursor()
    }

    /// Whether nothing more will be written; there may be a value to see still.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.spot.head().tail().closed
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
        let (spot, head) = (&self.spot, self.spot.head());
        let found =
            self.waiter.wait_at(&head.bell, spot.key(), head.parties(), deadline, || look(spot));
        match found {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(RecvTimeoutError::Closed),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Waits in a task for a value that this reader did not see.
    ///
    /// # Errors
    ///
    /// [`Closed`](RecvError::Closed) if none will come.
    pub async fn changed_async(&mut self) -> Result<(), RecvError> {
        let spot = &self.spot;
        until(&spot.head().bell, spot.key(), || look(spot)).await.map_err(|_| RecvError::Closed)
    }
}

/// Whether there is a new value; or that there will be none.
#[inline]
fn look<T>(spot: &Spot<T>) -> Option<Result<(), TryRecvError>> {
    let tail = spot.head().tail();
    match spot.cursor() < tail.sent {
        true => Some(Ok(())),
        false if tail.closed => Some(Err(TryRecvError::Closed)),
        false => None,
    }
}

impl<T: Send + Sync> fmt::Debug for SharedReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedReader")
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}
