//! Numbers that say how things stand: now, and at most.

use core::fmt;

use crate::line::{LineWriter, WordReader};

/// A number that goes up and down, with one writer.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Gauge;
///
/// let mut depth = Gauge::new();
/// let reader = depth.reader();
/// depth.set(7);
/// depth.add(-3);
/// assert_eq!(reader.get(), 4);
/// ```
pub struct Gauge(LineWriter);

impl Gauge {
    /// Makes a gauge that stands at zero, on a cache line of its own.
    #[must_use]
    pub fn new() -> Self {
        Self(LineWriter::new())
    }

    /// Sets the gauge. Wait-free: a relaxed store.
    #[inline(always)]
    pub fn set(&mut self, value: i64) {
        self.0.set::<0>(value.cast_unsigned());
    }

    /// Moves the gauge by `change`, which may be negative. Wraps at the ends of `i64`.
    ///
    /// Wait-free: a relaxed load and a relaxed store.
    #[inline(always)]
    pub fn add(&mut self, change: i64) {
        self.0.add::<0>(change.cast_unsigned());
    }

    /// Returns where the gauge stands.
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.get::<0>().cast_signed()
    }

    /// Returns a handle that reads the gauge from any thread.
    #[must_use]
    pub fn reader(&self) -> GaugeReader {
        GaugeReader(self.0.reader::<0>())
    }
}

impl Default for Gauge {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gauge").field(&self.get()).finish()
    }
}

/// Reads a [`Gauge`] from any thread.
#[derive(Clone, Debug)]
pub struct GaugeReader(pub(crate) WordReader);

impl GaugeReader {
    /// Returns where the gauge stands. Wait-free, and the writer does not notice.
    #[inline]
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.get().cast_signed()
    }
}

/// The largest number seen, with one writer.
///
/// # Examples
///
/// ```
/// use windlass_metrics::HighWater;
///
/// let mut deepest = HighWater::new();
/// let reader = deepest.reader();
/// deepest.raise(9);
/// deepest.raise(4);
/// assert_eq!(reader.get(), 9);
/// ```
pub struct HighWater(LineWriter);

impl HighWater {
    /// Makes a mark that stands at zero, on a cache line of its own.
    #[must_use]
    pub fn new() -> Self {
        Self(LineWriter::new())
    }

    /// Raises the mark to `value`, if it is lower.
    ///
    /// Wait-free: a relaxed load, and a relaxed store when the mark moves.
    #[inline(always)]
    pub fn raise(&mut self, value: u64) {
        if self.0.get::<0>() < value {
            self.0.set::<0>(value);
        }
    }

    /// Returns the largest number so far.
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get::<0>()
    }

    /// Returns a handle that reads the mark from any thread.
    #[must_use]
    pub fn reader(&self) -> HighWaterReader {
        HighWaterReader(self.0.reader::<0>())
    }
}

impl Default for HighWater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HighWater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HighWater").field(&self.get()).finish()
    }
}

/// Reads a [`HighWater`] mark from any thread.
#[derive(Clone, Debug)]
pub struct HighWaterReader(pub(crate) WordReader);

impl HighWaterReader {
    /// Returns the largest number so far. Wait-free, and the writer does not notice.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_goes_below_zero() {
        let mut gauge = Gauge::default();
        let reader = gauge.reader();
        gauge.set(2);
        gauge.add(-5);
        assert_eq!((gauge.get(), reader.get()), (-3, -3), "both ends see it");
    }

    #[test]
    fn a_high_water_mark_never_falls() {
        let mut mark = HighWater::default();
        let reader = mark.reader();
        let seen = [3, 1, u64::MAX, 0].map(|value| {
            mark.raise(value);
            reader.get()
        });
        assert_eq!(seen, [3, 3, u64::MAX, u64::MAX], "only upwards");
        assert_eq!(mark.get(), u64::MAX, "for the writer too");
    }
}
