//! What changes a pool: one at a time, from whatever thread.
//!
//! A change of owners goes through these steps, and none of them stops traffic:
//!
//! 1. New owners learn which slots they will get, and keep what comes for them.
//! 2. The table changes, and the pool waits until nobody sends by the old one.
//! 3. Old owners get a fence: they handle what is in their mailbox, and hand the slots out.
//! 4. New owners take the slots in, and then what they kept.
//!
//! What a worker owes and what it is owed is kept here, so that a change that was not done in time goes on
//! later.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use windlass_partition::{Members, SLOTS, SlotTable, plan};
use windlass_qos::lanes;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};
use windlass_sync::{CachePadded, Deadline, thread};

use crate::error::{BuildError, ChangeError};
use crate::events::Event;
use crate::letter::{Post, System, Transfer};
use crate::placement::Pin;
use crate::quiet::drop_quietly;
use crate::runner::{Runner, Simulated};
use crate::shared::{MOST_ORDERS, Mailbox, Shared};
use crate::shutdown::Tally;
use crate::simulation::here;
use crate::status::{Phase, Status};
use crate::worker::{Arrived, Worker};

/// What the pool knows of its workers.
pub(crate) struct Controller<W: Worker> {
    pub(crate) seats: Vec<Seat<W>>,
    table: SlotTable,
    /// What is to be the next table, while workers learn of it.
    change: Option<Change>,
    /// What workers left behind that have ended.
    pub(crate) tally: Tally<W::Message>,
    pub(crate) is_closed: bool,
    tokens: u64,
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
    retiring: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Starting,
    Running,
    Ended,
}

impl<W: Worker> Controller<W> {
    /// Starts the first workers. On an error those that were started end.
    pub(crate) fn start(shared: &Arc<Shared<W>>, workers: usize) -> Result<Self, BuildError> {
        let members = Members::count(workers).map_err(|_| BuildError::NoWorkers)?;
        let max = shared.plan.max_workers;
        let table =
            SlotTable::new(&members).map_err(|_| BuildError::TooManyWorkers { workers, max })?;
        let mut controller = Self {
            seats: Vec::new(),
            table,
            change: None,
            tally: Tally::default(),
            is_closed: false,
            tokens: 0,
        };
        *lock(&shared.table).owners = *controller.table.owners();
        match controller.add(shared, workers, true) {
            Ok(()) => Ok(controller),
            Err(error) => {
                controller.close(shared);
                controller.drain();
                Err(error)
            }
        }
    }

    /// Starts workers until there are so many, and waits until they are built.
    fn add(
        &mut self,
        shared: &Arc<Shared<W>>,
        workers: usize,
        first: bool,
    ) -> Result<(), BuildError> {
        let deadline = shared.time.after(shared.plan.init_timeout);
        let pins = shared.plan.placement.plan(workers)?;
        let before = self.seats.len();
        // ORDERING: Relaxed, here and below. A number to show.
        shared.planned.store(workers, Ordering::Relaxed);
        // Nobody sends to them before they are built.
        let mut doors = Vec::new();
        for worker in before..workers {
            let pin = pins.get(worker).copied().flatten();
            let mailbox = shared.mailbox(worker).inspect_err(|_| self.forget(shared, before))?;
            let Mailbox { system, control, door, receiver } = mailbox;
            let status = Arc::clone(&door.status);
            let owners = self.table.owners();
            let mine = |slot: &u16| first && usize::from(owners[usize::from(*slot)]) == worker;
            #[expect(clippy::cast_possible_truncation, reason = "4096 of them")]
            let slots: Vec<u16> = (0..SLOTS as u16).filter(mine).collect();
            doors.push((worker, door, control));
            self.tokens += 1;
            let token = self.tokens;
            let (for_thread, its_status) = (Arc::clone(shared), Arc::clone(&status));
            let runner = move || {
                let name = (worker, token);
                Runner::new(name, for_thread, receiver, its_status, slots.into_iter())
            };
            let spawned = spawn(shared, worker, pin, runner);
            let thread = match spawned {
                Ok(thread) => thread,
                Err(reason) => {
                    self.forget(shared, before);
                    return Err(BuildError::Spawn { worker, reason });
                }
            };
            let standing = Standing::Starting;
            let (expecting, owes, is_owed, retiring) = (false, 0, 0, false);
            let seat = Seat {
                token,
                system,
                status,
                thread,
                standing,
                expecting,
                owes,
                is_owed,
                retiring,
            };
            self.seats.push(seat);
        }
        let starting = |seat: &Seat<W>| seat.standing == Standing::Starting;
        let built = self.settle(shared, deadline, |this| !this.seats.iter().any(starting));
        let failed = self.seats.iter().position(|seat| seat.standing == Standing::Ended);
        let error = match (built, failed) {
            (Err(error), _) => error,
            (Ok(true), _) => {
                let mut table = lock(&shared.table);
                for (worker, door, control) in doors {
                    set(&mut table.doors, worker, door);
                    set(&mut lock(&shared.control), worker, control);
                }
                // Workers that were built before others may have looked already.
                shared.routes.change();
                return Ok(());
            }
            (Ok(false), _) => {
                let worker = self.seats.iter().position(starting).or(failed).unwrap_or(before);
                BuildError::InitTimeout { worker }
            }
        };
        self.forget(shared, before);
        Err(error)
    }

