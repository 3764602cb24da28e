//! Looking at the next message without taking it.

use super::{Store, Taken};

/// A store whose receiver can look at a message before it takes it. There is one receiver.
pub(crate) trait Peek<T>: Store<T> {
    /// What [`take`](Store::take) would return next; the message stays where it is.
    ///
    /// Once a message was seen, it is what the next `take` returns, whatever is sent meanwhile.
    fn peek<'a>(&'a self, rx: &'a mut Self::Rx) -> Taken<&'a T>;
}
