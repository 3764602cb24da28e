//! Why a ring was not built.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::sequence::Sequence;

/// Why a ring was not built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A ring needs at least one slot.
    NoCapacity,
    /// The capacity is above the limit.
    CapacityTooLarge {
        /// What was asked for.
        capacity: usize,
        /// The most that can be.
        max: usize,
    },
    /// The memory for the slots could not be had.
    OutOfMemory {
        /// How much was asked for.
        bytes: usize,
    },
    /// A ring needs a stage, a poller, or room for joiners.
    NoStages,
    /// More consumers than a ring can have: each costs memory for each other one.
    TooManyConsumers {
        /// How many were asked for: members of all stages, pollers, gates and joiners.
        consumers: usize,
        /// The most that can be.
        max: usize,
    },
    /// Two stages, pollers or gates have this name.
    NameTaken(String),
    /// A stage comes after one that does not exist.
    UnknownStage {
        /// The stage.
        stage: String,
        /// What it was to come after.
        after: String,
    },
    /// These stages wait for each other.
    Cycle(Vec<String>),
    /// A stage that changes events could run beside another: order them with `after`.
    NotExclusive {
        /// The stage with exclusive access.
        stage: String,
        /// The one beside it.
        beside: String,
    },
    /// A group needs a factory that makes a handler for each member: use `build_with`.
    NeedsFactory {
        /// The group.
        stage: String,
    },
    /// A group needs at least one member.
    NoMembers {
        /// The group.
        stage: String,
    },
    /// The operating system refused a thread, or the name of the stage cannot be that of a thread:
    /// it contains a zero byte.
    #[cfg(feature = "std")]
    Spawn {
        /// The stage that was to run on it.
        stage: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The first sequence leaves no room before [`Sequence::MAX`].
    SequenceTooLarge(Sequence),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCapacity => f.write_str("a ring needs a capacity of at least 1"),
            Self::CapacityTooLarge { capacity, max } => {
                write!(f, "a capacity of {capacity} is above the limit of {max}")
            }
            Self::OutOfMemory { bytes } => write!(f, "no memory for {bytes} bytes of slots"),
            Self::NoStages => f.write_str("a ring needs a stage, a poller, or room for joiners"),
            Self::TooManyConsumers { consumers, max } => {
                write!(f, "{consumers} consumers and joiners are above the limit of {max}")
            }
            Self::NameTaken(name) => write!(f, "two stages are named `{name}`"),
            Self::UnknownStage { stage, after } => {
                write!(f, "stage `{stage}` comes after `{after}`, which does not exist")
            }
            Self::Cycle(names) => write!(f, "stages wait for each other: {}", names.join(", ")),
            Self::NotExclusive { stage, beside } => write!(
                f,
                "stage `{stage}` changes events, but `{beside}` may run beside it: \
                 order them with `after`"
            ),
            Self::NeedsFactory { stage } => {
                write!(f, "group `{stage}` needs a handler for each member: use `build_with`")
            }
            Self::NoMembers { stage } => write!(f, "group `{stage}` needs at least one member"),
            #[cfg(feature = "std")]
            Self::Spawn { stage, error } => write!(f, "no thread for stage `{stage}`: {error}"),
            Self::SequenceTooLarge(first) => {
                write!(f, "a ring that begins at {first} has no room before {}", Sequence::MAX)
            }
        }
    }
}

impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(feature = "std")]
            Self::Spawn { error, .. } => Some(error),
            _ => None,
        }
    }
}
