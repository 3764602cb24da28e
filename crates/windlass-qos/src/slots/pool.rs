//! Cells that name slots, and the slots.
//!
//! A cell is one word: the lap of its last message, whether that is still there, and the slot where it
//! lies. Nobody writes a message where another one may be read: who puts a message in fills a slot of its
//! own and exchanges it for the one in the cell; who takes one out exchanges an empty slot of its own for
//! it. So a message has one owner at any time, and nobody waits for an owner that was suspended.
//!
//! # Who may touch what
//!
//! A [`Spare`] is the right to fill a slot, a [`Loaded`] the right to take out what is in it. Neither can
//! be copied, and a word in a cell stands for the one or the other. They are made here once for each
//! slot, and each exchange gives back as many as it takes.
//!
//! # Source
//!
//! Slots that are exchanged by index: the triple buffer, and the overflowing index queue of iceoryx.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::cell::UnsafeCell;
use windlass_sync::hint;

use crate::error::BuildError;

/// Bits that name a slot: room for a million messages and every hand.
const SLOT_BITS: u32 = 21;
const SLOTS: u64 = 1 << SLOT_BITS;
/// The bit that says that the message is still there.
const FULL: u64 = SLOTS;
const LAP_SHIFT: u32 = SLOT_BITS + 1;

/// The right to fill a slot, which holds no message.
#[derive(Debug)]
pub(crate) struct Spare(u32);

/// The right to take out the message that is in a slot.
#[derive(Debug)]
pub(crate) struct Loaded(u32);

/// What a cell held before an exchange.
#[derive(Debug)]
pub(crate) enum Old {
    /// An empty slot.
    Spare(Spare),
    /// A message.
    Loaded(Loaded),
}

/// What was seen in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell(u64);

impl Cell {
    /// Whether a message is there.
    #[inline(always)]
    pub(crate) fn is_full(self) -> bool {
        self.0 & FULL != 0
    }

    /// How many laps it is ahead of `lap`: 0 if it is of this very lap.
    ///
    /// Laps are kept in 42 bits, and told apart as long as nobody is half of that behind.
    #[inline(always)]
    #[expect(clippy::cast_possible_wrap, reason = "the sign is what is wanted")]
    pub(crate) fn laps_ahead(self, lap: u64) -> i64 {
        (self.0.wrapping_sub(lap << LAP_SHIFT) as i64) >> LAP_SHIFT
    }

    /// Whether the message of this very lap is there.
    #[inline(always)]
    pub(crate) fn holds(self, lap: u64) -> bool {
        self.is_full() && self.0 >> LAP_SHIFT == lap & (u64::MAX >> LAP_SHIFT)
    }

    #[inline(always)]
    fn empty(lap: u64, slot: &Spare) -> u64 {
        (lap << LAP_SHIFT) | u64::from(slot.0)
    }

    #[inline(always)]
    fn full(lap: u64, slot: &Loaded) -> u64 {
        (lap << LAP_SHIFT) | FULL | u64::from(slot.0)
    }

    #[inline(always)]
    fn old(self) -> Old {
        let slot = (self.0 & (SLOTS - 1)) as u32;
        if self.is_full() { Old::Loaded(Loaded(slot)) } else { Old::Spare(Spare(slot)) }
    }
}

/// The cells of a buffer and all its slots.
pub(crate) struct Pool<T> {
    cells: Box<[AtomicU64]>,
    slots: Box<[UnsafeCell<MaybeUninit<T>>]>,
    /// Messages are moved in and out.
    owns: PhantomData<fn(T) -> T>,
}

// SAFETY: whoever has the pool has its messages, which may move to another thread.
unsafe impl<T: Send> Send for Pool<T> {}
// SAFETY: a message is reached by the holder of its `Loaded`, or of the `Spare` into which it is put, alone.
// Sharing the pool moves messages between threads, for which `Send` is enough.
unsafe impl<T: Send> Sync for Pool<T> {}

impl<T> Pool<T> {
    /// Allocates `capacity` empty cells, the first message in each of which has the lap that `first_lap`
    /// says, and `spares` slots besides.
    pub(crate) fn new(
        capacity: usize,
        spares: usize,
        first_lap: impl Fn(usize) -> u64,
    ) -> Result<(Self, Vec<Spare>), BuildError> {
        let all = capacity + spares;
        assert!((all as u64) < SLOTS, "the limits were checked before");
        let one = size_of::<MaybeUninit<T>>();
        let bytes = all.saturating_mul(one).saturating_add(capacity * size_of::<AtomicU64>());
        let mut cells = Vec::new();
        let mut slots = Vec::new();
        let mut spare = Vec::new();
        cells.try_reserve_exact(capacity).map_err(|_| BuildError::OutOfMemory { bytes })?;
        slots.try_reserve_exact(all).map_err(|_| BuildError::OutOfMemory { bytes })?;
        spare.try_reserve_exact(spares).map_err(|_| BuildError::OutOfMemory { bytes })?;
        slots.extend((0..all).map(|_| UnsafeCell::new(MaybeUninit::uninit())));
        let mut tokens = (0..).map(Spare);
        for index in 0..capacity {
            let lap = first_lap(index).wrapping_sub(1);
            let word = tokens.next().map_or(0, |slot| Cell::empty(lap, &slot));
            cells.push(AtomicU64::new(word));
        }
        spare.extend(tokens.take(spares));
        let pool = Self { cells: cells.into(), slots: slots.into(), owns: PhantomData };
        Ok((pool, spare))
    }

