//! Where times come from.

use core::time::Duration;
use std::time::Instant;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::Arc;

/// Tells the time, in nanoseconds since a moment that is fixed for this clock and its clones.
///
/// It may stand still, and it may go back: then messages look younger than they are, not older, and no time
/// that was told is taken back. See [`timed`](crate::timed).
pub trait Clock: Clone + Send + Sync + 'static {
    /// The present time.
    fn nanos(&self) -> u64;
}

/// The monotonic clock of the standard library.
#[derive(Debug, Clone, Copy)]
pub struct StdClock(Instant);

impl StdClock {
    /// A clock that begins now.
    #[must_use]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for StdClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for StdClock {
    #[inline]
    fn nanos(&self) -> u64 {
        whole(self.0.elapsed())
    }
}

/// A clock that stands still until it is set: for tests and for simulations. Clones show the same time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use windlass_qos::timed::{Clock, ManualClock};
///
/// let clock = ManualClock::new();
/// clock.advance(Duration::from_micros(3));
/// assert_eq!(clock.nanos(), 3_000);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that stands at zero.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    /// Moves it on.
    pub fn advance(&self, time: Duration) {
        // ORDERING: Relaxed. The time is all there is to see.
        self.0.fetch_add(whole(time), Ordering::Relaxed);
    }

    /// Sets it, back as well.
    pub fn set(&self, time: Duration) {
        // ORDERING: Relaxed. As in `advance`.
        self.0.store(whole(time), Ordering::Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn nanos(&self) -> u64 {
        // ORDERING: Relaxed. As in `advance`.
        self.0.load(Ordering::Relaxed)
    }
}

/// Nanoseconds of a duration; one too long to be written down is the longest.
pub(super) fn whole(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
