//! `maglev`: a table over `SipHash`.

use maglev::{ConsistentHasher as _, Maglev};

use super::{Bytes, Contender, Joins, Leaves};

/// As many entries as ours.
const SIZE: usize = 65_537;

/// The table.
pub struct MaglevTable(Maglev<usize>);

impl Contender for MaglevTable {
    const NAME: &'static str = "maglev";
    const NOTE: &'static str = "SipHash, 65537 entries";

    fn build(n: usize) -> Self {
        Self(Maglev::with_capacity(0..n, SIZE))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.get(&key).copied().unwrap_or_default()
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }
}

impl Joins for MaglevTable {}

impl Leaves for MaglevTable {
    fn leave(&self, n: usize, gone: usize) -> Self {
        Self(Maglev::with_capacity((0..n).filter(|at| *at != gone), SIZE))
    }
}
