//! The plainest scheme: the hash, reduced to the number of partitions.

use crate::error::BuildError;
use crate::hash::{DEFAULT_SEED, reduce};
use crate::key::Key;
use crate::member::count;
use crate::partitioner::Partitioner;

/// Spreads keys evenly over a number of partitions that never changes.
///
/// The quickest look-up, no memory. From `n` to `n + 1` partitions nearly every key moves; where the
/// number may change, use a [`SlotTable`](crate::SlotTable) or [`Jump`](crate::Jump).
///
/// Version 1: `(bits 25..=56 of the key's hash) * n / 2^32`, a multiplication instead of the division
/// that gave the scheme its name. See [`HASH_VERSION`](crate::HASH_VERSION) for the hash.
///
/// # Source
///
/// `lemire-2019` in `docs/references.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modulo {
    n: u32,
    seed: u64,
}

impl Modulo {
    /// Over `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        Ok(Self { n: count(n, u32::MAX as usize)?, seed: DEFAULT_SEED })
    }

    /// The same under another seed: another mapping.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
    }
}

impl<K: Key + ?Sized> Partitioner<K> for Modulo {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        reduce(key.stable_hash(self.seed), self.n) as usize
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}
