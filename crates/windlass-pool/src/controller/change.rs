//! Changing owners: the four steps, and the end of workers that have nothing left.

use alloc::vec::Vec;

use windlass_partition::{Members, SLOTS, SlotTable, plan};
use windlass_sync::Deadline;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};

use super::{Change, Controller, Seat, Standing};
use crate::changes::{Kind, Open};
use crate::error::{BuildError, ChangeError};
use crate::letter::{System, Transfer};
use crate::shared::Shared;
use crate::status::Phase;
use crate::trace;
use crate::worker::Worker;

impl<W: Worker> Controller<W> {
    /// Changes the number of workers.
    pub(crate) fn resize(
        &mut self,
        shared: &Arc<Shared<W>>,
        workers: usize,
        deadline: Deadline,
    ) -> Result<(), ChangeError> {
        if self.is_closed {
            return Err(ChangeError::Closed);
        }
        let max = shared.plan.max_workers;
        if workers == 0 {
            return Err(BuildError::NoWorkers.into());
        }
        if max < workers {
            return Err(BuildError::TooManyWorkers { workers, max }.into());
        }
        self.finish(shared, deadline)?;
        let began = shared.time.nanos();
        let count = self.seats.len();
        if count < workers {
            self.add(shared, workers, false)?;
        }
        let members = Members::count(workers).map_err(|_| BuildError::NoWorkers)?;
        let next = self.table.rebalanced(&members);
        let next = next.map_err(|_| BuildError::TooManyWorkers { workers, max })?;
        for seat in &mut self.seats[workers.min(count)..count] {
            seat.retiring = true;
        }
        let next = self.among_the_living(shared, next);
        self.begin(next, Kind::Resize, began)?;
        self.finish(shared, deadline)
    }

    /// Gives one slot to one worker.
    pub(crate) fn move_slot(
        &mut self,
        shared: &Arc<Shared<W>>,
        slot: usize,
        worker: usize,
        deadline: Deadline,
    ) -> Result<(), ChangeError> {
        if self.is_closed {
            return Err(ChangeError::Closed);
        }
        self.finish(shared, deadline)?;
        let began = shared.time.nanos();
        if !self.runs(worker) || SLOTS <= slot {
            return Err(ChangeError::NoSuchWorker { worker });
        }
        let mut owners = *self.table.owners();
        owners[slot] = index(worker);
        let next = SlotTable::from_owners(self.table.members(), &owners);
        let next = next.map_err(|_| ChangeError::NoSuchWorker { worker })?;
        self.begin(next, Kind::MoveSlot, began)?;
        self.finish(shared, deadline)
    }

    /// Step 1.
    pub(super) fn begin(
        &mut self,
        next: SlotTable,
        kind: Kind,
        began: u64,
    ) -> Result<(), ChangeError> {
        let moves = plan(&self.table, &next).map_err(|_| BuildError::NoWorkers)?;
        let (was, will) = (self.table.owners(), next.owners());
        #[expect(clippy::cast_possible_truncation, reason = "4096 of them")]
        let moving: Vec<(u16, Transfer)> = moves
            .moves()
            .iter()
            .map(|one| one.slot.index())
            .map(|slot| (was[slot], Transfer { slot: slot as u16, to: will[slot] }))
            .collect();
        for to in 0..self.seats.len() {
            let of = |(_, transfer): &&(u16, Transfer)| usize::from(transfer.to) == to;
            let slots: Vec<u16> = moving.iter().filter(of).map(|(_, one)| one.slot).collect();
            if !slots.is_empty() && self.runs(to) {
                (self.seats[to].expecting, self.seats[to].is_owed) = (true, slots.len());
                // One that is gone meanwhile says so, and is waited for no longer.
                self.tell(to, System::Expect(slots));
            }
        }
        self.open = Some(Open { kind, began, slots: moving.len() as u64 });
        self.change = Some(Change { next, moving });
        Ok(())
    }

