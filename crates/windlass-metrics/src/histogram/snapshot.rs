//! What a histogram held at some moment: quantiles, mean, maximum, merging, and differences.

use alloc::boxed::Box;
use core::fmt;

use super::layout::Layout;

/// The counts of a histogram, read at some moment.
///
/// Everything is derived from the buckets. A value that is read is the largest one of its bucket,
/// so it is at least what was recorded and exceeds it by at most [`Layout::error`].
///
/// # Examples
///
/// A reader resets by difference; the writer never notices:
///
/// ```
/// use windlass_metrics::{Histogram, Layout};
///
/// # fn main() -> Result<(), windlass_metrics::LayoutsDiffer> {
/// let mut histogram = Histogram::new(Layout::LATENCY);
/// let reader = histogram.reader();
/// histogram.record(10);
/// let before = reader.read();
/// histogram.record(20);
/// let since = reader.read().since(&before)?;
/// assert_eq!((since.count(), since.max()), (1, Some(20)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HistogramSnapshot {
    layout: Layout,
    counts: Box<[u64]>,
}

impl HistogramSnapshot {
    /// Makes one without values: a place to merge into.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { layout, counts: core::iter::repeat_n(0, layout.buckets()).collect() }
    }

    /// The range and the precision.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How many values there are. Wraps at 2^64.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// How many values lay above the range; they are part of [`count`](Self::count).
    #[must_use]
    pub fn above_range(&self) -> u64 {
        self.counts[self.counts.len() - 1]
    }

    /// Returns the value that a share `q` of all values does not exceed.
    ///
    /// `quantile(0.5)` is the median, and `quantile(1.0)` the maximum. Zero where there is no
    /// value. A `q` outside of 0 ..= 1 counts as the nearer end, and one that is not a number as 0.
    /// Values above the range count as its end.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        let total: u128 = self.counts.iter().map(|count| u128::from(*count)).sum();
        let rank = rank(q, total);
        let mut seen = 0;
        for (bucket, count) in self.buckets() {
            seen += u128::from(count);
            if rank <= seen {
                return self.layout.last_of(bucket);
            }
        }
        0
    }

    /// Returns the largest value, or `None` where there is none.
    #[must_use]
    pub fn max(&self) -> Option<u64> {
        self.buckets().last().map(|(bucket, _)| self.layout.last_of(bucket))
    }

    /// Returns the smallest value, rounded down, or `None` where there is none.
    #[must_use]
    pub fn min(&self) -> Option<u64> {
        self.buckets().next().map(|(bucket, _)| self.layout.first_of(bucket))
    }

    /// Returns the mean of the values, or `None` where there is none.
    ///
    /// Each value counts as the middle of its bucket: the error is half of [`Layout::error`].
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let total: f64 = self.buckets().map(|(_, count)| count as f64).sum();
        (0.0 < total).then(|| self.sum() / total)
    }

    /// Returns the sum of the values, with the error of [`mean`](Self::mean).
    ///
    /// Values above the range count as its end.
    #[must_use]
    pub fn sum(&self) -> f64 {
        let part = |(bucket, count)| {
            let (first, last) = (self.layout.first_of(bucket), self.layout.last_of(bucket));
            let middle = if self.layout.is_above(bucket) {
                last as f64
            } else {
                f64::midpoint(first as f64, last as f64)
            };
            middle * count as f64
        };
        self.buckets().map(part).sum()
    }

    /// Returns how many values were at most `bound`, as far as the buckets can tell.
    ///
    /// A bucket that `bound` divides counts as above it.
    #[must_use]
    pub fn count_up_to(&self, bound: u64) -> u64 {
        let below = self.buckets().take_while(|(bucket, _)| {
            !self.layout.is_above(*bucket) && self.layout.last_of(*bucket) <= bound
        });
        below.fold(0, |sum, (_, count)| sum.wrapping_add(count))
    }

    /// Lists the buckets that hold something: first value, last value, count.
    ///
    /// The values above the range come last, as from the end of the range to `u64::MAX`.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.buckets().map(|(bucket, count)| {
            let above = self.layout.is_above(bucket);
            let last = if above { u64::MAX } else { self.layout.last_of(bucket) };
            (self.layout.first_of(bucket), last, count)
        })
    }

    /// Adds the values of another histogram.
    ///
    /// # Errors
    ///
    /// If the layouts differ; nothing is changed.
    pub fn merge(&mut self, other: &Self) -> Result<(), LayoutsDiffer> {
        self.check(other.layout)?;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.wrapping_add(*more);
        }
        Ok(())
    }

    /// Returns the values that came after `earlier`.
    ///
    /// # Errors
    ///
    /// If the layouts differ.
    pub fn since(&self, earlier: &Self) -> Result<Self, LayoutsDiffer> {
        let mut difference = self.clone();
        difference.subtract(earlier)?;
        Ok(difference)
    }

    /// Takes away the values of `earlier`; allocates nothing.
    ///
    /// # Errors
    ///
    /// If the layouts differ; nothing is changed.
    pub fn subtract(&mut self, earlier: &Self) -> Result<(), LayoutsDiffer> {
        self.check(earlier.layout)?;
        for (count, less) in self.counts.iter_mut().zip(&earlier.counts) {
            *count = count.wrapping_sub(*less);
        }
        Ok(())
    }

    /// Takes the values of `other`; allocates nothing.
    ///
    /// # Errors
    ///
    /// If the layouts differ; nothing is changed.
    pub fn copy_from(&mut self, other: &Self) -> Result<(), LayoutsDiffer> {
        self.check(other.layout)?;
        self.counts.copy_from_slice(&other.counts);
        Ok(())
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }

    pub(super) fn check(&self, other: Layout) -> Result<(), LayoutsDiffer> {
        if self.layout == other { Ok(()) } else { Err(LayoutsDiffer(())) }
    }

    pub(super) fn counts_mut(&mut self) -> &mut [u64] {
        &mut self.counts
    }

    /// The buckets that hold something.
    fn buckets(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counts.iter().copied().enumerate().filter(|(_, count)| *count != 0)
    }
}

