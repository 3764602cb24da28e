//! The waits of the ring, each as its user would choose it.

use core::time::Duration;

use windlass_ring::Wait;

/// A way to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// The name in the results.
    pub(super) name: &'static str,
    /// How it waits.
    pub(super) note: &'static str,
    /// Makes it.
    pub(super) wait: fn() -> Wait,
}

/// How long `phased` spins, and then yields, before it blocks.
const PHASE: Duration = Duration::from_micros(50);

/// All of them; the first is the default.
pub(super) const WAYS: [Way; 6] = [
    Way { name: "windlass_adaptive", note: "Wait::adaptive, the default", wait: Wait::adaptive },
    Way { name: "windlass_busy_spin", note: "Wait::busy_spin", wait: Wait::busy_spin },
    Way { name: "windlass_yielding", note: "Wait::yielding", wait: Wait::yielding },
    Way {
        name: "windlass_phased",
        note: "Wait::phased: spins for 50 µs, yields for 50 µs, then blocks",
        wait: || Wait::phased(PHASE, PHASE, Wait::blocking()),
    },
    Way {
        name: "windlass_sleeping",
        note: "Wait::sleeping, up to a millisecond",
        wait: Wait::sleeping,
    },
    Way { name: "windlass_blocking", note: "Wait::blocking", wait: Wait::blocking },
];
