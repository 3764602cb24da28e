//! `hashring`: a ring over `SipHash`, points made by hand.

use hashring::HashRing;

use super::{Bytes, Contender, Joins, Leaves, POINTS};

/// A member's number and that of its point: the crate has no virtual nodes of its own.
type Point = (usize, u32);

/// The ring.
pub struct Hashring(HashRing<Point>);

impl Hashring {
    fn of(members: impl Iterator<Item = usize>) -> Self {
        let mut ring = HashRing::new();
        let points = |at: usize| (0..POINTS).map(move |point| (at, point));
        ring.batch_add(members.flat_map(points).collect());
        Self(ring)
    }
}

impl Contender for Hashring {
    const NAME: &'static str = "hashring";
    const NOTE: &'static str = "SipHash, 160 points a member added by hand";

    fn build(n: usize) -> Self {
        Self::of(0..n)
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.get(&key).map_or(0, |point| point.0)
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.get(key).map_or(0, |point| point.0)
    }
}

impl Joins for Hashring {}

impl Leaves for Hashring {
    fn leave(&self, n: usize, gone: usize) -> Self {
        Self::of((0..n).filter(|at| *at != gone))
    }
}
