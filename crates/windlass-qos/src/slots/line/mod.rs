//! Slots of queues by position, and the header words that say which of them are filled.
//!
//! Slots lie in blocks. A block starts with one header word, so that the word and the messages which it
//! announces travel in the same cache line. With one sender a block is a line full of messages; with
//! several, each message has a header of its own. Messages of one sender that are so large that none would share
//! a line with another lie in one block, whose header has a line to itself.
//!
//! # Who may touch what
//!
//! A message goes in against a [`Vacant`] slot and comes out against a [`Filled`] one. Neither can be
//! copied. That only one party has such a right at a time is what the queues prove.

mod ahead;
mod bare;
mod place;
mod walk;

use alloc::alloc::{alloc, dealloc};
#[cfg(loom)]
use alloc::vec::Vec;
use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;

use windlass_sync::atomic::AtomicU64;

use bare::Slots;
use place::Place;
pub(crate) use place::{Filled, Vacant};
pub(crate) use walk::Walk;

use crate::error::BuildError;

/// Most messages of a block whose header announces all of them. Models use small blocks, which wrap soon.
pub(crate) const PACKED: usize = if cfg!(loom) { 2 } else { 7 };

/// Messages of a block whose header is the stamp of one.
pub(crate) const STAMPED: usize = 1;

/// Bytes of a cache line as the layout counts them.
const CACHE_LINE: usize = 64;

/// Header bytes as they are in production; models have larger atomics but the same blocks.
const NOMINAL_HEADER: usize = 8;

/// The slots of a queue; at most `MOST` of them share a header word.
pub(crate) struct Line<T, const MOST: usize> {
    base: NonNull<u8>,
    layout: Layout,
    /// How many units there are: blocks, or slots if they are one block.
    extent: usize,
    /// Messages are moved in and out.
    owns: PhantomData<fn(T) -> T>,
    /// A cell for each slot, through which a model notices accesses that race.
    #[cfg(loom)]
    traces: Vec<windlass_sync::cell::UnsafeCell<()>>,
}

// SAFETY: whoever has the line has its messages, which may move to another thread.
unsafe impl<T: Send, const MOST: usize> Send for Line<T, MOST> {}
// SAFETY: a message is reached by the holder of its `Vacant` or `Filled` alone. Sharing the line moves
// messages between threads, for which `Send` is enough.
unsafe impl<T: Send, const MOST: usize> Sync for Line<T, MOST> {}

impl<T, const MOST: usize> Line<T, MOST> {
    /// Messages that come and go with the same cache lines: those of a block, if more than one fits one line or two
    /// beside a header; otherwise one.
    pub(crate) const UNIT: usize = {
        let one = fit::<T>(CACHE_LINE, MOST);
        let two = fit::<T>(2 * CACHE_LINE, MOST);
        // Two lines to a block only where one line would be half empty.
        let best = if one <= 1 && two >= 3 { two } else { one };
        if best == 0 { 1 } else { best }
    };

    /// Whether all slots are one block. Beside a large message a header would make it reach into one line more.
    pub(crate) const ONE_BLOCK: bool = MOST != STAMPED && Self::UNIT == 1;

    /// Byte offset of the first message in its block.
    const MESSAGES_AT: usize = {
        let header = size_of::<AtomicU64>();
        header.next_multiple_of(if Self::ONE_BLOCK { Self::ALIGN } else { align_of::<T>() })
    };

    /// Alignment of a block: that of a cache line where blocks are made of such.
    const ALIGN: usize = {
        let header = align_of::<AtomicU64>();
        let least = if header > align_of::<T>() { header } else { align_of::<T>() };
        if MOST != STAMPED && least < CACHE_LINE { CACHE_LINE } else { least }
    };

    /// Bytes from one unit to the next.
    const STRIDE: usize = if Self::ONE_BLOCK {
        size_of::<T>()
    } else {
        (Self::MESSAGES_AT + Self::UNIT * size_of::<T>()).next_multiple_of(Self::ALIGN)
    };

    /// Bytes before the first unit.
    const FRONT: usize = if Self::ONE_BLOCK { Self::MESSAGES_AT } else { 0 };

    /// Cache lines from one unit to the next, at least.
    pub(crate) const LINES: usize = Self::STRIDE.div_ceil(CACHE_LINE);

    /// Allocates at least `capacity` vacant slots. `header` says what stands in the header of a block.
    pub(crate) fn new(capacity: usize, header: impl Fn(u64) -> u64) -> Result<Self, BuildError> {
        let extent = capacity.div_ceil(Self::UNIT);
        assert!(0 < extent && u32::try_from(extent).is_ok(), "the capacity was checked before");
        let bytes = extent.saturating_mul(Self::STRIDE).saturating_add(Self::FRONT);
        let layout = Layout::from_size_align(bytes, Self::ALIGN)
            .map_err(|_| BuildError::OutOfMemory { bytes })?;
        // SAFETY: the layout is not empty, since there is a block and it holds at least a header.
        let memory = unsafe { alloc(layout) };
        let base = NonNull::new(memory).ok_or(BuildError::OutOfMemory { bytes })?;
        let line = Self {
            base,
            layout,
            extent,
            owns: PhantomData,
            #[cfg(loom)]
            traces: (0..extent * Self::UNIT)
                .map(|_| windlass_sync::cell::UnsafeCell::new(()))
                .collect(),
        };
        for block in 0..line.blocks() {
            let at = line.block(block).cast::<AtomicU64>();
            let word = AtomicU64::new(header(block as u64));
            // SAFETY: the place is inside the allocation, aligned, and not in use yet. Making a word
            // does not panic in production, so the drop below finds every header written.
            unsafe { at.write(word) };
        }
        Ok(line)
    }

