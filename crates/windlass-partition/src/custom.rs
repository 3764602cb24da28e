//! A scheme of the user's own.

use core::fmt;

use crate::error::BuildError;
use crate::member::count;
use crate::partitioner::Partitioner;

/// A closure as a partitioner.
///
/// The closure gives any number; it is taken modulo `n`, so the partition exists whatever it says.
/// That it is a pure function, and the same everywhere, is up to you.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Custom, Partitioner};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Even numbers to 0, odd ones to 1.
/// let parity = Custom::new(2, |key: &u64| *key)?;
/// assert_eq!(parity.partition(&7), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Custom<F> {
    n: u32,
    number: F,
}

impl<F> Custom<F> {
    /// Over `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits.
    pub fn new<K: ?Sized>(n: usize, number: F) -> Result<Self, BuildError>
    where
        F: Fn(&K) -> u64,
    {
        Ok(Self { n: count(n, u32::MAX as usize)?, number })
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
    }
}

impl<K: ?Sized, F: Fn(&K) -> u64> Partitioner<K> for Custom<F> {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below a u32")]
        let partition = ((self.number)(key) % u64::from(self.n)) as usize;
        partition
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

impl<F> fmt::Debug for Custom<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custom").field("n", &self.n).finish_non_exhaustive()
    }
}
