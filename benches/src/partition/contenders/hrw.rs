//! `hrw`: rendezvous over `SipHash`.

use core::hash::BuildHasherDefault;
use std::hash::DefaultHasher;

use hrw::Rendezvous;

use super::{Bytes, Contender, Joins, Leaves};

type Fixed = BuildHasherDefault<DefaultHasher>;

/// Rendezvous with a hasher that is the same each time.
pub struct Hrw(Rendezvous<usize, Fixed>);

impl Contender for Hrw {
    const NAME: &'static str = "hrw";
    const NOTE: &'static str = "rendezvous over SipHash, its keys fixed";

    fn build(n: usize) -> Self {
        Self(Rendezvous::from_nodes_and_hasher(0..n, Fixed::default()))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.pick_top(&key).copied().unwrap_or_default()
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.pick_top(key).copied().unwrap_or_default()
    }
}

impl Joins for Hrw {}

impl Leaves for Hrw {
    fn leave(&self, n: usize, gone: usize) -> Self {
        let left = (0..n).filter(|at| *at != gone);
        Self(Rendezvous::from_nodes_and_hasher(left, Fixed::default()))
    }
}
