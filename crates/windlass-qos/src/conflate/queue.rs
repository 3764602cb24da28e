//! The keys that have something unread, in order.
//!
//! A key is entered when its cell was filled and taken out before the cell is emptied, so it is in the
//! queue once at most, and a queue with a place for each key is never full. That is why a place needs no
//! stamp: it says which key it holds, or none, and whoever claims it finds it free.

use alloc::boxed::Box;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A queue of keys below a limit, from many to one.
pub(super) struct KeyQueue {
    /// One more than the key; 0 is nothing.
    places: Box<[AtomicU32]>,
    /// The position of the next entry.
    tail: CachePadded<AtomicU64>,
}

impl KeyQueue {
    /// A queue for the keys `0..keys`.
    pub(super) fn new(keys: usize) -> Self {
        let places = (0..keys.next_power_of_two()).map(|_| AtomicU32::new(0)).collect();
        Self { places, tail: CachePadded::new(AtomicU64::new(0)) }
    }

    /// Enters a key that is not in the queue. Wait-free.
    pub(super) fn push(&self, key: u32) {
        // ORDERING(conflate_turn): Release and Acquire. Of the entries in the queue and this one, one
        // more than there are keys, two are of one key; between them the receiver freed this place, and
        // whoever made the later one of them saw that. This entry comes behind that one.
        let position = self.tail.fetch_add(1, Ordering::AcqRel);
        let place = self.place(position);
        debug_assert_eq!(place.load(Ordering::Relaxed), 0, "a place that is claimed is free");
        // ORDERING(conflate_queue): Release. Whoever finds the key finds its cell full.
        place.store(key + 1, Ordering::Release);
    }

    /// Takes the next key out, at the receiver's position. Wait-free.
    pub(super) fn pop(&self, head: &mut u64) -> Option<u32> {
        let place = self.place(*head);
        // ORDERING(conflate_queue): Acquire. The key's cell was filled before.
        let entry = place.load(Ordering::Acquire);
        let key = entry.checked_sub(1)?;
        // ORDERING(conflate_turn): Relaxed. Emptying the cell of the key, which comes next, releases it.
        place.store(0, Ordering::Relaxed);
        *head += 1;
        Some(key)
    }

    /// How many keys were ever entered.
    pub(super) fn entered(&self) -> u64 {
        // ORDERING: Relaxed. A number for statistics; joining a thread makes it exact.
        self.tail.load(Ordering::Relaxed)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps the low bits only")]
    fn place(&self, position: u64) -> &AtomicU32 {
        &self.places[position as usize & (self.places.len() - 1)]
    }
}
