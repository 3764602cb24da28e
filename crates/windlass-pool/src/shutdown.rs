//! How a pool ends, and what it says about it.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use windlass_sync::Deadline;
use windlass_sync::sync::{Arc, lock};

use crate::controller::Controller;
use crate::dead::{DeadCounts, DeadLetter, DeadReason};
use crate::shared::Shared;
use crate::status::Status;
use crate::worker::Worker;

/// How a pool is to end.
///
/// In any case it refuses messages from the first moment, and all workers go through what they have at the
/// same time.
///
/// ```
/// use std::time::Duration;
///
/// use windlass_pool::Shutdown;
///
/// let patient = Shutdown::drain();
/// let firm = Shutdown::drain_for(Duration::from_secs(5)).then_abort();
/// # let _ = (patient, firm);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says how to shut down, and does not do it"]
pub struct Shutdown {
    pub(crate) drain: Option<Duration>,
    pub(crate) abort: Duration,
}

impl Shutdown {
    /// Everything is handled, however long that takes; also what workers had sent to each other and what had found no
    /// room. So while one that has sent such messages does not return from a handler, the others stay.
    pub const fn drain() -> Self {
        Self { drain: None, abort: DEFAULT_ABORT }
    }

    /// Everything is handled that can be within this time; then workers stop behind the message that they
    /// are at.
    pub const fn drain_for(wait: Duration) -> Self {
        Self { drain: Some(wait), abort: DEFAULT_ABORT }
    }

    /// Says what [`drain_for`](Self::drain_for) does in the end; and of [`drain`](Self::drain) that it
    /// drains nothing.
    pub const fn then_abort(self) -> Self {
        match self.drain {
            Some(_) => self,
            None => Self { drain: Some(Duration::ZERO), ..self },
        }
    }

    /// How long to wait at the end for workers that are at a message; one second by default. Those that
    /// are not done by then are named, and their threads left to themselves.
    pub const fn abort_wait(self, wait: Duration) -> Self {
        Self { abort: wait, ..self }
    }
}

const DEFAULT_ABORT: Duration = Duration::from_secs(1);

/// What became of everything that a pool accepted.
///
/// `accepted = handled + undelivered + dead`, exactly, unless there are stragglers: what those had is not
/// known.
#[must_use = "it may hold messages that nobody handled"]
#[non_exhaustive]
pub struct Report<M> {
    /// Messages that were accepted.
    pub accepted: u64,
    /// Messages that were handled.
    pub handled: u64,
    /// Messages that nobody came to.
    pub undelivered: Vec<M>,
    /// Messages that died, by reason.
    pub dead: DeadCounts,
    /// The dead letters that were kept and not taken before.
    pub dead_letters: Vec<DeadLetter<M>>,
    /// Panics of all workers.
    pub panics: u64,
    /// How often workers were built anew.
    pub restarts: u64,
    /// Messages that links of its workers took and that other pools did not: none of those that were accepted
    /// here, nor there. See [`PoolLink`](crate::PoolLink).
    pub unsent: u64,
    /// Workers that did not end in time.
    pub stragglers: Vec<usize>,
}

impl<M> Report<M> {
    /// Whether the sums add up.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        self.accepted == self.handled + self.undelivered.len() as u64 + self.dead.total()
    }
}

impl<M> fmt::Debug for Report<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("accepted", &self.accepted)
            .field("handled", &self.handled)
            .field("undelivered", &self.undelivered.len())
            .field("dead", &self.dead)
            .field("panics", &self.panics)
            .field("restarts", &self.restarts)
            .field("unsent", &self.unsent)
            .field("stragglers", &self.stragglers)
            .finish_non_exhaustive()
    }
}

/// What is known of workers that have ended.
pub(crate) struct Tally<M> {
    pub(crate) undelivered: Vec<M>,
    handled: u64,
    panics: u64,
    restarts: u64,
    unsent: u64,
}

impl<M> Default for Tally<M> {
    fn default() -> Self {
        Self { undelivered: Vec::new(), handled: 0, panics: 0, restarts: 0, unsent: 0 }
    }
}

impl<M> Tally<M> {
    /// Adds the numbers of a worker that is gone.
    pub(crate) fn retired(&mut self, status: &Status) {
        let stats = status.read(0, 0);
        self.handled += stats.handled;
        self.panics += stats.panics;
        self.restarts += stats.restarts;
        self.unsent += stats.unsent;
    }
}

/// Ends a pool.
pub(crate) fn shut_down<W: Worker>(
    shared: &Arc<Shared<W>>,
    controller: &mut Controller<W>,
    how: Shutdown,
) -> Report<W::Message> {
    use windlass_sync::atomic::Ordering;

    let deadline = how.drain.map_or_else(Deadline::never, |wait| shared.time.after(wait));
    let later = shared.agenda.close_and_take();
    shared.routes.accept(later.len() as u64);
    controller.tally.undelivered.extend(later);
    controller.close(shared);
    // Who was quicker than that has counted its message behind this.
    shared.routes.wait_for_senders();
    controller.resume();
    // Slots that are under way arrive before the end, or what is kept for them would be left.
    drop(controller.finish(shared, deadline));
    controller.drain();
    drop(controller.settle(shared, deadline, Controller::has_ended));
    if !controller.has_ended() {
        // ORDERING: Relaxed. It hands nothing over; workers see it behind their message.
        shared.abort.store(true, Ordering::Relaxed);
        drop(controller.settle(shared, shared.time.after(how.abort), Controller::has_ended));
    }
    let stragglers = controller.join();
    for seat in &controller.seats {
        controller.tally.retired(&seat.status);
    }
    let mut tally = core::mem::take(&mut controller.tally);
    if let Some(queue) = &shared.queue {
        tally.undelivered.extend(queue.take_left());
    }
    for (target, message) in shared.late.take_left() {
        match controller.dead_owner(target) {
            Some(worker) => {
                let (reason, message) = (DeadReason::WorkerGone, Some(message));
                let (slot, is_high) = target.way();
                shared.dead.add(DeadLetter { message, reason, worker, slot, is_high });
            }
            None => tally.undelivered.push(message),
        }
    }
    // What senders put in at the last moment is among the dead letters by now.
    lock(&shared.table).doors.clear();
    Report {
        accepted: shared.routes.accepted(),
        handled: tally.handled,
        undelivered: tally.undelivered,
        dead: shared.dead.counts(),
        dead_letters: shared.dead.take(),
        panics: tally.panics,
        restarts: tally.restarts,
        unsent: tally.unsent,
        stragglers,
    }
}
