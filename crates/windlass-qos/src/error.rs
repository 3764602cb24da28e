//! Why something was refused. Refusals give back what they refused.

use core::error::Error;
use core::fmt;

use crate::level::QosLevel;

/// The most messages that a buffer can be built for.
pub(crate) const MAX_CAPACITY: usize = 1_000_000;

/// The most senders, and the most receivers, that a buffer can be built for.
pub(crate) const MAX_HANDLES: usize = 65_536;

/// Nothing will ever be accepted again; the message comes back.
///
/// The buffer was closed, or its last receiver is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Closed<T>(pub T);

/// Why a message was not accepted at once; it comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room now: try again, or wait.
    Full(T),
    /// Nothing will ever be accepted again: see [`Closed`].
    Closed(T),
}

/// Why a message was not accepted in time; it comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// No room was made before the deadline.
    Timeout(T),
    /// Nothing will ever be accepted again: see [`Closed`].
    Closed(T),
}

/// Why there is no message now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryRecvError {
    /// Nothing to read now.
    Empty,
    /// Nothing will ever come: the buffer is closed and everything in it was read.
    Closed,
    /// So many messages were dropped before the next one, which the next call returns.
    Lagged(u64),
}

/// Why a wait for a message ended without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvError {
    /// Nothing will ever come: the buffer is closed and everything in it was read.
    Closed,
    /// So many messages were dropped before the next one, which the next call returns.
    Lagged(u64),
}

/// Why a wait for a message with a deadline ended without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// Nothing came before the deadline.
    Timeout,
    /// Nothing will ever come: the buffer is closed and everything in it was read.
    Closed,
    /// So many messages were dropped before the next one, which the next call returns.
    Lagged(u64),
}

/// Why a buffer was not built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A buffer needs room for at least one message.
    NoCapacity,
    /// The capacity is above the limit.
    CapacityTooLarge {
        /// What was asked for.
        capacity: usize,
        /// The most that can be.
        max: usize,
    },
    /// A buffer needs at least one sender and one receiver.
    NoHandles,
    /// More senders or receivers than a buffer can have.
    TooManyHandles {
        /// What was asked for.
        handles: usize,
        /// The most that can be.
        max: usize,
    },
    /// There is nothing to take from without a lane.
    NoLanes,
    /// More lanes than there can be.
    TooManyLanes {
        /// What was asked for.
        lanes: usize,
        /// The most that can be.
        max: usize,
    },
    /// A lane that may give nothing would never be read.
    NoBudget {
        /// The number of the lane.
        lane: usize,
    },
    /// Rules by which nothing could be decided, or the loosest level before the strictest one.
    ContradictoryRules,
    /// An adaptive buffer does not have this level.
    NoRung {
        /// What was asked for.
        level: QosLevel,
    },
    /// The memory for the messages could not be had.
    OutOfMemory {
        /// How much was asked for.
        bytes: usize,
    },
}

impl<T> Closed<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> TrySendError<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// Whether there was no room.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl<T> SendTimeoutError<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }
}

const CLOSED: &str = "the buffer is closed: nothing will be accepted again";
const ENDED: &str = "the buffer is closed and everything in it was read";

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> Error for Closed<T> {}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { "Full(..)" } else { "Closed(..)" })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() {
            "the buffer is full: try again, or wait with `send` or `send_timeout`"
        } else {
            CLOSED
        })
    }
}

impl<T> Error for TrySendError<T> {}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "the buffer was full until the deadline: the message comes back",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> Error for SendTimeoutError<T> {}

/// Says that messages are missing.
fn lagged(f: &mut fmt::Formatter<'_>, n: u64) -> fmt::Result {
    write!(f, "{n} messages were dropped before the next one: read on")
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("the buffer is empty: try again, or wait with `recv`"),
            Self::Closed => f.write_str(ENDED),
            Self::Lagged(n) => lagged(f, n),
        }
    }
}

impl Error for TryRecvError {}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Closed => f.write_str(ENDED),
            Self::Lagged(n) => lagged(f, n),
        }
    }
}

impl Error for RecvError {}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timeout => f.write_str("nothing came before the deadline: try again"),
            Self::Closed => f.write_str(ENDED),
            Self::Lagged(n) => lagged(f, n),
        }
    }
}

impl Error for RecvTimeoutError {}

impl From<RecvError> for RecvTimeoutError {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Closed => Self::Closed,
            RecvError::Lagged(n) => Self::Lagged(n),
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NoCapacity => {
                f.write_str("a buffer of capacity 0 holds nothing: ask for at least 1")
            }
            Self::CapacityTooLarge { capacity, max } => {
                write!(f, "a capacity of {capacity} is above the limit of {max}: ask for less")
            }
            Self::NoHandles => f.write_str("a buffer needs at least one sender and one receiver"),
            Self::TooManyHandles { handles, max } => {
                write!(f, "{handles} senders or receivers are above the limit of {max}")
            }
            Self::NoLanes => f.write_str("no lanes: add at least one"),
            Self::TooManyLanes { lanes, max } => {
                write!(f, "{lanes} lanes are above the limit of {max}: ask for fewer")
            }
            Self::NoBudget { lane } => {
                write!(f, "lane {lane} with a budget of 0 would starve: give it at least 1")
            }
            Self::ContradictoryRules => f.write_str(
                "patience, relief and the budget have to be above 0, calm below strained, and the \
                 strictest level first",
            ),
            Self::NoRung { level } => {
                write!(
                    f,
                    "an adaptive buffer is never {level}: choose guaranteed, reliable or real_time"
                )
            }
            Self::OutOfMemory { bytes } => {
                write!(f, "{bytes} bytes for the messages could not be had: ask for less")
            }
        }
    }
}

impl Error for BuildError {}
