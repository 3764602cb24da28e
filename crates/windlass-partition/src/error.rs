//! Why something was refused, and what to do about it.

use core::fmt;

use crate::member::MemberId;

/// Why a number is no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightError {
    /// Zero: leave such a member out instead.
    Zero,
    /// Above zero, but less than half a step of 2^-16: scale all weights up.
    TooSmall,
    /// Below zero.
    Negative,
    /// Not a number.
    NotANumber,
    /// 65 536 or more, or infinite: scale all weights down.
    TooLarge,
}

impl From<WeightError> for BuildError {
    fn from(error: WeightError) -> Self {
        Self::BadWeight(error)
    }
}

/// Why a partitioner was not built.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum BuildError {
    /// There has to be at least one partition.
    NoPartitions,
    /// More partitions than the scheme can hold.
    TooManyPartitions {
        /// How many were asked for.
        given: usize,
        /// The most that can be.
        limit: usize,
    },
    /// A member is there twice.
    DuplicateMember(MemberId),
    /// A member is not there.
    UnknownMember(MemberId),
    /// An owner is not the index of a member.
    UnknownOwner {
        /// The slot that names it.
        slot: usize,
        /// What it names.
        owner: u16,
        /// How many members there are.
        members: usize,
    },
    /// A list is not as long as it has to be.
    WrongLength {
        /// How long it is.
        given: usize,
        /// How long it has to be.
        expected: usize,
    },
    /// A hash ring needs at least one point for each unit of weight.
    NoPoints,
    /// More points than a hash ring can hold: use fewer for each unit, or smaller weights.
    TooManyPoints {
        /// How many there would be.
        given: u64,
        /// The most that can be.
        limit: u64,
    },
    /// The size of a Maglev table has to be a prime above the number of members, and at most
    /// [`Maglev::MAX_SIZE`](crate::Maglev::MAX_SIZE).
    TableSize {
        /// What was asked for.
        size: u32,
        /// How many members there are.
        members: usize,
    },
    /// The bounds of a range have to rise.
    Unsorted {
        /// The first bound that is not above the one before it.
        at: usize,
    },
    /// Servers without a name, or with one above 4096 bytes, cannot be on a ketama ring.
    BadName {
        /// The position in the list.
        at: usize,
    },
    /// A server is on a ketama ring already.
    DuplicateName {
        /// The position in the list of the second one.
        at: usize,
    },
    /// A weight is none.
    BadWeight(WeightError),
    /// The scheme spreads evenly and takes no weights: use slots, a hash ring, rendezvous or Maglev.
    Unweighted,
    /// A sticky partitioner has to stay for a cost of at least 1.
    NoLimit,
    /// A sketch of hot keys has to hold at least one.
    NoRoom,
    /// A bound on load is a number from 1 to 65 535: at 1 every member is full at its fair share.
    BadLoadBound(f64),
}

/// Why a plan was not made or not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The two tables send keys to slots under different seeds, so no move of slots leads from one
    /// to the other.
    DifferentSeeds,
    /// The slot does not belong to whom the plan takes it from: make a new plan from this table.
    Stale {
        /// The slot.
        slot: crate::Slot,
        /// Whom the plan takes it from.
        expected: MemberId,
        /// Whose it is.
        found: MemberId,
    },
    /// The plan leaves a slot with a member that is not among those after it.
    LeftBehind {
        /// The slot.
        slot: crate::Slot,
        /// The member that leaves.
        owner: MemberId,
    },
}

/// Why a text names no scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemeError {
    /// There are `modulo`, `slots`, `jump`, `flip`, `ring`, `rendezvous` and `maglev`.
    UnknownName,
    /// What stands after the colon is no number, or the scheme takes none.
    BadParameter,
}

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "a weight of zero: leave the member out instead",
            Self::TooSmall => "a weight below 2^-17: scale all weights up",
            Self::Negative => "a weight below zero: use one above",
            Self::NotANumber => "a weight that is not a number: use one above zero",
            Self::TooLarge => "a weight of 65536 or more: scale all weights down",
        })
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPartitions => f.write_str("no partitions: there has to be at least one"),
            Self::TooManyPartitions { given, limit } => {
                write!(f, "{given} partitions: this scheme holds at most {limit}")
            }
            Self::DuplicateMember(id) => write!(f, "member {id} is there twice: name it once"),
            Self::UnknownMember(id) => write!(f, "member {id} is not there: add it first"),
            Self::UnknownOwner { slot, owner, members } => {
                write!(f, "slot {slot} belongs to index {owner}, but there are {members} members")
            }
            Self::WrongLength { given, expected } => {
                write!(f, "a list of {given}: it has to have {expected} entries")
            }
            Self::NoPoints => {
                f.write_str("no points on the ring: use at least one for each member")
            }
            Self::TooManyPoints { given, limit } => {
                write!(f, "{given} points: use fewer, at most {limit}, or smaller weights")
            }
            Self::TableSize { size, members } => {
                write!(f, "a table of {size} for {members} members: use a larger prime")
            }
            Self::Unsorted { at } => write!(f, "bound {at} is not above the one before: sort them"),
            Self::BadName { at } => {
                write!(f, "member {at} has no name or a very long one: use host:port")
            }
            Self::DuplicateName { at } => write!(f, "member {at} is there twice: name it once"),
            Self::BadWeight(error) => error.fmt(f),
            Self::Unweighted => {
                f.write_str("this scheme takes no weights: use slots or rendezvous")
            }
            Self::NoLimit => f.write_str("a limit of zero: stay for a cost of at least 1"),
            Self::NoRoom => f.write_str("room for no keys: make room for at least one"),
            Self::BadLoadBound(bound) => {
                write!(f, "a load bound of {bound}: use a number from 1 to 65535, such as 1.25")
            }
        }
    }
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DifferentSeeds => {
                f.write_str("the tables have different seeds: build both with the same one")
            }
            Self::Stale { slot, expected, found } => write!(
                f,
                "slot {slot} belongs to {found}, not to {expected}: make a new plan from this table"
            ),
            Self::LeftBehind { slot, owner } => {
                write!(f, "slot {slot} stays with {owner}, who leaves: plan from this table")
            }
        }
    }
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownName => {
                "no such scheme: use modulo, slots, jump, flip, ring, rendezvous or maglev"
            }
            Self::BadParameter => "a bad parameter: only ring:POINTS and maglev:SIZE take a number",
        })
    }
}

impl core::error::Error for WeightError {}
impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::BadWeight(error) => Some(error),
            _ => None,
        }
    }
}
impl core::error::Error for PlanError {}
impl core::error::Error for SchemeError {}
