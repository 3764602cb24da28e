//! Slots whose owner is gone for good, where the pool was told that others get them.

use alloc::vec;
use alloc::vec::Vec;

use windlass_partition::SlotTable;

use super::{Controller, Standing};
use crate::changes::Kind;
use crate::orphans::Orphans;
use crate::shared::Shared;
use crate::trace;
use crate::worker::{Arrived, Worker};

impl<W: Worker> Controller<W> {
    /// Begins to move what belongs to workers that are gone. Whenever a change is done, for one may have died in it.
    pub(super) fn adopt(&mut self, shared: &Shared<W>) {
        let is_gone = |standing| matches!(standing, Standing::Gone | Standing::Ended);
        if self.is_closed || !self.seats.iter().any(|seat| is_gone(seat.standing)) {
            return;
        }
        let next = self.among_the_living(shared, self.table.clone());
        if next.owners() != self.table.owners() {
            trace::rebalance_began(&shared.plan.name);
            let began = shared.time.nanos();
            // Both tables are of the same members, which is all that can be wrong with them.
            drop(self.begin(next, Kind::Rebalance, began));
        }
    }

    /// This table without slots for workers that are gone: those that live share them evenly.
    pub(super) fn among_the_living(&self, shared: &Shared<W>, next: SlotTable) -> SlotTable {
        let lives = |worker: usize| self.runs(worker) && !self.seats[worker].retiring;
        if shared.plan.orphans == Orphans::Stay || !(0..self.seats.len()).any(lives) {
            return next;
        }
        let (mut owners, before) = (*next.owners(), self.table.owners());
        let mut slots = vec![0_usize; self.seats.len()];
        let orphans: Vec<usize> =
            (0..owners.len()).filter(|slot| !lives(owners[*slot].into())).collect();
        for owner in owners.iter().filter(|owner| lives((**owner).into())) {
            slots[usize::from(*owner)] += 1;
        }
        for slot in orphans {
            let stays = Some(usize::from(before[slot])).filter(|owner| lives(*owner));
            let least = || (0..slots.len()).filter(|at| lives(*at)).min_by_key(|at| slots[*at]);
            let Some(owner) = stays.or_else(least) else { break };
            slots[owner] += 1;
            owners[slot] = super::change::index(owner);
        }
        SlotTable::from_owners(next.members(), &owners).unwrap_or(next)
    }

    /// What arrives with the slot of a worker that is gone.
    pub(super) fn inherited(&mut self, from: usize, slot: u16) -> Arrived<W::Slot> {
        let copy = self.seats.get_mut(from).and_then(|seat| seat.estate.remove(&slot));
        copy.map_or(Arrived::Lost, Arrived::State)
    }
}
