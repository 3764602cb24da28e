//! Moving slots by what was observed, in one change.

use alloc::vec::Vec;

use windlass_partition::{SLOTS, SlotTable};
use windlass_sync::Deadline;
use windlass_sync::sync::Arc;

use super::{Controller, Seat};
use crate::balance::{Balance, Decision, Rebalanced, decide};
use crate::changes::Kind;
use crate::error::{BuildError, ChangeError};
use crate::nanos::nanos;
use crate::shared::Shared;
use crate::trace;
use crate::worker::Worker;

impl<W: Worker> Controller<W> {
    /// Looks at what was observed, and moves what that says.
    pub(crate) fn rebalance(
        &mut self,
        shared: &Arc<Shared<W>>,
        rules: &Balance,
        deadline: Deadline,
    ) -> Result<Rebalanced, ChangeError> {
        if self.is_closed {
            return Err(ChangeError::Closed);
        }
        let began = shared.time.elapsed();
        self.finish(shared, deadline)?;
        self.observe();
        let runs: Vec<bool> = (0..self.seats.len()).map(|worker| self.runs(worker)).collect();
        let decided = decide(&mut self.observed, self.table.owners(), &runs, rules);
        let Decision { moves, outcome, before, after, messages, hot } =
            decided.map_err(|_| BuildError::NoWorkers)?;
        if moves.is_empty() {
            trace::nothing_moves(&shared.plan.name, outcome);
        } else {
            let mut owners = *self.table.owners();
            moves.iter().for_each(|one| owners[one.slot.index()] = super::change::index(one.to));
            let next = SlotTable::from_owners(self.table.members(), &owners);
            let next = next.map_err(|_| BuildError::NoWorkers)?;
            self.begin(next, Kind::Rebalance, nanos(began))?;
            self.finish(shared, deadline)?;
        }
        let took = shared.time.elapsed().saturating_sub(began);
        Ok(Rebalanced { moved: moves, outcome, before, after, messages, hot, took })
    }

    /// Reads the counts of all workers.
    fn observe(&mut self) {
        let Self { seats, observed, .. } = self;
        seats.iter_mut().for_each(|seat| add(seat, &mut observed.messages));
    }

    /// Reads those of a worker that is about to be forgotten.
    pub(super) fn observe_last(&mut self, worker: usize) {
        add(&mut self.seats[worker], &mut self.observed.messages);
    }
}

/// Adds what came since the last look.
fn add<W: Worker>(seat: &mut Seat<W>, messages: &mut [u64]) {
    seat.seen.resize(SLOTS, 0);
    for (slot, seen) in seat.seen.iter_mut().enumerate() {
        let now = seat.status.slots.get(slot);
        messages[slot] += now - *seen;
        *seen = now;
    }
}
