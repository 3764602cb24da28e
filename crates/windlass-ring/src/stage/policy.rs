//! What becomes of a stage that fails.

use core::time::Duration;

/// What becomes of a stage whose handler panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PanicPolicy {
    /// The ring is poisoned: everybody stops and learns the cause.
    #[default]
    Poison,
    /// The event (or run) in hand counts as handled, and the same handler goes on.
    Skip,
    /// The handler is dropped, made anew, started, and gets the event in hand again; when that has
    /// happened so often without any event being released, the ring is poisoned.
    ///
    /// A handler that was not made by a factory goes on as it is, and is not started again.
    Restart {
        /// How often.
        at_most: u32,
    },
}

/// How often a stage may rewind before it has to release something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewinds {
    pub(crate) at_most: Option<u32>,
    pub(crate) pause: Duration,
}

impl Rewinds {
    /// As often as it likes.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { at_most: None, pause: Duration::ZERO }
    }

    /// So often for the same batch; then it is treated as a panic.
    #[must_use]
    pub const fn at_most(times: u32) -> Self {
        Self { at_most: Some(times), pause: Duration::ZERO }
    }

    /// Sleeps so long before the batch comes again.
    #[must_use]
    pub const fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }
}

impl Default for Rewinds {
    /// [`Rewinds::unlimited`].
    fn default() -> Self {
        Self::unlimited()
    }
}

/// Which member of a stage a handler is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its number, counted from 0.
    pub index: usize,
    /// How many members the stage has; 1 if it is no group.
    pub count: usize,
}
