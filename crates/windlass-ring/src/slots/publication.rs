//! Publishing claimed slots, and seeing what is published.

use windlass_sync::atomic::Ordering;

use super::claimed::Claimed;
use super::geometry::Geometry;
use super::header::{Marking, SKIPPED, may_hold_skipped, stamp};
use super::position::Position;
use super::storage::Storage;

impl<E> Storage<E> {
    /// How many slots from `at` on, and not beyond its block, are published.
    #[inline]
    pub(crate) fn ready(&self, at: &Position) -> usize {
        match self.marking() {
            Marking::Mark => self.ready_marked(at),
            Marking::Stamps => self.ready_stamped(at),
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most a block")]
    fn ready_marked(&self, at: &Position) -> usize {
        let left = (Geometry::<E>::PER_BLOCK - at.offset as usize) as u64;
        // ORDERING(published): Acquire. The events below the mark become readable.
        let mark = self.mark(at.block).load(Ordering::Acquire);
        // A producer that is a lap ahead may have begun to refill the slots before `at`: then the
        // mark is far ahead, and the rest of the block is published.
        mark.saturating_sub(at.sequence).min(left) as usize
    }

    #[inline]
    fn ready_stamped(&self, at: &Position) -> usize {
        let lap = stamp(at.lap);
        let slots = self.stamps(at.block).slots[..Geometry::<E>::PER_BLOCK].iter();
        slots
            .skip(at.offset as usize)
            // ORDERING(published): Acquire. The event of this stamp becomes readable.
            .take_while(|slot| slot.load(Ordering::Acquire) & !SKIPPED == lap)
            .count()
    }

    /// Whether the published slot at `at` was skipped.
    #[inline]
    pub(crate) fn skipped(&self, at: &Position) -> bool {
        self.any_skipped(at)
            // ORDERING: Relaxed. The caller learnt with Acquire that the slot is published.
            && self.stamps(at.block).slots[at.offset as usize].load(Ordering::Relaxed) & SKIPPED != 0
    }

    /// Whether the block of `at` may hold a skipped slot of its lap: a look at one byte, where
    /// hardly any slot is ever skipped.
    #[inline]
    pub(crate) fn any_skipped(&self, at: &Position) -> bool {
        // ORDERING: Relaxed. It was stored before the stamp of the skipped slot was released, and
        // the caller has acquired that one.
        self.may_skip()
            && may_hold_skipped(self.stamps(at.block).last_skipped.load(Ordering::Relaxed), at.lap)
    }

    /// Publishes the claim of the only producer: its events become readable.
    #[inline(always)]
    pub(crate) fn publish_marked(&self, claimed: Claimed) {
        if Geometry::<E>::APART {
            let mark = claimed.at.sequence + claimed.n as u64;
            // ORDERING(published): Release. As below; one mark is for all.
            return self.mark_of(claimed.block).store(mark, Ordering::Release);
        }
        self.each_run(claimed, |at, block, run| {
            let mark = at.sequence + run as u64;
            // ORDERING(published): Release. The events written before become visible to whoever
            // acquires the mark.
            self.mark_of(block).store(mark, Ordering::Release);
        });
    }

    /// Publishes the claim of one of several producers: its events become readable.
    #[inline(always)]
    pub(crate) fn publish_stamped(&self, claimed: Claimed) {
        self.put_stamps(claimed, 0);
    }

    /// Publishes a claimed range as skipped: consumers step over it.
    #[cold]
    pub(crate) fn skip(&self, claimed: Claimed) {
        self.put_stamps(claimed, SKIPPED);
    }

    #[inline(always)]
    fn put_stamps(&self, claimed: Claimed, skipped: u8) {
        self.each_run(claimed, |at, block, run| {
            let value = stamp(at.lap) | skipped;
            if skipped != 0 {
                // ORDERING: Relaxed. The stamps below release it.
                self.stamps_of(at.block, block).last_skipped.store(value, Ordering::Relaxed);
            }
            let slots = self.stamps_of(at.block, block).slots.iter();
            for slot in slots.skip(at.offset as usize).take(run) {
                // ORDERING(published): Release. The event written before becomes visible to
                // whoever acquires its stamp.
                slot.store(value, Ordering::Release);
            }
        });
    }

    /// Calls `f` with each part of a claim that lies in one block.
    #[inline(always)]
    fn each_run(&self, claimed: Claimed, mut f: impl FnMut(&Position, *const u8, usize)) {
        let Claimed { mut at, mut n, block } = claimed;
        if n == 1 {
            // By far the most frequent; and where it is a constant, the loop goes away.
            return f(&at, block, 1);
        }
        while n > 0 {
            let run = n.min(Geometry::<E>::PER_BLOCK - at.offset as usize);
            f(&at, self.block(at.block as usize), run);
            self.shape().step_in_block::<E>(&mut at, run);
            n -= run;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn claim<E>(storage: &Storage<E>, from: u64, n: usize) -> Claimed {
        storage.claimed(storage.shape().locate::<E>(from), n)
    }

    #[test]
    fn a_mark_covers_a_run_and_stops_at_the_block() {
        let storage = Storage::new(14, 0, Marking::Mark, || 0_u64).unwrap();
        let start = storage.shape().start();
        assert_eq!(storage.ready(&start), 0, "nothing is published at first");
        storage.publish_marked(claim(&storage, 0, 9));
        assert_eq!(storage.ready(&start), 7, "a block at a time");
        assert_eq!(storage.ready(&storage.shape().locate::<u64>(7)), 2, "and the rest of it");
    }

    #[test]
    fn a_block_that_is_being_refilled_still_ends_where_it_ended() {
        let storage = Storage::new(7, 0, Marking::Mark, || 0_u64).unwrap();
        storage.publish_marked(claim(&storage, 0, 7));
        storage.publish_marked(claim(&storage, 7, 2));
        let rest = storage.shape().locate::<u64>(3);
        assert_eq!(storage.ready(&rest), 4, "events 3..7, not those of the next lap");
    }

    #[test]
    fn stamps_show_holes_laps_and_skips() {
        let storage = Storage::new(7, 0, Marking::Stamps, || 0_u64).unwrap();
        let start = storage.shape().start();
        storage.publish_stamped(claim(&storage, 1, 1));
        assert_eq!(storage.ready(&start), 0, "the first is missing");
        storage.skip(claim(&storage, 0, 1));
        assert_eq!(storage.ready(&start), 2, "a skipped slot counts as published");
        assert!(storage.skipped(&start), "and says that it was skipped");
        assert_eq!(storage.ready(&storage.shape().locate::<u64>(7)), 0, "not the next lap");
    }

    #[test]
    fn a_skipped_slot_is_known_although_the_next_lap_skips_in_its_block() {
        let storage = Storage::new(7, 0, Marking::Stamps, || 0_u64).unwrap();
        storage.publish_stamped(claim(&storage, 0, 5));
        storage.skip(claim(&storage, 5, 1));
        storage.skip(claim(&storage, 7, 1));
        assert!(storage.skipped(&storage.shape().locate::<u64>(5)), "of this lap");
        assert!(storage.skipped(&storage.shape().locate::<u64>(7)), "of the next one");
        assert!(!storage.skipped(&storage.shape().locate::<u64>(4)), "and no other");
    }

    #[test]
    fn a_late_skip_of_the_lap_before_hides_no_newer_one() {
        let storage = Storage::new(7, 0, Marking::Stamps, || 0_u64).unwrap();
        storage.skip(claim(&storage, 7, 1));
        storage.skip(claim(&storage, 6, 1));
        assert!(storage.skipped(&storage.shape().locate::<u64>(7)), "noted first");
    }

    #[test]
    fn old_notes_of_skipped_slots_are_forgotten() {
        let storage = Storage::new(7, 0, Marking::Stamps, || 0_u64).unwrap();
        storage.skip(claim(&storage, 0, 1));
        let looked_for = |lap: u64| storage.any_skipped(&storage.shape().locate::<u64>(7 * lap));
        assert!(looked_for(0) && looked_for(1), "this lap and the next one look at their stamps");
        assert!((2..127).all(|lap| !looked_for(lap)), "later ones need not");
    }
}