    /// Puts a message into a slot of one's own.
    #[inline(always)]
    pub(crate) fn put(&self, slot: Spare, message: T) -> Loaded {
        let place = &self.slots[slot.0 as usize];
        // SAFETY: by the right to fill it nobody else touches the slot (edge `swapped`), and it holds no
        // message that would be overwritten.
        place.with_mut(|at| unsafe { at.write(MaybeUninit::new(message)) });
        Loaded(slot.0)
    }

    /// Takes the message out of a slot of one's own.
    #[inline(always)]
    pub(crate) fn pull(&self, slot: Loaded) -> (T, Spare) {
        let place = &self.slots[slot.0 as usize];
        // SAFETY: by the right to take it out the slot holds a message that was written before (edge
        // `swapped`) and that nobody else touches; the right is used up, so it is read once.
        let message = place.with_mut(|at| unsafe { at.cast::<T>().read() });
        (message, Spare(slot.0))
    }

    /// Lets somebody look at a message for as long as the right to take it out is borrowed.
    #[inline]
    pub(crate) fn peek<'a>(&'a self, slot: &'a Loaded) -> &'a T {
        self.slots[slot.0 as usize].with(|at| {
            // SAFETY: as for `pull`; the right is borrowed for as long as the reference lives.
            unsafe { &*at.cast::<T>() }
        })
    }

    /// Asks for the line where a message begins.
    #[inline]
    pub(crate) fn prefetch(&self, slot: &Loaded) {
        hint::prefetch_write(core::ptr::from_ref(&self.slots[slot.0 as usize]).cast::<u8>());
    }

    /// Looks at a cell. What it names may be gone at once.
    #[inline(always)]
    pub(crate) fn look(&self, index: usize) -> Cell {
        // ORDERING: Relaxed. Nothing is touched on the strength of a look: the exchange acquires.
        Cell(self.cells[index].load(Ordering::Relaxed))
    }

    /// Puts a message in for the only sender, whatever is there.
    #[inline(always)]
    pub(crate) fn swap_in(&self, index: usize, lap: u64, slot: Loaded) -> Old {
        let cell = &self.cells[index];
        let word = Cell::full(lap, &slot);
        // ORDERING(swapped): Acquire. The slot of an empty cell was emptied by whoever put it there.
        let seen = Cell(cell.load(Ordering::Acquire));
        if !seen.is_full() {
            // Only the only sender fills a cell, so nothing comes between but the right lap of the same slot.
            Self::overwrite(cell, word);
            return seen.old();
        }
        // ORDERING(swapped): Release and Acquire. The message becomes visible to whoever takes it; the one
        // that comes back was put in by this sender, or its slot was emptied by the receiver.
        Cell(cell.swap(word, Ordering::AcqRel)).old()
    }

    #[inline(always)]
    fn overwrite(cell: &AtomicU64, word: u64) {
        // ORDERING(swapped): Release. The message becomes visible to whoever takes it.
        let release = Ordering::Release;
        // loom takes it for possible that the exchange in `swap_out` that sets the lap right comes behind a
        // store that it cannot have read: it does not know that nothing comes between an exchange and
        // what it read. So it gets an exchange here.
        #[cfg(loom)]
        let _ = cell.swap(word, release);
        #[cfg(not(loom))]
        cell.store(word, release);
    }

    /// Puts a message in if the cell is as it was seen.
    #[inline(always)]
    pub(crate) fn exchange_in(
        &self,
        index: usize,
        seen: Cell,
        lap: u64,
        slot: Loaded,
    ) -> Result<Old, Loaded> {
        let word = Cell::full(lap, &slot);
        // ORDERING(swapped): Release and Acquire, as in `swap_in`.
        self.exchange(index, seen, word).map_err(|()| slot)
    }

    /// Takes the message out that was seen in the cell, if it is still there.
    #[inline(always)]
    pub(crate) fn exchange_out(
        &self,
        index: usize,
        seen: Cell,
        lap: u64,
        slot: Spare,
    ) -> Result<Loaded, Spare> {
        let word = Cell::empty(lap, &slot);
        // ORDERING(swapped): Release and Acquire. The message that was put in is visible here; that the
        // slot is empty becomes visible to whoever fills it.
        match self.exchange(index, seen, word) {
            Ok(Old::Loaded(loaded)) => Ok(loaded),
            // A look that was full names a message.
            Ok(Old::Spare(spare)) => Err(spare),
            Err(()) => Err(slot),
        }
    }

