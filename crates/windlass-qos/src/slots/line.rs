//! Slots of queues by position, and the header words that say which of them are filled.
//!
//! Slots lie in blocks. A block starts with one header word, so that the word and the messages which it
//! announces travel in the same cache line. With one sender a block is a line full of messages; with
//! several, each message has a header of its own.
//!
//! # Who may touch what
//!
//! A message goes in against a [`Vacant`] slot and comes out against a [`Filled`] one. Neither can be
//! copied. That only one party has such a right at a time is what the queues prove.

use alloc::alloc::{alloc, dealloc};
use alloc::vec::Vec;
use core::alloc::Layout;
use core::marker::PhantomData;
#[cfg(not(any(loom, miri)))]
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::hint;

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
    blocks: usize,
    /// Messages are moved in and out.
    owns: PhantomData<fn(T) -> T>,
    /// A cell for each slot, through which a model notices accesses that race.
    #[cfg(loom)]
    traces: alloc::vec::Vec<windlass_sync::cell::UnsafeCell<()>>,
}

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    block: u32,
    offset: u32,
}

/// The block that a party is in. Its place there follows from its position: one word less to keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The position of the first slot of the block.
    first: u64,
    block: u32,
}

impl Walk {
    /// The position of the first slot of the block.
    #[inline(always)]
    pub(crate) const fn first(self) -> u64 {
        self.first
    }

    /// Where the slot of this position is, which is one of the block.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "less than the slots of a block")]
    pub(crate) const fn at(self, position: u64) -> Place {
        Place { block: self.block, offset: (position - self.first) as u32 }
    }
}

/// The right to fill a slot: nobody else reads or writes it, and it holds no message.
///
/// Only queues make one, for a slot that was never filled or whose message was taken out.
#[derive(Debug)]
pub(crate) struct Vacant(pub(crate) Place);

/// The right to read a slot and to take its message out: it holds one, and nobody else touches it.
///
/// Only queues make one, for a slot whose header says that it is filled.
#[derive(Debug)]
pub(crate) struct Filled(pub(crate) Place);

// SAFETY: whoever has the line has its messages, which may move to another thread.
unsafe impl<T: Send, const MOST: usize> Send for Line<T, MOST> {}
// SAFETY: a message is reached by the holder of its `Vacant` or `Filled` alone. Sharing the line moves
// messages between threads, for which `Send` is enough.
unsafe impl<T: Send, const MOST: usize> Sync for Line<T, MOST> {}

impl<T, const MOST: usize> Line<T, MOST> {
    /// Messages in a block.
    pub(crate) const PER_BLOCK: usize = {
        let one = fit::<T>(CACHE_LINE, MOST);
        let two = fit::<T>(2 * CACHE_LINE, MOST);
        // Two lines to a block only where one line would be half empty.
        let best = if one <= 1 && two >= 3 { two } else { one };
        if best == 0 { 1 } else { best }
    };

    /// Byte offset of the first message in its block.
    const MESSAGES_AT: usize = size_of::<AtomicU64>().next_multiple_of(align_of::<T>());

    /// Alignment of a block: that of a cache line where blocks are made of such.
    const ALIGN: usize = {
        let header = align_of::<AtomicU64>();
        let least = if header > align_of::<T>() { header } else { align_of::<T>() };
        if Self::PER_BLOCK > 1 && least < CACHE_LINE { CACHE_LINE } else { least }
    };

    /// Bytes from one block to the next.
    const STRIDE: usize =
        (Self::MESSAGES_AT + Self::PER_BLOCK * size_of::<T>()).next_multiple_of(Self::ALIGN);

    /// Cache lines from one block to the next, at least.
    pub(crate) const LINES: usize = Self::STRIDE.div_ceil(CACHE_LINE);

