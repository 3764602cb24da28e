//! The header word of a block: which of its events are published.
//!
//! One producer keeps a *mark*: the sequence up to which events are published, one store for a
//! whole run. Several producers publish out of order, so each event has a *stamp* of its own in
//! the word: the lap in seven bits, and one bit for a slot that was claimed but holds no event.
//! Both are plain stores; publishing is never a read-modify-write.
//!
//! # Source
//!
//! Stamps per slot: the LMAX Disruptor's available buffer, there 32 bits in an array of its own.

use windlass_sync::atomic::{AtomicU8, AtomicU64};

use super::geometry::MAX_PER_BLOCK;

/// Which of the two encodings a ring uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Marking {
    /// One producer: a mark.
    Mark,
    /// Several producers: stamps.
    Stamps,
}

/// A header under [`Marking::Mark`].
pub(crate) type Mark = AtomicU64;

/// A header under [`Marking::Stamps`].
#[repr(C, align(8))]
pub(crate) struct Stamps {
    /// One for each slot.
    pub(crate) slots: [AtomicU8; MAX_PER_BLOCK],
    /// The stamp of the slot of the block that was skipped last: who finds an old one here need not
    /// look for skipped slots.
    pub(crate) last_skipped: AtomicU8,
}

impl Stamps {
    pub(crate) fn new() -> Self {
        // The lap before the first one: nothing of the first lap is published.
        let before = stamp(u64::MAX);
        let slots = core::array::from_fn(|_| AtomicU8::new(before));
        Self { slots, last_skipped: AtomicU8::new(before) }
    }
}

/// Bytes kept for either header.
pub(crate) const HEADER_BYTES: usize =
    if size_of::<Mark>() > size_of::<Stamps>() { size_of::<Mark>() } else { size_of::<Stamps>() };

/// Alignment that suits either header.
pub(crate) const HEADER_ALIGN: usize = if align_of::<Mark>() > align_of::<Stamps>() {
    align_of::<Mark>()
} else {
    align_of::<Stamps>()
};

#[cfg(not(loom))]
const _: () = assert!(HEADER_BYTES == 8, "the header is one word");

/// The stamp of an event of lap `lap`. Only neighbouring laps ever meet in a slot, so seven bits
/// tell them apart.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
pub(crate) const fn stamp(lap: u64) -> u8 {
    (lap as u8) << 1
}

/// The bit that says: claimed, published, but without an event.
pub(crate) const SKIPPED: u8 = 1;

/// Whether a slot of lap `lap` may have been skipped in a block whose slot that was skipped last
/// has this stamp.
///
/// A block holds slots of two laps while it is refilled, and who skips in the one overwrites what was
/// noted of the other. So a neighbouring lap counts as well.
#[inline]
pub(crate) const fn may_hold_skipped(last_skipped: u8, lap: u64) -> bool {
    let before = stamp(lap.wrapping_sub(1));
    last_skipped & SKIPPED != 0 && last_skipped.wrapping_sub(before) <= stamp(2) | SKIPPED
}
