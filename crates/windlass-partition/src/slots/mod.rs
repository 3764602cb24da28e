//! The slot table: 4096 slots, each with an owner, and each moved as a whole.

mod plan;
mod quota;

pub(crate) use plan::difference;
pub use plan::{Move, Plan, plan};

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::error::BuildError;
use crate::hash::DEFAULT_SEED;
use crate::key::Key;
use crate::member::{MemberId, Members};
use crate::partitioner::Partitioner;

/// How many slots a [`SlotTable`] has.
pub const SLOTS: usize = 4096;

/// The part of the keys that has one owner and moves as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

impl Slot {
    /// All slots, in order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..4096).map(Self)
    }

    /// The slot of a key under a seed; the same for ever.
    #[must_use]
    #[inline]
    pub fn of<K: Key + ?Sized>(key: &K, seed: u64) -> Self {
        let hash = key.stable_hash(seed);
        #[expect(clippy::cast_possible_truncation, reason = "12 bits")]
        let slot = Self(((hash >> 45) & (SLOTS as u64 - 1)) as u16);
        slot
    }

    /// The slot of a key under [`DEFAULT_SEED`], as tables have it that were given no other; the same for
    /// ever.
    #[must_use]
    #[inline]
    pub fn of_key<K: Key + ?Sized>(key: &K) -> Self {
        Self::of(key, DEFAULT_SEED)
    }

    /// The slot of a number, if it is below [`SLOTS`].
    #[must_use]
    #[inline]
    pub const fn new(index: u16) -> Option<Self> {
        if (index as usize) < SLOTS { Some(Self(index)) } else { None }
    }

    /// The number of the slot, below [`SLOTS`].
    #[must_use]
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Keys go to slots for ever, slots go to members for now.
///
/// The default for pools: one read of an 8 KiB table for a look-up, exact balance to one slot, weights,
/// and any member may come or go while only whole slots move, as few as can be. A slot is the unit of
/// hand-off: whoever keeps state keeps it by slot.
///
/// A table that has seen members come and go depends on that history, as every scheme does that is
/// both exact and frugal. Store [`owners`](SlotTable::owners) with the state and read it back by
/// [`from_owners`](SlotTable::from_owners). A table made by [`new`](SlotTable::new) depends on its
/// members only, in whatever order they were given.
///
/// Version 1: the slot of a key is bits 45 to 56 of its hash ([`HASH_VERSION`](crate::HASH_VERSION)).
/// Hash tables take their buckets from the low bits and their tags from the top seven, so the keys of
/// one slot do not crowd in a table that uses the same hash.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Members, Partitioner, SlotTable, plan};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = SlotTable::new(&Members::count(4)?)?;
/// let slot = old.slot("some key");
/// assert_eq!(old.partition("some key"), old.owner(slot));
/// assert_eq!(old.partitions(), 4);
///
/// // A fifth worker: a fifth of the slots move, all to it.
/// let new = old.rebalanced(&Members::count(5)?)?;
/// let plan = plan(&old, &new)?;
/// assert_eq!(plan.moves().len(), 4096 / 5);
/// assert!(plan.moves().iter().all(|one| one.to.0 == 4));
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `redis-cluster` in `docs/references.md`.
#[derive(Clone, PartialEq, Eq)]
pub struct SlotTable {
    owners: Box<[u16; SLOTS]>,
    members: Members,
    seed: u64,
}

impl SlotTable {
    /// A table in which each member has its fair share of slots, spread over all of them.
    ///
    /// # Errors
    ///
    /// Where there are more members than [`SLOTS`].
    pub fn new(members: &Members) -> Result<Self, BuildError> {
        let mut table =
            Self { owners: Box::new([0; SLOTS]), members: members.clone(), seed: DEFAULT_SEED };
        table.share_out(vec![None; SLOTS])?;
        Ok(table)
    }

    /// A table as it was stored: for each slot the index of its owner among `members`.
    ///
    /// # Errors
    ///
    /// Where there are not [`SLOTS`] owners or one of them is not an index of a member, or there are
    /// more members than slots.
    pub fn from_owners(members: &Members, owners: &[u16]) -> Result<Self, BuildError> {
        crate::member::count(members.len(), SLOTS)?;
        let wrong = BuildError::WrongLength { given: owners.len(), expected: SLOTS };
        let owners: [u16; SLOTS] = owners.try_into().map_err(|_| wrong)?;
        let unknown = |owner: &u16| usize::from(*owner) >= members.len();
        if let Some(slot) = owners.iter().position(unknown) {
            let (owner, members) = (owners[slot], members.len());
            return Err(BuildError::UnknownOwner { slot, owner, members });
        }
        Ok(Self { owners: Box::new(owners), members: members.clone(), seed: DEFAULT_SEED })
    }

    /// The same under another seed: every key may have another slot.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.members.len()
    }

    /// The table for other members that moves the fewest slots.
    ///
    /// Each member has its exact share, rounded down or up, and one slot at least. Among all tables of
    /// which that is true this one differs from the old one in the fewest slots: nothing moves between
    /// two members that stay, unless weights changed.
    ///
    /// # Errors
    ///
    /// Where there are more members than [`SLOTS`].
    pub fn rebalanced(&self, members: &Members) -> Result<Self, BuildError> {
        let mut table = Self { members: members.clone(), ..self.clone() };
        let staying: Vec<Option<usize>> =
            self.members.iter().map(|member| members.index(member.id)).collect();
        table.share_out(self.owners.iter().map(|owner| staying[usize::from(*owner)]).collect())?;
        Ok(table)
    }

    /// The slot of a key; it depends on the key and the seed only.
    #[must_use]
    #[inline]
    pub fn slot<K: Key + ?Sized>(&self, key: &K) -> Slot {
        Slot::of(key, self.seed)
    }

    /// The index of the member that has a slot.
    #[must_use]
    #[inline]
    pub fn owner(&self, slot: Slot) -> usize {
        // The mask changes nothing; it shows the compiler that the index is within the table.
        usize::from(self.owners[slot.index() & (SLOTS - 1)])
    }

    /// The name of the member that has a slot.
    #[must_use]
    pub fn owner_id(&self, slot: Slot) -> MemberId {
        self.id(self.owners[slot.index()])
    }

    /// For each slot the index of its owner, to be stored.
    #[must_use]
    pub fn owners(&self) -> &[u16; SLOTS] {
        &self.owners
    }

    /// The members; their indices are the partitions.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// How many slots each member has, by index.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.members.len()];
        self.owners.iter().for_each(|owner| counts[usize::from(*owner)] += 1);
        counts
    }

    /// The same members and seed with other owners, all of them indices of members.
    pub(crate) fn with_owners(&self, owners: [u16; SLOTS]) -> Self {
        Self { owners: Box::new(owners), ..self.clone() }
    }

    fn id(&self, owner: u16) -> MemberId {
        self.members.get(usize::from(owner)).map_or(MemberId(0), |member| member.id)
    }

    /// Gives every slot an owner: whoever `held` it, unless they have enough.
    fn share_out(&mut self, held: Vec<Option<usize>>) -> Result<(), BuildError> {
        crate::member::count(self.members.len(), SLOTS)?;
        let shared = quota::share_out(&held, &self.members);
        for (owner, shared) in self.owners.iter_mut().zip(shared) {
            *owner = u16::try_from(shared).unwrap_or(u16::MAX);
        }
        Ok(())
    }
}

impl<K: Key + ?Sized> Partitioner<K> for SlotTable {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        self.owner(self.slot(key))
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

impl fmt::Debug for SlotTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotTable")
            .field("members", &self.members)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
