//! Three slots between one writer and one reader: each owns one, and the third is exchanged.
//!
//! The word says which slot is between them, whether it has a value that was not read, and the number of
//! that value. A slot whose value was read has nothing to drop when it is given away: the reader empties it.
//! So what is full is known without a look at the slots, and a value of a cache line lies in one line:
//!
//! | slot | full |
//! |---|---|
//! | the writer's | never between calls |
//! | between them | if the word says that it was not read |
//! | the reader's | if [`Front`] says so |
//!
//! # Source
//!
//! Triple buffering, as displays do it.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::cell::UnsafeCell;
use windlass_sync::sync::Arc;

/// Bits below the number of the value.
const SLOT: u64 = 0b11;
const FRESH: u64 = 0b100;
const CLOSED: u64 = 0b1000;
const NUMBER_BITS: u32 = 4;

/// The slots, and `head`, which the ends share.
pub(crate) struct Triple<T, H> {
    pub(crate) head: H,
    between: CachePadded<AtomicU64>,
    slots: [CachePadded<UnsafeCell<MaybeUninit<T>>>; 3],
}

// SAFETY: a value is in the hands of one thread at a time; the exchange hands it on.
unsafe impl<T: Send, H: Send> Send for Triple<T, H> {}
// SAFETY: as above: sharing this moves values between threads, but nobody shares a value.
unsafe impl<T: Send, H: Sync> Sync for Triple<T, H> {}

impl<T, H> Triple<T, H> {
    /// The slots and their two owners.
    pub(crate) fn build(head: H) -> (Back<T, H>, Front<T, H>) {
        let slots =
            core::array::from_fn(|_| CachePadded::new(UnsafeCell::new(MaybeUninit::uninit())));
        let triple = Arc::new(Self { head, between: CachePadded::new(AtomicU64::new(0)), slots });
        let back = Back { triple: Arc::clone(&triple), slot: 1, number: 0 };
        (back, Front { triple, slot: 2, full: false, number: 0, closed: false, owns: PhantomData })
    }
}

impl<T, H> Drop for Triple<T, H> {
    /// Both ends are gone, and the reader emptied its slot.
    fn drop(&mut self) {
        // ORDERING: Relaxed. Nobody else is left, which the count of the `Arc` orders.
        let word = self.between.load(Ordering::Relaxed);
        if word & FRESH != 0 {
            let slot = &self.slots[(word & SLOT) as usize];
            // SAFETY: a value that was not read is in the slot between the ends, and nobody else is left.
            slot.with_mut(|it| unsafe { it.cast::<T>().drop_in_place() });
        }
    }
}

/// The writer's slot, which is empty between calls.
pub(crate) struct Back<T, H> {
    triple: Arc<Triple<T, H>>,
    slot: usize,
    number: u64,
}

impl<T, H> Back<T, H> {
    pub(crate) fn triple(&self) -> &Arc<Triple<T, H>> {
        &self.triple
    }

    /// How many values were handed over.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Hands a value over, and gets back the one that was not read. Wait-free: one exchange.
    #[inline]
    pub(crate) fn write(&mut self, value: T) -> Option<T> {
        if !self.exchange(value) {
            return None;
        }
        let slot = &self.triple.slots[self.slot];
        // SAFETY: the exchange made this slot the writer's (edge `handed`), and it has a value that was not
        // read, which is moved out once: the slot counts as empty from now on.
        Some(slot.with_mut(|it| unsafe { it.cast::<T>().read() }))
    }

    /// Hands a value over, and returns whether the one before was not read, which is dropped.
    #[inline]
    pub(crate) fn set(&mut self, value: T) -> bool {
        let unread = self.exchange(value);
        if unread && core::mem::needs_drop::<T>() {
            let slot = &self.triple.slots[self.slot];
            // SAFETY: as in `write`.
            slot.with_mut(|it| unsafe { it.cast::<T>().drop_in_place() });
        }
        unread
    }

