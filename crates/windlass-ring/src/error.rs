//! Why something was refused. Refusals give back what they refused.
//!
//! What comes back is most often a closure, with all that it borrows. An error that is handed on to
//! somebody who keeps it must not borrow: hence `discard`.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::sequence::Sequence;

/// The ring takes no more events; what was to be published comes back.
///
/// It was closed, or poisoned (then `poison()` on any handle tells the cause), or its last
/// consumer left, or it reached [`Sequence::MAX`].
///
/// A closure that comes back keeps what it borrows borrowed, so it does not fit into an error that
/// owns all it has, such as `Box<dyn Error>`. Either the closure owns what it uses (`move`), or
/// [`discard`](Self::discard) leaves only the reason.
///
/// # Examples
///
/// ```
/// use windlass_ring::Closed;
///
/// fn words(text: &str) -> Result<(), Box<dyn std::error::Error>> {
///     let (mut producer, mut poller) = windlass_ring::one_to_one(64, String::new)?;
///     for word in text.split(' ') {
///         producer.publish(|event| word.clone_into(event)).map_err(Closed::discard)?;
///     }
///     assert_eq!(poller.poll()?.len(), 2);
///     Ok(())
/// }
/// # words("two words").unwrap();
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Closed<F>(pub F);

/// Why an event was not published at once; what was to be published comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PublishError<F> {
    /// The slowest consumer is a whole ring behind: try again, or wait.
    Full(F),
    /// The ring takes no more events: see [`Closed`].
    Closed(F),
}

/// Why a batch was not published; what was to be published comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum BatchError<F> {
    /// The ring can never hold so many events at once: make smaller batches.
    TooLarge {
        /// How many were asked for.
        n: usize,
        /// How many the ring holds.
        capacity: usize,
        /// What was to be published.
        refused: F,
    },
    /// There is no room for all of them now: try again, or wait.
    Full(F),
    /// The ring takes no more events: see [`Closed`].
    Closed(F),
}

/// Why slots could not be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimError {
    /// No slot was asked for, so there is nothing to hold; nothing happened.
    NoSlots,
    /// The ring can never hold so many events at once.
    TooLarge {
        /// How many were asked for.
        n: usize,
        /// How many the ring holds.
        capacity: usize,
    },
    /// There is no room for all of them now: try again, or wait.
    Full,
    /// The ring takes no more events: see [`Closed`].
    Closed,
}

/// Why a consumer got no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollError {
    /// Nothing new is published (or, for a stage behind others, released by them).
    Empty,
    /// The ring is closed and this consumer has seen every event, or the ring is poisoned.
    Closed,
}

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

/// Why a poller or a gate could not be taken by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeError {
    /// Nothing of this kind has the name.
    Unknown(String),
    /// It was taken before; of a group, every member was.
    Taken(String),
    /// It was declared with the other access: `poller` for shared, `poller_mut` for exclusive.
    Access(String),
}

/// Why a consumer could not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinError {
    /// All seats for joiners are taken: build the ring with more.
    NoSeat {
        /// How many there are.
        joiners: usize,
    },
    /// The ring is closed.
    Closed,
    /// Events from there on are no longer kept.
    TooOld {
        /// The oldest sequence that is kept.
        oldest: Sequence,
    },
    /// The sequence was not published yet: join at `Next`.
    NotYet {
        /// The sequence that is next.
        next: Sequence,
    },
    /// No stage has this name.
    UnknownStage(String),
    /// The joiner could run beside a stage that changes events: join after it.
    NotExclusive {
        /// The stage with exclusive access.
        stage: String,
    },
}

/// Why a gate did not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateError {
    /// A gate moves forward only.
    Backwards {
        /// Where it is.
        at: Sequence,
    },
    /// Events from here on were not published yet.
    NotYet {
        /// The sequence that is next.
        next: Sequence,
    },
}

impl<F> Closed<F> {
    /// What was to be published.
    pub fn into_inner(self) -> F {
        self.0
    }

    /// The reason alone, which borrows nothing: what was to be published is dropped.
    #[must_use]
    pub fn discard(self) -> Closed<()> {
        Closed(())
    }
}

