//! Looking at the next message without taking it.

use super::Store;

/// A store whose only receiver can look at the next message where it lies.
pub(crate) trait Peek<T>: Store<T> {
    /// The message that [`take`](Store::take) returns next, if there is one now.
    ///
    /// For a store built for one receiver only.
    fn peek<'a>(&'a self, rx: &'a mut Self::Rx) -> Option<&'a T>;
}
