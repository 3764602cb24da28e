//! What the thread of a worker does.
//!
//! Round by round: orders of the pool, control messages, a batch of messages; then ticks, what lies in the
//! outbox, slots to give up; and a wait when there was nothing.
//!
//! A worker that panics is built anew in the same place. What it had taken out of its mailbox lies in the
//! hand, which is not its own, and comes first afterwards.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::any::Any;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::time::Instant;

use windlass_partition::Slot;
use windlass_qos::lanes::Receiver;
use windlass_qos::{RecvTimeoutError, TryRecvError};
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::Arc;
use windlass_sync::{CachePadded, Deadline};

use crate::batch::{Batch, Taking};
use crate::context::{Context, Link};
use crate::dead::{DeadLetter, DeadReason};
use crate::events::Event;
use crate::holdings::{Holdings, Sorted};
use crate::letter::{HIGH, LANES, Letter, NO_SLOT, NORMAL, ORDERS, Post, System, UNPAUSED};
use crate::nanos::nanos;
use crate::placement::{Pin, pin_current};
use crate::poison::Poison;
use crate::quiet::drop_quietly;
use crate::restart::{Ledger, Restart, Verdict};
use crate::shared::{Init, Shared};
use crate::status::{Phase, Status};
use crate::worker::{Arrived, StopReason, Worker};

