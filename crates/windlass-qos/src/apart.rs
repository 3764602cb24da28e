//! A value on a cache line of its own.

use core::ops::Deref;

/// Keeps its neighbours off the line of a value that is written at every message.
///
/// One line, and not the two that a padding of 128 bytes takes against fetches of pairs of lines: a buffer
/// has to stay small, for there may be thousands.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Apart<T>(pub(crate) T);

impl<T> Deref for Apart<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}
