//! What the pool, its senders and its workers share.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use windlass_partition::SLOTS;
use windlass_qos::lanes::{self, Lane};
use windlass_qos::{DropReason, QosLevel, Wait};
use windlass_sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::{CachePadded, Deadline};

use crate::breaker::Breaker;
use crate::changes::Changes;
use crate::controller::Controller;
use crate::dead::{DeadLetter, DeadLetters, DeadReason};
use crate::desk::Desk;
use crate::error::BuildError;
use crate::events::Event;
use crate::health::{HealthRules, Looks};
use crate::late::Late;
use crate::letter::{CONTROL, HIGH, LANES, Letter, NORMAL, Post, SYSTEM};
use crate::links::Links;
use crate::orphans::Orphans;
use crate::partition_rule::AnyRule;
use crate::placement::Placement;
use crate::poison::Poison;
use crate::quiet::drop_quietly;
use crate::restart::Restart;
use crate::route::Routes;
use crate::schedule::Agenda;
use crate::shared_queue::SharedQueue;
use crate::shed::Shed;
use crate::snapshot::Keeper;
use crate::spread::Spread;
use crate::status::Status;
use crate::time::Time;
use crate::worker::Worker;

/// What a factory may say.
pub(crate) type InitError = Box<dyn Error + Send + Sync>;

/// Builds a worker on its own thread.
pub(crate) type Factory<W> = dyn Fn(&Init) -> Result<W, InitError> + Send + Sync;

/// What a worker is told when it is built.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Init {
    /// Its number, from 0.
    pub worker: usize,
    /// How many workers the pool has, or is about to have.
    pub workers: usize,
    /// How often it was built before.
    pub restarts: u64,
    pub(crate) links: Links,
}

/// What a pool was built with.
pub(crate) struct Plan {
    pub(crate) level: QosLevel,
    pub(crate) capacity: usize,
    pub(crate) control_capacity: usize,
    pub(crate) budgets: [u32; LANES],
    pub(crate) senders: usize,
    pub(crate) max_workers: usize,
    pub(crate) batch: usize,
    pub(crate) outbox: usize,
    pub(crate) wait: Wait,
    pub(crate) sender_wait: Wait,
    pub(crate) tick: Option<Duration>,
    pub(crate) restart: Restart,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) placement: Placement,
    pub(crate) timers: usize,
    pub(crate) scheduled: usize,
    pub(crate) spread: Spread,
    pub(crate) poison: Poison,
    pub(crate) orphans: Orphans,
    pub(crate) init_timeout: Duration,
    pub(crate) health: HealthRules,
    pub(crate) shed: Option<Shed>,
    pub(crate) stack_size: Option<usize>,
    pub(crate) partitioner: Option<AnyRule>,
    pub(crate) name: String,
}

/// Shared by the pool, its senders and its workers.
pub(crate) struct Shared<W: Worker> {
    pub(crate) plan: Plan,
    pub(crate) time: Time,
    pub(crate) factory: Box<Factory<W>>,
    /// Copies workers, if there is one.
    pub(crate) keeper: Option<Keeper<W>>,
    /// What slots begin with, until their first workers have it.
    pub(crate) restored: Mutex<BTreeMap<u16, W::Slot>>,
    pub(crate) routes: Arc<Routes>,
    pub(crate) table: Mutex<Table<W>>,
    /// The control lanes, of which one message at a time goes to all: so all get the same order.
    pub(crate) control: Mutex<Vec<Option<lanes::Sender<Post<W>>>>>,
    /// What is known of the workers, and what they tell.
    desk: Desk<Controller<W>, Event<W>>,
    pub(crate) dead: Arc<DeadLetters<W::Message>>,
    pub(crate) agenda: Agenda<W::Message>,
    /// What workers had sent when the pool closed.
    pub(crate) late: Late<W::Message>,
    pub(crate) changes: Changes,
    /// In which calls workers were seen.
    pub(crate) looks: Mutex<Looks>,
    /// Set at the end of a shutdown: everybody stops where they are.
    pub(crate) abort: AtomicBool,
    /// How many workers there are or are about to be.
    pub(crate) planned: Arc<AtomicUsize>,
    /// Senders that exist, without those of workers. With `planned` the threads that are at work.
    pub(crate) sending: Arc<AtomicUsize>,
    /// What is for any worker, if they share that.
    pub(crate) queue: Option<SharedQueue<W::Message>>,
    /// Numbers for senders that choose by chance.
    pub(crate) numbers: AtomicU64,
}

/// Who has which slot, and how workers are reached.
pub(crate) struct Table<W: Worker> {
    pub(crate) owners: Box<[u16; SLOTS]>,
    /// By worker; nothing where there is none any more.
    pub(crate) doors: Vec<Option<Door<W>>>,
    /// Senders that exist, without those of workers.
    pub(crate) senders: usize,
}

/// The lanes by which messages reach one worker.
pub(crate) struct Door<W: Worker> {
    pub(crate) high: lanes::Sender<Post<W>>,
    pub(crate) normal: lanes::Sender<Post<W>>,
    pub(crate) status: Arc<CachePadded<Status>>,
}

impl<W: Worker> Door<W> {
    /// The same for another sender.
    pub(crate) fn another(&self) -> Result<Self, BuildError> {
        let (high, normal) = (self.high.try_clone()?, self.normal.try_clone()?);
        Ok(Self { high, normal, status: Arc::clone(&self.status) })
    }

    #[inline]
    pub(crate) fn lane(&mut self, is_high: bool) -> &mut lanes::Sender<Post<W>> {
        if is_high { &mut self.high } else { &mut self.normal }
    }

