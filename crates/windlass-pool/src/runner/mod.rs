//! What the thread of a worker does.
//!
//! Round by round: orders of the pool, control messages, a batch of messages, what it shares with others; then
//! ticks, what lies in the outbox, slots to give up; and a wait when there was nothing.
//!
//! A worker that panics is built anew in the same place. What it had taken out of its mailbox lies in the
//! hand, which is not its own, and comes first afterwards.

mod calling;
mod copies;
mod end;
mod fill;
mod handling;
mod orders;
mod rebirth;
mod sending;
mod sharing;
mod simulated;
mod waiting;

use fill::Filled;
pub(crate) use simulated::Simulated;

use alloc::collections::VecDeque;
use alloc::string::ToString;
use core::mem;
use std::time::Instant;

use windlass_qos::lanes::Receiver;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};
use windlass_sync::{CachePadded, Deadline};

use crate::balance::Sampler;
use crate::context::Link;
use crate::dead::{DeadLetter, DeadReason};
use crate::events::Event;
use crate::hand::Hand;
use crate::holdings::Holdings;
use crate::letter::{Post, Way};
use crate::links::Links;
use crate::nanos::nanos;
use crate::placement::{Pin, pin_current};
use crate::restart::{Ledger, Restart};
use crate::shared::Shared;
use crate::shared_queue::SharedRx;
use crate::shed::Shedding;
use crate::snapshot::Copies;
use crate::status::{Phase, Status};
use crate::trace::{self, Scope};
use crate::worker::{StopReason, Worker};

/// A worker, and all that outlives its panics.
pub(crate) struct Runner<W: Worker> {
    worker: usize,
    token: u64,
    shared: Arc<Shared<W>>,
    receiver: Receiver<Post<W>>,
    status: Arc<CachePadded<Status>>,
    state: Option<W>,
    /// Messages that were taken out of the mailbox.
    hand: Hand<W>,
    holdings: Holdings<W::Message>,
    link: Link<W>,
    /// What it sends to other pools.
    links: Links,
    /// What it shares with the other workers.
    queue: Option<SharedRx<W::Message>>,
    ledger: Ledger,
    restarts: u64,
    /// Picks the messages that count for the load of slots.
    sampler: Sampler,
    /// What comes too late.
    shedding: Option<Shedding>,
    /// How often the message in front was tried again.
    retries: u32,
    is_paused: bool,
    is_draining: bool,
    /// Whether it took none of its messages while something found no room.
    is_held_up: bool,
    /// Whether nothing comes any more.
    is_closed: bool,
    /// Whether a message that ended a wait is in the hand.
    has_come: bool,
    /// Whether it asked to end.
    stop: bool,
    /// Whether it has ended, and its links are not empty yet.
    is_leaving: bool,
    /// Whether it is gone for good, and what it sent before has not gone yet.
    is_dying: bool,
    started: Instant,
    next_tick: Option<Instant>,
    /// Not built anew before.
    resume_at: Option<Instant>,
    /// Whether it was told that it is idle since it last did something.
    was_idle: bool,
    /// Orders and control messages for the worker itself that came while it was gone.
    deferred: VecDeque<Post<W>>,
    /// What it is told when nothing comes any more.
    farewell: StopReason,
    /// What it gets when it is built anew.
    copies: Copies<W::Slot>,
}

/// What a round has come to.
pub(crate) enum Step {
    /// There may be more to do.
    Again,
    /// There is nothing to do until something comes, or until then.
    Wait(Deadline),
    /// The thread ends.
    End,
}

impl<W: Worker> Runner<W> {
    pub(crate) fn new(
        (worker, token): (usize, u64),
        shared: Arc<Shared<W>>,
        receiver: Receiver<Post<W>>,
        status: Arc<CachePadded<Status>>,
        slots: impl Iterator<Item = u16>,
    ) -> Self {
        let plan = &shared.plan;
        let mut holdings = Holdings::new(2 * plan.capacity);
        holdings.begin_with(slots);
        let copies = Copies::of(holdings.mine(), &mut lock(&shared.restored));
        let started = shared.time.now();
        Self {
            worker,
            token,
            receiver,
            status,
            state: None,
            hand: Hand::with_capacity(plan.batch.min(2 * plan.capacity)),
            holdings,
            link: Link::new(plan.outbox, plan.timers),
            links: Links::new(plan.outbox),
            queue: shared.queue.as_ref().and_then(|queue| queue.receiver(token)),
            ledger: ledger(&plan.restart, worker),
            restarts: 0,
            sampler: Sampler::new(worker),
            shedding: plan.shed.map(|shed| Shedding::new(shed, plan.capacity)),
            retries: 0,
            is_paused: false,
            is_draining: false,
            is_held_up: false,
            is_closed: false,
            has_come: false,
            stop: false,
            is_leaving: false,
            is_dying: false,
            started,
            next_tick: plan.tick.map(|tick| started + tick),
            resume_at: None,
            was_idle: false,
            deferred: VecDeque::new(),
            farewell: StopReason::Drained,
            copies,
            shared,
        }
    }

