//! Kafka's default partitioner for keyed records.

use crate::error::BuildError;
use crate::member::count;
use crate::partitioner::Partitioner;

/// The partition that Kafka's Java client gives a record with a key.
///
/// For whoever has to meet what Kafka producers have written. Keys are the serialised bytes: text in
/// UTF-8, numbers in big-endian order, as Kafka's serialisers write them.
///
/// Version 1: `(murmur2(key) & 0x7fff_ffff) % n`, seed `0x9747_b28c`.
///
/// # Examples
///
/// ```
/// use windlass_partition::{KafkaMurmur2, Partitioner};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let topic = KafkaMurmur2::new(10)?;
/// assert_eq!(topic.partition("foobar"), 6);
/// assert_eq!(topic.partition(&42_i32.to_be_bytes()), topic.partition(&[0, 0, 0, 42]));
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `kafka` in `docs/references.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KafkaMurmur2 {
    n: u32,
}

impl KafkaMurmur2 {
    /// For a topic of `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or above 2^31 - 1, the most that Kafka can number.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        Ok(Self { n: count(n, i32::MAX as usize)? })
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
    }

    /// Kafka's `murmur2` of some bytes; as a signed number it is what Kafka prints.
    #[must_use]
    #[inline]
    pub fn murmur2(key: &[u8]) -> u32 {
        const SEED: u32 = 0x9747_B28C;
        const MIX: u32 = 0x5BD1_E995;
        const SHIFT: u32 = 24;
        #[expect(clippy::cast_possible_truncation, reason = "Java's arrays have 31 bits of length")]
        let mut hash = SEED ^ key.len() as u32;
        let (words, rest) = key.as_chunks::<4>();
        for word in words {
            let mut word = u32::from_le_bytes(*word).wrapping_mul(MIX);
            word ^= word >> SHIFT;
            hash = hash.wrapping_mul(MIX) ^ word.wrapping_mul(MIX);
        }
        if !rest.is_empty() {
            for (at, byte) in rest.iter().enumerate() {
                hash ^= u32::from(*byte) << (8 * at);
            }
            hash = hash.wrapping_mul(MIX);
        }
        hash = (hash ^ (hash >> 13)).wrapping_mul(MIX);
        hash ^ (hash >> 15)
    }
}

impl<K: AsRef<[u8]> + ?Sized> Partitioner<K> for KafkaMurmur2 {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        ((Self::murmur2(key.as_ref()) & 0x7FFF_FFFF) % self.n) as usize
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}
