//! What a worker sent and what found no room: to its own pool, and to others.

use super::{Runner, Step};
use crate::dead::{DeadLetter, DeadReason};
use crate::letter::UNPAUSED;
use crate::worker::Worker;

impl<W: Worker> Runner<W> {
    /// Sends what found no room before. Whether any of it is gone from here.
    pub(super) fn flush(&mut self) -> bool {
        let Self { link, shared, worker, .. } = self;
        let moved = link.flush(|target, message| {
            let (reason, slot) = (DeadReason::WorkerGone, target.slot_of());
            let worker = target.its_worker().unwrap_or(*worker);
            shared.dead.add(DeadLetter { message: Some(message), reason, worker, slot });
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
}
