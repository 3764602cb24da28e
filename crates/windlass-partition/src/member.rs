//! Who shares the keys: names that stay, and dense indices that the look-ups return.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::error::BuildError;
use crate::hash;
use crate::weight::Weight;

/// The name of a member, the same for as long as it lives.
///
/// Look-ups return dense indices; those shift when a member with a smaller name comes or goes. What
/// outlives a change of members, such as a [`Plan`](crate::Plan), speaks of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub u64);

impl MemberId {
    /// The name of a member that is known by bytes, such as `host:port`: their XXH3 with seed 0.
    ///
    /// Two texts with one hash, one pair in 2^64, are refused as [`BuildError::DuplicateMember`].
    #[must_use]
    pub fn named(name: impl AsRef<[u8]>) -> Self {
        Self(hash::bytes(name.as_ref(), 0))
    }
}

impl fmt::Display for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One that gets a share of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub id: MemberId,
    /// How much it should get.
    pub weight: Weight,
}

impl Member {
    /// A member with a weight of its own.
    #[must_use]
    pub fn new(id: impl Into<MemberId>, weight: Weight) -> Self {
        Self { id: id.into(), weight }
    }
}

impl From<u64> for MemberId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl<I: Into<MemberId>> From<I> for Member {
    fn from(id: I) -> Self {
        Self::new(id, Weight::ONE)
    }
}

/// A set of members, in the order of their names; the place in that order is the index.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Member, MemberId, Members, Weight};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Workers that are only counted: names 0, 1, 2, 3, which are their indices too.
/// let workers = Members::count(4)?;
///
/// // Hosts with names, one of them twice as large.
/// let large = Member::new(MemberId::named("a:80"), Weight::try_from(2)?);
/// let hosts = Members::new([large, MemberId::named("b:80").into()])?;
/// assert_eq!((workers.len(), hosts.len()), (4, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Members {
    sorted: Box<[Member]>,
}

impl Members {
    /// The most members there can be: an index fits into 16 bits, and so does their number.
    pub const MAX: usize = 65_535;

    /// A set of members; the order in which they are given makes no difference.
    ///
    /// # Errors
    ///
    /// Where there are none, more than [`MAX`](Members::MAX), or two of one name.
    pub fn new<M: Into<Member>>(members: impl IntoIterator<Item = M>) -> Result<Self, BuildError> {
        let mut sorted: Vec<Member> = members.into_iter().map(Into::into).collect();
        count(sorted.len(), Self::MAX)?;
        sorted.sort_unstable_by_key(|member| member.id);
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(BuildError::DuplicateMember(pair[0].id));
        }
        Ok(Self { sorted: sorted.into() })
    }

    /// Members named 0 to `n - 1`, of one weight: each name is its index.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or more than [`MAX`](Members::MAX).
    pub fn count(n: usize) -> Result<Self, BuildError> {
        count(n, Self::MAX)?;
        Self::new((0..n as u64).map(MemberId))
    }

    /// These and one more.
    ///
    /// # Errors
    ///
    /// Where it is there already, or there are too many.
    pub fn with(&self, member: impl Into<Member>) -> Result<Self, BuildError> {
        Self::new(self.iter().copied().chain([member.into()]))
    }

    /// These without one.
    ///
    /// # Errors
    ///
    /// Where it is not there, or is the last one.
    pub fn without(&self, id: impl Into<MemberId>) -> Result<Self, BuildError> {
        let id = id.into();
        self.index(id).ok_or(BuildError::UnknownMember(id))?;
        Self::new(self.iter().copied().filter(|member| member.id != id))
    }

    /// The index of a name.
    #[must_use]
    pub fn index(&self, id: MemberId) -> Option<usize> {
        self.sorted.binary_search_by_key(&id, |member| member.id).ok()
    }

    /// The member at an index.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Member> {
        self.sorted.get(index)
    }

    /// How many there are; at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// All members in the order of their indices.
    pub fn iter(&self) -> core::slice::Iter<'_, Member> {
        self.sorted.iter()
    }

    /// Whether all have one weight.
    pub(crate) fn are_even(&self) -> bool {
        self.sorted.windows(2).all(|pair| pair[0].weight == pair[1].weight)
    }

    /// The sum of all weights, in steps.
    pub(crate) fn steps(&self) -> u64 {
        self.sorted.iter().map(|member| u64::from(member.weight.steps())).sum()
    }
}

impl<'a> IntoIterator for &'a Members {
    type Item = &'a Member;
    type IntoIter = core::slice::Iter<'a, Member>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Checks a number of partitions.
pub(crate) fn count(given: usize, limit: usize) -> Result<u32, BuildError> {
    if given == 0 {
        return Err(BuildError::NoPartitions);
    }
    let fits = u32::try_from(given).ok().filter(|_| given <= limit);
    fits.ok_or(BuildError::TooManyPartitions { given, limit })
}
