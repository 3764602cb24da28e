//! The time of a pool: the machine's, or that of a simulation.

use core::time::Duration;
use std::time::Instant;

use windlass_ring::{Wait, Waiter};
use windlass_sync::{Deadline, EventCount};

use crate::nanos::nanos;

/// The clock of a pool, and how somebody waits by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    started: Instant,
}

impl Time {
    /// The machine's time, from now on.
    pub(crate) fn of_machine() -> Self {
        Self { started: Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::now()
    }

    /// Nanoseconds since the pool was built.
    pub(crate) fn nanos(self) -> u64 {
        nanos(self.elapsed())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.now().saturating_duration_since(self.started)
    }

    /// So many nanoseconds after the pool was built; nothing if the clock does not go so far.
    pub(crate) fn at(self, nanos: u64) -> Option<Instant> {
        self.started.checked_add(Duration::from_nanos(nanos))
    }

    pub(crate) fn after(self, wait: Duration) -> Deadline {
        self.now().checked_add(wait).map_or_else(Deadline::never, Deadline::at)
    }

    /// Waits until `look` finds something, at most until `deadline`. Whoever may change what it finds rings
    /// the bell, at which nobody else waits.
    pub(crate) fn wait_at<R>(
        self,
        bell: &EventCount,
        deadline: Deadline,
        look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        Waiter::new(Wait::blocking()).wait_at(bell, 0, 2, deadline, look)
    }
}