    /// Steps 2 and 3.
    fn publish(&mut self, shared: &Shared<W>, change: Change) {
        let Change { next, moving } = change;
        {
            let mut table = lock(&shared.table);
            *table.owners = *next.owners();
            shared.routes.change();
        }
        self.table = next;
        shared.routes.wait_for_senders();
        for from in 0..self.seats.len() {
            let of = |(owner, _): &&(u16, Transfer)| usize::from(*owner) == from;
            let transfers: Vec<Transfer> = moving.iter().filter(of).map(|(_, one)| *one).collect();
            if transfers.is_empty() {
                continue;
            }
            if self.runs(from) && self.tell(from, System::Fence(transfers.clone())) {
                self.seats[from].owes += transfers.len();
            } else {
                let state = |one: Transfer| (one, self.inherited(from, one.slot));
                let states = transfers.into_iter().map(state).collect();
                self.forward(states);
            }
        }
    }

    /// Waits until all steps are taken, at most until `deadline`.
    pub(crate) fn finish(
        &mut self,
        shared: &Shared<W>,
        deadline: Deadline,
    ) -> Result<(), ChangeError> {
        self.advance(shared);
        while !self.is_settled() {
            let Some(event) = shared.next_event(deadline) else { return Err(self.timeout()) };
            // All were built before.
            drop(self.hear(event));
            self.advance(shared);
        }
        self.join_leaving();
        Ok(())
    }

    fn is_settled(&self) -> bool {
        self.change.is_none() && self.seats.iter().all(|seat| is_done(seat) && !seat.retiring)
    }

    /// Takes the steps that can be taken by now, and notes when there is none left.
    pub(crate) fn advance(&mut self, shared: &Shared<W>) {
        self.take_steps(shared);
        if self.is_settled()
            && let Some(change) = self.open.take()
        {
            let nanos = shared.time.nanos().saturating_sub(change.began);
            shared.changes.note(change, nanos);
            trace::change_done(&shared.plan.name, change, nanos);
        }
        if self.is_settled() {
            self.adopt(shared);
        }
    }

    fn take_steps(&mut self, shared: &Shared<W>) {
        if self.seats.iter().any(|seat| seat.expecting) {
            return;
        }
        if let Some(change) = self.change.take() {
            self.publish(shared, change);
        }
        let retires = |seat: &Seat<W>| seat.retiring;
        let Some(first) = self.seats.iter().position(retires) else { return };
        if !self.seats.iter().all(is_done) {
            return;
        }
        for worker in first..self.seats.len() {
            if self.seats[worker].retiring && !self.seats[worker].dismissed {
                self.dismiss(shared, worker);
            }
        }
        if self.seats[first..].iter().any(|seat| seat.standing != Standing::Ended) {
            return;
        }
        (first..self.seats.len()).for_each(|worker| self.observe_last(worker));
        for seat in self.seats.drain(first..) {
            self.tally.retired(&seat.status);
            self.leaving.extend(seat.thread);
        }
        // ORDERING: Relaxed. A number to show.
        shared.planned.store(self.seats.len(), Ordering::Relaxed);
    }

    /// Nobody sends to it any more once the table has changed; it handles what it has and ends.
    fn dismiss(&mut self, shared: &Shared<W>, worker: usize) {
        self.seats[worker].dismissed = true;
        let door = {
            let mut table = lock(&shared.table);
            let door = table.doors.get_mut(worker).and_then(Option::take);
            shared.routes.change();
            door
        };
        drop(lock(&shared.control).get_mut(worker).and_then(Option::take));
        shared.routes.wait_for_senders();
        if let Some(door) = door {
            door.close();
        }
        self.tell(worker, System::Retire);
        self.seats[worker].system.close();
    }

    fn timeout(&self) -> ChangeError {
        let owes = |seat: &Seat<W>| seat.expecting || 0 < seat.owes;
        // While somebody owes something, the others can do nothing about it.
        let waits = self.seats.iter().any(owes);
        let late = |seat: &Seat<W>| seat.retiring || 0 < seat.is_owed;
        let busy = |seat: &Seat<W>| owes(seat) || (!waits && late(seat));
        let running = |seat: &Seat<W>| seat.status.phase() != Phase::Ended;
        let waiting = self.seats.iter().enumerate().filter(|(_, seat)| busy(seat) && running(seat));
        ChangeError::Timeout { waiting_for: waiting.map(|(worker, _)| worker).collect() }
    }
}

/// Whether it owes nothing and is owed nothing.
fn is_done<W: Worker>(seat: &Seat<W>) -> bool {
    seat.owes == 0 && seat.is_owed == 0
}

pub(super) fn index(worker: usize) -> u16 {
    u16::try_from(worker).unwrap_or(u16::MAX)
}
