//! Cursors: how far a consumer is.

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU64, Ordering};

/// The value of a cursor whose owner holds nothing: it left, or (in a group) it is idle.
const NOTHING: u64 = u64::MAX;

/// The next sequence that its owner has not released, on a cache line of its own.
pub(crate) struct Cursor(CachePadded<AtomicU64>);

impl Cursor {
    /// A cursor at `sequence`.
    pub(crate) fn new(sequence: u64) -> Self {
        Self(CachePadded::new(AtomicU64::new(sequence)))
    }

    /// A cursor that holds nothing.
    pub(crate) fn vacant() -> Self {
        Self::new(NOTHING)
    }

    /// Where it is, or nothing.
    #[inline]
    pub(crate) fn get(&self) -> Option<u64> {
        // ORDERING(released): Acquire. What its owner did with the events before is complete.
        let sequence = self.0.load(Ordering::Acquire);
        if sequence == NOTHING { None } else { Some(sequence) }
    }

    /// Releases everything before `sequence`.
    #[inline]
    pub(crate) fn set(&self, sequence: u64) {
        // ORDERING(released): Release. The owner is done with the events before: whoever sees
        // this may overwrite them, or go on with what the owner wrote into them.
        self.0.store(sequence, Ordering::Release);
    }

    /// Releases everything before `sequence`, if that was not done yet; several threads may.
    pub(crate) fn raise(&self, sequence: u64) {
        // ORDERING(released): Release. As for `set`.
        self.0.fetch_max(sequence, Ordering::Release);
    }

    /// Holds nothing from now on.
    #[inline]
    pub(crate) fn vacate(&self) {
        // ORDERING(released): Release. As for `set`, for everything the owner held.
        self.0.store(NOTHING, Ordering::Release);
    }

    /// Moves on from `from` to `to`, if nobody else did before.
    #[inline]
    pub(crate) fn claim(&self, from: u64, to: u64) -> bool {
        // ORDERING(released): Release. The member's own cursor, set before, is seen by whoever
        // sees the claim, so the claimed range is never unguarded. Relaxed on failure: the
        // caller starts again.
        self.0.compare_exchange(from, to, Ordering::Release, Ordering::Relaxed).is_ok()
    }
}
