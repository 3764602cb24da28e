//! The consistent-hash ring: many points for each member, a key goes to the next point.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::balance::Loads;
use crate::error::BuildError;
use crate::hash::{self, DEFAULT_SEED};
use crate::key::Key;
use crate::load_bound::LoadBound;
use crate::member::Members;
use crate::partitioner::Partitioner;

/// A consistent-hash ring with virtual nodes.
///
/// Any member may come or go, and only its keys move. The balance is that of chance: with 160 points
/// each, the fullest of 16 members holds about 15 % more than its share; 1000 points bring that to 5 %.
/// [`partition_bounded`](HashRing::partition_bounded) keeps the fullest below a bound, whatever the
/// keys are.
///
/// Version 1: point `j` of a member is the integer hash of `j` under the hash of its name; a key goes
/// to the first point at or after its hash ([`HASH_VERSION`](crate::HASH_VERSION)), around the end.
///
/// # Source
///
/// `karger-1997` in `docs/references.md`.
#[derive(Clone, Debug)]
pub struct HashRing {
    /// Sorted; `owners` says whose each is.
    points: Box<[u64]>,
    owners: Box<[u16]>,
    /// For each value of the topmost bits of a hash, the first point at or after it.
    starts: Box<[u32]>,
    /// How far to shift a hash to get those bits.
    shift: u32,
    members: Members,
    seed: u64,
}

/// Keeps the points of members apart from the hashes of keys.
const POINT_SEED: u64 = 0x706F_696E_7473_2D31;

impl HashRing {
    /// Points for each unit of weight where none are given.
    pub const POINTS: u32 = 160;

    /// The most points of all members together.
    pub const MAX_POINTS: u64 = 1 << 26;

    /// A ring of these members, with [`POINTS`](HashRing::POINTS) for each unit of weight.
    ///
    /// # Errors
    ///
    /// Where there would be more than [`MAX_POINTS`](HashRing::MAX_POINTS).
    pub fn new(members: &Members) -> Result<Self, BuildError> {
        Self::with_points(members, Self::POINTS)
    }

    /// The same with another number of points for each unit of weight, at least one for each member.
    ///
    /// # Errors
    ///
    /// Where there would be none, or more than [`MAX_POINTS`](HashRing::MAX_POINTS).
    pub fn with_points(members: &Members, points: u32) -> Result<Self, BuildError> {
        if points == 0 {
            return Err(BuildError::NoPoints);
        }
        let given: u64 = members.iter().map(|member| member.weight.times(points)).sum();
        if given > Self::MAX_POINTS {
            return Err(BuildError::TooManyPoints { given, limit: Self::MAX_POINTS });
        }
        let mut ring: Vec<(u64, u16)> = Vec::new();
        for (owner, member) in (0_u16..).zip(members) {
            let name = hash::integer(member.id.0, POINT_SEED);
            let own = 0..member.weight.times(points);
            ring.extend(own.map(|point| (hash::integer(point, name), owner)));
        }
        // Of two points at one place the member with the smaller name keeps it, in any order of joins.
        ring.sort_unstable();
        ring.dedup_by_key(|point| point.0);
        let (points, owners): (Vec<u64>, Vec<u16>) = ring.into_iter().unzip();
        let (starts, shift) = starts(&points);
        let (points, owners) = (points.into(), owners.into());
        Ok(Self { points, owners, starts, shift, members: members.clone(), seed: DEFAULT_SEED })
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

    /// The first member at or after a key's place that is below the bound on its load.
    ///
    /// `loads` says what each member holds now; this key would be one more. Nothing is counted here:
    /// add to `loads` what was accepted. Some member is always below the bound, since the bounds add
    /// up to more than there is. A key stays where it was while that member has room; a member that
    /// has none passes its keys on, and gets them back later, so what needs one owner for ever must
    /// not be bounded.
    ///
    /// # Errors
    ///
    /// [`BuildError::WrongLength`] where `loads` are not those of as many partitions.
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_partition::balance::Loads;
    /// use windlass_partition::{HashRing, LoadBound, Members};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ring = HashRing::new(&Members::count(4)?)?;
    /// let bound = LoadBound::try_from(1.25)?;
    /// let mut loads = Loads::new(4)?;
    /// for request in 0..1000 {
    ///     // A thousand times the same key: no member gets more than 1.25 times its share.
    ///     let member = ring.partition_bounded("hot", &loads, bound)?;
    ///     loads.add(member, 1);
    /// }
    /// assert!(loads.iter().all(|load| load <= 313));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Source
    ///
    /// `bounded-2016` in `docs/references.md`.
    pub fn partition_bounded<K: Key + ?Sized>(
        &self,
        key: &K,
        loads: &Loads,
        bound: LoadBound,
    ) -> Result<usize, BuildError> {
        if loads.len() != self.members.len() {
            let (given, expected) = (loads.len(), self.members.len());
            return Err(BuildError::WrongLength { given, expected });
        }
        let total = self.members.steps();
        let first = self.first_point(key.stable_hash(self.seed));
        let around = self.owners[first..].iter().chain(&self.owners[..first]);
        let mut places = around.map(|owner| usize::from(*owner));
        let has_room = |at: &usize| {
            let steps = self.members.get(*at).map_or(0, |member| member.weight.steps());
            loads.get(*at) < bound.limit(loads.total(), steps, total)
        };
        // The limits add up to more than the loads, so one has room.
        Ok(places.find(has_room).unwrap_or_default())
    }

    #[inline]
    fn first_point(&self, hash: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "at most 27 bits are left")]
        let top = (hash >> self.shift) as usize;
        let mut at = self.starts[top] as usize;
        while self.points.get(at).is_some_and(|point| *point < hash) {
            at += 1;
        }
        if at == self.points.len() { 0 } else { at }
    }
}

/// About one point for each entry, so that a look-up takes about one step.
fn starts(points: &[u64]) -> (Box<[u32]>, u32) {
    let bits = usize::BITS - points.len().leading_zeros();
    let shift = u64::BITS - bits;
    let mut at = 0;
    let starts = (0..1_u64 << bits).map(|top| {
        at += points[at..].iter().take_while(|point| **point < top << shift).count();
        u32::try_from(at).unwrap_or(u32::MAX)
    });
    (starts.collect(), shift)
}

impl<K: Key + ?Sized> Partitioner<K> for HashRing {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        let at = self.first_point(key.stable_hash(self.seed));
        usize::from(self.owners[at])
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_finds_what_a_search_finds() -> Result<(), BuildError> {
        for (members, points) in [(1, 1), (2, 1), (3, 7), (64, 160)] {
            let ring = HashRing::with_points(&Members::count(members)?, points)?;
            let places =
                ring.points.iter().flat_map(|at| [at.wrapping_sub(1), *at, at.wrapping_add(1)]);
            for hash in
                places.chain([0, u64::MAX]).chain((0..1000).map(|key| hash::integer(key, 0)))
            {
                let found = ring.points.partition_point(|point| *point < hash);
                let around = if found == ring.points.len() { 0 } else { found };
                assert_eq!(ring.first_point(hash), around, "hash {hash:x} of {members} members");
            }
        }
        Ok(())
    }
}