    /// Lets go of the workers from `first` on, which nobody has been told of.
    fn forget(&mut self, shared: &Shared<W>, first: usize) {
        shared.planned.store(first, Ordering::Relaxed);
        for mut seat in self.seats.drain(first..) {
            // One that is stuck in its factory finds its mailbox closed, and ends.
            drop(seat.system.try_send(Post::System(System::Drain.into())));
            seat.system.close();
        }
    }

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
        self.begin(next)?;
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
        if !self.runs(worker) || SLOTS <= slot {
            return Err(ChangeError::NoSuchWorker { worker });
        }
        let mut owners = *self.table.owners();
        owners[slot] = index(worker);
        let next = SlotTable::from_owners(self.table.members(), &owners);
        let next = next.map_err(|_| ChangeError::NoSuchWorker { worker })?;
        self.begin(next)?;
        self.finish(shared, deadline)
    }

    /// Step 1.
    fn begin(&mut self, next: SlotTable) -> Result<(), ChangeError> {
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
                self.forward(transfers.into_iter().map(|one| (one, Arrived::Lost)).collect());
            }
        }
    }

    /// What is left of all steps, and the end of those that are not needed any more.
    pub(crate) fn finish(
        &mut self,
        shared: &Arc<Shared<W>>,
        deadline: Deadline,
    ) -> Result<(), ChangeError> {
        let told = self.settle(shared, deadline, |this| !this.seats.iter().any(|s| s.expecting));
        if !told.unwrap_or(true) {
            return Err(self.timeout());
        }
        if let Some(change) = self.change.take() {
            self.publish(shared, change);
        }
        let done = |seat: &Seat<W>| seat.owes == 0 && seat.is_owed == 0;
        let moved = self.settle(shared, deadline, |this| this.seats.iter().all(done));
        if !moved.unwrap_or(true) {
            return Err(self.timeout());
        }
        if !self.seats.iter().any(|seat| seat.retiring) {
            return Ok(());
        }
        for worker in 0..self.seats.len() {
            if self.seats[worker].retiring {
                self.retire(shared, worker);
            }
        }
        let ended =
            |this: &Self| this.seats.iter().all(|s| !s.retiring || s.standing == Standing::Ended);
        if !self.settle(shared, deadline, ended).unwrap_or(true) {
            return Err(self.timeout());
        }
        let first = self.seats.iter().position(|seat| seat.retiring).unwrap_or(0);
        for mut seat in self.seats.drain(first..) {
            self.tally.retired(&seat.status);
            join(&mut seat.thread);
        }
        shared.planned.store(self.seats.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Nobody sends to it any more once the table has changed; it handles what it has and ends.
    fn retire(&mut self, shared: &Shared<W>, worker: usize) {
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

    /// Refuses all further messages.
    pub(crate) fn close(&mut self, shared: &Shared<W>) {
        self.is_closed = true;
        for control in lock(&shared.control).iter().flatten() {
            control.close();
        }
        for door in lock(&shared.table).doors.iter().flatten() {
            door.close();
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
                join(&mut seat.thread);
            } else {
                stragglers.push(worker);
            }
        }
        stragglers
    }

    pub(crate) fn runs(&self, worker: usize) -> bool {
        self.seats.get(worker).is_some_and(|seat| seat.standing == Standing::Running)
    }

    /// Gives a worker an order of a user, unless too many wait for it already.
    pub(crate) fn order(&mut self, worker: usize, order: System<W>) -> Result<(), ChangeError> {
        let waiting = self.seats.get(worker).map_or(0, |seat| seat.system.len());
        if MOST_ORDERS <= waiting {
            return Err(ChangeError::Timeout { waiting_for: [worker].into() });
        }
        if self.tell(worker, order) { Ok(()) } else { Err(ChangeError::NoSuchWorker { worker }) }
    }

    /// Tells a worker something, if it is there. There is always room for what the pool itself has to say.
    fn tell(&mut self, worker: usize, order: System<W>) -> bool {
        let Some(seat) = self.seats.get_mut(worker) else { return false };
        match seat.system.try_send(Post::System(order.into())) {
            Ok(()) => true,
            Err(refused) => {
                drop_quietly(refused);
                false
            }
        }
    }

    /// Listens to workers until `done`; `false` if that did not come in time.
    pub(crate) fn settle(
        &mut self,
        shared: &Arc<Shared<W>>,
        deadline: Deadline,
        done: impl Fn(&Self) -> bool,
    ) -> Result<bool, BuildError> {
        while !done(self) {
            let Some(event) = shared.events.next(shared.time, deadline) else {
                return Ok(done(self));
            };
            self.hear(event)?;
        }
        Ok(true)
    }

    /// Notes what a worker says.
    fn hear(&mut self, event: Event<W>) -> Result<(), BuildError> {
        match event {
            Event::Ready(token) => self.stand(token, Standing::Running),
            Event::Failed(token, reason) => {
                self.stand(token, Standing::Ended);
                if let Some(worker) = self.seats.iter().position(|seat| seat.token == token) {
                    return Err(BuildError::Init { worker, reason });
                }
            }
            Event::Expecting(token) => {
                if let Some(seat) = self.seat(token) {
                    seat.expecting = false;
                }
            }
            Event::Out(token, states) => {
                if let Some(seat) = self.seat(token) {
                    seat.owes = seat.owes.saturating_sub(states.len());
                }
                self.forward(states);
            }
            Event::In(token, slots) => {
                if let Some(seat) = self.seat(token) {
                    seat.is_owed = seat.is_owed.saturating_sub(slots);
                }
            }
            Event::Ended(token, left) => {
                self.tally.undelivered.extend(left);
                self.stand(token, Standing::Ended);
            }
            Event::Dead(token) => self.stand(token, Standing::Ended),
        }
        Ok(())
    }

    /// Sends the state of slots to their new owners.
    fn forward(&mut self, states: Vec<(Transfer, Arrived<W::Slot>)>) {
        let mut by_owner: Vec<Vec<(u16, Arrived<W::Slot>)>> = Vec::new();
        by_owner.resize_with(self.seats.len(), Vec::new);
        for (transfer, state) in states {
            if let Some(of) = by_owner.get_mut(usize::from(transfer.to)) {
                of.push((transfer.slot, state));
            }
        }
        for (worker, states) in by_owner.into_iter().enumerate() {
            if !states.is_empty() {
                self.tell(worker, System::Arrive(states));
            }
        }
    }

    /// The seat of a worker that was not given up meanwhile.
    fn seat(&mut self, token: u64) -> Option<&mut Seat<W>> {
        self.seats.iter_mut().find(|seat| seat.token == token)
    }

    fn stand(&mut self, token: u64, standing: Standing) {
        if let Some(seat) = self.seat(token) {
            seat.standing = standing;
            if standing == Standing::Ended {
                (seat.expecting, seat.owes, seat.is_owed) = (false, 0, 0);
            }
        }
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

/// Starts a worker: on a thread of its own, or in the simulation of this one.
fn spawn<W: Worker>(
    shared: &Shared<W>,
    worker: usize,
    pin: Option<Pin>,
    runner: impl FnOnce() -> Runner<W> + Send + 'static,
) -> Result<Option<thread::JoinHandle<()>>, String> {
    if shared.time.is_simulated() {
        let schedule = here().ok_or("its simulation is over, or another thread's")?;
        schedule.add(Box::new(Simulated::new(runner())));
        return Ok(None);
    }
    let name = format!("{}-{worker}", shared.plan.name);
    let spawned = thread::spawn_named(name, move || runner().run(pin));
    spawned.map(Some).map_err(|error| error.to_string())
}

fn set<V>(places: &mut Vec<Option<V>>, at: usize, value: V) {
    while places.len() <= at {
        places.push(None);
    }
    places[at] = Some(value);
}

fn index(worker: usize) -> u16 {
    u16::try_from(worker).unwrap_or(u16::MAX)
}

/// Joins a thread that is about to end. It does not panic: what users wrote is caught.
fn join(thread: &mut Option<thread::JoinHandle<()>>) {
    if let Some(thread) = thread.take() {
        drop(thread.join());
    }
}
