//! How long messages were held, and how many expired.

use core::time::Duration;

#[cfg(all(feature = "metrics", not(loom)))]
use windlass_metrics::SharedHistogram;
use windlass_sync::atomic::{AtomicU64, Ordering};

use crate::stats::Stats;

/// How long messages were held in a buffer, those that were delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeHeld {
    /// How many that is.
    pub messages: u64,
    /// On average.
    pub mean: Duration,
    /// At the longest.
    pub max: Duration,
}

/// What all ends of a timed buffer count. Read without stopping anyone.
#[derive(Default)]
pub(super) struct Numbers {
    delivered: AtomicU64,
    expired: AtomicU64,
    /// Nanoseconds; wraps after 584 years of waiting.
    total: AtomicU64,
    max: AtomicU64,
    #[cfg(all(feature = "metrics", not(loom)))]
    pub(super) histogram: Option<SharedHistogram>,
}

impl Numbers {
    /// Counts a message that is delivered at this age.
    pub(super) fn delivered(&self, age: u64) {
        // ORDERING: Relaxed, as all of these. Numbers for statistics; joining a thread makes them exact.
        self.delivered.fetch_add(1, Ordering::Relaxed);
        self.total.fetch_add(age, Ordering::Relaxed);
        if self.max.load(Ordering::Relaxed) < age {
            self.max.fetch_max(age, Ordering::Relaxed);
        }
        #[cfg(all(feature = "metrics", not(loom)))]
        if let Some(histogram) = &self.histogram {
            histogram.record(age);
        }
    }

    /// Counts a message that is dropped.
    pub(super) fn expired(&self) {
        self.expired.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn time_held(&self) -> TimeHeld {
        let messages = self.delivered.load(Ordering::Relaxed);
        let total = self.total.load(Ordering::Relaxed);
        TimeHeld {
            messages,
            mean: Duration::from_nanos(total.checked_div(messages).unwrap_or(0)),
            max: Duration::from_nanos(self.max.load(Ordering::Relaxed)),
        }
    }

    /// The buffer knows those as delivered that expired.
    pub(super) fn correct(&self, stats: Stats) -> Stats {
        let expired = self.expired.load(Ordering::Relaxed);
        Stats {
            delivered: stats.delivered.saturating_sub(expired),
            expired: stats.expired + expired,
            ..stats
        }
    }
}
