//! Open, closed, poisoned: the life of a ring.

use alloc::string::String;
use core::fmt;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU32, Ordering};
use windlass_sync::sync::{Mutex, lock};

use crate::sequence::Sequence;

/// New claims are refused.
const CLOSED: u32 = 1;
/// No claim that is not visible yet can come: the end of the stream is known.
const SEALED: u32 = 2;
/// A consumer failed: nobody goes on.
const POISONED: u32 = 4;
/// The deadline of a shutdown passed: nobody goes on.
const ABORTED: u32 = 8;

/// Why a ring ended before its time: the first failure of a consumer.
///
/// # Examples
///
/// ```
/// use windlass_ring::Builder;
///
/// let (mut producer, ring) = Builder::new(8, || 0_u64)
///     .stage("divide")
///     .each(|event: &u64, _| assert_ne!(*event, 0, "division by zero"))
///     .start()?;
/// producer.publish(|event| *event = 0)?;
/// drop(producer);
/// let poison = ring.wait_end().unwrap_err();
/// assert_eq!(poison.stage, "divide");
/// assert!(poison.message.contains("division by zero"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// The stage or gate that failed.
    pub stage: String,
    /// The event that it was handling, if it was handling one.
    pub sequence: Option<Sequence>,
    /// What it said: the message of the panic, or the reason in words.
    pub message: String,
}

impl fmt::Display for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` failed", self.stage)?;
        if let Some(sequence) = self.sequence {
            write!(f, " at event {sequence}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl core::error::Error for Poison {}

/// The state word of a ring, and the first cause of its poisoning.
///
/// The word is written a few times in the life of a ring, so its line stays in every cache.
pub(crate) struct Life {
    state: CachePadded<AtomicU32>,
    cause: Mutex<Option<Poison>>,
}

impl Life {
    pub(crate) fn new() -> Self {
        Self { state: CachePadded::new(AtomicU32::new(0)), cause: Mutex::new(None) }
    }

    fn set(&self, bits: u32) -> u32 {
        // ORDERING(sealed): Release. Claims that were made before the ring was sealed are seen by
        // whoever sees that it is, and the cause by whoever sees that it is poisoned.
        self.state.fetch_or(bits, Ordering::Release)
    }

    #[inline]
    fn has(&self, bits: u32) -> bool {
        // ORDERING(sealed): Acquire. See `set`.
        self.state.load(Ordering::Acquire) & bits != 0
    }

    /// Closes. Says whether this call did.
    pub(crate) fn close(&self) -> bool {
        self.set(CLOSED) & CLOSED == 0
    }

    /// Says that no claim can come any more that is not visible.
    pub(crate) fn seal(&self) {
        self.set(SEALED);
    }

    /// Makes every consumer stop where it is.
    #[cfg(feature = "std")]
    pub(crate) fn abort(&self) {
        self.set(ABORTED);
    }

    /// Notes a failure; the first one is kept.
    pub(crate) fn poison(&self, poison: Poison) {
        lock(&self.cause).get_or_insert(poison);
        self.set(POISONED);
    }

    /// The first failure.
    pub(crate) fn cause(&self) -> Option<Poison> {
        if self.has(POISONED) { lock(&self.cause).clone() } else { None }
    }

    #[inline]
    pub(crate) fn is_closed(&self) -> bool {
        self.has(CLOSED)
    }

    #[inline]
    pub(crate) fn is_sealed(&self) -> bool {
        self.has(SEALED)
    }

    /// Whether consumers have to stop, whatever is left.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.has(POISONED | ABORTED)
    }
}
