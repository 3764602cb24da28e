//! `jumphash`: jump over `SipHash` 1-3.

use jumphash::JumpHasher;

use super::{Bytes, Contender, Joins};

/// Jump with the keys of its hash fixed.
pub struct Jumphash(JumpHasher, u32);

impl Contender for Jumphash {
    const NAME: &'static str = "jumphash";
    const NOTE: &'static str = "jump over SipHash, its keys fixed";

    fn build(n: usize) -> Self {
        Self(JumpHasher::new_with_keys(0, 0), u32::try_from(n).unwrap_or(u32::MAX))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.slot(&key, self.1) as usize
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.slot(key, self.1) as usize
    }
}

impl Joins for Jumphash {}
