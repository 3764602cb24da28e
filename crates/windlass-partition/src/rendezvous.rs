//! Rendezvous hashing: every member draws a lot for every key, the best one has it.

use alloc::boxed::Box;
use core::cmp::Reverse;

use crate::hash::{self, DEFAULT_SEED};
use crate::key::Key;
use crate::log2::negative_log2;
use crate::member::Members;
use crate::partitioner::Partitioner;

/// Highest random weight: exact shares for any weights, any member may come or go, replicas for free.
///
/// Only the keys of a member that comes, goes or changes its weight move, between it and the others.
/// A look-up asks every member, and with weights takes a logarithm for each: for some dozen members.
///
/// Version 1: the lot of a member is the key's hash ([`HASH_VERSION`](crate::HASH_VERSION)) mixed with
/// that of its name; the largest lot wins, then the smaller name. With weights the smallest
/// `-log2(lot) / weight` wins, in fixed point with 32 bits after the point, then the largest lot.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Members, Partitioner, Rendezvous};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let nodes = Rendezvous::new(&Members::count(5)?);
/// // The owner of a key, and whom to ask when it is gone.
/// let mut replicas = [0; 3];
/// assert_eq!(nodes.best("key", &mut replicas), 3);
/// assert_eq!(replicas[0], nodes.partition("key"));
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `rendezvous-1998` and `weighted-rendezvous-2005` in `docs/references.md`.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    salts: Box<[u64]>,
    /// 2^48 by each weight; empty where all have one weight.
    inverses: Box<[u64]>,
    members: Members,
    seed: u64,
}

/// Keeps the lots of members apart from the hashes of keys.
const LOT_SEED: u64 = 0x6C6F_7473_2D31_2D31;

/// What wins is small: the cost, then the lot the wrong way round.
type Rank = (u128, Reverse<u64>);

impl Rendezvous {
    /// These members draw.
    #[must_use]
    pub fn new(members: &Members) -> Self {
        let salts = members.iter().map(|member| hash::integer(member.id.0, LOT_SEED)).collect();
        let inverse = |steps: u32| (1_u64 << 48) / u64::from(steps);
        let inverses = if members.are_even() {
            Box::default()
        } else {
            members.iter().map(|member| inverse(member.weight.steps())).collect()
        };
        Self { salts, inverses, members: members.clone(), seed: DEFAULT_SEED }
    }

    /// The same under another seed for keys: another mapping.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.members.len()
    }

    /// The members; their indices are the partitions.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Fills `out` with the best members for a key, the best first, and says how many there are.
    ///
    /// Each is another member, so there are at most as many as members. When the first one leaves, the
    /// second one has the key. Takes time proportional to members by the length of `out`.
    pub fn best<K: Key + ?Sized>(&self, key: &K, out: &mut [usize]) -> usize {
        let hash = key.stable_hash(self.seed);
        let mut last: Option<(Rank, usize)> = None;
        let mut found = 0;
        for place in out.iter_mut() {
            let ranked = (0..self.salts.len()).map(|at| (self.rank(hash, at), at));
            let next = ranked.filter(|one| last.is_none_or(|last| *one > last)).min();
            let Some((_, at)) = next else { break };
            *place = at;
            last = next;
            found += 1;
        }
        found
    }

    #[inline]
    fn rank(&self, hash: u64, at: usize) -> Rank {
        let lot = hash::salted(hash, self.salts[at]);
        (self.inverses.get(at).map_or(0, |inverse| cost(lot, *inverse)), Reverse(lot))
    }
}

/// The logarithm is below 2^39, the inverse at most 2^48.
#[inline]
fn cost(lot: u64, inverse: u64) -> u128 {
    u128::from(negative_log2(lot)) * u128::from(inverse)
}

impl<K: Key + ?Sized> Partitioner<K> for Rendezvous {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        let hash = key.stable_hash(self.seed);
        if self.inverses.is_empty() {
            let mut best = (0, 0);
            for (at, salt) in self.salts.iter().enumerate() {
                let lot = hash::salted(hash, *salt);
                if lot > best.0 {
                    best = (lot, at);
                }
            }
            return best.1;
        }
        let mut best = (u128::MAX, 0, 0);
        for (at, (salt, inverse)) in self.salts.iter().zip(&self.inverses).enumerate() {
            let lot = hash::salted(hash, *salt);
            let cost = cost(lot, *inverse);
            if cost < best.0 || (cost == best.0 && lot > best.1) {
                best = (cost, lot, at);
            }
        }
        best.2
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}
