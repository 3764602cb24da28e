//! The receiver as an iterator.
//!
//! Iterators yield messages alone. What is missing before one is passed over; `lost` counts it.

use super::receiver::Receiver;
use crate::receiver::{next_now, next_waiting};

/// Waits for messages until the buffer is closed and empty; made by [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'r, T: Send>(&'r mut Receiver<T>);

/// The messages that are there; made by [`Receiver::try_iter`].
#[derive(Debug)]
pub struct TryIter<'r, T: Send>(&'r mut Receiver<T>);

impl<T: Send> Receiver<T> {
    /// Receives until the buffer is closed and empty, and waits for each message: all in order, or the newest
    /// each time.
    ///
    /// Iterators pass over reports that messages are missing; [`lost`](Self::lost) counts them.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::adaptive::Builder::new(4).build()?;
    /// (1..=3).try_for_each(|n| tx.send(n))?;
    /// drop(tx);
    /// assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// Receives until the buffer is empty, and never waits.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }
}

impl<T: Send> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_waiting(|| self.0.recv())
    }
}

impl<T: Send> Iterator for TryIter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_now(|| self.0.try_recv())
    }
}