    /// Hands a value over; returns whether the slot that came back has one that was not read.
    #[inline]
    fn exchange(&mut self, value: T) -> bool {
        let slot = &self.triple.slots[self.slot];
        // SAFETY: this slot belongs to the writer until the exchange below (edge `handed`); it is empty.
        slot.with_mut(|it| unsafe { &mut *it }.write(value));
        self.number += 1;
        let word = (self.number << NUMBER_BITS) | FRESH | self.slot as u64;
        // ORDERING(handed): AcqRel. The value written above is visible to whoever takes the slot, and the
        // slot that comes back is done with. Other end: `Front::refresh`.
        let old = self.triple.between.swap(word, Ordering::AcqRel);
        self.slot = (old & SLOT) as usize;
        old & FRESH != 0
    }

    /// Says that this was the last value.
    pub(crate) fn close(&mut self) {
        // ORDERING(handed): Release. Whoever sees the end sees the last value. Other end: `Front::look`.
        self.triple.between.fetch_or(CLOSED, Ordering::Release);
    }
}

/// The reader's slot.
pub(crate) struct Front<T, H> {
    triple: Arc<Triple<T, H>>,
    slot: usize,
    /// Whether there is a value in the slot.
    full: bool,
    number: u64,
    closed: bool,
    /// Lends the value through a shared reference: two threads may do so if `T` is `Sync`.
    owns: PhantomData<T>,
}

impl<T, H> Front<T, H> {
    pub(crate) fn triple(&self) -> &Arc<Triple<T, H>> {
        &self.triple
    }

    /// The number of the value in hand; 0 if there never was one.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    #[inline]
    fn look(&self) -> u64 {
        // ORDERING(handed): Acquire. Nothing is read behind it but by `refresh`; who sees the end sees the
        // last value. Other end: `Back::write`, `Back::close`.
        self.triple.between.load(Ordering::Acquire)
    }

    /// Whether there is a value that was not read.
    #[inline]
    pub(crate) fn is_new(&self) -> bool {
        self.look() & FRESH != 0
    }

    /// Whether the value that is there, read or not, is the last.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed || self.look() & CLOSED != 0
    }

    /// Takes the value that was not read, if there is one; returns whether, and the one it had before.
    /// Wait-free: without a new one, one load; with one, one exchange.
    #[inline]
    pub(crate) fn refresh(&mut self) -> (bool, Option<T>) {
        if !self.is_new() {
            return (false, None);
        }
        // What needs no dropping may lie about where nobody looks: the writer keeps its cache lines.
        let before = if core::mem::needs_drop::<T>() { self.take() } else { None };
        let word = (self.number << NUMBER_BITS) | self.slot as u64;
        // ORDERING(handed): AcqRel. The value is visible, and the slot given away is done with. Other end:
        // `Back::write`.
        let old = self.triple.between.swap(word, Ordering::AcqRel);
        self.closed |= old & CLOSED != 0;
        self.slot = (old & SLOT) as usize;
        // Nobody but the reader takes the mark off, so it was there still.
        self.full = true;
        self.number = old >> NUMBER_BITS;
        (true, before)
    }

    /// Takes the value in hand out of it.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<T> {
        if !core::mem::replace(&mut self.full, false) {
            return None;
        }
        let slot = &self.triple.slots[self.slot];
        // SAFETY: this slot belongs to the reader until it gives it away (edge `handed`). It was full, and is
        // empty from now on.
        Some(slot.with_mut(|it| unsafe { it.cast::<T>().read() }))
    }

    /// The value in hand.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        if !self.full {
            return None;
        }
        let slot = &self.triple.slots[self.slot];
        // SAFETY: this slot is full, and belongs to the reader until it gives it away, for which it has to be
        // borrowed mutably, after the last use of this reference.
        Some(slot.with(|it| unsafe { &*it.cast::<T>() }))
    }

    /// The value in hand, to change it.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        if !self.full {
            return None;
        }
        let slot = &self.triple.slots[self.slot];
        // SAFETY: as in `get`; and the borrow is exclusive.
        Some(slot.with_mut(|it| unsafe { &mut *it.cast::<T>() }))
    }
}

impl<T, H> Drop for Front<T, H> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