/// A worker, and all that outlives its panics.
pub(crate) struct Runner<W: Worker> {
    worker: usize,
    token: u64,
    shared: Arc<Shared<W>>,
    receiver: Receiver<Post<W>>,
    status: Arc<CachePadded<Status>>,
    state: Option<W>,
    /// Messages that were taken out of the mailbox.
    hand: VecDeque<Letter<W::Message>>,
    holdings: Holdings<W::Message>,
    link: Link<W>,
    ledger: Ledger,
    restarts: u64,
    /// How often the message in front was tried again.
    retries: u32,
    is_paused: bool,
    is_draining: bool,
    /// Whether nothing comes any more.
    is_closed: bool,
    /// Whether it asked to end.
    stop: bool,
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
        let started = Instant::now();
        Self {
            worker,
            token,
            receiver,
            status,
            state: None,
            hand: VecDeque::with_capacity(plan.batch.min(2 * plan.capacity)),
            holdings,
            link: Link::new(plan.outbox, plan.timers),
            ledger: ledger(&plan.restart, worker),
            restarts: 0,
            retries: 0,
            is_paused: false,
            is_draining: false,
            is_closed: false,
            stop: false,
            started,
            next_tick: plan.tick.map(|tick| started + tick),
            resume_at: None,
            was_idle: false,
            deferred: VecDeque::new(),
            farewell: StopReason::Drained,
            shared,
        }
    }

    /// Runs until the pool lets it end. Nothing panics out of here.
    pub(crate) fn run(mut self, pin: Option<Pin>) {
        let pinned = pin.map_or(Ok(()), |pin| pin_current(pin).map_err(|error| error.to_string()));
        if let Err(reason) = pinned.and_then(|()| self.build()) {
            self.give_up();
            self.shared.events.tell(Event::Failed(self.token, reason));
            return;
        }
        self.status.enter(Phase::Idle);
        self.shared.events.tell(Event::Ready(self.token));
        loop {
            match self.step() {
                Step::Again => {}
                Step::Wait(deadline) => self.wait(deadline),
                Step::End => return,
            }
        }
    }

    /// One round.
    pub(crate) fn step(&mut self) -> Step {
        if self.is_aborted() {
            return self.end(StopReason::Aborted);
        }
        if self.state.is_none() {
            return self.come_back();
        }
        if self.stop {
            return self.end(StopReason::Asked);
        }
        self.fire();
        let worked = self.fill() | self.handle_batch();
        if self.state.is_none() {
            return Step::Again;
        }
        let ticked = self.tick();
        self.flush();
        self.give_up_slots(!worked);
        // Asked before the ticks, which may never cease.
        let is_done = !worked && self.is_closed && self.link.is_empty();
        if is_done && !self.stop && self.state.is_some() {
            return self.end(self.farewell);
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
        let resting = if self.is_paused { Phase::Paused } else { Phase::Idle };
        self.status.enter(if self.resume_at.is_some() { Phase::BackingOff } else { resting });
        match self.receiver.recv_deadline(deadline) {
            Ok((lane, post)) => self.take(lane, post),
            // What is missing does not count for a fence: it may have been so before that.
            Err(RecvTimeoutError::Lagged(_) | RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Closed) => self.is_closed = true,
        }
    }

    fn wait_until(&self) -> Deadline {
        // What is in the outbox finds room when others take messages, and nobody rings for that.
        let retry = (!self.link.is_empty()).then(|| Instant::now() + OUTBOX_RETRY);
        // Nobody rings for the end of a shutdown's patience.
        let abort = self.is_draining.then(|| Instant::now() + ABORT_LOOK);
        let due = self.link.next_due().filter(|_| !self.is_paused);
        let due = due.and_then(|due| self.shared.started.checked_add(Duration::from_nanos(due)));
        let moments = [self.next_tick, self.resume_at, retry, abort, due];
        moments.into_iter().flatten().min().map_or_else(Deadline::never, Deadline::at)
    }

    /// Takes messages into the hand, up to a batch; and does what is not a message.
    fn fill(&mut self) -> bool {
        let mut worked = false;
        self.receiver.listen_to(match (self.takes_messages(), self.state.is_some()) {
            (true, _) => LANES,
            (false, true) => UNPAUSED,
            (false, false) => ORDERS,
        });
        while self.hand.len() < self.shared.plan.batch {
            match self.receiver.try_recv() {
                Ok((lane, post)) => {
                    let is_letter = matches!(post, Post::Letter(_));
                    worked = true;
                    if is_letter {
                        self.take(lane, post);
                        self.fill_more(lane);
                        continue;
                    }
                    // What was sent before it is handled before it.
                    self.handle_batch();
                    self.take(lane, post);
                    break;
                }
                Err(TryRecvError::Lagged(_)) => worked = true,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => {
                    self.is_closed = true;
                    break;
                }
            }
        }
        worked
    }

    /// Puts into the hand what the worker sent to itself for now.
    fn fire(&mut self) {
        if self.is_paused || self.link.next_due().is_none() {
            return;
        }
        let now = nanos(self.shared.started.elapsed());
        while self.hand.len() < self.shared.plan.batch
            && let Some(letter) = self.link.due(&self.shared, now)
        {
            self.hand.push_back(letter);
        }
    }

    /// Takes further messages of a lane into the hand, as many as fit and as its budget allows.
    fn fill_more(&mut self, lane: usize) {
        let Self { receiver, holdings, hand, shared, worker, .. } = self;
        let most = shared.plan.batch.saturating_sub(hand.len());
        let mut foreign = Vec::new();
        receiver.try_recv_more(most, |post| {
            let Post::Letter(letter) = post else { unreachable!("letters alone lie in this lane") };
            holdings.count(lane, 1);
            match holdings.sort(letter) {
                Sorted::Handle(letter) => hand.push_back(letter),
                Sorted::Kept => {}
                Sorted::Foreign(letter) => foreign.push(letter.message),
            }
        });
        for message in foreign {
            let (reason, worker) = (DeadReason::Moved, *worker);
            shared.dead.add(DeadLetter { message: Some(message), reason, worker });
        }
    }

    fn takes_messages(&self) -> bool {
        !self.is_paused && self.state.is_some() && (self.is_draining || !self.holdings.is_crowded())
    }

    fn take(&mut self, lane: usize, post: Post<W>) {
        match post {
            Post::Letter(letter) => {
                self.holdings.count(lane, 1);
                match self.holdings.sort(letter) {
                    Sorted::Handle(letter) => self.hand.push_back(letter),
                    Sorted::Kept => {}
                    Sorted::Foreign(letter) => self.bury(Some(letter.message), DeadReason::Moved),
                }
            }
            control @ Post::Control(_) if self.state.is_none() => self.deferred.push_back(control),
            Post::Control(control) => {
                self.guarded(|state, cx| state.on_control(cx, control));
            }
            Post::System(order) => self.obey(*order),
        }
    }

    fn obey(&mut self, order: System<W>) {
        match order {
            System::Expect(slots) => {
                self.holdings.expect(&slots);
                self.shared.events.tell(Event::Expecting(self.token));
            }
            System::Fence(transfers) => {
                let held = |lane| self.receiver.len_of(lane).unwrap_or(0);
                let (high, normal) = (held(HIGH), held(NORMAL));
                self.holdings.put_fence(transfers, high, normal);
            }
            System::Pause => self.is_paused = true,
            System::Resume => self.is_paused = false,
            System::Restart => self.restart(),
            later @ (System::Arrive(_) | System::Call(_)) if self.state.is_none() => {
                self.deferred.push_back(Post::System(later.into()));
            }
            System::Arrive(slots) => self.welcome(slots),
            System::Call(call) => {
                self.guarded(|state, cx| call(state, cx));
            }
            leave @ (System::Drain | System::Retire) => {
                if matches!(leave, System::Retire) {
                    self.farewell = StopReason::Retired;
                }
                (self.is_draining, self.is_paused, self.resume_at) = (true, false, None);
            }
        }
    }

    /// Handles what is in the hand. Returns whether something was.
    fn handle_batch(&mut self) -> bool {
        let before = self.hand.len();
        if before == 0 || self.state.is_none() || self.is_paused {
            return false;
        }
        self.status.enter(Phase::Busy);
        let keeps = self.shared.plan.poison.wants_copies();
        let mut taking = Taking { taken: 0, slot: NO_SLOT, copy: None };
        let mut hand = mem::take(&mut self.hand);
        let went_well = self.guarded(|state, cx| {
            let shared = cx.shared;
            let most = shared.plan.batch;
            let mut batch = Batch::new(&mut hand, most, &mut taking, keeps, &shared.abort);
            state.on_batch(cx, &mut batch);
        });
        self.hand = hand;
        if went_well {
            // It is of no use any more.
            drop_quietly(taking.copy.take());
        }
        let taken = taking.taken;
        if went_well {
            self.retries = if taken == 0 { self.retries } else { 0 };
            self.status.count_batch(taken);
        } else {
            self.status.count_batch(taken.saturating_sub(1));
            if 0 < taken {
                self.settle_poison(taken, taking);
            }
        }
        true
    }

    /// Decides about the message with which the worker panicked.
    fn settle_poison(&mut self, taken: u64, taking: Taking<W::Message>) {
        // Another message was in front since the last retry.
        if 1 < taken {
            self.retries = 0;
        }
        match (self.shared.plan.poison, taking.copy) {
            (Poison::Retry(most), Some(message)) if self.retries < most => {
                self.retries += 1;
                self.hand.push_front(Letter { slot: taking.slot, message });
            }
            (_, copy) => {
                self.retries = 0;
                self.bury(copy, DeadReason::Panicked);
            }
        }
    }

    fn bury(&self, message: Option<W::Message>, reason: DeadReason) {
        self.shared.dead.add(DeadLetter { message, reason, worker: self.worker });
    }

    /// Calls the worker. Whether it went well; if not, the worker is gone.
    fn guarded(&mut self, call: impl FnOnce(&mut W, &mut Context<'_, W>)) -> bool {
        let Self { worker, restarts, stop, link, shared, .. } = self;
        let Some(state) = &mut self.state else { return false };
        self.was_idle = false;
        let mut cx = Context { worker: *worker, restarts: *restarts, stop, link, shared };
        let called = catch_unwind(AssertUnwindSafe(|| call(state, &mut cx)));
        match called {
            Ok(()) => true,
            Err(cause) => {
                drop_quietly(cause);
                self.panicked();
                false
            }
        }
    }

    #[cold]
    fn panicked(&mut self) {
        self.status.count_panic();
        drop_quietly(self.state.take());
        let stops = matches!(self.shared.plan.poison, Poison::Stop);
        match self.ledger.panicked(self.now()) {
            Verdict::Again { after } if !stops => {
                let waits = !after.is_zero() && !self.is_draining;
                self.resume_at = waits.then(|| Instant::now() + after);
            }
            _ => self.stop = true,
        }
    }

    /// Builds the worker anew, when it is time; until then only orders are obeyed.
    #[cold]
    fn come_back(&mut self) -> Step {
        if self.stop {
            return self.die();
        }
        self.fill();
        if self.is_closed && !self.is_draining {
            return self.die();
        }
        if self.resume_at.is_some_and(|at| Instant::now() < at) {
            return Step::Wait(self.wait_until());
        }
        self.resume_at = None;
        self.restarts += 1;
        match self.build() {
            Ok(()) => {
                self.status.count_restart();
                // This one was told nothing yet.
                self.was_idle = false;
                while self.state.is_some()
                    && let Some(order) = self.deferred.pop_front()
                {
                    self.take(ORDERS, order);
                }
            }
            Err(_) => self.panicked(),
        }
        Step::Again
    }

    fn build(&mut self) -> Result<(), String> {
        // ORDERING: Relaxed. A number to show.
        let workers = self.shared.planned.load(Ordering::Relaxed);
        let init = Init { worker: self.worker, workers, restarts: self.restarts };
        let built = catch_unwind(AssertUnwindSafe(|| {
            (self.shared.factory)(&init).map_err(|error| error.to_string())
        }));
        match built {
            Ok(Ok(state)) => self.state = Some(state),
            Ok(Err(reason)) => return Err(reason),
            Err(cause) => {
                let reason = format!("its factory panicked: {}", said(&*cause));
                drop_quietly(cause);
                return Err(reason);
            }
        }
        Ok(())
    }

    fn restart(&mut self) {
        if let Some(state) = self.state.take() {
            drop_quietly(catch_unwind(AssertUnwindSafe(|| state.on_stop(StopReason::Restarted))));
        }
    }

    fn tick(&mut self) -> bool {
        let (Some(at), Some(every)) = (self.next_tick, self.shared.plan.tick) else { return false };
        let now = Instant::now();
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

    fn flush(&mut self) {
        let Self { link, shared, worker, .. } = self;
        link.flush(|message| {
            let (reason, worker) = (DeadReason::WorkerGone, *worker);
            shared.dead.add(DeadLetter { message: Some(message), reason, worker });
        });
    }

    fn idle(&mut self) {
        if !self.was_idle && !self.is_paused {
            // One that panicked here is told again when it is back.
            self.was_idle = self.guarded(W::on_idle);
        }
    }

    /// Gives slots up behind the fence.
    fn give_up_slots(&mut self, empty: bool) {
        if !self.hand.is_empty() || self.state.is_none() {
            return;
        }
        let Some(transfers) = self.holdings.reached(empty && self.takes_messages()) else { return };
        let states = transfers.into_iter().map(|transfer| {
            let mut state = Arrived::Lost;
            if let Some(slot) = Slot::new(transfer.slot) {
                self.guarded(|worker, _| {
                    state = worker.slot_out(slot).map_or(Arrived::Nothing, Arrived::State);
                });
            }
            (transfer, state)
        });
        let states = states.collect();
        self.shared.events.tell(Event::Out(self.token, states));
    }

    /// Takes slots over, and then what was kept for them.
    fn welcome(&mut self, slots: Vec<(u16, Arrived<W::Slot>)>) {
        let mut numbers = Vec::with_capacity(slots.len());
        let mut slots = slots.into_iter();
        while self.state.is_some()
            && let Some((number, state)) = slots.next()
        {
            numbers.push(number);
            if let Some(slot) = Slot::new(number) {
                self.guarded(|worker, _| worker.slot_in(slot, state));
            }
        }
        if 0 < slots.len() {
            // It panicked; the rest is for the next one.
            self.deferred.push_front(Post::System(System::Arrive(slots.collect()).into()));
        }
        let arrived = numbers.len();
        let Self { holdings, hand, .. } = self;
        holdings.arrive(numbers.into_iter(), |letter| hand.push_back(letter));
        self.shared.events.tell(Event::In(self.token, arrived));
    }

    fn is_aborted(&self) -> bool {
        // ORDERING: Relaxed. It hands nothing over, and is seen sooner or later.
        self.shared.abort.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        nanos(self.started.elapsed())
    }

    /// Ends as the pool wants it.
    #[cold]
    fn end(&mut self, reason: StopReason) -> Step {
        if let Some(state) = self.state.take() {
            drop_quietly(catch_unwind(AssertUnwindSafe(|| state.on_stop(reason))));
        }
        if reason == StopReason::Asked {
            return self.die();
        }
        self.receiver.close();
        let left = self.leave().into_iter().map(|letter| letter.message).collect();
        self.status.enter(Phase::Ended);
        self.shared.events.tell(Event::Ended(self.token, left));
        Step::End
    }

    /// Ends for good on its own: nobody will handle what is there.
    #[cold]
    fn die(&mut self) -> Step {
        self.give_up();
        let owed: Vec<_> =
            self.holdings.owed().into_iter().map(|transfer| (transfer, Arrived::Lost)).collect();
        if !owed.is_empty() {
            self.shared.events.tell(Event::Out(self.token, owed));
        }
        self.shared.events.tell(Event::Dead(self.token));
        Step::End
    }

    /// Refuses all further messages, and buries those that are here.
    #[cold]
    fn give_up(&mut self) {
        self.receiver.close();
        for letter in self.leave() {
            self.bury(Some(letter.message), DeadReason::WorkerGone);
        }
        self.status.enter(Phase::Dead);
    }

    /// All messages that are still here.
    fn leave(&mut self) -> Vec<Letter<W::Message>> {
        self.receiver.listen_to(LANES);
        let Self { hand, holdings, link, receiver, shared, .. } = self;
        let mut left: Vec<_> = hand.drain(..).collect();
        left.extend(holdings.drain());
        left.extend(link.drain(shared));
        for (_, post) in receiver.iter() {
            match post {
                Post::Letter(letter) => left.push(letter),
                // Somebody waits for these slots.
                Post::System(order) => match *order {
                    System::Fence(transfers) => holdings.put_fence(transfers, 0, 0),
                    other => drop_quietly(other),
                },
                Post::Control(control) => drop_quietly(control),
            }
        }
        left
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

fn said(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<&str>().copied();
    text.or_else(|| cause.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
