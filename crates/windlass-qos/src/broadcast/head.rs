//! What the sender and the readers share beside the messages.

use windlass_sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use windlass_sync::{CachePadded, EventCount};

use crate::slots::shared::Shared;

/// The messages and their head.
pub(super) type Hall<T> = Shared<T, Head>;

/// Set in the tail when there will be no more.
const CLOSED: u64 = 1 << 63;

pub(crate) struct Head {
    /// How many messages were announced, and whether there will be more.
    tail: CachePadded<AtomicU64>,
    /// Rings at each message and at the end.
    pub(crate) bell: EventCount,
    /// Readers, and handles that can make more.
    audience: AtomicUsize,
}

/// What the tail says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    pub(crate) sent: u64,
    pub(crate) closed: bool,
}

impl Head {
    pub(super) fn new(readers: usize) -> Self {
        Self {
            tail: CachePadded::new(AtomicU64::new(0)),
            bell: EventCount::new(readers),
            audience: AtomicUsize::new(1),
        }
    }

    #[inline]
    pub(crate) fn tail(&self) -> Tail {
        // ORDERING(told): Acquire. Who is told of the end sees what was done before it. That cells have their
        // messages up to here does not rest on this: the addition that pins a cell is ordered by itself.
        // Other end: `announce`.
        let tail = self.tail.load(Ordering::Acquire);
        Tail { sent: tail & !CLOSED, closed: tail & CLOSED != 0 }
    }

    /// Tells that so many messages are there. Only the sender does.
    #[inline]
    pub(super) fn announce(&self, sent: u64, closed: bool) {
        let tail = if closed { sent | CLOSED } else { sent };
        // ORDERING(told): Release. What was done before the end. Other end: `tail`.
        self.tail.store(tail, Ordering::Release);
        self.bell.notify();
    }

    /// Whether nobody reads, or ever will.
    #[inline]
    pub(super) fn is_deserted(&self) -> bool {
        // ORDERING: Relaxed. Once nobody is there nobody comes again; nothing else is concluded.
        self.audience.load(Ordering::Relaxed) == 0
    }

    pub(super) fn enter(&self) {
        // ORDERING: Relaxed. A number; who enters does so through one who is there.
        self.audience.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        // ORDERING: Relaxed. As in `enter`.
        self.audience.fetch_sub(1, Ordering::Relaxed);
    }

    /// Threads that take part, about.
    pub(crate) fn parties(&self) -> usize {
        // ORDERING: Relaxed. Only how to wait is decided by it.
        self.audience.load(Ordering::Relaxed).saturating_add(1)
    }
}
