//! Starting workers.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use windlass_partition::{Members, SLOTS, SlotTable};
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};
use windlass_sync::thread;

use super::{Controller, Seat, Standing};
use crate::balance::Observed;
use crate::error::BuildError;
use crate::letter::{Post, System};
use crate::placement::Pin;
use crate::runner::{Runner, Simulated};
use crate::shared::{Mailbox, Shared};
use crate::shutdown::Tally;
use crate::simulation::here;
use crate::worker::Worker;

impl<W: Worker> Controller<W> {
    /// What is to be known of so many workers, before there are any.
    pub(crate) fn new(workers: usize) -> Result<Self, BuildError> {
        let members = Members::count(workers).map_err(|_| BuildError::NoWorkers)?;
        let table = SlotTable::new(&members);
        let table = table.map_err(|_| BuildError::TooManyWorkers { workers, max: SLOTS })?;
        Ok(Self {
            seats: Vec::new(),
            table,
            change: None,
            open: None,
            tally: Tally::default(),
            leaving: Vec::new(),
            is_closed: false,
            tokens: 0,
            observed: Observed::default(),
        })
    }

    /// Starts the first workers. On an error those that were started end.
    pub(crate) fn start(
        &mut self,
        shared: &Arc<Shared<W>>,
        workers: usize,
    ) -> Result<(), BuildError> {
        *lock(&shared.table).owners = *self.table.owners();
        self.add(shared, workers, true).inspect_err(|_| {
            self.close(shared);
            self.drain();
        })
    }

    /// Starts workers until there are so many, and waits until they are built.
    pub(super) fn add(
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
            let (expecting, owes, is_owed) = (false, 0, 0);
            let (retiring, dismissed) = (false, false);
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
                dismissed,
                estate: BTreeMap::new(),
                seen: Vec::new(),
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
    let spawned = thread::spawn_sized(name, shared.plan.stack_size, move || runner().run(pin));
    spawned.map(Some).map_err(|error| error.to_string())
}

fn set<V>(places: &mut Vec<Option<V>>, at: usize, value: V) {
    while places.len() <= at {
        places.push(None);
    }
    places[at] = Some(value);
}
