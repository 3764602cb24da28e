//! What becomes of a message with which a worker panicked.

/// What becomes of the message with which a worker panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Poison {
    /// It lies among the dead letters, with its copy if [`Worker::keep`](crate::Worker::keep) made one.
    #[default]
    DeadLetter,
    /// Its copy is handled again, so many times at most, before everything behind it.
    Retry(u32),
    /// It lies among the dead letters without a copy, and the worker is not built anew.
    Stop,
}

impl Poison {
    /// Whether messages are copied before they are handled, where the worker knows how.
    pub(crate) fn wants_copies(self) -> bool {
        !matches!(self, Self::Stop)
    }
}
