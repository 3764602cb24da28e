//! Why producers were refused.
//!
//! What was to be published comes back. It is most often a closure, with all that it borrows. An error that is handed
//! on to somebody who keeps it must not borrow: hence `discard`.

use core::fmt;

use super::CLOSED;

/// The ring takes no more events; what was to be published comes back.
///
/// It was closed, or poisoned (then `poison()` on any handle tells the cause), or its last
/// consumer left, or it reached [`Sequence::MAX`](crate::Sequence::MAX).
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

impl<F> From<Closed<F>> for PublishError<F> {
    fn from(Closed(refused): Closed<F>) -> Self {
        Self::Closed(refused)
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

impl<F> From<PublishError<F>> for BatchError<F> {
    fn from(error: PublishError<F>) -> Self {
        match error {
            PublishError::Full(refused) => Self::Full(refused),
            PublishError::Closed(refused) => Self::Closed(refused),
        }
    }
}

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
