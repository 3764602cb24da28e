//! Cache lines that somebody wants before it touches what is in them.
//!
//! Whoever sends asks for those that it will write, or takes them; whoever receives asks for those that it will read.
//! What is filled, and who may touch what, stays as it is.

#[cfg(not(any(loom, miri)))]
use core::mem::MaybeUninit;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::hint;

#[cfg(not(any(loom, miri)))]
use super::CACHE_LINE;
use super::Line;
use super::place::Place;
use super::walk::Walk;

impl<T, const MOST: usize> Line<T, MOST> {
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
}
