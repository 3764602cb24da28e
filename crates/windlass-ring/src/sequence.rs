//! Positions in the stream of events.

use core::fmt;

/// The position of one event in the stream of a ring; the first event has position 0.
///
/// A sequence is never reused. A ring closes itself when it reaches [`Sequence::MAX`], which
/// takes 146 years at one event a nanosecond.
///
/// # Examples
///
/// ```
/// use windlass_ring::Sequence;
///
/// assert_eq!(Sequence::ZERO.next(), Sequence::new(1));
/// assert!(Sequence::new(7) < Sequence::MAX);
/// ```
///
/// # Source
///
/// The word and the idea are the LMAX Disruptor's; there the first is 0 too, and -1 means none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(u64);

impl Sequence {
    /// The position of the first event.
    pub const ZERO: Self = Self(0);

    /// The end of the stream: no event has this position or a later one.
    pub const MAX: Self = Self(1 << 62);

    /// Makes a sequence of a number.
    #[must_use]
    #[inline]
    pub const fn new(position: u64) -> Self {
        Self(position)
    }

    /// The number, counted from 0.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sequence after this one.
    #[must_use]
    #[inline]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Debug for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sequence({})", self.0)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<Sequence> for u64 {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}
