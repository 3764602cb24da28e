//! `fliphash`: the contract of jump in constant time.

use fliphash::{fliphash_64, fliphash_xxh3_64};

use super::{Bytes, Contender, Joins};

/// The last member's number.
pub struct Fliphash(u64);

impl Contender for Fliphash {
    const NAME: &'static str = "fliphash";
    const NOTE: &'static str = "integers by its own mixer, bytes by XXH3";

    fn build(n: usize) -> Self {
        Self(n as u64 - 1)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below n")]
    fn of_integer(&self, key: u64) -> usize {
        fliphash_64(key, ..=self.0) as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below n")]
    fn of_bytes(&self, key: &Bytes) -> usize {
        fliphash_xxh3_64(key, ..=self.0) as usize
    }
}

impl Joins for Fliphash {}
