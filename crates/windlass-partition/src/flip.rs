//! Flip hashing: what jump hash promises, in a few steps for any number of partitions.

use crate::error::BuildError;
use crate::hash::{self, DEFAULT_SEED};
use crate::key::Key;
use crate::member::count;
use crate::partitioner::Partitioner;

/// Spreads keys evenly over partitions that grow and shrink at the end only, in constant time.
///
/// From `n` to `n + 1` partitions one key in `n + 1` moves, to the new one; back again, the same ones
/// return. No memory, and two or three hashes however many partitions there are, where
/// [`Jump`](crate::Jump) takes `ln n` steps. Take [`Jump`](crate::Jump) where other programs have to
/// find the same partitions: its vectors are published, here only the method is. Other partitions than
/// the last cannot be taken out: use a [`SlotTable`](crate::SlotTable) or
/// [`Rendezvous`](crate::Rendezvous) for that.
///
/// Version 1: bits 25 and up of the key's hash ([`HASH_VERSION`](crate::HASH_VERSION)), as many as the
/// largest partition has; the bits below the leading one flipped by a second hash; what is not below
/// `n` is drawn again, up to 64 times.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Flip, Partitioner};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (few, many) = (Flip::new(1000)?, Flip::new(1001)?);
/// for key in 0..100_000_u64 {
///     let (before, after) = (few.partition(&key), many.partition(&key));
///     assert!(before == after || after == 1000);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `fliphash-2024` in `docs/references.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flip {
    n: u32,
    /// How many bits the largest partition has.
    bits: u32,
    seed: u64,
}

impl Flip {
    /// Over `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        let n = count(n, u32::MAX as usize)?;
        Ok(Self { n, bits: u32::BITS - (n - 1).leading_zeros(), seed: DEFAULT_SEED })
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

    #[inline]
    fn of_hash(&self, hash: u64) -> u64 {
        let n = u64::from(self.n);
        let first = flipped(hash, self.bits);
        if first < n { first } else { again(hash, self.bits, n) }
    }
}

/// Draws after which only one key in 2^64 or fewer is left.
const DRAWS: usize = 64;

/// Keeps the flips and the draws apart from each other and from the hashes of keys.
const FLIPS: [u64; 32] = salts(0x666C_6970_732D_3131);
const AGAIN: [u64; DRAWS] = salts(0x6472_6177_732D_3131);

const fn salts<const N: usize>(seed: u64) -> [u64; N] {
    let mut salts = [0; N];
    let mut at = 0;
    while at < N {
        salts[at] = hash::integer(at as u64, seed);
        at += 1;
    }
    salts
}

/// The lowest bits of the middle of a hash, which a hash table leaves alone.
#[inline]
fn low(hash: u64, bits: u32) -> u64 {
    (hash >> 25) & ((1 << bits) - 1)
}

/// A number below 2^`bits`, evenly; with one bit less it is the same or was above.
///
/// Without the flip, what lies in the upper half would tell where it lies in the lower one.
#[inline]
fn flipped(hash: u64, bits: u32) -> u64 {
    let number = low(hash, bits);
    let leading = (number | 1).ilog2();
    let flip = hash::salted(hash, FLIPS[leading as usize & 31]) >> 32;
    number ^ (flip & ((1 << leading) - 1))
}

/// What fell on `n` or above: to the lower half by its own number, or anywhere below `n` in the upper.
#[inline]
fn again(hash: u64, bits: u32, n: u64) -> u64 {
    let half = 1 << (bits - 1);
    for salt in AGAIN {
        let drawn = low(hash::salted(hash, salt), bits);
        if drawn < half {
            break;
        }
        if drawn < n {
            return drawn;
        }
    }
    flipped(hash, bits - 1)
}

impl<K: Key + ?Sized> Partitioner<K> for Flip {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below n, which is a u32")]
        let partition = self.of_hash(key.stable_hash(self.seed)) as usize;
        partition
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_draw_once_and_the_largest_numbers_fit() -> Result<(), BuildError> {
        for bits in [0, 1, 5, 31] {
            let flip = Flip::new(1 << bits)?;
            assert_eq!(flip.bits, bits, "of {}", flip.n);
            for hash in (0..50).map(|key| hash::integer(key, 1)).chain([0, u64::MAX]) {
                assert_eq!(flip.of_hash(hash), flipped(hash, bits), "hash {hash:x}");
            }
        }
        let largest = Flip::new(u32::MAX as usize)?;
        assert_eq!(largest.bits, 32, "all of them");
        assert!(largest.of_hash(u64::MAX) < u64::from(u32::MAX), "below n");
        Ok(())
    }
}