/// The place of a quantile in the order of `total` values, counted from 1.
fn rank(q: f64, total: u128) -> u128 {
    // Not a number is not above zero, and so becomes zero.
    let q = if q > 0.0 { q.min(1.0) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, reason = "a product of a share and a count")]
    #[expect(clippy::cast_sign_loss, reason = "neither is negative")]
    let whole = (q * total as f64) as u128;
    let up = u128::from((whole as f64) < q * total as f64);
    // One more than there are, by rounding, would be a quantile of nothing.
    (whole + up).clamp(1, total.max(1))
}

impl fmt::Debug for HistogramSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramSnapshot")
            .field("count", &self.count())
            .field("min", &self.min())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .finish()
    }
}

/// Two histograms of different layouts were put together.
///
/// Give both the same range and the same precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutsDiffer(());

impl fmt::Display for LayoutsDiffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the histograms differ in range or precision: build them with one layout")
    }
}

impl core::error::Error for LayoutsDiffer {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> HistogramSnapshot {
        let mut snapshot = HistogramSnapshot::new(Layout::new(10_000));
        values.iter().for_each(|value| snapshot.counts[snapshot.layout.bucket_of(*value)] += 1);
        snapshot
    }

    #[test]
    fn nothing_has_no_mean_and_no_maximum() {
        let empty = of(&[]);
        assert!(empty.is_empty() && empty.count() == 0, "there is nothing");
        assert_eq!((empty.mean(), empty.min(), empty.max()), (None, None, None), "not even zero");
        assert_eq!(empty.quantile(0.5), 0, "a number has to be returned");
        assert_eq!(empty.iter().count(), 0, "no bucket holds anything");
    }

    #[test]
    fn quantiles_have_a_rank() {
        let four = of(&[1, 2, 3, 4]);
        let asked = [-1.0, 0.0, 0.25, 0.26, 0.5, 0.75, 0.76, 1.0, 2.0, f64::NAN];
        let seen = asked.map(|q| four.quantile(q));
        assert_eq!(seen, [1, 1, 1, 2, 2, 3, 4, 4, 4, 1], "the smallest that suffices");
    }

    #[test]
    fn values_above_the_range_are_its_end() {
        let above = of(&[5, u64::MAX]);
        let end = above.layout().highest();
        assert_eq!((above.max(), above.quantile(1.0)), (Some(end), end), "known to be above");
        assert_eq!(above.above_range(), 1, "and counted");
        assert_eq!(above.count_up_to(u64::MAX), 1, "no bound is above all of them");
        assert_eq!(above.iter().last(), Some((end + 1, u64::MAX, 1)), "listed last");
    }

    #[test]
    fn merging_and_subtracting_undo_each_other() -> Result<(), LayoutsDiffer> {
        let (left, right) = (of(&[1, 50, 700]), of(&[50, 50, 9999, 20_000]));
        let mut both = left.clone();
        both.merge(&right)?;
        assert_eq!(both.count(), 7, "all of both");
        assert_eq!(both.since(&left)?, right, "what came after the left one");
        both.subtract(&right)?;
        assert_eq!(both, left, "and back");
        both.copy_from(&right)?;
        assert_eq!(both, right, "copied");
        both.clear();
        assert!(both.is_empty(), "cleared");
        Ok(())
    }

    #[test]
    fn counts_that_wrapped_still_differ_by_what_came() -> Result<(), LayoutsDiffer> {
        let mut before = of(&[]);
        before.counts[7] = u64::MAX;
        let mut after = before.clone();
        after.counts[7] = after.counts[7].wrapping_add(3);
        assert_eq!(after.since(&before)?.count(), 3, "three more");
        Ok(())
    }

    #[test]
    fn other_layouts_are_refused() {
        let mut one = of(&[1]);
        let other = HistogramSnapshot::new(Layout::with_bits(10_000, 6));
        let kept = one.clone();
        assert!(one.merge(&other).is_err() && one.since(&other).is_err(), "not comparable");
        assert!(one.subtract(&other).is_err() && one.copy_from(&other).is_err(), "nor these");
        assert_eq!(one, kept, "nothing was changed");
    }

    #[test]
    fn cumulative_counts_never_count_what_may_be_above() {
        let values = of(&[10, 100, 1000]);
        let counts = [0, 9, 10, 99, 103, 999, 1023, u64::MAX].map(|b| values.count_up_to(b));
        assert_eq!(counts, [0, 0, 1, 1, 2, 2, 3, 3], "by whole buckets");
    }
}
