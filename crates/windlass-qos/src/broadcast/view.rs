//! A message that is being read.

use core::fmt;
use core::ops::Deref;

use super::reader::Spot;

/// A message, in place; it stays as long as this lives.
///
/// Dropping it gives the message back. One that is forgotten keeps a single message in memory, until the
/// next call of its reader, or until the reader is dropped.
pub struct Ref<'r, T> {
    spot: &'r mut Spot<T>,
}

impl<'r, T> Ref<'r, T> {
    #[inline]
    pub(super) fn new(spot: &'r mut Spot<T>) -> Self {
        Self { spot }
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    #[inline]
    #[expect(clippy::expect_used, reason = "a `Ref` is made behind a pin, and keeps it")]
    fn deref(&self) -> &T {
        self.spot.get().expect("a message is pinned")
    }
}

impl<T> Drop for Ref<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.spot.release();
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}
