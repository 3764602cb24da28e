//! Cache lines that somebody wants before it touches what is in them.
//!
//! Whoever sends asks for those that it will write, or takes them; whoever receives asks for those that it will read.
//! What is filled, and who may touch what, stays as it is.

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

    /// Asks for the unit that lies `ahead` units behind that of `at`, for writing.
    #[inline(always)]
    pub(crate) fn prefetch(&self, at: Place, ahead: usize) {
        // It may lie beyond a line of few units, which is as good as none.
        if let Some(unit) = self.behind(at, ahead) {
            hint::prefetch_write(unit);
        }
    }

    /// Takes the cache lines of `n` units from that of `at` on, for the only one who writes headers, by
    /// stores that change nothing. All slots of those behind that of `at` are vacant.
    pub(crate) fn take_lines(&self, at: Place, n: usize) {
        let headers = if Self::ONE_BLOCK { 0 } else { n };
        for block in (0..headers).filter_map(|ahead| self.behind(at, ahead)) {
            // SAFETY: blocks begin with a header that `new` wrote, and this is one of the line.
            let header = unsafe { &*block.cast::<AtomicU64>() };
            // ORDERING: Relaxed. Nobody else writes headers, so this is what the header is already.
            let filled = header.load(Ordering::Relaxed);
            // ORDERING(queued): Release. A receiver may find this instead of what announced the messages of
            // the block in hand.
            header.store(filled, Ordering::Release);
        }
        #[cfg(not(any(loom, miri)))]
        for unit in (1..n).filter_map(|ahead| self.behind(at, ahead)) {
            // The first one of a block has the header, and was taken with it.
            let first = if Self::ONE_BLOCK { 0 } else { CACHE_LINE };
            for line in (first..Self::STRIDE).step_by(CACHE_LINE) {
                let byte = unit.wrapping_add(line);
                // SAFETY: a byte of a unit of this line, whose slots are all vacant: what is in them means nothing, and
                // nobody has the right to fill them but who calls this.
                unsafe { byte.write_volatile(0) };
            }
        }
    }

    /// The unit that lies `ahead` units behind that of `at`, if there are so many.
    #[inline(always)]
    fn behind(&self, at: Place, ahead: usize) -> Option<*mut u8> {
        let unit = if Self::ONE_BLOCK { at.offset } else { at.block };
        let mut unit = unit as usize + ahead;
        if self.extent <= unit {
            unit -= self.extent;
        }
        let start = Self::FRONT + unit * Self::STRIDE;
        (unit < self.extent).then(|| self.base.as_ptr().wrapping_add(start))
    }
}