    /// Runs until the pool lets it end. Nothing panics out of here.
    pub(crate) fn run(mut self, pin: Option<Pin>) {
        self.scope().within(|| {
            if !self.begin(pin) {
                return;
            }
            loop {
                match self.step() {
                    Step::Again => {}
                    Step::Wait(deadline) => self.wait(deadline),
                    Step::End => return,
                }
            }
        });
    }

    /// What all of its life is in, for those who trace.
    fn scope(&self) -> Scope {
        Scope::of_worker(self.name())
    }

    /// Its pool and number, for those who trace.
    fn name(&self) -> (&str, usize) {
        (&self.shared.plan.name, self.worker)
    }

    /// Builds the worker, and says how that went. Whether it goes on.
    fn begin(&mut self, pin: Option<Pin>) -> bool {
        let pinned = pin.map_or(Ok(()), |pin| pin_current(pin).map_err(|error| error.to_string()));
        if let Err(reason) = pinned.and_then(|()| self.build()) {
            trace::worker_not_built(self.name(), self.restarts, &reason);
            self.give_up();
            self.shared.tell(Event::Failed(self.token, reason));
            return false;
        }
        trace::worker_started(self.name());
        self.status.enter(Phase::Idle);
        self.shared.tell(Event::Ready(self.token));
        true
    }

    /// One round.
    pub(crate) fn step(&mut self) -> Step {
        if self.is_dying {
            return self.pass_away();
        }
        if self.is_aborted() {
            return self.end(StopReason::Aborted);
        }
        if self.is_leaving {
            return self.end(self.farewell);
        }
        if self.state.is_none() {
            return self.come_back();
        }
        if self.stop {
            return self.end(StopReason::Asked);
        }
        self.fire();
        let filled = if mem::take(&mut self.has_come) { Filled::some() } else { self.fill() };
        let worked = filled.worked | self.handle_batch() | self.handle_shared();
        self.copy_if_due();
        if self.state.is_none() {
            return Step::Again;
        }
        let ticked = self.tick();
        let moved = self.flush();
        self.give_up_slots(filled.is_empty);
        // Asked before the ticks, which may never cease.
        let is_done = !worked && self.is_closed && self.is_all_sent() && self.shares_no_more();
        let is_done = is_done && self.is_late_over();
        if is_done && !self.stop && self.state.is_some() {
            return self.end(self.farewell);
        }
        if self.is_held_up && !moved && !ticked && !self.stop && self.state.is_some() {
            return self.hold();
        }
        if worked || ticked || self.stop || self.state.is_none() {
            return Step::Again;
        }
        self.idle();
        if self.stop || self.state.is_none() {
            return Step::Again;
        }
        Step::Wait(self.wait_until())
    }

    fn bury(&self, (slot, is_high): Way, message: Option<W::Message>, reason: DeadReason) {
        let worker = self.worker;
        self.shared.dead.add(DeadLetter { message, reason, worker, slot, is_high });
    }

    fn is_aborted(&self) -> bool {
        // ORDERING: Relaxed. It hands nothing over, and is seen sooner or later.
        self.shared.abort.load(Ordering::Relaxed)
    }

    /// Nanoseconds since this began.
    fn now(&self) -> u64 {
        nanos(self.shared.time.now().saturating_duration_since(self.started))
    }
}

/// Panics of a worker are counted by a policy that was checked when the pool was built.
fn ledger(restart: &Restart, worker: usize) -> Ledger {
    match restart.ledger(worker as u64) {
        Ok(ledger) => ledger,
        Err(error) => unreachable!("it was checked: {error}"),
    }
}
