//! Messages that several readers read in place while one writer replaces them.
//!
//! A cell says which slot holds its message, and how often that was pinned: a reader pins with one addition
//! to the cell, and gives back with one addition to the slot. The writer exchanges the cell; from then on
//! nobody can pin what it got, and the slot is free when as many have given back as had pinned.
//!
//! # Why the writer always finds a free slot
//!
//! There are seats for so many readers, a seat has one pin at most, and there is one slot more than cells
//! and seats. A seat gives back before it pins again, and the pin is a release: a writer that sees the
//! second pin sees that the first was given back. So each seat keeps one retired slot busy at most.
//!
//! # Source
//!
//! Counting pins in the word that is exchanged, and the other half beside the object: split reference
//! counts, as in Williams, C++ Concurrency in Action.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use windlass_sync::cell::UnsafeCell;
use windlass_sync::sync::Arc;

use crate::error::BuildError;

/// Bits of a cell that name the slot; the others count pins, modulo their number.
const SLOT_BITS: u32 = 21;
const SLOT: u64 = (1 << SLOT_BITS) - 1;
/// One pin.
const PIN: u64 = 1 << SLOT_BITS;
/// The slot of a cell that has no message yet.
const VOID: u64 = SLOT;

const _: () = assert!(
    ((crate::error::MAX_CAPACITY + crate::error::MAX_HANDLES + 1) as u64) < VOID,
    "every slot has a number, and none is the void"
);

/// Cells, slots and seats, and `head`, which the algorithm built on them shares.
pub(crate) struct Shared<T, H> {
    pub(crate) head: H,
    cells: Box<[AtomicU64]>,
    slots: Box<[Slot<T>]>,
    seats: Box<[CachePadded<Place>]>,
}

/// Where a message lies.
struct Slot<T> {
    held: UnsafeCell<Held<T>>,
    /// Pins that were given back, modulo 2^32; more than there are at once by far.
    given_back: AtomicU32,
}

struct Held<T> {
    position: u64,
    message: Option<T>,
}

/// A seat as the others see it. Its counts stay when a reader leaves.
#[derive(Default)]
pub(crate) struct Place {
    taken: AtomicBool,
    /// Messages that readers on this seat got.
    pub(crate) delivered: AtomicU64,
    /// Messages that readers on this seat missed.
    pub(crate) lagged: AtomicU64,
    /// Messages that readers on this seat passed over.
    pub(crate) passed_over: AtomicU64,
}

// SAFETY: messages go from the writer to the thread that drops them, and are read by several at once, which
// is what the bounds allow. Access to a slot follows the protocol of this module.
unsafe impl<T: Send + Sync, H: Send> Send for Shared<T, H> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync, H: Sync> Sync for Shared<T, H> {}

impl<T, H> Shared<T, H> {
    /// Allocates, and makes the one writer.
    pub(crate) fn build(
        cells: usize,
        readers: usize,
        head: H,
    ) -> Result<(Arc<Self>, Writer<T, H>), BuildError> {
        let slots = cells + readers + 1;
        let shared = Self {
            head,
            cells: boxed(cells, || AtomicU64::new(VOID))?,
            slots: boxed(slots, || Slot {
                held: UnsafeCell::new(Held { position: 0, message: None }),
                given_back: AtomicU32::new(0),
            })?,
            seats: boxed(readers, CachePadded::<Place>::default)?,
        };
        let shared = Arc::new(shared);
        let mut free = Vec::new();
        reserve::<u32>(free.try_reserve_exact(slots), slots)?;
        #[expect(clippy::cast_possible_truncation, reason = "fewer than VOID, checked above")]
        free.extend((0..slots as u32).rev());
        let mut retired = VecDeque::new();
        reserve::<Retired>(retired.try_reserve_exact(readers + 2), readers + 2)?;
        Ok((Arc::clone(&shared), Writer { shared, free, retired }))
    }

    /// Takes a seat, if one is free.
    pub(crate) fn seat(shared: &Arc<Self>) -> Option<Seat<T, H>> {
        let number = shared.seats.iter().position(|place| {
            // ORDERING: Relaxed. A guess; the exchange decides.
            if place.taken.load(Ordering::Relaxed) {
                return false;
            }
            #[cfg(all(test, not(loom)))]
            crate::halt::reached(crate::halt::Place::Looked);
            place
                .taken
                // ORDERING(seated): Acquire. What the last reader on this seat gave back comes
                // before what this one pins. Other end: `Seat::drop`.
                .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
        })?;
        Some(Seat { shared: Arc::clone(shared), number, pinned: None })
    }

    /// Cells, each of one message.
    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// All seats, free or taken.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.seats.iter().map(|place| &**place)
    }
}

/// Allocates `n` of something.
fn boxed<E>(n: usize, make: impl FnMut() -> E) -> Result<Box<[E]>, BuildError> {
    let mut all = Vec::new();
    reserve::<E>(all.try_reserve_exact(n), n)?;
    all.resize_with(n, make);
    Ok(all.into_boxed_slice())
}

fn reserve<E>(
    reserved: Result<(), alloc::collections::TryReserveError>,
    n: usize,
) -> Result<(), BuildError> {
    reserved.map_err(|_| BuildError::OutOfMemory { bytes: n.saturating_mul(size_of::<E>()) })
}

/// The right to replace messages. There is one.
pub(crate) struct Writer<T, H> {
    shared: Arc<Shared<T, H>>,
    /// Slots that nobody else reaches, without a message.
    free: Vec<u32>,
    /// Slots that no cell names any more, but maybe a pin.
    retired: VecDeque<Retired>,
}

#[derive(Clone, Copy)]
struct Retired {
    slot: u32,
    pins: u32,
}

