//! A published range, seen by the consumer that holds it.

use core::marker::PhantomData;
use core::slice;

use super::geometry::Geometry;
use super::position::Position;
use super::storage::Storage;
use crate::access::{Access, Exclusive};

/// The range that a consumer holds: published slots from `at` to `end`, until they are released.
///
/// A seat keeps its lease in one place while batches come and go. Copied into each batch it would
/// be written field by field and read back in wider words, which processors cannot forward: that
/// cost more than everything else that a batch of one event does.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Everything before was taken.
    at: Position,
    /// Everything before is finished; the event or run in hand begins here.
    done: u64,
    end: u64,
}

impl Lease {
    /// An empty lease at `at`.
    pub(crate) fn new(at: Position) -> Self {
        Self { at, done: at.sequence, end: at.sequence }
    }

    /// Where the next event is taken from.
    #[inline(always)]
    pub(crate) fn at(&self) -> &Position {
        &self.at
    }

    /// Where the event or run in hand begins.
    #[inline(always)]
    pub(crate) fn done(&self) -> u64 {
        self.done
    }

    /// Slots that were not taken yet; some of them may have been skipped.
    #[inline(always)]
    pub(crate) fn left(&self) -> u64 {
        self.end - self.at.sequence
    }

    /// Covers what is published up to `end`. There is an event at `at`.
    #[inline(always)]
    pub(crate) fn extend(&mut self, end: u64) {
        debug_assert!(self.at.sequence < end, "holds an event");
        self.done = self.at.sequence;
        self.end = end;
    }
}

/// A lease with the memory that it is for: the right to read its slots.
///
/// Only batches make one, of the lease of their seat. With [`Exclusive`] access no other consumer
/// holds the range meanwhile, which the builder checked on the graph; with shared access others
/// may, and `E` is `Sync`.
pub(crate) struct Leased<'p, E, A> {
    storage: &'p Storage<E>,
    lease: &'p mut Lease,
    access: PhantomData<(&'p E, A)>,
}

impl<'p, E, A: Access> Leased<'p, E, A> {
    /// What is leased of `storage`.
    #[inline(always)]
    pub(crate) fn new(storage: &'p Storage<E>, lease: &'p mut Lease) -> Self {
        Self { storage, lease, access: PhantomData }
    }

    /// Goes back to `to`, at or before where the lease is: what follows is taken again.
    #[cold]
    pub(crate) fn go_back(self, to: u64) {
        debug_assert!(to <= self.lease.at.sequence, "backwards");
        let mut at = self.storage.shape().locate::<E>(to);
        step_over_skipped(self.storage, &mut at, self.lease.end);
        self.lease.done = to;
        self.lease.at = at;
    }

    /// Takes everything that is left without looking at it.
    pub(crate) fn take_rest(self) {
        let end = self.lease.end;
        self.storage.shape().jump::<E>(&mut self.lease.at, end);
        self.lease.done = end;
    }

    /// Takes the next event, to be read.
    #[inline(always)]
    pub(crate) fn take(mut self) -> Option<&'p E> {
        let (at, _) = self.take_run_of(1)?;
        let event = self.storage.events_to_read(&at, 1);
        // SAFETY: the slot is published (edge `published`) and not released before this lease
        // ends, so no producer writes it; a stage with exclusive access never runs beside.
        Some(unsafe { &*event })
    }

    /// Takes the next events that lie side by side, to be read; says the sequence of the first,
    /// and whether the run is the last one.
    #[inline(always)]
    pub(crate) fn take_run_at(mut self) -> Option<(u64, bool, &'p [E])> {
        let (at, run) = self.take_run_of(usize::MAX)?;
        let first = self.storage.events_to_read(&at, run);
        // SAFETY: as for `take`, for `run` events that lie side by side in one block.
        let run = unsafe { slice::from_raw_parts(first, run) };
        Some((at.sequence, self.lease.left() == 0, run))
    }

    /// Takes and reads all events, with their sequences and whether each is the last one, until
    /// `f` says to stop.
    #[inline(always)]
    pub(crate) fn read_each(mut self, mut f: impl FnMut(&E, u64, bool) -> bool) {
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
        let last_run = self.lease.left() == 0;
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
        let start = self.lease.at;
        let in_block = (Geometry::<E>::PER_BLOCK - start.offset as usize) as u64;
        let mut run = self.lease.left().min(in_block).min(most as u64) as usize;
        if run == 0 {
            return None;
        }
        if start.offset == 0 {
            self.storage.prefetch_behind(&start, self.lease.end);
        }
        if run > 1 && self.storage.any_skipped(&start) {
            run = before_skipped(self.storage, start, run);
        }
        self.lease.done = start.sequence;
        self.lease.at = self.behind(start, run);
        Some((start, run))
    }

    /// The position of the event that comes `n` slots after `at`, in its block or right behind.
    #[inline(always)]
    fn behind(&self, mut at: Position, n: usize) -> Position {
        self.storage.shape().step_in_block::<E>(&mut at, n);
        step_over_skipped(self.storage, &mut at, self.lease.end);
        at
    }
}

/// Goes on to the next slot that holds an event, `end` at most.
#[inline(always)]
fn step_over_skipped<E>(storage: &Storage<E>, at: &mut Position, end: u64) {
    if at.sequence < end && storage.any_skipped(at) {
        *at = behind_skipped(storage, *at, end);
    }
}

/// Where the next slot that holds an event is, `end` at most.
#[cold]
fn behind_skipped<E>(storage: &Storage<E>, mut at: Position, end: u64) -> Position {
    while at.sequence < end && storage.skipped(&at) {
        storage.shape().step_in_block::<E>(&mut at, 1);
    }
    at
}

/// How many of the `run` slots from `at` on come before a skipped one; the first holds an event.
#[cold]
fn before_skipped<E>(storage: &Storage<E>, mut at: Position, run: usize) -> usize {
    let mut n = 1;
    storage.shape().step_in_block::<E>(&mut at, 1);
    while n < run && !storage.skipped(&at) {
        storage.shape().step_in_block::<E>(&mut at, 1);
        n += 1;
    }
    n
}

impl<'p, E> Leased<'p, E, Exclusive> {
    /// Takes the next event, to be changed in place.
    #[inline(always)]
    pub(crate) fn take_mut(mut self) -> Option<&'p mut E> {
        let (at, _) = self.take_run_of(1)?;
        let event = self.storage.events_to_write(&at, 1);
        // SAFETY: the slot is published and not released before this lease ends, and access is
        // exclusive: no other consumer holds the slot, so this is the only reference.
        Some(unsafe { &mut *event })
    }

    /// As `take_run_at`, to be changed in place.
    #[inline(always)]
    pub(crate) fn take_run_mut_at(mut self) -> Option<(u64, bool, &'p mut [E])> {
        let (at, run) = self.take_run_of(usize::MAX)?;
        let first = self.storage.events_to_write(&at, run);
        // SAFETY: as for `take_mut`, for `run` events that lie side by side in one block.
        let run = unsafe { slice::from_raw_parts_mut(first, run) };
        Some((at.sequence, self.lease.left() == 0, run))
    }

    /// As `read_each`, with events to be changed in place.
    #[inline(always)]
    pub(crate) fn change_each(mut self, mut f: impl FnMut(&mut E, u64, bool) -> bool) {
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
            let mut at = self.start;
            self.leased.storage.shape().step_in_block::<E>(&mut at, self.i);
            self.leased.lease.done = at.sequence;
            self.leased.lease.at = self.leased.behind(at, 1);
        }
    }
}
