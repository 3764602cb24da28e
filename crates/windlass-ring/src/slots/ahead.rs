//! Cache lines that somebody wants before it touches what is in them.
//!
//! A producer asks for those that it will write, or takes them; a consumer asks for those that it will read. What is
//! published, and who may touch what, stays as it is: so this is no part of the storage proper.

#[cfg(not(any(loom, miri)))]
use core::mem::MaybeUninit;

use windlass_sync::atomic::Ordering;
use windlass_sync::hint;

use super::geometry::Geometry;
#[cfg(not(any(loom, miri)))]
use super::geometry::LINE;
use super::position::Position;
use super::storage::Storage;

/// Blocks that a consumer asks for ahead of what it reads.
const READ_AHEAD: u32 = 16;

impl<E> Storage<E> {
    /// Asks for the cache lines of `n` blocks, the first of which is `ahead` blocks after `block`, for
    /// writing.
    #[inline]
    pub(crate) fn prefetch(&self, block: u32, ahead: u32, n: u32) {
        for line in (ahead..ahead + n).filter_map(|ahead| self.ahead_of(block, ahead)) {
            hint::prefetch_write(line);
        }
    }

    /// Takes the cache lines of `n` blocks from `block` on, for the only producer, by stores that change
    /// nothing. All slots of those behind `block` are free.
    #[inline]
    pub(crate) fn take_lines(&self, block: u32, n: u32) {
        // A mark that lies apart is one for all.
        let headers = if Geometry::<E>::APART { 0 } else { n };
        for line in (0..headers).filter_map(|ahead| self.ahead_of(block, ahead)) {
            let mark = self.mark_of(line);
            // ORDERING: Relaxed. Nobody else writes marks, so this is what the mark is already.
            let published = mark.load(Ordering::Relaxed);
            // ORDERING(published): Release. A consumer may find this instead of what published the events of
            // the block in hand.
            mark.store(published, Ordering::Release);
        }
        #[cfg(not(any(loom, miri)))]
        for block in (1..n).filter_map(|ahead| self.ahead_of(block, ahead)) {
            // The first line of a block has its header, and was taken with it.
            let first = if Geometry::<E>::APART { 0 } else { LINE };
            for line in (first..Geometry::<E>::STRIDE).step_by(LINE) {
                let byte = block.wrapping_add(line).cast_mut().cast::<MaybeUninit<u8>>();
                // SAFETY: a byte of a block of this storage, which may be padding. Consumers are done with all
                // its slots and the only producer, which calls this, has not claimed any: nobody else is there.
                let same = unsafe { byte.read_volatile() };
                // SAFETY: as above.
                unsafe { byte.write_volatile(same) };
            }
        }
    }

    /// Asks for the cache line `READ_AHEAD` blocks after that of `at`, for reading, if what is to be
    /// read goes on beyond it.
    #[inline(always)]
    pub(crate) fn prefetch_behind(&self, at: &Position, end: u64) {
        let ahead = u64::from(READ_AHEAD) * Geometry::<E>::PER_BLOCK as u64;
        if at.sequence + ahead < end
            && let Some(line) = self.ahead_of(at.block, READ_AHEAD)
        {
            hint::prefetch_read(line);
        }
    }

    /// Asks for the first cache lines of `n` published events from `at` on, for reading.
    #[expect(clippy::cast_possible_truncation, reason = "at most READ_AHEAD")]
    pub(crate) fn prefetch_run(&self, at: &Position, n: u64) {
        let blocks = (n / Geometry::<E>::PER_BLOCK as u64).min(u64::from(READ_AHEAD)) as u32;
        for line in (1..blocks).filter_map(|ahead| self.ahead_of(at.block, ahead)) {
            hint::prefetch_read(line);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::slots::Marking;

    #[test]
    fn taking_lines_changes_nothing() {
        let mut n = 0;
        let storage = Storage::new(20, 0, Marking::Mark, || {
            n += 1;
            (alloc::format!("event {n}"), [n; 20])
        });
        let storage = storage.unwrap();
        storage.publish_marked(storage.claimed(storage.shape().start(), 1));
        storage.take_lines(0, 20);
        for index in 0..20 {
            let at = storage.shape().locate::<(String, [u64; 20])>(index);
            // SAFETY: nobody else has the storage.
            let (text, numbers) = unsafe { &*storage.events_to_read(&at, 1) };
            assert_eq!((text, numbers), (&alloc::format!("event {}", index + 1), &[index + 1; 20]));
            assert_eq!(storage.ready(&at), usize::from(index == 0), "one was published");
        }
    }
}
