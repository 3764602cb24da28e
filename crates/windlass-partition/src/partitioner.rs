//! The trait that all keyed schemes share.

use alloc::boxed::Box;

/// A pure function from a key to a partition.
///
/// The key itself goes in, not its hash, since a [`Range`](crate::Range) compares keys. A look-up
/// neither waits nor allocates, and touches nothing but the key and `self`. For a fixed type of key
/// the trait is object-safe; a [`Scheme`](crate::Scheme) out of a configuration makes use of that.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Jump, Partitioner, Range};
///
/// /// Where each name goes, by whatever scheme.
/// fn places<P: Partitioner<str>>(partitioner: &P, names: &[&str]) -> Vec<usize> {
///     names.iter().map(|name| partitioner.partition(name)).collect()
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let by_range = Range::new(vec!["g".to_owned(), "n".to_owned()])?;
/// assert_eq!(places(&by_range, &["anna", "gustav", "zoe"]), [0, 1, 2]);
/// assert!(places(&Jump::new(3)?, &["anna", "gustav", "zoe"]).iter().all(|place| *place < 3));
/// # Ok(())
/// # }
/// ```
pub trait Partitioner<K: ?Sized> {
    /// The partition of a key: below [`partitions`](Partitioner::partitions), always the same.
    fn partition(&self, key: &K) -> usize;

    /// How many partitions there are; at least 1.
    fn partitions(&self) -> usize;
}

impl<K: ?Sized, P: Partitioner<K> + ?Sized> Partitioner<K> for &P {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        (**self).partition(key)
    }

    fn partitions(&self) -> usize {
        (**self).partitions()
    }
}

impl<K: ?Sized, P: Partitioner<K> + ?Sized> Partitioner<K> for Box<P> {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        (**self).partition(key)
    }

    fn partitions(&self) -> usize {
        (**self).partitions()
    }
}
