//! XXH3 and a division: what people write by hand.

use xxhash_rust::xxh3::xxh3_64;

use super::{Bytes, Contender, Joins};

/// The number of partitions.
pub struct Xxh3Modulo(u64);

impl Contender for Xxh3Modulo {
    const NAME: &'static str = "xxh3_modulo";
    const NOTE: &'static str = "xxh3_64 of the key's bytes % n";

    fn build(n: usize) -> Self {
        Self(n as u64)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below n")]
    fn of_integer(&self, key: u64) -> usize {
        (xxh3_64(&key.to_le_bytes()) % self.0) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below n")]
    fn of_bytes(&self, key: &Bytes) -> usize {
        (xxh3_64(key) % self.0) as usize
    }
}

impl Joins for Xxh3Modulo {}