impl<F> PublishError<F> {
    /// What was to be published.
    pub fn into_inner(self) -> F {
        match self {
            Self::Full(refused) | Self::Closed(refused) => refused,
        }
    }

    /// The reason alone, as [`Closed::discard`].
    #[must_use]
    pub fn discard(self) -> PublishError<()> {
        match self {
            Self::Full(_) => PublishError::Full(()),
            Self::Closed(_) => PublishError::Closed(()),
        }
    }
}

impl<F> BatchError<F> {
    /// What was to be published.
    pub fn into_inner(self) -> F {
        match self {
            Self::TooLarge { refused, .. } | Self::Full(refused) | Self::Closed(refused) => refused,
        }
    }

    /// The reason alone, as [`Closed::discard`].
    #[must_use]
    pub fn discard(self) -> BatchError<()> {
        match self {
            Self::TooLarge { n, capacity, .. } => BatchError::TooLarge { n, capacity, refused: () },
            Self::Full(_) => BatchError::Full(()),
            Self::Closed(_) => BatchError::Closed(()),
        }
    }
}

impl<F> From<Closed<F>> for PublishError<F> {
    fn from(Closed(refused): Closed<F>) -> Self {
        Self::Closed(refused)
    }
}

impl<F> From<PublishError<F>> for BatchError<F> {
    fn from(error: PublishError<F>) -> Self {
        match error {
            PublishError::Full(refused) => Self::Full(refused),
            PublishError::Closed(refused) => Self::Closed(refused),
        }
    }
}

const CLOSED: &str = "the ring is closed";
const FULL: &str = "the ring is full";

fn too_large(f: &mut fmt::Formatter<'_>, n: usize, capacity: usize) -> fmt::Result {
    write!(f, "{n} events never fit a ring of {capacity}: make smaller batches")
}

impl<F> fmt::Display for Closed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<F> fmt::Display for PublishError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => FULL,
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<F> fmt::Display for BatchError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { n, capacity, .. } => too_large(f, *n, *capacity),
            Self::Full(_) => f.write_str(FULL),
            Self::Closed(_) => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSlots => f.write_str("a claim needs at least one slot"),
            Self::TooLarge { n, capacity } => too_large(f, *n, *capacity),
            Self::Full => f.write_str(FULL),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

impl fmt::Display for PollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "nothing new is published",
            Self::Closed => "the ring is closed, and every event was seen",
        })
    }
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

impl fmt::Display for TakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => write!(f, "nothing of this kind is named `{name}`"),
            Self::Taken(name) => write!(f, "`{name}` was taken before"),
            Self::Access(name) => write!(f, "`{name}` was declared with the other access"),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSeat { joiners } => {
                write!(f, "all {joiners} seats for joiners are taken: build with more")
            }
            Self::Closed => f.write_str(CLOSED),
            Self::TooOld { oldest } => write!(f, "the oldest event that is kept is {oldest}"),
            Self::NotYet { next } => write!(f, "the next event will be {next}"),
            Self::UnknownStage(name) => write!(f, "no stage is named `{name}`"),
            Self::NotExclusive { stage } => {
                write!(f, "stage `{stage}` changes events: join after it")
            }
        }
    }
}

impl fmt::Display for GateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backwards { at } => write!(f, "the gate is at {at} already"),
            Self::NotYet { next } => write!(f, "the next event will be {next}"),
        }
    }
}

// By hand: they work for any `F`, and never print a payload.
impl<F> fmt::Debug for Closed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<F> fmt::Debug for PublishError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<F> fmt::Debug for BatchError<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { n, capacity, .. } => f
                .debug_struct("TooLarge")
                .field("n", n)
                .field("capacity", capacity)
                .finish_non_exhaustive(),
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Closed(_) => f.write_str("Closed(..)"),
        }
    }
}

impl<F> core::error::Error for Closed<F> {}
impl<F> core::error::Error for PublishError<F> {}
impl<F> core::error::Error for BatchError<F> {}
impl core::error::Error for ClaimError {}
impl core::error::Error for PollError {}
impl core::error::Error for TakeError {}
impl core::error::Error for JoinError {}
impl core::error::Error for GateError {}

impl core::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            #[cfg(feature = "std")]
            Self::Spawn { error, .. } => Some(error),
            _ => None,
        }
    }
}