    /// Allocates at least `capacity` vacant slots. `header` says what stands in the header of a block.
    pub(crate) fn new(capacity: usize, header: impl Fn(u64) -> u64) -> Result<Self, BuildError> {
        let blocks = capacity.div_ceil(Self::PER_BLOCK);
        assert!(0 < blocks && u32::try_from(blocks).is_ok(), "the capacity was checked before");
        let bytes = blocks.saturating_mul(Self::STRIDE);
        let layout = Layout::from_size_align(bytes, Self::ALIGN)
            .map_err(|_| BuildError::OutOfMemory { bytes })?;
        // SAFETY: the layout is not empty, since there is a block and it holds at least a header.
        let memory = unsafe { alloc(layout) };
        let base = NonNull::new(memory).ok_or(BuildError::OutOfMemory { bytes })?;
        let line = Self {
            base,
            layout,
            blocks,
            owns: PhantomData,
            #[cfg(loom)]
            traces: (0..blocks * Self::PER_BLOCK)
                .map(|_| windlass_sync::cell::UnsafeCell::new(()))
                .collect(),
        };
        for block in 0..blocks {
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

    /// Where slot `index` of the line is, counted round and round.
    #[expect(clippy::cast_possible_truncation, reason = "remainders of small numbers")]
    pub(crate) fn locate(&self, index: u64) -> Place {
        let per_block = Self::PER_BLOCK as u64;
        let block = index / per_block % self.blocks as u64;
        Place { block: block as u32, offset: (index % per_block) as u32 }
    }

    /// Where slot `index` is, which is one of the line, if each has a header of its own.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
    pub(crate) fn place(&self, index: u64) -> Place {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        debug_assert!(index < self.blocks as u64, "a slot of the line");
        Place { block: index as u32, offset: 0 }
    }

    /// The way of a party that is at slot `index` of the line, counted round and round, with this position.
    pub(crate) fn walk(&self, index: u64, position: u64) -> Walk {
        let at = self.locate(index);
        Walk { first: position - u64::from(at.offset), block: at.block }
    }

    /// Goes on to the next block, if `position` lies behind the one that the walk is in. Says whether it does.
    #[inline(always)]
    pub(crate) fn go_on(&self, walk: &mut Walk, position: u64) -> bool {
        let behind = position == Self::end(*walk);
        if behind {
            let next = walk.block + 1;
            let block = if next as usize == self.blocks { 0 } else { next };
            *walk = Walk { first: position, block };
        }
        behind
    }

    /// The position behind the last slot of the block.
    #[inline(always)]
    pub(crate) const fn end(walk: Walk) -> u64 {
        walk.first + Self::PER_BLOCK as u64
    }

    /// So many blocks further on, which are fewer than there are.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
    pub(crate) fn further(&self, walk: Walk, blocks: usize) -> Walk {
        let mut block = walk.block as usize + blocks;
        if self.blocks <= block {
            block -= self.blocks;
        }
        let first = walk.first + (blocks * Self::PER_BLOCK) as u64;
        Walk { first, block: block as u32 }
    }

    /// How many blocks there are.
    #[inline(always)]
    pub(crate) const fn blocks(&self) -> usize {
        self.blocks
    }

    /// Asks for the block of `walk`, for reading.
    #[inline(always)]
    pub(crate) fn prefetch_read(&self, walk: Walk) {
        hint::prefetch_read(self.block(walk.block as usize));
    }

    /// Asks for the block that lies `ahead` blocks behind that of `at`, for writing.
    #[inline(always)]
    pub(crate) fn prefetch(&self, at: Place, ahead: usize) {
        // It may lie beyond a line of few blocks, which is as good as none.
        if let Some(block) = self.behind(at.block, ahead) {
            hint::prefetch_write(self.block(block));
        }
    }

    /// Takes the cache lines of `n` blocks from that of `walk` on, for the only one who writes headers, by
    /// stores that change nothing. All slots of those behind `walk` are vacant.
    pub(crate) fn take_lines(&self, walk: Walk, n: usize) {
        for block in (0..n).filter_map(|ahead| self.behind(walk.block, ahead)) {
            // SAFETY: blocks begin with a header that `new` wrote, and this is one of the line.
            let header = unsafe { &*self.block(block).cast::<AtomicU64>() };
            // ORDERING: Relaxed. Nobody else writes headers, so this is what the header is already.
            let filled = header.load(Ordering::Relaxed);
            // ORDERING(queued): Release. A receiver may find this instead of what announced the messages of
            // the block in hand.
            header.store(filled, Ordering::Release);
        }
        #[cfg(not(any(loom, miri)))]
        for block in (1..n).filter_map(|ahead| self.behind(walk.block, ahead)) {
            for line in (CACHE_LINE..Self::STRIDE).step_by(CACHE_LINE) {
                let byte = self.block(block).wrapping_add(line).cast::<MaybeUninit<u8>>();
                // SAFETY: a byte of a block of this line, which need not hold anything. All its slots are
                // vacant and nobody has the right to fill them but who calls this: nobody else is there.
                let same = unsafe { byte.read_volatile() };
                // SAFETY: as above.
                unsafe { byte.write_volatile(same) };
            }
        }
    }

    /// The block that lies `ahead` blocks behind `block`, if there are so many.
    #[inline(always)]
    fn behind(&self, block: u32, ahead: usize) -> Option<usize> {
        let mut block = block as usize + ahead;
        if self.blocks <= block {
            block -= self.blocks;
        }
        (block < self.blocks).then_some(block)
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
        debug_assert!((at.block as usize) < self.blocks, "places lie inside the line");
        #[cfg(loom)]
        {
            let trace = &self.traces[at.block as usize * Self::PER_BLOCK + at.offset as usize];
            if write { trace.with_mut(|_| ()) } else { trace.with(|_| ()) }
        }
        #[cfg(not(loom))]
        let _ = (at, write);
    }
}

/// The slots of a line.
pub(crate) struct Slots<'l, T, const MOST: usize> {
    base: NonNull<u8>,
    line: &'l Line<T, MOST>,
}

impl<'l, T, const MOST: usize> Slots<'l, T, MOST> {
    /// As [`Line::header`].
    #[inline(always)]
    pub(crate) fn header(&self, at: Place) -> &'l AtomicU64 {
        let header = self.block(at.block as usize).cast::<AtomicU64>();
        // SAFETY: blocks begin with a header that `new` wrote, and places lie inside the line.
        unsafe { &*header }
    }

