//! A published range, seen by the consumer that holds it.

use core::marker::PhantomData;
use core::slice;

use super::geometry::Geometry;
use super::position::Position;
use super::storage::Storage;
use crate::access::{Access, Exclusive};

/// The right to read the published slots from `at` to `end`, until they are released.
///
/// Only seats make one. With [`Exclusive`] access no other consumer holds the range meanwhile,
/// which the builder checked on the graph; with shared access others may, and `E` is `Sync`.
pub(crate) struct Leased<'p, E, A> {
    storage: &'p Storage<E>,
    /// Everything before is finished; the event or run in hand begins here.
    done: Position,
    /// Everything before was taken.
    at: Position,
    end: u64,
    access: PhantomData<(&'p E, A)>,
}

impl<'p, E, A: Access> Leased<'p, E, A> {
    /// Leases what is published from `at`, which holds an event, to `end`.
    #[inline]
    pub(crate) fn new(storage: &'p Storage<E>, at: Position, end: u64) -> Self {
        Self { storage, done: at, at, end, access: PhantomData }
    }

    /// Slots that were not taken yet; some of them may have been skipped.
    #[inline(always)]
    pub(crate) fn left(&self) -> u64 {
        self.end - self.at.sequence
    }

    /// Where the next event is taken from.
    #[inline]
    pub(crate) fn at(&self) -> &Position {
        &self.at
    }

    /// Where the event or run in hand begins.
    #[inline]
    pub(crate) fn done(&self) -> &Position {
        &self.done
    }

    /// Goes back to `to`, which lies in this range: what follows is taken again.
    #[inline]
    pub(crate) fn go_back(&mut self, to: Position) {
        debug_assert!(to.sequence <= self.at.sequence, "backwards");
        self.done = to;
        self.at = to;
        self.step_over_skipped();
    }

    /// Takes everything that is left without looking at it.
    pub(crate) fn take_rest(&mut self) {
        self.storage.shape().jump::<E>(&mut self.at, self.end);
        self.done = self.at;
    }

    /// Takes the next event, to be read.
    #[inline(always)]
    pub(crate) fn take(&mut self) -> Option<&E> {
        let (at, _) = self.take_run_of(1)?;
        let event = self.storage.events_to_read(&at, 1);
        // SAFETY: the slot is published (edge `published`) and not released before this lease
        // ends, so no producer writes it; a stage with exclusive access never runs beside.
        Some(unsafe { &*event })
    }

    /// Takes the next events that lie side by side, to be read; says the sequence of the first,
    /// and whether the run is the last one.
    #[inline(always)]
    pub(crate) fn take_run_at(&mut self) -> Option<(u64, bool, &[E])> {
        let (at, run) = self.take_run_of(usize::MAX)?;
        let first = self.storage.events_to_read(&at, run);
        // SAFETY: as for `take`, for `run` events that lie side by side in one block.
        let run = unsafe { slice::from_raw_parts(first, run) };
        Some((at.sequence, self.left() == 0, run))
    }

    /// Takes and reads all events, with their sequences and whether each is the last one, until
    /// `f` says to stop.
    #[inline(always)]
    pub(crate) fn read_each(&mut self, mut f: impl FnMut(&E, u64, bool) -> bool) {
        while let Some((at, run)) = self.take_run_of(usize::MAX) {
            let first = self.storage.events_to_read(&at, run);
            let go_on = self.walk(&at, run, |i, sequence, last| {
                // SAFETY: as for `take`; `i` counts the events of the run.
                let event = unsafe { &*first.wrapping_add(i) };
                f(event, sequence, last)
            });
            if !go_on {
                return;
            }
        }
    }

    /// Walks over a run that was just taken. If `f` says to stop, or panics, only the events
    /// that it was given are taken.
    #[inline(always)]
    fn walk(
        &mut self,
        start: &Position,
        run: usize,
        mut f: impl FnMut(usize, u64, bool) -> bool,
    ) -> bool {
        let last_run = self.left() == 0;
        let mut walk = Walk { leased: self, start: *start, i: 0, run };
        let mut step = |i: usize| f(i, start.sequence + i as u64, last_run && i + 1 == run);
        if run == Geometry::<E>::PER_BLOCK {
            // A whole block, of a length that the compiler knows: it unrolls the loop.
            while walk.i < Geometry::<E>::PER_BLOCK {
                if !step(walk.i) {
                    return false;
                }
                walk.i += 1;
            }
        } else {
            while walk.i < run {
                if !step(walk.i) {
                    return false;
                }
                walk.i += 1;
            }
        }
        true
    }

