//! A histogram for threads that have none of their own.

use core::fmt;

use windlass_sync::atomic::Ordering;
use windlass_sync::sync::Arc;

use super::layout::Layout;
use super::recorder::Buckets;
use super::snapshot::HistogramSnapshot;

/// Counts values by size, for any number of threads.
///
/// For code without a thread of its own; where there is one, [`Histogram`](super::Histogram) is
/// several times quicker. Recording is one relaxed `fetch_add` to the value's bucket. All threads
/// share the buckets: those that record like values at once take a cache line from each other.
/// That is the price of one set of buckets instead of one for each core, which would be
/// kilobytes each.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Layout, SharedHistogram};
///
/// let sizes = SharedHistogram::new(Layout::new(65_535));
/// sizes.record(512);
/// assert_eq!(sizes.read().count(), 1);
/// ```
#[derive(Clone)]
pub struct SharedHistogram(Arc<Buckets>);

impl SharedHistogram {
    /// Makes an empty histogram.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self(Buckets::new(layout))
    }

    /// Counts one value. Wait-free: one relaxed `fetch_add`.
    #[inline]
    pub fn record(&self, value: u64) {
        // ORDERING: Relaxed. No addition is lost, since it is one step.
        self.0.word(value).fetch_add(1, Ordering::Relaxed);
    }

    /// Reads all buckets, with the promise of [`HistogramReader::read`](super::HistogramReader::read).
    #[must_use]
    pub fn read(&self) -> HistogramSnapshot {
        let mut snapshot = HistogramSnapshot::new(self.0.layout);
        self.0.add_to(snapshot.counts_mut());
        snapshot
    }

    pub(crate) fn add_to(&self, counts: &mut HistogramSnapshot) {
        self.0.add_to(counts.counts_mut());
    }
}

impl fmt::Debug for SharedHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedHistogram").field("layout", &self.0.layout).finish_non_exhaustive()
    }
}
