//! Copies of the worker's slots, and a worker that begins with them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use windlass_partition::Slot;

use super::Runner;
use super::rebirth::said;
use crate::quiet::drop_quietly;
use crate::snapshot::Save;
use crate::worker::{Arrived, Worker};

impl<W: Worker> Runner<W> {
    /// Hands a worker that was just built what is kept of its slots.
    pub(super) fn hand_copies(&mut self) -> Result<(), String> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let Self { copies, shared, status, .. } = self;
        status.enter_call();
        let handed = catch_unwind(AssertUnwindSafe(|| {
            copies.hand_to(&mut state, shared.keeper.as_ref());
        }));
        status.leave_call();
        match handed {
            Ok(()) => {
                self.state = Some(state);
                Ok(())
            }
            Err(cause) => {
                let reason = format!("it panicked when it got a slot: {}", said(&*cause));
                drop_quietly(state);
                drop_quietly(cause);
                Err(reason)
            }
        }
    }

    /// Makes new copies if the last ones are old enough.
    pub(super) fn copy_if_due(&mut self) {
        let due = |keeper| self.copies.are_old(keeper);
        if self.shared.keeper.as_ref().is_some_and(due) {
            self.copy();
        }
    }

    /// Makes new copies, in a pool that keeps some.
    #[cold]
    pub(super) fn copy(&mut self) {
        let Some(keeper) = &self.shared.keeper else { return };
        if let Some(copies) = self.copies_by(keeper.copy) {
            self.copies.renew(copies);
        }
    }

    /// Makes copies for somebody who asked, and new ones to keep.
    pub(super) fn save(&mut self, save: Save<W>) {
        self.copy();
        if let Some(copies) = self.copies_by(save.copy) {
            save.answer.give(copies);
        }
    }

    fn copies_by(&mut self, copy: fn(&W, Slot) -> Option<W::Slot>) -> Option<Vec<(u16, W::Slot)>> {
        let mine: Vec<u16> = self.holdings.mine().collect();
        let mut copies = Vec::new();
        let went_well = self.guarded(|worker, _| {
            let slots = mine.iter().filter_map(|number| Some((*number, Slot::new(*number)?)));
            copies.extend(slots.filter_map(|(number, slot)| Some((number, copy(worker, slot)?))));
        });
        went_well.then_some(copies)
    }

    /// Gives one slot to the worker, as it came from another one.
    pub(super) fn slot_in(&mut self, number: u16, state: Arrived<W::Slot>) {
        let Some(slot) = Slot::new(number) else { return };
        let mut kept = None;
        let went_well = self.guarded(|worker, cx| {
            kept = cx.shared.keeper.as_ref().and_then(|keeper| keeper.again(&state));
            worker.slot_in(slot, state);
        });
        if let Some(kept) = kept.filter(|_| went_well) {
            self.copies.insert(number, kept);
        }
    }

    /// What goes to the new owner of a slot: what the worker gives, or the newest copy if it cannot.
    pub(super) fn slot_out(&mut self, number: u16) -> Arrived<W::Slot> {
        let mut state = None;
        if let Some(slot) = Slot::new(number) {
            self.guarded(|worker, _| {
                state = Some(worker.slot_out(slot).map_or(Arrived::Nothing, Arrived::State));
            });
        }
        let copy = self.copies.remove(number);
        match state {
            Some(state) => {
                drop_quietly(copy);
                state
            }
            None => copy.map_or(Arrived::Lost, Arrived::State),
        }
    }
}
