//! The unread update of each key.
//!
//! A cell is one word: which slot it owns, and what state it is in. Whoever exchanges a cell brings a slot
//! and gets another one, so each slot has one owner at any time: a cell, a sender or the receiver.

use windlass_sync::atomic::{AtomicU64, Ordering};

use crate::error::BuildError;
use crate::slots::{Filled, Line, STAMPED, Vacant};

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing unread; the key is not in the queue.
    Empty,
    /// An update; the key is in the queue or about to be.
    Full,
    /// A sender has the update in its hand to merge it; the key is in the queue.
    Merging,
}

/// A cell as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

/// A slot that a handle owns, empty. Cannot be copied.
pub(super) struct Spare(u32);

/// All cells, and the slots that they and the handles own.
pub(super) struct Cells<T> {
    /// The word of a cell is the header of the block with its number, whichever slot it owns.
    line: Line<T, STAMPED>,
    keys: u32,
}

impl Word {
    fn new(slot: u32, state: State) -> Self {
        Self::of(u64::from(slot), state)
    }

    fn of(slot: u64, state: State) -> Self {
        let state = match state {
            State::Empty => 0,
            State::Full => 1,
            State::Merging => 2,
        };
        Self((slot << 2) | state)
    }

    pub(super) fn state(self) -> State {
        match self.0 & 3 {
            0 => State::Empty,
            1 => State::Full,
            _ => State::Merging,
        }
    }

    fn slot(self) -> u32 {
        u32::try_from(self.0 >> 2).unwrap_or(u32::MAX)
    }
}

impl<T> Cells<T> {
    /// Empty cells, and spare slots for so many handles.
    pub(super) fn new(
        keys: u32,
        handles: u32,
    ) -> Result<(Self, impl Iterator<Item = Spare>), BuildError> {
        let slots = keys as usize + handles as usize;
        let line = Line::new(slots, |slot| Word::of(slot, State::Empty).0)?;
        Ok((Self { line, keys }, (keys..keys + handles).map(Spare)))
    }

    pub(super) fn len(&self) -> usize {
        self.keys as usize
    }

    fn word(&self, key: u32) -> &AtomicU64 {
        debug_assert!(key < self.keys, "one of the keys");
        self.line.header(self.line.place(u64::from(key)))
    }

    /// Looks at a cell.
    pub(super) fn look(&self, key: u32) -> Word {
        // ORDERING: Relaxed. Nothing is read by it; the exchange that follows acquires.
        Word(self.word(key).load(Ordering::Relaxed))
    }

    /// Fills a cell, whatever it holds. Returns what it held. Wait-free.
    pub(super) fn fill(&self, key: u32, spare: &mut Spare, update: T) -> (State, Option<T>) {
        self.put(spare, update);
        let new = Word::new(spare.0, State::Full);
        // ORDERING(conflate_cell): Release and Acquire. The update in the slot is visible to whoever gets
        // the slot, and what is in the slot that comes back, or was taken out of it, is visible here.
        let old = Word(self.word(key).swap(new.0, Ordering::AcqRel));
        spare.0 = old.slot();
        (old.state(), self.pull(spare, old))
    }

    /// Fills a cell that still is as it was seen.
    pub(super) fn fill_if(
        &self,
        key: u32,
        seen: Word,
        spare: &mut Spare,
        update: T,
    ) -> Result<(), T> {
        self.put(spare, update);
        match self.exchange(key, seen, spare, State::Full) {
            true => Ok(()),
            false => Err(self.line.pull(Filled(self.line.place(u64::from(spare.0))))),
        }
    }

    /// Takes the update out of a cell that still is as it was seen, and leaves it in this state.
    pub(super) fn take_if(
        &self,
        key: u32,
        seen: Word,
        spare: &mut Spare,
        then: State,
    ) -> Option<T> {
        debug_assert!(seen.state() == State::Full, "there is something to take");
        if self.exchange(key, seen, spare, then) { self.pull(spare, seen) } else { None }
    }

    fn exchange(&self, key: u32, seen: Word, spare: &mut Spare, state: State) -> bool {
        let new = Word::new(spare.0, state);
        // ORDERING(conflate_cell): Release and Acquire. As in `fill`. Relaxed if it fails: nothing is read.
        let done = self
            .word(key)
            .compare_exchange(seen.0, new.0, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok();
        if done {
            spare.0 = seen.slot();
        }
        done
    }

    /// Puts an update into a slot that this handle owns and has emptied.
    fn put(&self, spare: &Spare, update: T) {
        self.line.put(Vacant(self.line.place(u64::from(spare.0))), update);
    }

    /// Takes the update out of a slot that this handle owns now, if the cell had one when it owned it.
    fn pull(&self, spare: &Spare, was: Word) -> Option<T> {
        let slot = self.line.place(u64::from(spare.0));
        (was.state() == State::Full).then(|| self.line.pull(Filled(slot)))
    }
}