    /// Whether this leads to the same worker.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.status, &other.status)
    }

    pub(crate) fn close(&self) {
        self.high.close();
        self.normal.close();
    }
}

/// A mailbox that nobody has yet.
pub(crate) struct Mailbox<W: Worker> {
    pub(crate) system: lanes::Sender<Post<W>>,
    pub(crate) control: lanes::Sender<Post<W>>,
    pub(crate) door: Door<W>,
    pub(crate) receiver: lanes::Receiver<Post<W>>,
}

impl<W: Worker> Shared<W> {
    /// What a pool of no workers shares.
    pub(crate) fn new(
        plan: Plan,
        time: Time,
        factory: Box<Factory<W>>,
        keeper: Option<Keeper<W>>,
        restored: Vec<(u16, W::Slot)>,
        dead_letters: usize,
        controller: Controller<W>,
    ) -> Result<Self, BuildError> {
        let table = Table { owners: Box::new([0; SLOTS]), doors: Vec::new(), senders: 0 };
        let dead = Arc::new(DeadLetters::new(dead_letters, time, plan.name.clone()));
        Ok(Self {
            agenda: Agenda::new(plan.scheduled),
            queue: SharedQueue::of(&plan)?,
            plan,
            time,
            factory,
            keeper,
            restored: Mutex::new(restored.into_iter().collect()),
            routes: Arc::new(Routes::new()),
            table: Mutex::new(table),
            control: Mutex::new(Vec::new()),
            desk: Desk::new(controller),
            dead,
            late: Late::new(),
            changes: Changes::new(),
            looks: Mutex::new(Looks::default()),
            abort: AtomicBool::new(false),
            planned: Arc::new(AtomicUsize::new(0)),
            sending: Arc::new(AtomicUsize::new(0)),
            numbers: AtomicU64::new(0),
        })
    }

    /// Works with what is known of the workers; one at a time.
    pub(crate) fn control<R>(&self, work: impl FnOnce(&mut Controller<W>) -> R) -> R {
        self.desk.with(work, |controller, event| self.heard(controller, event))
    }

    /// A worker tells something. If nobody changes the pool at the moment, this goes on with a change that
    /// was waiting for it.
    pub(crate) fn tell(&self, event: Event<W>) {
        self.desk.tell(event, |controller, event| self.heard(controller, event));
    }

    /// What workers tell next, for whoever changes the pool.
    pub(crate) fn next_event(&self, deadline: Deadline) -> Option<Event<W>> {
        self.desk.next(self.time, deadline)
    }

    /// What users wrote is dropped here, and may panic.
    fn heard(&self, controller: &mut Controller<W>, event: Event<W>) {
        drop_quietly(catch_unwind(AssertUnwindSafe(|| {
            // A worker that fails is the business of whoever starts it.
            drop(controller.hear(event));
            controller.advance(self);
        })));
    }

    /// How many workers there are.
    pub(crate) fn workers(&self) -> usize {
        lock(&self.table).doors.iter().flatten().count()
    }

    /// Opens a mailbox for a worker.
    pub(crate) fn mailbox(&self, worker: usize) -> Result<Mailbox<W>, BuildError> {
        let plan = &self.plan;
        // One of each sender, of each worker, of what is sent later, and one that is kept here.
        let senders = plan.senders.saturating_add(plan.max_workers + 2);
        let lane = |lane: usize| match lane {
            SYSTEM => {
                Lane::new(QosLevel::Guaranteed, MOST_ORDERS + SYSTEM_ORDERS + plan.max_workers)
            }
            CONTROL => Lane::new(QosLevel::Guaranteed, plan.control_capacity),
            _ => Lane::new(plan.level, plan.capacity).senders(senders),
        };
        let dead = Arc::clone(&self.dead);
        let on_drop = move |post: Post<W>, reason: DropReason| {
            if let Post::Letter(letter) = post {
                let reason = match reason {
                    DropReason::Left => DeadReason::WorkerGone,
                    _ => DeadReason::Overwritten,
                };
                let Letter { slot, is_high, message, .. } = letter;
                dead.add(DeadLetter { message: Some(message), reason, worker, slot, is_high });
            }
        };
        let builder = (0..LANES).fold(lanes::Builder::new(), |builder, at| {
            builder.lane(lane(at).budget(plan.budgets[at]))
        });
        let builder = builder.wait(plan.wait.clone()).sender_wait(plan.sender_wait.clone());
        let (planned, sending) = (Arc::clone(&self.planned), Arc::clone(&self.sending));
        // ORDERING: Relaxed. Numbers to plan a wait with.
        let threads = move || planned.load(Ordering::Relaxed) + sending.load(Ordering::Relaxed);
        let (senders, receiver) = builder.threads(threads).on_drop(on_drop).build()?;
        let mut senders = senders.into_iter();
        let mut next = || senders.next().ok_or(BuildError::NoWorkers);
        let (system, control) = (next()?, next()?);
        let (high, normal) = (next()?, next()?);
        debug_assert!(high.lane() == HIGH && normal.lane() == NORMAL, "in the order of the lanes");
        let door = Door {
            high,
            normal,
            status: Arc::new(CachePadded::new(Status::new(self.time.nanos()))),
        };
        Ok(Mailbox { system, control, door, receiver })
    }
}

/// Orders of users that can wait for a worker. There is room for more, so that those by which the pool
/// itself goes on are never refused.
pub(crate) const MOST_ORDERS: usize = 64;

/// What the pool itself may tell a worker during one change, besides one arrival from each other worker: what
/// it will get, what it gives up, and what comes at the end.
const SYSTEM_ORDERS: usize = 8;
