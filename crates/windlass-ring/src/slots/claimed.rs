//! The right to write slots: the sequencers make it, and the storage gives out slots against it.

use super::position::Position;

/// The right to write `n` slots from `at` on, until they are published.
///
/// Only sequencers make one, for a range that no other claim and no lease covers.
#[derive(Debug)]
pub(crate) struct Claimed {
    /// The first slot.
    pub(crate) at: Position,
    /// How many.
    pub(crate) n: usize,
    /// Where its block begins. Kept, because the compiler has to assume that writing an event changes
    /// where the ring lies.
    pub(super) block: *const u8,
}

// SAFETY: the pointer is an address in a storage whose events are `Send`, and is used through that
// storage alone.
unsafe impl Send for Claimed {}
// SAFETY: as above; a shared claim gives no access to its slots.
unsafe impl Sync for Claimed {}

impl Claimed {
    /// Moves the claim out, and leaves an empty one.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Self {
        Self { n: core::mem::take(&mut self.n), ..*self }
    }
}
