//! Receivers as iterators.
//!
//! Iterators yield messages alone. What is missing before one is passed over; `lost` counts it.

use core::fmt;

use super::Receiver;
use crate::error::{RecvError, TryRecvError};
use crate::level::Level;
use crate::paths::{OneToOne, Paths};

/// Waits for messages until the buffer is closed and empty; made by [`Receiver::iter`].
pub struct Iter<'r, T: Send, L: Level, P: Paths>(&'r mut Receiver<T, L, P>);

/// The messages that are there, and those that come meanwhile; made by [`Receiver::try_iter`].
pub struct TryIter<'r, T: Send, L: Level, P: Paths>(&'r mut Receiver<T, L, P>);

/// So many messages as there were; made by [`Receiver::drain`].
pub struct Drain<'r, T: Send, L: Level, P: Paths> {
    receiver: &'r mut Receiver<T, L, P>,
    left: usize,
}

/// Waits for messages until the buffer is closed and empty, and owns the receiver.
pub struct IntoIter<T: Send, L: Level, P: Paths = OneToOne>(Receiver<T, L, P>);

impl<T: Send, L: Level, P: Paths> Receiver<T, L, P> {
    /// Receives until the buffer is closed and empty, and waits for each message.
    ///
    /// Iterators pass over reports that messages are missing; [`lost`](Self::lost) counts them. Each step is a
    /// [`recv`](Self::recv), and progresses so.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::reliable(2)?;
    /// tx.send_many(1..=5)?;
    /// drop(tx);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [4, 5]);
    /// assert_eq!(rx.lost(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&mut self) -> Iter<'_, T, L, P> {
        Iter(self)
    }

    /// Receives until the buffer is empty, and never waits. Each step progresses as [`try_recv`](Self::try_recv).
    pub fn try_iter(&mut self) -> TryIter<'_, T, L, P> {
        TryIter(self)
    }

    /// Receives at most so many messages as there are now, and never waits: it ends however quickly
    /// others send. Each step progresses as [`try_recv`](Self::try_recv).
    pub fn drain(&mut self) -> Drain<'_, T, L, P> {
        let left = self.len();
        Drain { receiver: self, left }
    }
}

/// The next message, waiting for it; nothing behind the last one.
pub(crate) fn next_waiting<T>(mut recv: impl FnMut() -> Result<T, RecvError>) -> Option<T> {
    loop {
        match recv() {
            Ok(message) => return Some(message),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// The next message that is there.
pub(crate) fn next_now<T>(mut try_recv: impl FnMut() -> Result<T, TryRecvError>) -> Option<T> {
    loop {
        match try_recv() {
            Ok(message) => return Some(message),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
        }
    }
}

impl<T: Send, L: Level, P: Paths> Iterator for Iter<'_, T, L, P> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_waiting(|| self.0.recv())
    }
}

impl<T: Send, L: Level, P: Paths> Iterator for TryIter<'_, T, L, P> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_now(|| self.0.try_recv())
    }
}

impl<T: Send, L: Level, P: Paths> Iterator for Drain<'_, T, L, P> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        next_now(|| self.receiver.try_recv())
    }
}

impl<T: Send, L: Level, P: Paths> Iterator for IntoIter<T, L, P> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_waiting(|| self.0.recv())
    }
}

impl<T: Send, L: Level, P: Paths> IntoIterator for Receiver<T, L, P> {
    type Item = T;
    type IntoIter = IntoIter<T, L, P>;

    fn into_iter(self) -> IntoIter<T, L, P> {
        IntoIter(self)
    }
}

impl<'r, T: Send, L: Level, P: Paths> IntoIterator for &'r mut Receiver<T, L, P> {
    type Item = T;
    type IntoIter = Iter<'r, T, L, P>;

    fn into_iter(self) -> Iter<'r, T, L, P> {
        self.iter()
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Iter<'_, T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.0).finish()
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for TryIter<'_, T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryIter").field(&self.0).finish()
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Drain<'_, T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for IntoIter<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.0).finish()
    }
}