    /// The slots without the line around them, for whoever goes through many: what is written to a slot makes the
    /// compiler forget what it knows of the line, and nothing of this.
    #[inline(always)]
    pub(crate) fn slots(&self) -> Slots<'_, T, MOST> {
        Slots { base: self.base, line: self }
    }

    /// The header word of the block that `at` lies in.
    #[inline(always)]
    pub(crate) fn header(&self, at: Place) -> &AtomicU64 {
        self.slots().header(at)
    }

    /// Puts a message in.
    #[inline(always)]
    pub(crate) fn put(&self, slot: Vacant, message: T) {
        self.slots().put(slot, message);
    }

    /// Takes the message out.
    #[inline(always)]
    pub(crate) fn pull(&self, slot: Filled) -> T {
        self.slots().pull(slot)
    }

    /// Lets somebody look at the message for as long as the right to take it out is borrowed.
    #[inline]
    pub(crate) fn peek<'a>(&'a self, slot: &'a Filled) -> &'a T {
        self.trace(slot.0, false);
        let at = self.slots().slot(slot.0);
        // SAFETY: as for `pull`; the right is borrowed for as long as the reference lives.
        unsafe { &*at }
    }

    /// How many blocks so many cache lines hold, one at least.
    pub(crate) const fn blocks_in(lines: usize) -> usize {
        let blocks = lines * CACHE_LINE / Self::STRIDE;
        if blocks == 0 { 1 } else { blocks }
    }

    #[inline(always)]
    fn block(&self, block: usize) -> *mut u8 {
        self.slots().block(block)
    }

    /// Tells the model checker of an access; nothing in production.
    #[inline(always)]
    fn trace(&self, at: Place, write: bool) {
        debug_assert!((at.block as usize) < self.blocks(), "places lie inside the line");
        #[cfg(loom)]
        {
            let trace = &self.traces[at.block as usize * self.per_block() + at.offset as usize];
            if write { trace.with_mut(|_| ()) } else { trace.with(|_| ()) }
        }
        #[cfg(not(loom))]
        let _ = (at, write);
    }
}

impl<T, const MOST: usize> Drop for Line<T, MOST> {
    /// Frees the slots. What is still in them is the queue's to take out before.
    fn drop(&mut self) {
        for block in 0..self.blocks() {
            let header = self.block(block).cast::<AtomicU64>();
            // SAFETY: `new` wrote every header, and nobody can reach it any more.
            unsafe { header.drop_in_place() };
        }
        // SAFETY: the memory was allocated in `new` with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

/// Messages, at most `most`, that fit `bytes` beside a header.
const fn fit<T>(bytes: usize, most: usize) -> usize {
    let at = NOMINAL_HEADER.next_multiple_of(align_of::<T>());
    if bytes < at {
        return 0;
    }
    if size_of::<T>() == 0 {
        return most;
    }
    let n = (bytes - at) / size_of::<T>();
    if most < n { most } else { n }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_words_shares_its_header() {
        assert_eq!(Line::<u64, PACKED>::UNIT, 7, "64 = 8 + 7 * 8");
        assert_eq!(Line::<u64, PACKED>::STRIDE, 64, "one cache line");
        assert_eq!(Line::<u64, STAMPED>::STRIDE, 16, "a stamp and a word");
    }

    #[test]
    fn every_size_gets_blocks_that_hold_it() {
        fn check<T, const MOST: usize>() {
            let end = Line::<T, MOST>::MESSAGES_AT + Line::<T, MOST>::UNIT * size_of::<T>();
            assert!((1..=MOST).contains(&Line::<T, MOST>::UNIT), "as many as it may be");
            if Line::<T, MOST>::ONE_BLOCK {
                assert_eq!(Line::<T, MOST>::STRIDE, size_of::<T>(), "nothing between them");
            } else {
                assert!(end <= Line::<T, MOST>::STRIDE, "the block holds them");
                assert_eq!(Line::<T, MOST>::STRIDE % Line::<T, MOST>::ALIGN, 0, "all are aligned");
            }
            assert_eq!(Line::<T, MOST>::MESSAGES_AT % align_of::<T>(), 0, "messages are aligned");
        }
        check::<(), PACKED>();
        check::<u8, PACKED>();
        check::<u128, PACKED>();
        check::<[u64; 4], PACKED>();
        check::<[u64; 8], PACKED>();
        check::<[u8; 1021], PACKED>();
        check::<windlass_sync::CachePadded<u64>, PACKED>();
        check::<(), STAMPED>();
        check::<u8, STAMPED>();
        check::<windlass_sync::CachePadded<u64>, STAMPED>();
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks for more memory than the interpreter has")]
    fn a_line_that_cannot_be_had_is_an_error() {
        let huge = Line::<[u64; 1 << 50], STAMPED>::new(1_000, |_| 0);
        assert!(matches!(huge, Err(BuildError::OutOfMemory { .. })), "no panic, no abort");
    }
}
