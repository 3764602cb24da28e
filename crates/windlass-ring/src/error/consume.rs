//! Why consumers and gates were refused, when they were taken, joined or moved.

use alloc::string::String;
use core::fmt;

use super::CLOSED;
use crate::sequence::Sequence;

/// Why a consumer got no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollError {
    /// Nothing new is published (or, for a stage behind others, released by them).
    Empty,
    /// The ring is closed and this consumer has seen every event, or the ring is poisoned.
    Closed,
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

impl fmt::Display for PollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "nothing new is published",
            Self::Closed => "the ring is closed, and every event was seen",
        })
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

impl core::error::Error for PollError {}
impl core::error::Error for TakeError {}
impl core::error::Error for JoinError {}
impl core::error::Error for GateError {}
