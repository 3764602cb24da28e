//! Recording values, and reading the buckets meanwhile.

use alloc::boxed::Box;
use core::fmt;

use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;

use super::layout::Layout;
use super::snapshot::HistogramSnapshot;
use crate::line::{self, WORDS, Words};

/// The buckets, on cache lines that hold nothing else.
pub(super) struct Buckets {
    pub(super) layout: Layout,
    lines: Box<[Words]>,
    writer_gone: AtomicBool,
}

impl Buckets {
    pub(super) fn new(layout: Layout) -> Arc<Self> {
        let lines = (0..layout.buckets().div_ceil(WORDS)).map(|_| line::words()).collect();
        Arc::new(Self { layout, lines, writer_gone: AtomicBool::new(false) })
    }

    #[inline(always)]
    pub(super) fn word(&self, value: u64) -> &windlass_sync::atomic::AtomicU64 {
        let bucket = self.layout.bucket_of(value);
        &self.lines[bucket / WORDS][bucket % WORDS]
    }

    /// Adds what the buckets hold to `counts`, which has one number for each.
    pub(super) fn add_to(&self, counts: &mut [u64]) {
        let words = self.lines.iter().flat_map(|line| line.iter());
        for (count, word) in counts.iter_mut().zip(words) {
            // ORDERING: Relaxed. Each bucket is a number of its own; see `HistogramReader::read`
            // for what that means for all of them.
            *count = count.wrapping_add(word.load(Ordering::Relaxed));
        }
    }
}

/// Counts values by size, with one writer.
///
/// Log-linear: what is read back differs from what was recorded by a fixed share at most, see
/// [`Layout`]. Recording is wait-free, allocates nothing and never fails: values above the range
/// are counted as such. There is no sum, no count and no maximum beside the buckets; all of them
/// are derived, and so they always agree.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Histogram, Layout};
///
/// let mut histogram = Histogram::new(Layout::LATENCY);
/// let reader = histogram.reader();
/// for nanos in 1..=1000 {
///     histogram.record(nanos);
/// }
/// let seen = reader.read();
/// assert_eq!(seen.count(), 1000);
/// assert!((990..=1021).contains(&seen.quantile(0.99)));
/// ```
pub struct Histogram(Arc<Buckets>);

impl Histogram {
    /// Makes an empty histogram. Allocates all its memory: eight bytes for each bucket.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self(Buckets::new(layout))
    }

    /// Counts one value.
    ///
    /// Wait-free: a relaxed load and a relaxed store to one bucket.
    #[inline(always)]
    pub fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Counts one value `n` times, at the price of once.
    #[inline(always)]
    pub fn record_many(&mut self, value: u64, n: u64) {
        line::add(self.0.word(value), n);
    }

    /// The range and the precision.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.0.layout
    }

    /// Returns a handle that reads the histogram from any thread.
    #[must_use]
    pub fn reader(&self) -> HistogramReader {
        HistogramReader(Arc::clone(&self.0))
    }
}

impl Drop for Histogram {
    fn drop(&mut self) {
        // ORDERING(writer_gone): Release. Whoever sees that the writer is gone sees all it wrote.
        self.0.writer_gone.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram").field("layout", &self.0.layout).finish_non_exhaustive()
    }
}

/// Reads a [`Histogram`] from any thread.
#[derive(Clone)]
pub struct HistogramReader(Arc<Buckets>);

impl HistogramReader {
    /// The range and the precision.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.0.layout
    }

    /// Reads all buckets, while the writer goes on.
    ///
    /// Wait-free, and the writer does not notice. What is read is a histogram of values that were
    /// recorded, each of them counted whole:
    ///
    /// - it has every value whose recording happened before the call;
    /// - it has no value whose recording began after the call returned;
    /// - of the values recorded during the call it has some, not necessarily the first ones;
    /// - a later call of the same thread has at least the values of an earlier one, in each bucket,
    ///   so their difference is a histogram too.
    #[must_use]
    pub fn read(&self) -> HistogramSnapshot {
        let mut snapshot = HistogramSnapshot::new(self.0.layout);
        self.0.add_to(snapshot.counts_mut());
        snapshot
    }

    /// Adds all buckets to `snapshot`, as [`read`](Self::read) does; allocates nothing.
    ///
    /// # Errors
    ///
    /// If the layouts differ; `snapshot` is as it was.
    pub fn add_to(&self, snapshot: &mut HistogramSnapshot) -> Result<(), super::LayoutsDiffer> {
        snapshot.check(self.0.layout)?;
        self.0.add_to(snapshot.counts_mut());
        Ok(())
    }

    /// Whether nobody will record again.
    pub(crate) fn is_final(&self) -> bool {
        // ORDERING(writer_gone): Acquire. The buckets read after this hold all there will be.
        self.0.writer_gone.load(Ordering::Acquire)
    }
}

impl fmt::Debug for HistogramReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramReader").field("layout", &self.0.layout).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn values_of_any_size_are_counted_once() {
        let mut histogram = Histogram::new(Layout::new(1000));
        for value in [0, 1, 1000, 1001, 1_000_000, u64::MAX] {
            histogram.record(value);
        }
        histogram.record_many(7, 4);
        let seen = histogram.reader().read();
        assert_eq!(seen.count(), 10, "none lost, none doubled");
        assert_eq!(seen.above_range(), 2, "1001 shares the bucket of 1000; the others are above");
    }

    #[test]
    fn a_snapshot_of_another_layout_is_refused() {
        let histogram = Histogram::new(Layout::new(1000));
        let mut other = HistogramSnapshot::new(Layout::new(2000));
        assert!(histogram.reader().add_to(&mut other).is_err(), "1000 is not 2000");
    }
}
