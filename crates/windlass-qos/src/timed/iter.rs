//! Receivers as iterators.
//!
//! Iterators yield messages alone, those that have not expired. What is missing before one is passed over; `lost`
//! counts it.

use core::fmt;

use super::clock::Clock;
use super::receiver::Receiver;
use crate::level::Level;
use crate::paths::Paths;
use crate::receiver::{next_now, next_waiting};

/// Waits for messages until the buffer is closed and empty; made by [`Receiver::iter`].
pub struct Iter<'r, T: Send, L: Level, P: Paths, C: Clock>(&'r mut Receiver<T, L, P, C>);

/// The messages that are there, and those that come meanwhile; made by [`Receiver::try_iter`].
pub struct TryIter<'r, T: Send, L: Level, P: Paths, C: Clock>(&'r mut Receiver<T, L, P, C>);

impl<T: Send, L: Level, P: Paths, C: Clock> Receiver<T, L, P, C> {
    /// As [`Receiver::iter`](crate::Receiver::iter).
    pub fn iter(&mut self) -> Iter<'_, T, L, P, C> {
        Iter(self)
    }

    /// As [`Receiver::try_iter`](crate::Receiver::try_iter).
    pub fn try_iter(&mut self) -> TryIter<'_, T, L, P, C> {
        TryIter(self)
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Iterator for Iter<'_, T, L, P, C> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_waiting(|| self.0.recv())
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Iterator for TryIter<'_, T, L, P, C> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        next_now(|| self.0.try_recv())
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for Iter<'_, T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Iter").field(&self.0).finish()
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for TryIter<'_, T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TryIter").field(&self.0).finish()
    }
}
