//! Latency over time: one column of buckets for each slice of time.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::layout::Layout;
use super::snapshot::{HistogramSnapshot, LayoutsDiffer};

/// The last so many slices of a histogram, each as the values that came in it.
///
/// A reader feeds it with what a [`HistogramReader`](super::HistogramReader) reads, as often as it
/// likes; the writer notices nothing. Columns are differences, so none is lost or doubled when a
/// slice comes late: it is longer then, and says so. The memory is fixed when it is built.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{HeatMap, Histogram, Layout};
///
/// # fn main() -> Result<(), windlass_metrics::LayoutsDiffer> {
/// let mut histogram = Histogram::new(Layout::LATENCY);
/// let reader = histogram.reader();
/// let mut heat_map = HeatMap::new(Layout::LATENCY, 60);
/// for second in 1..=3_u64 {
///     histogram.record(second * 100);
///     heat_map.push(second * 1_000_000_000, &reader.read())?;
/// }
/// let worst: Vec<_> = heat_map.columns().map(|column| column.values().max()).collect();
/// assert_eq!(worst, [Some(101), Some(203), Some(303)]);
/// # Ok(())
/// # }
/// ```
pub struct HeatMap {
    columns: Box<[Column]>,
    /// Columns pushed so far; the next one goes to this number modulo the width.
    pushed: usize,
    /// What was read last, to subtract from what is read next.
    last: HistogramSnapshot,
    last_at: u64,
}

/// One slice of a [`HeatMap`].
#[derive(Debug, Clone)]
pub struct Column {
    from: u64,
    to: u64,
    values: HistogramSnapshot,
}

impl Column {
    /// The beginning of the slice: when the one before it was pushed, in nanoseconds.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.from
    }

    /// The end of the slice: when it was pushed, in nanoseconds.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.to
    }

    /// The values that came in the slice.
    #[must_use]
    pub fn values(&self) -> &HistogramSnapshot {
        &self.values
    }
}

impl HeatMap {
    /// Makes an empty map that keeps the last `width` slices, and begins at time zero.
    ///
    /// # Panics
    ///
    /// If `width` is zero.
    #[must_use]
    pub fn new(layout: Layout, width: usize) -> Self {
        assert!(0 < width, "a heat map has at least one column");
        let column = || Column { from: 0, to: 0, values: HistogramSnapshot::new(layout) };
        Self {
            columns: (0..width).map(|_| column()).collect(),
            pushed: 0,
            last: HistogramSnapshot::new(layout),
            last_at: 0,
        }
    }

    /// Sets where the first slice begins: values that came before are in no column.
    ///
    /// # Errors
    ///
    /// If the layouts differ; nothing is changed.
    pub fn begin(&mut self, at: u64, seen: &HistogramSnapshot) -> Result<(), LayoutsDiffer> {
        self.last.copy_from(seen)?;
        self.last_at = at;
        Ok(())
    }

    /// Ends a slice at the time `at`, in nanoseconds of any clock, with all values `seen` so far.
    ///
    /// The oldest column makes room. Allocates nothing.
    ///
    /// # Errors
    ///
    /// If the layouts differ; nothing is changed.
    pub fn push(&mut self, at: u64, seen: &HistogramSnapshot) -> Result<(), LayoutsDiffer> {
        let width = self.columns.len();
        let column = &mut self.columns[self.pushed % width];
        column.values.copy_from(seen)?;
        column.values.subtract(&self.last)?;
        (column.from, column.to) = (self.last_at, at);
        self.pushed += 1;
        self.last_at = at;
        self.last.copy_from(seen)
    }

    /// The columns, oldest first.
    pub fn columns(&self) -> impl DoubleEndedIterator<Item = &Column> + ExactSizeIterator {
        let width = self.columns.len();
        let held = self.pushed.min(width);
        (self.pushed - held..self.pushed).map(move |at| &self.columns[at % width])
    }

    /// Counts the values of each column between each two neighbours of `bounds`, for drawing.
    ///
    /// The first row holds the values up to the first bound, the last one those above the last
    /// bound: there is one row more than there are bounds. The counts of a column add up to its
    /// values.
    #[must_use]
    pub fn rows(&self, bounds: &[u64]) -> Vec<Vec<u64>> {
        let mut rows = Vec::new();
        rows.resize_with(bounds.len() + 1, Vec::new);
        for column in self.columns() {
            let mut below = 0;
            for (row, bound) in rows.iter_mut().zip(bounds) {
                let up_to = column.values.count_up_to(*bound);
                row.push(up_to.wrapping_sub(below));
                below = up_to;
            }
            rows[bounds.len()].push(column.values.count().wrapping_sub(below));
        }
        rows
    }
}

impl fmt::Debug for HeatMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeatMap").field("columns", &self.columns().len()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Histogram;
    use alloc::vec;

    #[test]
    fn a_late_slice_is_longer_and_nothing_is_lost() -> Result<(), LayoutsDiffer> {
        let mut histogram = Histogram::new(Layout::new(1000));
        let reader = histogram.reader();
        let mut map = HeatMap::new(Layout::new(1000), 3);
        histogram.record(1);
        map.begin(10, &reader.read())?;
        let mut all = 0;
        for at in [20, 30, 95] {
            histogram.record(at);
            histogram.record(at);
            map.push(at, &reader.read())?;
            all += 2;
        }
        let spans: Vec<_> = map.columns().map(|column| (column.from(), column.to())).collect();
        assert_eq!(spans, [(10, 20), (20, 30), (30, 95)], "slices follow each other");
        let held: u64 = map.columns().map(|column| column.values().count()).sum();
        assert_eq!(held, all, "every value since the beginning is in one column");
        Ok(())
    }

    #[test]
    fn the_oldest_column_makes_room() -> Result<(), LayoutsDiffer> {
        let mut histogram = Histogram::new(Layout::new(1000));
        let mut map = HeatMap::new(Layout::new(1000), 2);
        for at in 1..=5 {
            histogram.record(at);
            map.push(at, &histogram.reader().read())?;
        }
        let seen: Vec<_> = map.columns().map(|column| column.values().max()).collect();
        assert_eq!(seen, [Some(4), Some(5)], "the last two");
        assert_eq!(map.columns().next_back().map(Column::to), Some(5), "the newest comes last");
        Ok(())
    }

    #[test]
    fn rows_add_up_to_their_column() -> Result<(), LayoutsDiffer> {
        let mut histogram = Histogram::new(Layout::new(1000));
        let mut map = HeatMap::new(Layout::new(1000), 2);
        [3, 9, 12, 5000].into_iter().for_each(|value| histogram.record(value));
        map.push(1, &histogram.reader().read())?;
        map.push(2, &histogram.reader().read())?;
        let rows = map.rows(&[5, 10, 100]);
        assert_eq!(rows, vec![vec![1, 0], vec![1, 0], vec![1, 0], vec![1, 0]], "one in each");
        Ok(())
    }

    #[test]
    #[should_panic(expected = "at least one column")]
    fn a_map_without_columns_is_refused() {
        let _map = HeatMap::new(Layout::new(1000), 0);
    }
}
