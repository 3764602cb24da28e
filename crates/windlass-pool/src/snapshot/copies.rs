//! The newest copies of one worker's slots, which outlive its panics.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem;

use windlass_partition::Slot;

use super::Snapshot;
use crate::gather::Answer;
use crate::quiet::drop_quietly;
use crate::worker::{Arrived, Worker};

/// How a pool's workers are copied.
pub(crate) struct Keeper<W: Worker> {
    pub(crate) copy: fn(&W, Slot) -> Option<W::Slot>,
    again: fn(&W::Slot) -> W::Slot,
    /// After so many batches; only when it is asked for if none.
    every: u64,
}

impl<W: Snapshot> Keeper<W> {
    pub(crate) fn new(every: u64) -> Self {
        Self { copy: W::slot_copy, again: W::Slot::clone, every }
    }
}

/// An order to copy all slots.
pub(crate) struct Save<W: Worker> {
    pub(crate) copy: fn(&W, Slot) -> Option<W::Slot>,
    pub(crate) answer: Answer<Vec<(u16, W::Slot)>>,
}

/// Copies of one worker's slots.
pub(crate) struct Copies<S> {
    slots: BTreeMap<u16, S>,
    /// Batches since they were made.
    batches: u64,
}

impl<S> Copies<S> {
    /// Copies that a pool begins with, of one worker's slots.
    pub(crate) fn of(slots: impl Iterator<Item = u16>, all: &mut BTreeMap<u16, S>) -> Self {
        let mine = slots.filter_map(|slot| Some((slot, all.remove(&slot)?)));
        Self { slots: mine.collect(), batches: 0 }
    }

    pub(crate) fn count_batch(&mut self) {
        self.batches += 1;
    }

    /// Whether new ones should be made.
    pub(crate) fn are_old<W: Worker<Slot = S>>(&self, keeper: &Keeper<W>) -> bool {
        keeper.every != 0 && keeper.every <= self.batches
    }

    /// Takes all of them in place of those that are here.
    pub(crate) fn renew(&mut self, copies: Vec<(u16, S)>) {
        self.batches = 0;
        let old = mem::replace(&mut self.slots, copies.into_iter().collect());
        old.into_values().for_each(drop_quietly);
    }

    /// Takes the copy of a slot that came from another worker.
    pub(crate) fn insert(&mut self, slot: u16, copy: S) {
        drop_quietly(self.slots.insert(slot, copy));
    }

    /// Gives the copy of a slot away that the worker has no more.
    pub(crate) fn remove(&mut self, slot: u16) -> Option<S> {
        self.slots.remove(&slot)
    }

    /// Gives all of them away.
    pub(crate) fn take_all(&mut self) -> Vec<(u16, S)> {
        mem::take(&mut self.slots).into_iter().collect()
    }

    /// Hands everything to a worker that was just built, and keeps it if there is a keeper.
    ///
    /// A copy with which the worker panics is not here afterwards: it would do so again.
    pub(crate) fn hand_to<W: Worker<Slot = S>>(
        &mut self,
        worker: &mut W,
        keeper: Option<&Keeper<W>>,
    ) {
        let numbers: Vec<u16> = self.slots.keys().copied().collect();
        for number in numbers {
            let (Some(slot), Some(copy)) = (Slot::new(number), self.slots.remove(&number)) else {
                continue;
            };
            let kept = keeper.map(|keeper| (keeper.again)(&copy));
            worker.slot_in(slot, Arrived::State(copy));
            if let Some(kept) = kept {
                self.slots.insert(number, kept);
            }
        }
    }
}

impl<W: Worker> Keeper<W> {
    /// A copy of what arrives with a slot.
    pub(crate) fn again(&self, arrived: &Arrived<W::Slot>) -> Option<W::Slot> {
        match arrived {
            Arrived::State(state) => Some((self.again)(state)),
            Arrived::Nothing | Arrived::Lost => None,
        }
    }
}
