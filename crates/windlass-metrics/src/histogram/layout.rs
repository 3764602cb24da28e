//! Which value belongs into which bucket.
//!
//! Values below a power of two have a bucket each. From there on every doubling is divided into the
//! same number of equally wide buckets, so that a bucket is at most a fixed share of its values
//! wide. A shift and an addition find the bucket; there is no table and no search.

use core::fmt;

/// The bits that a bucket keeps of a value at the least: an error of at most 1/32, below 3.2 %.
const LEAST_BITS: u32 = 5;

/// The bits that a bucket keeps of a value at the most: an error of at most 1/4096.
const MOST_BITS: u32 = 12;

/// The range and the precision of a histogram, fixed when it is built.
///
/// Two histograms can be merged or subtracted if their layouts are equal.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Layout;
///
/// // Nanoseconds up to a minute and a little more, in 8.5 KiB.
/// const LATENCY: Layout = Layout::new(60_000_000_000);
/// assert!(60_000_000_000 <= LATENCY.highest());
/// assert!(LATENCY.error() <= 0.032);
/// ```
///
/// # Source
///
/// `coordinated-omission`, for `HdrHistogram`: a histogram whose error is a share of the value.
/// `h2-histogram`, for the arithmetic with shifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    bits: u32,
    /// Buckets within the range; behind them one for what is above it.
    buckets: usize,
}

impl Layout {
    /// For latencies in nanoseconds: up to 68 seconds, in 1024 buckets.
    pub const LATENCY: Self = Self::new((1 << 36) - 1);

    /// Makes a layout for values from 0 to `highest`, with an error of at most 3.2 %.
    ///
    /// The range is rounded up to the end of a bucket, see [`highest`](Self::highest).
    #[must_use]
    pub const fn new(highest: u64) -> Self {
        Self::with_bits(highest, LEAST_BITS)
    }

    /// Makes a layout whose error is at most one part in two to the power of `bits`.
    ///
    /// Each further bit halves the error and doubles the memory.
    ///
    /// # Panics
    ///
    /// If `bits` is not in 5 ..= 12; in a constant, that is an error of the compiler. Use
    /// [`try_with_bits`](Self::try_with_bits) for what is only known at run time.
    #[must_use]
    pub const fn with_bits(highest: u64, bits: u32) -> Self {
        match Self::try_with_bits(highest, bits) {
            Ok(layout) => layout,
            Err(_) => panic!("a histogram keeps 5 to 12 bits of a value"),
        }
    }

    /// Makes a layout whose error is at most one part in two to the power of `bits`.
    ///
    /// # Errors
    ///
    /// If `bits` is not in 5 ..= 12.
    pub const fn try_with_bits(highest: u64, bits: u32) -> Result<Self, LayoutError> {
        if bits < LEAST_BITS || MOST_BITS < bits {
            return Err(LayoutError { bits });
        }
        Ok(Self { bits, buckets: index(bits, highest) + 1 })
    }

    /// The largest value within the range.
    #[must_use]
    pub const fn highest(&self) -> u64 {
        self.last_of(self.buckets - 1)
    }

    /// By how much a value that is read may exceed the one that was recorded, as a share of it.
    #[must_use]
    pub const fn error(&self) -> f64 {
        1.0 / (1_u64 << self.bits) as f64
    }

    /// How many buckets there are, the one for values above the range included.
    #[must_use]
    pub const fn buckets(&self) -> usize {
        self.buckets + 1
    }

    /// The bucket of `value`.
    #[inline(always)]
    pub(crate) const fn bucket_of(&self, value: u64) -> usize {
        let index = index(self.bits, value);
        if index < self.buckets { index } else { self.buckets }
    }

    /// Whether this is the bucket of values above the range.
    pub(crate) const fn is_above(&self, bucket: usize) -> bool {
        self.buckets <= bucket
    }

    /// The smallest value of a bucket.
    pub(crate) const fn first_of(&self, bucket: usize) -> u64 {
        if self.is_above(bucket) {
            return self.highest().saturating_add(1);
        }
        let shift = self.shift(bucket);
        ((bucket - ((shift as usize) << self.bits)) as u64) << shift
    }

    /// The largest value of a bucket within the range; for the one above it, where the range ends.
    pub(crate) const fn last_of(&self, bucket: usize) -> u64 {
        if self.is_above(bucket) {
            return self.highest();
        }
        self.first_of(bucket) + ((1 << self.shift(bucket)) - 1)
    }

    /// How many bits of its values a bucket does not keep.
    const fn shift(&self, bucket: usize) -> u32 {
        #[expect(clippy::cast_possible_truncation, reason = "below 64")]
        let doublings = (bucket >> self.bits) as u32;
        doublings.saturating_sub(1)
    }
}

/// The bucket of `value` where the range is unlimited.
#[inline(always)]
const fn index(bits: u32, value: u64) -> usize {
    // Without the added bit, values below the linear part would shift to the left.
    let shift = (63 - bits) - (value | (1 << bits)).leading_zeros();
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^13 after the shift")]
    let kept = (value >> shift) as usize;
    ((shift as usize) << bits) + kept
}

/// A layout was asked for that keeps too few or too many bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutError {
    bits: u32,
}

impl fmt::Display for LayoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bits } = self;
        write!(f, "a histogram keeps {LEAST_BITS} to {MOST_BITS} bits of a value, not {bits}")
    }
}

impl core::error::Error for LayoutError {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other_without_gap_or_overlap() {
        for bits in LEAST_BITS..=MOST_BITS {
            let layout = Layout::with_bits(u64::MAX, bits);
            let mut next = 0;
            for bucket in 0..layout.buckets {
                let (first, last) = (layout.first_of(bucket), layout.last_of(bucket));
                assert_eq!(first, next, "bucket {bucket} of {bits} bits begins where one ended");
                assert_eq!(layout.bucket_of(first), bucket, "its first value belongs to it");
                assert_eq!(layout.bucket_of(last), bucket, "its last value belongs to it");
                assert!((last - first) as f64 <= layout.error() * first as f64, "it is narrow");
                next = last.wrapping_add(1);
            }
            assert_eq!(next, 0, "the last bucket ends with the last number");
        }
    }

    #[test]
    fn the_range_ends_with_a_bucket() {
        for highest in [0, 1, 31, 32, 63, 64, 1000, u64::from(u32::MAX), u64::MAX] {
            let layout = Layout::new(highest);
            assert!(highest <= layout.highest(), "{highest} is within");
            assert!(!layout.is_above(layout.bucket_of(layout.highest())), "the end is within");
            if layout.highest() < u64::MAX {
                let above = layout.bucket_of(layout.highest() + 1);
                assert_eq!(above, layout.buckets() - 1, "what follows is above");
                assert_eq!(layout.bucket_of(u64::MAX), above, "and so is everything behind it");
            }
        }
    }

    #[test]
    fn the_latency_layout_is_as_large_as_it_says() {
        assert_eq!(Layout::LATENCY.buckets(), 1025, "1024 and the one above the range");
        assert_eq!(Layout::LATENCY.highest(), (1 << 36) - 1, "68.7 seconds");
    }

    #[test]
    fn other_precisions_are_refused() {
        for bits in [0, 4, 13, u32::MAX] {
            let error = Layout::try_with_bits(1000, bits).unwrap_err();
            assert!(alloc::format!("{error}").contains("5 to 12"), "it says what is allowed");
        }
    }
}