    /// Takes at most `most` events that lie side by side; says where, and how many.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the block")]
    fn take_run_of(&mut self, most: usize) -> Option<(Position, usize)> {
        let in_block = (Geometry::<E>::PER_BLOCK - self.at.offset as usize) as u64;
        let mut run = self.left().min(in_block).min(most as u64) as usize;
        if run == 0 {
            return None;
        }
        if self.storage.may_skip() && run > 1 {
            run = self.before_skipped(run);
        }
        let start = self.at;
        self.done = start;
        self.storage.shape().step_in_block::<E>(&mut self.at, run);
        self.step_over_skipped();
        Some((start, run))
    }

    /// Goes on to the next slot that holds an event.
    #[inline(always)]
    fn step_over_skipped(&mut self) {
        if self.storage.may_skip() {
            while self.at.sequence < self.end && self.storage.skipped(&self.at) {
                self.storage.shape().step_in_block::<E>(&mut self.at, 1);
            }
        }
    }

    /// How many of the next `run` slots come before a skipped one; the first holds an event.
    #[inline]
    fn before_skipped(&self, run: usize) -> usize {
        let mut at = self.at;
        let mut n = 1;
        self.storage.shape().step_in_block::<E>(&mut at, 1);
        while n < run && !self.storage.skipped(&at) {
            self.storage.shape().step_in_block::<E>(&mut at, 1);
            n += 1;
        }
        n
    }
}

impl<E> Leased<'_, E, Exclusive> {
    /// Takes the next event, to be changed in place.
    #[inline(always)]
    pub(crate) fn take_mut(&mut self) -> Option<&mut E> {
        let (at, _) = self.take_run_of(1)?;
        let event = self.storage.events_to_write(&at, 1);
        // SAFETY: the slot is published and not released before this lease ends, and access is
        // exclusive: no other consumer holds the slot, so this is the only reference.
        Some(unsafe { &mut *event })
    }

    /// As `take_run_at`, to be changed in place.
    #[inline(always)]
    pub(crate) fn take_run_mut_at(&mut self) -> Option<(u64, bool, &mut [E])> {
        let (at, run) = self.take_run_of(usize::MAX)?;
        let first = self.storage.events_to_write(&at, run);
        // SAFETY: as for `take_mut`, for `run` events that lie side by side in one block.
        let run = unsafe { slice::from_raw_parts_mut(first, run) };
        Some((at.sequence, self.left() == 0, run))
    }

    /// As `read_each`, with events to be changed in place.
    #[inline(always)]
    pub(crate) fn change_each(&mut self, mut f: impl FnMut(&mut E, u64, bool) -> bool) {
        while let Some((at, run)) = self.take_run_of(usize::MAX) {
            let first = self.storage.events_to_write(&at, run);
            let go_on = self.walk(&at, run, |i, sequence, last| {
                // SAFETY: as for `take_mut`; `i` counts the events of the run, each once.
                let event = unsafe { &mut *first.wrapping_add(i) };
                f(event, sequence, last)
            });
            if !go_on {
                return;
            }
        }
    }
}

/// How far a walk over a run is. Ended before its time, it gives back what was not reached.
struct Walk<'l, 'p, E, A: Access> {
    leased: &'l mut Leased<'p, E, A>,
    start: Position,
    i: usize,
    run: usize,
}

impl<E, A: Access> Drop for Walk<'_, '_, E, A> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.i < self.run {
            let shape = self.leased.storage.shape();
            let mut at = self.start;
            shape.step_in_block::<E>(&mut at, self.i);
            self.leased.done = at;
            shape.step_in_block::<E>(&mut at, 1);
            self.leased.at = at;
            self.leased.step_over_skipped();
        }
    }
}
