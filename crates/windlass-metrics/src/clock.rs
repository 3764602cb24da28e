//! Where times come from.

use core::fmt::Debug;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::Arc;

/// Tells moments apart, in nanoseconds.
///
/// Reading is kept apart from converting: a clock whose raw moments are cheap converts them only
/// when a span is recorded.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// let start = clock.now();
/// clock.advance(250);
/// assert_eq!(clock.nanos_between(start, clock.now()), 250);
/// ```
pub trait Clock {
    /// What this clock reads.
    type Moment: Copy + Debug;

    /// Returns the present moment.
    fn now(&self) -> Self::Moment;

    /// Returns the nanoseconds from `earlier` to `later`; zero if they are the other way round.
    fn nanos_between(&self, earlier: Self::Moment, later: Self::Moment) -> u64;
}

/// The monotonic clock of the standard library.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, Default)]
pub struct StdClock;

#[cfg(feature = "std")]
impl Clock for StdClock {
    type Moment = std::time::Instant;

    #[inline(always)]
    fn now(&self) -> Self::Moment {
        std::time::Instant::now()
    }

    #[inline(always)]
    fn nanos_between(&self, earlier: Self::Moment, later: Self::Moment) -> u64 {
        let nanos = later.saturating_duration_since(earlier).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }
}

/// The processor's own counter, by way of the `quanta` crate.
///
/// Quicker to read than the clock of the standard library; it is calibrated once per process,
/// which takes up to 200 ms at the first use. Where the processor has no counter that runs
/// evenly, `quanta` falls back to the clock of the system.
#[cfg(feature = "quanta")]
#[derive(Debug, Clone, Default)]
pub struct QuantaClock(quanta::Clock);

#[cfg(feature = "quanta")]
impl QuantaClock {
    /// Returns the clock, calibrated.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(feature = "quanta")]
impl Clock for QuantaClock {
    type Moment = u64;

    #[inline(always)]
    fn now(&self) -> u64 {
        self.0.raw()
    }

    #[inline(always)]
    fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        // The counter of another core may be a little behind.
        if later <= earlier { 0 } else { self.0.delta_as_nanos(earlier, later) }
    }
}

/// A clock that stands still until it is moved: for tests and for simulations.
///
/// Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Makes a clock that stands at zero.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    /// Moves the clock on by so many nanoseconds.
    pub fn advance(&self, nanos: u64) {
        // ORDERING: Relaxed. The time is all there is to see.
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    type Moment = u64;

    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        later.saturating_sub(earlier)
    }
}

#[cfg(all(test, feature = "std", not(loom)))]
mod tests {
    use super::*;

    fn never_goes_back<C: Clock>(clock: &C) {
        let moments: [C::Moment; 3] = core::array::from_fn(|_| clock.now());
        let [first, second, third] = moments;
        let whole = clock.nanos_between(first, third);
        assert!(clock.nanos_between(first, second) <= whole, "spans add up");
        assert_eq!(clock.nanos_between(first, first), 0, "no time has passed");
        assert!(clock.nanos_between(third, first) == 0 || whole == 0, "no span is negative");
    }

    #[test]
    fn clocks_never_go_back() {
        never_goes_back(&StdClock);
        never_goes_back(&ManualClock::default());
        #[cfg(feature = "quanta")]
        never_goes_back(&QuantaClock::new());
    }

    #[test]
    fn a_manual_clock_is_moved_by_hand() {
        let clock = ManualClock::new();
        let same = clock.clone();
        let start = clock.now();
        same.advance(5);
        assert_eq!(clock.nanos_between(start, clock.now()), 5, "clones show the same time");
    }
}