impl<T, H> Writer<T, H> {
    pub(crate) fn shared(&self) -> &Arc<Shared<T, H>> {
        &self.shared
    }

    /// Puts a message into a cell. Wait-free. Returns an earlier one if it had to make room in memory.
    #[inline]
    pub(crate) fn put(&mut self, cell: usize, position: u64, message: T) -> Option<T> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.any_given_back(),
        };
        let slot = &self.shared.slots[number as usize];
        let held = Held { position, message: Some(message) };
        // SAFETY: the slot is in `free` or was retired with all its pins given back (edge `given_back`),
        // and no cell names it: no other thread reaches it before the exchange below.
        let old = slot.held.with_mut(|it| core::mem::replace(unsafe { &mut *it }, held)).message;
        // ORDERING: Relaxed. The exchange below publishes it.
        slot.given_back.store(0, Ordering::Relaxed);
        // ORDERING(pinned): AcqRel. The message written above is visible to whoever pins it; and what
        // those that pinned the old one had given back before is visible here. Other end: `Seat::pin`.
        let old_word = self.shared.cells[cell].swap(u64::from(number), Ordering::AcqRel);
        if old_word & SLOT != VOID {
            #[expect(clippy::cast_possible_truncation, reason = "21 bits; pins modulo 2^32")]
            let retired =
                Retired { slot: (old_word & SLOT) as u32, pins: (old_word >> SLOT_BITS) as u32 };
            self.retired.push_back(retired);
        }
        // What needs no dropping may lie about in free slots.
        old.filter(|_| core::mem::needs_drop::<T>())
    }

    /// Drops messages that nobody reads any more: two at most, so that it is bounded and catches up.
    ///
    /// Not needed to go on. Wait-free but for the drops; if one panics, what is left is for the next call.
    #[inline]
    pub(crate) fn sweep(&mut self) {
        if self.retired.back().is_some_and(|newest| self.is_given_back(*newest)) {
            let newest = self.retired.pop_back();
            self.empty(newest);
        }
        let Some(&oldest) = self.retired.front() else { return };
        if self.is_given_back(oldest) {
            let oldest = self.retired.pop_front();
            self.empty(oldest);
        } else {
            // Another one gets its turn.
            self.retired.rotate_left(1);
        }
    }

    #[inline]
    fn empty(&mut self, retired: Option<Retired>) {
        let Some(Retired { slot, .. }) = retired else { return };
        self.free.push(slot);
        if core::mem::needs_drop::<T>() {
            let held = &self.shared.slots[slot as usize].held;
            // SAFETY: no cell names it and all pins were given back (edge `given_back`).
            let dead = held.with_mut(|it| unsafe { &mut *it }.message.take());
            drop(dead);
        }
    }

    /// A retired slot that all have given back; see the module for why there is one.
    #[cold]
    fn any_given_back(&mut self) -> u32 {
        let found = self.retired.iter().position(|retired| self.is_given_back(*retired));
        let found = found.and_then(|at| self.retired.remove(at));
        assert!(found.is_some(), "each seat keeps one slot busy at most");
        found.map_or(0, |retired| retired.slot)
    }

    #[inline]
    fn is_given_back(&self, retired: Retired) -> bool {
        retired.pins == 0 || {
            let slot = &self.shared.slots[retired.slot as usize];
            // ORDERING(given_back): Acquire. Whoever pinned it has read it. Other end: `Seat::release`.
            slot.given_back.load(Ordering::Acquire) == retired.pins
        }
    }
}

/// The right to have one message pinned. There are as many as readers were asked for.
pub(crate) struct Seat<T, H> {
    shared: Arc<Shared<T, H>>,
    number: usize,
    /// The slot that cannot be used again before this seat gives it back.
    pinned: Option<u32>,
}

impl<T, H> Seat<T, H> {
    pub(crate) fn shared(&self) -> &Arc<Shared<T, H>> {
        &self.shared
    }

    /// Which seat it is.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// What the others see of it.
    pub(crate) fn place(&self) -> &Place {
        &self.shared.seats[self.number]
    }

    /// Gives back what is pinned and pins what a cell holds now; returns its position. Wait-free.
    #[inline]
    pub(crate) fn pin(&mut self, cell: usize) -> Option<u64> {
        self.release();
        // ORDERING(pinned): AcqRel. The message is visible; and whoever sees this pin sees what this seat
        // gave back before. Other end: `Writer::put`.
        let word = self.shared.cells[cell].fetch_add(PIN, Ordering::AcqRel);
        if word & SLOT == VOID {
            return None;
        }
        let number = (word & SLOT) as u32;
        self.pinned = Some(number);
        let held = &self.shared.slots[number as usize].held;
        // SAFETY: pinned: the writer does not touch it before this seat gives it back.
        Some(held.with(|it| unsafe { (*it).position }))
    }

    /// What is pinned.
    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        let held = &self.shared.slots[self.pinned? as usize].held;
        // SAFETY: pinned: the writer does not touch it before this seat gives it back, for which it has
        // to be borrowed mutably, after the last use of this reference.
        let held = held.with(|it| unsafe { &*it });
        held.message.as_ref()
    }

    /// Gives back what is pinned. Wait-free.
    #[inline]
    pub(crate) fn release(&mut self) {
        if let Some(number) = self.pinned.take() {
            let slot = &self.shared.slots[number as usize];
            // ORDERING(given_back): Release. What was read, was read before. Other end:
            // `Writer::is_given_back`.
            slot.given_back.fetch_add(1, Ordering::Release);
        }
    }
}

impl<T, H> Drop for Seat<T, H> {
    fn drop(&mut self) {
        self.release();
        // ORDERING(seated): Release. Other end: `Shared::seat`.
        self.place().taken.store(false, Ordering::Release);
    }
}
