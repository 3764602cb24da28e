//! What a worker sent and what found no room: to its own pool, and to others.

use super::{Runner, Step};
use crate::dead::{DeadLetter, DeadReason};
use crate::holdings::Holdings;
use crate::letter::{Letter, UNPAUSED};
use crate::sender::Target;
use crate::worker::{StopReason, Worker};

impl<W: Worker> Runner<W> {
    /// Sends what found no room before. Whether any of it is gone from here.
    pub(super) fn flush(&mut self) -> bool {
        let Self { link, shared, worker, .. } = self;
        let moved = link.flush(shared, |target, message| {
            let (slot, is_high) = target.way();
            let reason = DeadReason::WorkerGone;
            let worker = target.its_worker().unwrap_or(*worker);
            shared.dead.add(DeadLetter { message: Some(message), reason, worker, slot, is_high });
        });
        let flushed = self.links.flush();
        self.status.count_unsent(flushed.unsent);
        moved | flushed.moved
    }

    /// Whether nothing waits for room.
    pub(super) fn is_all_sent(&self) -> bool {
        self.link.is_empty() && self.links.is_empty()
    }

    /// Waits until there may be room for what it sent: it takes nothing before. What lies in its mailbox is
    /// no reason to go on.
    pub(super) fn hold(&mut self) -> Step {
        self.receiver.listen_to(UNPAUSED);
        Step::Wait(self.wait_until())
    }

    /// Takes what others had sent to it when the pool closed; behind all that was in its mailbox. Whether there was any.
    pub(super) fn take_late(&mut self) -> bool {
        let Self { worker, hand, holdings, shared, .. } = self;
        let before = hand.len();
        shared.late.take(
            |target| is_for(*worker, holdings, target),
            |target, message| {
                let (slot, is_high) = target.way();
                hand.push_back(Letter::new((slot, is_high), 0, message));
            },
        );
        before < hand.len()
    }

    /// Whether it takes what others had sent to it when the pool closed: it has come to the end of its mailbox.
    pub(super) fn takes_late(&self) -> bool {
        self.is_closed && self.is_draining && self.farewell != StopReason::Retired
    }

    /// Whether none of that comes any more.
    pub(super) fn is_late_over(&self) -> bool {
        let Self { worker, holdings, shared, .. } = self;
        !self.takes_late() || shared.late.is_over(|target| is_for(*worker, holdings, target))
    }
}

/// Whether this is for that worker, which has these slots.
fn is_for<M>(worker: usize, holdings: &Holdings<M>, target: Target) -> bool {
    match target.its_worker() {
        Some(its_worker) => its_worker == worker,
        None => holdings.takes(target.slot_of()),
    }
}
