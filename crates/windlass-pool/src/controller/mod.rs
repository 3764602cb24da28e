//! What changes a pool: one at a time, from whatever thread.
//!
//! A change of owners goes through these steps, and none of them stops traffic:
//!
//! 1. New owners learn which slots they will get, and keep what comes for them.
//! 2. The table changes, and the pool waits until nobody sends by the old one.
//! 3. Old owners get a fence: they handle what is in their mailbox, and hand the slots out.
//! 4. New owners take the slots in, and then what they kept.
//!
//! What a worker owes and what it is owed is kept here. Each step is taken by whoever brings what was missing
//! for it: the caller that waits, or a worker if nobody does. So a change that was not done in time goes on.

mod change;
mod events;
mod orphans;
mod rebalance;
mod start;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use windlass_partition::SlotTable;
use windlass_qos::lanes;
use windlass_sync::sync::{Arc, lock};
use windlass_sync::{CachePadded, thread};

use crate::balance::Observed;
use crate::changes::Open;
use crate::letter::{Post, System, Transfer};
use crate::sender::Target;
use crate::shared::Shared;
use crate::shutdown::Tally;
use crate::status::{Phase, Status};
use crate::worker::Worker;

/// What the pool knows of its workers.
pub(crate) struct Controller<W: Worker> {
    pub(crate) seats: Vec<Seat<W>>,
    table: SlotTable,
    /// What is to be the next table, while workers learn of it.
    change: Option<Change>,
    /// The change that is not done yet.
    open: Option<Open>,
    /// What workers left behind that have ended.
    pub(crate) tally: Tally<W::Message>,
    /// Threads of workers that have ended.
    leaving: Vec<thread::JoinHandle<()>>,
    pub(crate) is_closed: bool,
    tokens: u64,
    /// What came for which slot.
    observed: Observed,
}

/// A change of owners that senders do not know of yet.
struct Change {
    next: SlotTable,
    /// Slots, with the owner of each before.
    moving: Vec<(u16, Transfer)>,
}

/// One worker, or where one was.
pub(crate) struct Seat<W: Worker> {
    /// Tells it from all others that had its number.
    token: u64,
    system: lanes::Sender<Post<W>>,
    pub(crate) status: Arc<CachePadded<Status>>,
    thread: Option<thread::JoinHandle<()>>,
    standing: Standing,
    /// Has yet to say that it knows what it will get.
    expecting: bool,
    /// Slots that it has yet to give up.
    owes: usize,
    /// Slots that it has yet to take over.
    is_owed: usize,
    /// Not needed any more, once it has nothing left.
    retiring: bool,
    /// Was told so.
    dismissed: bool,
    /// Copies of the slots of one that is gone, for those who get them.
    estate: BTreeMap<u16, W::Slot>,
    /// How much of what it counted by slot was read.
    seen: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Starting,
    Running,
    /// It is gone for good; its thread has something to send yet.
    Gone,
    Ended,
}

impl<W: Worker> Controller<W> {
    /// Refuses all further messages.
    pub(crate) fn close(&mut self, shared: &Shared<W>) {
        self.is_closed = true;
        shared.late.close();
        for control in lock(&shared.control).iter().flatten() {
            control.close();
        }
        for door in lock(&shared.table).doors.iter().flatten() {
            door.close();
        }
        if let Some(queue) = &shared.queue {
            queue.close();
        }
    }

    /// Lets all workers handle what they have, and end.
    pub(crate) fn drain(&mut self) {
        for seat in &mut self.seats {
            drop(seat.system.try_send(Post::System(System::Drain.into())));
            seat.system.close();
        }
    }

    /// Lets workers that are paused go on.
    pub(crate) fn resume(&mut self) {
        for worker in 0..self.seats.len() {
            self.tell(worker, System::Resume);
        }
    }

    /// Whether no worker runs any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.seats.iter().all(|seat| seat.standing == Standing::Ended)
    }

    /// Joins the threads of workers that have ended, and names the others.
    pub(crate) fn join(&mut self) -> Vec<usize> {
        let mut stragglers = Vec::new();
        for (worker, seat) in self.seats.iter_mut().enumerate() {
            if seat.standing == Standing::Ended {
                self.leaving.extend(seat.thread.take());
            } else {
                stragglers.push(worker);
            }
        }
        self.join_leaving();
        stragglers
    }

    /// Joins the threads of workers that are gone, which are about to end. They do not panic: what users
    /// wrote is caught.
    fn join_leaving(&mut self) {
        self.leaving.drain(..).for_each(|thread| drop(thread.join()));
    }

    /// Whose a message was that nobody took, if that one is dead.
    pub(crate) fn dead_owner(&self, target: Target) -> Option<usize> {
        let is_dead = |worker: usize| {
            self.seats.get(worker).is_none_or(|seat| seat.status.phase() == Phase::Dead)
        };
        let owner = target.its_worker().or_else(|| {
            let owner = self.table.owners().get(usize::from(target.slot_of()))?;
            Some(usize::from(*owner))
        });
        match owner {
            Some(owner) => is_dead(owner).then_some(owner),
            // It was for any of them.
            None => (0..self.seats.len()).all(is_dead).then_some(0),
        }
    }

    pub(crate) fn runs(&self, worker: usize) -> bool {
        self.seats.get(worker).is_some_and(|seat| seat.standing == Standing::Running)
    }
}
