//! What the thread of a worker does.
//!
//! Round by round: orders of the pool, control messages, a batch of messages, what it shares with others; then
//! ticks, what lies in the outbox, slots to give up; and a wait when there was nothing.
//!
//! A worker that panics is built anew in the same place. What it had taken out of its mailbox lies in the
//! hand, which is not its own, and comes first afterwards.

mod copies;
mod end;
mod fill;
mod orders;
mod rebirth;
mod sending;
mod sharing;
mod simulated;

use fill::Filled;
pub(crate) use simulated::Simulated;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::ToString;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::{catch_unwind, resume_unwind};
use std::time::Instant;

use windlass_qos::RecvTimeoutError;
use windlass_qos::lanes::Receiver;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};
use windlass_sync::{CachePadded, Deadline, thread};

use crate::balance::Sampler;
use crate::batch::{Batch, Taking};
use crate::context::{Context, Link};
use crate::dead::{DeadLetter, DeadReason};
use crate::events::Event;
use crate::hand::Hand;
use crate::holdings::Holdings;
use crate::letter::{NO_SLOT, Post, Way};
use crate::links::Links;
use crate::nanos::nanos;
use crate::placement::{Pin, pin_current};
use crate::quiet::drop_quietly;
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

    /// Waits for whatever comes next, and does it.
    fn wait(&mut self, deadline: Deadline) {
        self.rest();
        if self.is_closed {
            // Nothing comes that could end the wait.
            return thread::sleep(OUTBOX_RETRY);
        }
        let shares = self.takes_shared();
        let Self { receiver, queue, .. } = self;
        let came = match queue {
            Some(queue) if shares => queue.wait(|has_some| receiver.recv_or(deadline, has_some)),
            _ => receiver.recv_deadline(deadline).map(Some),
        };
        match came {
            Ok(Some((lane, post))) => {
                self.look_for_late();
                // Whoever sent it may wait for the answer: it is handled before another look at all lanes.
                self.has_come = self.take_more(lane, post);
            }
            Ok(None) => {}
            // What is missing does not count for a fence: it may have been so before that.
            Err(RecvTimeoutError::Lagged(_) | RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Closed) => self.is_closed = true,
        }
    }

    /// Says how it waits.
    fn rest(&self) {
        if self.is_dying {
            return;
        }
        let resting = if self.is_paused { Phase::Paused } else { Phase::Idle };
        self.status.enter(if self.resume_at.is_some() { Phase::BackingOff } else { resting });
    }

    fn wait_until(&self) -> Deadline {
        let now = || self.shared.time.now();
        // What is in the outbox finds room when others take messages, and nobody rings for that.
        let retry = (!self.is_all_sent()).then(|| now() + OUTBOX_RETRY);
        // Nobody rings for the end of a shutdown's patience.
        let abort = self.is_draining.then(|| now() + ABORT_LOOK);
        let due = self.link.next_due().filter(|_| !self.is_paused);
        let due = due.and_then(|due| self.shared.time.at(due));
        let moments = [self.next_tick, self.resume_at, retry, abort, due];
        moments.into_iter().flatten().min().map_or_else(Deadline::never, Deadline::at)
    }

    /// Looks how late it is, if that matters.
    fn look_for_late(&mut self) {
        if let Some(shedding) = &mut self.shedding {
            shedding.look(self.shared.time, &self.receiver);
            shedding.left = self.shared.plan.batch;
        }
    }

    /// Looks again behind a message that came too late: there may be no pressure any more.
    #[cold]
    fn look_on_for_late(&mut self) {
        if let Some(shedding) = &mut self.shedding {
            let left = shedding.left.saturating_sub(1);
            shedding.look(self.shared.time, &self.receiver);
            shedding.left = left;
        }
    }

    /// Handles what is in the hand. Returns whether something was.
    fn handle_batch(&mut self) -> bool {
        self.is_held_up = false;
        let before = self.hand.len();
        if before == 0 || self.state.is_none() || self.is_paused {
            return false;
        }
        self.status.enter(Phase::Busy);
        let messages = before.min(self.shared.plan.batch);
        self.sampler.note(
            |at| self.hand.get(at).map(|letter| letter.slot),
            messages,
            &self.status.slots,
        );
        let keeps = self.shared.plan.poison.wants_copies();
        let mut taking = Taking { taken: 0, way: (NO_SLOT, false), copy: None };
        let mut hand = mem::take(&mut self.hand);
        let went_well = self.guarded(|state, cx| {
            let shared = cx.shared;
            let most = shared.plan.batch;
            let panics = shared.time.panic(most.min(hand.len()));
            let most = panics.unwrap_or(most);
            let mut batch = Batch::new(&mut hand, most, &mut taking, keeps, &shared.abort);
            if panics != Some(0) {
                state.on_batch(cx, &mut batch);
            }
            if panics.is_some() && batch.is_empty() {
                panic_at_the_next(Batch::<W>::new(&mut hand, 1, &mut taking, keeps, &shared.abort));
            }
        });
        self.hand = hand;
        if went_well {
            // It is of no use any more.
            drop_quietly(taking.copy.take());
        }
        let taken = taking.taken;
        self.copies.count_batch();
        if went_well {
            self.retries = if taken == 0 { self.retries } else { 0 };
            self.status.count_batch(taken);
            self.is_held_up = taken == 0 && !self.is_all_sent();
        } else {
            self.status.count_batch(taken.saturating_sub(1));
            if 0 < taken {
                self.settle_poison(taken, taking);
            }
        }
        true
    }

    fn bury(&self, (slot, is_high): Way, message: Option<W::Message>, reason: DeadReason) {
        let worker = self.worker;
        self.shared.dead.add(DeadLetter { message, reason, worker, slot, is_high });
    }

    /// Calls the worker. Whether it went well; if not, the worker is gone.
    fn guarded(&mut self, call: impl FnOnce(&mut W, &mut Context<'_, W>)) -> bool {
        let Self { worker, restarts, stop, link, links, shared, .. } = self;
        let Some(state) = &mut self.state else { return false };
        self.was_idle = false;
        let mut cx = Context { worker: *worker, restarts: *restarts, stop, link, links, shared };
        self.status.enter_call();
        let called = catch_unwind(AssertUnwindSafe(|| call(state, &mut cx)));
        self.status.leave_call();
        match called {
            Ok(()) => true,
            Err(cause) => {
                trace::worker_panicked(self.name(), rebirth::said(&*cause));
                drop_quietly(cause);
                self.panicked();
                false
            }
        }
    }

    fn tick(&mut self) -> bool {
        let (Some(at), Some(every)) = (self.next_tick, self.shared.plan.tick) else { return false };
        let now = self.shared.time.now();
        if now < at {
            return false;
        }
        // Behind by more than one: those are gone, and the rhythm stays.
        let behind = now.saturating_duration_since(at).as_nanos() / every.as_nanos().max(1);
        let missed = u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(1);
        self.next_tick = at.checked_add(every.saturating_mul(missed));
        self.guarded(W::on_tick);
        true
    }

    fn idle(&mut self) {
        if !self.was_idle && !self.is_paused {
            // One that panicked here is told again when it is back.
            self.was_idle = self.guarded(W::on_idle);
        }
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

/// A fault that a simulation wants; not told by the panic hook, for there are many.
#[cold]
fn panic_at_the_next<W: Worker>(mut batch: Batch<'_, W>) {
    if let Some(message) = batch.next() {
        drop_quietly(message);
        resume_unwind(Box::new("a fault of the simulation"));
    }
}

/// Panics of a worker are counted by a policy that was checked when the pool was built.
fn ledger(restart: &Restart, worker: usize) -> Ledger {
    match restart.ledger(worker as u64) {
        Ok(ledger) => ledger,
        Err(error) => unreachable!("it was checked: {error}"),
    }
}

/// How long a message lies in the outbox at most before it is offered again.
const OUTBOX_RETRY: Duration = Duration::from_micros(200);

/// How long a worker that drains waits at most before it looks whether the pool aborts.
const ABORT_LOOK: Duration = Duration::from_millis(5);