    /// As [`Line::put`].
    #[inline(always)]
    pub(crate) fn put(&self, slot: Vacant, message: T) {
        self.line.trace(slot.0, true);
        let at = self.slot(slot.0);
        // SAFETY: the slot is inside the allocation and aligned, and by the right to fill it nobody
        // else touches it and no message is overwritten.
        unsafe { at.write(message) };
    }

    /// Moves the first messages of a list into slots in a row from `first` on, and calls `filled` behind each with
    /// its header. All of these slots are to be filled, as [`Vacant`] says of one.
    #[inline(always)]
    pub(crate) fn put_all(
        &self,
        first: Vacant,
        messages: &mut Vec<T>,
        count: usize,
        filled: impl Fn(&AtomicU64, usize),
    ) {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        let (all, from) = (messages.len(), messages.as_mut_ptr());
        assert!(count <= all, "messages that there are");
        // SAFETY: the list has none now. What is moved out below is not dropped with it, whatever happens.
        unsafe { messages.set_len(0) };
        for n in 0..count {
            #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
            let at = Place { block: first.0.block + n as u32, offset: 0 };
            self.line.trace(at, true);
            // SAFETY: the list had so many messages, and its room is still there.
            let message = unsafe { from.add(n) };
            // SAFETY: as for `put`; and the list gave the message up, which is copied once.
            unsafe { self.slot(at).copy_from_nonoverlapping(message, 1) };
            filled(self.header(at), n);
        }
        if count < all {
            // SAFETY: as above.
            let rest = unsafe { from.add(count) };
            // SAFETY: those behind the ones that went were not touched; they come to the front.
            unsafe { from.copy_from(rest, all - count) };
            // SAFETY: so many are there again.
            unsafe { messages.set_len(all - count) };
        }
    }

    /// As [`Line::pull`].
    #[inline(always)]
    pub(crate) fn pull(&self, slot: Filled) -> T {
        self.line.trace(slot.0, true);
        let at = self.slot(slot.0);
        // SAFETY: by the right to take it out the slot holds a message that nobody else touches, and
        // the right is used up, so it is read once.
        unsafe { at.read() }
    }

