//! `consistent-choose-k`: the contract of jump, and any member may leave.

use core::hash::Hash;
use std::hash::DefaultHasher;

use consistent_choose_k::ConsistentNodeMap;

use super::{Bytes, Contender, Joins, Leaves};

/// A map of nodes, asked with the standard library's hasher as in its documentation.
pub struct ChooseK(ConsistentNodeMap);

impl ChooseK {
    #[inline]
    fn of<K: Hash>(&self, key: &K) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.0.get(hasher).unwrap_or_default()
    }
}

impl Contender for ChooseK {
    const NAME: &'static str = "consistent_choose_k";
    const NOTE: &'static str = "node map over SipHash";

    fn build(n: usize) -> Self {
        let mut map = ConsistentNodeMap::new();
        for _ in 0..n {
            map.add();
        }
        Self(map)
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.of(&key)
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.of(key)
    }
}

impl Joins for ChooseK {}

impl Leaves for ChooseK {
    fn leave(&self, n: usize, gone: usize) -> Self {
        let mut map = Self::build(n).0;
        map.remove(gone);
        Self(map)
    }
}
