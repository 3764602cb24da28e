//! What becomes of a worker that panics. (Filled in by the part that keeps count.)

use core::time::Duration;

/// When a worker that panicked is built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restart {
    pub(crate) max: u32,
}

impl Restart {
    /// After each panic, up to five times in a minute.
    #[must_use]
    pub const fn on_panic() -> Self {
        Self { max: 5 }
    }

    /// Never: the first panic is the last.
    #[must_use]
    pub const fn never() -> Self {
        Self { max: 0 }
    }
}

pub(crate) struct Ledger {
    restart: Restart,
    panics: u32,
}

/// What follows a panic.
pub(crate) enum Verdict {
    Again { after: Duration },
    Stop,
}

impl Ledger {
    pub(crate) fn new(restart: Restart) -> Self {
        Self { restart, panics: 0 }
    }

    pub(crate) fn panicked(&mut self, _now: u64) -> Verdict {
        self.panics += 1;
        if self.restart.max < self.panics {
            Verdict::Stop
        } else {
            Verdict::Again { after: Duration::ZERO }
        }
    }
}