    /// As [`Line::peek`], for as long as the line lives: the right is not used up meanwhile.
    #[inline(always)]
    pub(crate) fn peek<'a>(&'a self, slot: &'a Filled) -> &'a T {
        self.line.trace(slot.0, false);
        let at = self.slot(slot.0);
        // SAFETY: as for `pull`; the right is borrowed for as long as the reference lives.
        unsafe { &*at }
    }

    /// Moves the messages of so many slots in a row, from `first` on, to the end of a list. Each of the slots is one
    /// to take out of, as [`Filled`] says of one.
    #[inline(always)]
    pub(crate) fn pull_all(&self, first: Filled, count: usize, into: &mut Vec<T>) {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        into.reserve(count);
        let behind = into.spare_capacity_mut();
        debug_assert!(count <= behind.len(), "room for all of them");
        let to = behind.as_mut_ptr().cast::<T>();
        for n in 0..count {
            #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
            let at = Place { block: first.0.block + n as u32, offset: 0 };
            self.line.trace(at, true);
            // SAFETY: the list has room for so many behind its end.
            let message = unsafe { to.add(n) };
            // SAFETY: as for `pull`; nobody else knows of the room in the list.
            unsafe { message.copy_from_nonoverlapping(self.slot(at), 1) };
        }
        // SAFETY: they were written above, and there is room for them.
        unsafe { into.set_len(into.len() + count) };
    }

    #[inline(always)]
    fn slot(&self, at: Place) -> *mut T {
        debug_assert!((at.offset as usize) < Line::<T, MOST>::PER_BLOCK, "in its block");
        let start = self.block(at.block as usize).wrapping_add(Line::<T, MOST>::MESSAGES_AT);
        start.wrapping_add(at.offset as usize * size_of::<T>()).cast()
    }

    #[inline(always)]
    fn block(&self, block: usize) -> *mut u8 {
        self.base.as_ptr().wrapping_add(block * Line::<T, MOST>::STRIDE)
    }
}

impl<T, const MOST: usize> Drop for Line<T, MOST> {
    /// Frees the slots. What is still in them is the queue's to take out before.
    fn drop(&mut self) {
        for block in 0..self.blocks {
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
        assert_eq!(Line::<u64, PACKED>::PER_BLOCK, 7, "64 = 8 + 7 * 8");
        assert_eq!(Line::<u64, PACKED>::STRIDE, 64, "one cache line");
        assert_eq!(Line::<u64, STAMPED>::STRIDE, 16, "a stamp and a word");
    }

    #[test]
    fn every_size_gets_blocks_that_hold_it() {
        fn check<T, const MOST: usize>() {
            let end = Line::<T, MOST>::MESSAGES_AT + Line::<T, MOST>::PER_BLOCK * size_of::<T>();
            assert!((1..=MOST).contains(&Line::<T, MOST>::PER_BLOCK), "as many as it may be");
            assert!(end <= Line::<T, MOST>::STRIDE, "the block holds them");
            assert_eq!(Line::<T, MOST>::STRIDE % Line::<T, MOST>::ALIGN, 0, "blocks stay aligned");
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
    fn walking_and_dividing_find_the_same_slots() {
        let line = Line::<u64, PACKED>::new(20, |_| 0).unwrap();
        let mut walk = line.walk(3, 8);
        for index in 3..100 {
            let position = index + 5;
            line.go_on(&mut walk, position);
            assert_eq!(walk.at(position), line.locate(index), "slot {index}");
            assert_eq!(line.walk(index, position), walk, "from there on");
            let ahead = index + 2 * Line::<u64, PACKED>::PER_BLOCK as u64;
            assert_eq!(line.further(walk, 2), line.walk(ahead, ahead + 5), "two blocks on");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "asks for more memory than the interpreter has")]
    fn a_line_that_cannot_be_had_is_an_error() {
        let huge = Line::<[u64; 1 << 50], STAMPED>::new(1_000, |_| 0);
        assert!(matches!(huge, Err(BuildError::OutOfMemory { .. })), "no panic, no abort");
    }
}
