//! Ranges: keys in their own order, cut at bounds.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::borrow::Borrow;
use core::fmt;

use crate::error::BuildError;
use crate::partitioner::Partitioner;

/// Keys that lie side by side stay together, between bounds that can be split and merged.
///
/// `n - 1` rising bounds make `n` ranges; a bound is the first key of the range above it. At first the
/// ranges are numbered from the lowest. A split gives the upper half the next free number and a merge
/// frees one, so the partitions stay `0..n` and no other range changes its number, but for the last
/// one when a merge leaves a gap.
///
/// Version 1: the order of keys is that of their type, so it has to be the same everywhere; strings
/// are compared by bytes.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Partitioner, Range};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut range = Range::new(vec![100, 200])?;
/// assert_eq!([99, 100, 250].map(|key| range.partition(&key)), [0, 1, 2]);
///
/// // The keys from 150 on leave partition 1 for the new partition 3.
/// let split = range.split(150)?;
/// assert_eq!((split.from, split.to), (1, 3));
/// assert_eq!([149, 150, 250].map(|key| range.partition(&key)), [1, 3, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Range<K> {
    bounds: Vec<K>,
    /// The partition of each range, one more than bounds.
    numbers: Vec<u32>,
}

/// What a split moved: the keys from the new bound up to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The partition that had them.
    pub from: usize,
    /// The new partition, which has them now.
    pub to: usize,
}

/// What a merge moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The partition whose keys moved.
    pub from: usize,
    /// The partition that has them now.
    pub to: usize,
    /// The partition that had the last number and has that of `from` now, if those differ.
    pub renumbered: Option<usize>,
}

impl<K: Ord> Range<K> {
    /// Ranges between these bounds.
    ///
    /// # Errors
    ///
    /// Where a bound is not above the one before it, or there are 2^32 or more.
    pub fn new(bounds: impl Into<Vec<K>>) -> Result<Self, BuildError> {
        let bounds = bounds.into();
        if let Some(at) = bounds.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(BuildError::Unsorted { at: at + 1 });
        }
        let n = crate::member::count(bounds.len() + 1, u32::MAX as usize)?;
        Ok(Self { bounds, numbers: (0..n).collect() })
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.numbers.len()
    }

    /// Cuts the range that holds `bound`: from there on its keys go to a new partition.
    ///
    /// # Errors
    ///
    /// Where there is such a bound already, or there are 2^32 - 1 ranges.
    pub fn split(&mut self, bound: K) -> Result<Split, BuildError> {
        let at = match self.bounds.binary_search(&bound) {
            Ok(at) => return Err(BuildError::Unsorted { at }),
            Err(at) => at,
        };
        let to = crate::member::count(self.numbers.len(), u32::MAX as usize - 1)?;
        let from = self.numbers[at];
        self.bounds.insert(at, bound);
        self.numbers.insert(at + 1, to);
        Ok(Split { from: from as usize, to: to as usize })
    }

    /// Takes a bound away: the keys above it join those below. `None` where there is no such bound.
    pub fn merge<Q>(&mut self, bound: &Q) -> Option<Merge>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let at = self.bounds.binary_search_by(|one| one.borrow().cmp(bound)).ok()?;
        drop(self.bounds.remove(at));
        let from = self.numbers.remove(at + 1);
        let mut to = self.numbers[at];
        let last = self.bounds.len() + 1;
        let gap = self.numbers.iter_mut().find(|number| **number as usize == last);
        let renumbered = gap.map(|number| core::mem::replace(number, from) as usize);
        if to as usize == last {
            // The range that grew had the last number itself.
            to = from;
        }
        Some(Merge { from: from as usize, to: to as usize, renumbered })
    }

    /// The bounds, rising.
    #[must_use]
    pub fn bounds(&self) -> &[K] {
        &self.bounds
    }

    /// The partitions of the ranges, from the lowest; one more than bounds.
    #[must_use]
    pub fn numbers(&self) -> Box<[usize]> {
        self.numbers.iter().map(|number| *number as usize).collect()
    }
}

impl<K, Q> Partitioner<Q> for Range<K>
where
    K: Borrow<Q>,
    Q: Ord + ?Sized,
{
    #[inline]
    fn partition(&self, key: &Q) -> usize {
        let at = self.bounds.partition_point(|bound| bound.borrow() <= key);
        self.numbers[at] as usize
    }

    fn partitions(&self) -> usize {
        self.numbers.len()
    }
}

impl<K> fmt::Debug for Range<K> {
    /// Bounds are keys, and keys are payload: only the partitions are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range").field("numbers", &self.numbers).finish_non_exhaustive()
    }
}