    /// Takes out whatever is by now in a cell that was seen full, and says what that was. Wait-free.
    ///
    /// For the only receiver: nobody else empties the cell, so it is still full, and what is there is the
    /// message that was seen or a later one.
    #[inline(always)]
    pub(crate) fn swap_out(&self, index: usize, seen: Cell, slot: Spare) -> (Cell, Old) {
        let cell = &self.cells[index];
        let word = (seen.0 & !(SLOTS - 1) & !FULL) | u64::from(slot.0);
        // ORDERING(swapped): Release and Acquire, as in `exchange_out`.
        let old = Cell(cell.swap(word, Ordering::AcqRel));
        if old != seen {
            // The lap of what was taken, unless the sender is there again already.
            let right = (old.0 & !(SLOTS - 1) & !FULL) | u64::from(slot.0);
            // ORDERING: Relaxed. An exchange goes on with the release of the word that it replaces, which
            // is the one above; and nothing is taken out here.
            let _ = cell.compare_exchange(word, right, Ordering::Relaxed, Ordering::Relaxed);
        }
        (old, old.old())
    }

    /// Marks the empty cell that was seen as one of `lap`, whose message is given up.
    #[cold]
    pub(crate) fn skip(&self, index: usize, seen: Cell, lap: u64) -> bool {
        if seen.is_full() {
            return false;
        }
        let word = (lap << LAP_SHIFT) | (seen.0 & (SLOTS - 1));
        // ORDERING: Relaxed. The slot stays where it is. Who put it there handed it over, and an exchange
        // goes on with the release of the word that it replaces: whoever fills the slot next acquires that.
        self.cells[index]
            .compare_exchange(seen.0, word, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
    }

    #[inline(always)]
    fn exchange(&self, index: usize, seen: Cell, word: u64) -> Result<Old, ()> {
        self.cells[index]
            // ORDERING(swapped): Release and Acquire, as the callers say. Relaxed on failure, where
            // nothing changes hands.
            .compare_exchange(seen.0, word, Ordering::AcqRel, Ordering::Relaxed)
            .map(|_| seen.old())
            .map_err(|_| ())
    }

    /// Takes the message out of a cell that nobody else can reach any more.
    pub(crate) fn take_out(&mut self, index: usize) -> Option<T> {
        // ORDERING: Relaxed. Nobody else is left.
        let seen = Cell(self.cells[index].load(Ordering::Relaxed));
        let Old::Loaded(loaded) = seen.old() else { return None };
        // ORDERING: Relaxed. As above. First of all, so that it is not taken twice.
        self.cells[index].store(seen.0 & !FULL, Ordering::Relaxed);
        Some(self.pull(loaded).0)
    }

    /// How many cells there are.
    #[inline(always)]
    pub(crate) fn capacity(&self) -> usize {
        self.cells.len()
    }
}

impl<T> Drop for Pool<T> {
    /// Drops the messages in cells. Those in hands are dropped by who holds them.
    fn drop(&mut self) {
        for index in 0..self.cells.len() {
            drop(self.take_out(index));
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn laps_are_told_apart_also_where_they_wrap() {
        let slot = Spare((1 << SLOT_BITS) - 1);
        for lap in [0, 1, 1 << 40, (1 << 42) - 1, 1 << 42, u64::MAX] {
            let cell = Cell(Cell::empty(lap, &slot));
            assert_eq!(cell.laps_ahead(lap), 0, "its own lap");
            assert_eq!(cell.laps_ahead(lap.wrapping_sub(3)), 3, "three ahead");
            assert_eq!(cell.laps_ahead(lap.wrapping_add(1)), -1, "one behind");
            assert!(!cell.is_full(), "empty");
        }
        let cell = Cell(Cell::full(7, &Loaded(5)));
        assert!(cell.holds(7) && cell.holds(7 + (1 << 42)), "42 bits of it");
        assert!(!cell.holds(6), "another lap");
    }

    #[test]
    fn messages_left_in_cells_are_dropped_once() {
        let live = alloc::rc::Rc::new(());
        let (pool, mut spares) = Pool::new(2, 1, |_| 0).unwrap();
        for lap in 0..2 {
            let loaded = pool.put(spares.pop().unwrap(), alloc::rc::Rc::clone(&live));
            match pool.swap_in(0, lap, loaded) {
                Old::Spare(spare) => spares.push(spare),
                Old::Loaded(loaded) => spares.push(pool.pull(loaded).1),
            }
        }
        assert_eq!(alloc::rc::Rc::strong_count(&live), 2, "one was evicted, one is there");
        drop(pool);
        assert_eq!(alloc::rc::Rc::strong_count(&live), 1, "dropped with the pool");
    }
}
