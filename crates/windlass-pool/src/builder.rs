//! Building pools.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::error::Error;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use windlass_partition::{Partitioner, SLOTS};
use windlass_qos::{QosLevel, Wait};
use windlass_sync::sync::Arc;

use crate::breaker::Breaker;
use crate::controller::Controller;
use crate::error::BuildError;
use crate::health::HealthRules;
use crate::letter::LANES;
use crate::orphans::Orphans;
use crate::partition_rule::AnyRule;
use crate::placement::Placement;
use crate::poison::Poison;
use crate::pool::Pool;
use crate::restart::Restart;
use crate::shared::{Factory, Init, Plan, Shared};
use crate::shed::Shed;
use crate::simulation::Simulation;
use crate::snapshot::Keeper;
use crate::spread::Spread;
use crate::time::Time;
use crate::trace;
use crate::worker::Worker;

/// Builds a pool; made by [`Pool::builder`].
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<W: Worker> {
    factory: Box<Factory<W>>,
    workers: usize,
    max_workers: Option<usize>,
    plan: Plan,
    time: Option<Time>,
    dead_letters: usize,
    pub(crate) keeper: Option<Keeper<W>>,
    pub(crate) restore: Vec<(u16, W::Slot)>,
    of: PhantomData<fn() -> W>,
}

impl<W: Worker> Builder<W> {
    pub(crate) fn new<E>(factory: impl Fn(&Init) -> Result<W, E> + Send + Sync + 'static) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let plan = Plan {
            level: QosLevel::Guaranteed,
            capacity: 1024,
            control_capacity: 64,
            budgets: [16, 16, 64, 64],
            senders: 32,
            max_workers: 0,
            batch: 64,
            outbox: 1024,
            wait: Wait::default(),
            sender_wait: Wait::default(),
            tick: None,
            restart: Restart::on_panic(),
            breaker: None,
            placement: Placement::None,
            timers: 256,
            scheduled: 1024,
            spread: Spread::default(),
            poison: Poison::default(),
            orphans: Orphans::default(),
            init_timeout: Duration::from_secs(30),
            health: HealthRules::default(),
            shed: None,
            stack_size: None,
            partitioner: None,
            name: "worker".to_string(),
        };
        let factory = Box::new(move |init: &Init| factory(init).map_err(Into::into));
        Self {
            factory,
            workers: 1,
            max_workers: None,
            plan,
            dead_letters: 1024,
            time: None,
            keeper: None,
            restore: Vec::new(),
            of: PhantomData,
        }
    }

    /// How many workers there are at first; 1 by default.
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// How many there may ever be; by default twice as many as at first, and 16 at least.
    pub fn max_workers(self, workers: usize) -> Self {
        Self { max_workers: Some(workers), ..self }
    }

    /// What each mailbox is: its level, and how many messages it holds at each of two priorities.
    /// [`Guaranteed`](QosLevel::Guaranteed) with 1,024 by default.
    pub fn mailbox(mut self, level: QosLevel, capacity: usize) -> Self {
        (self.plan.level, self.plan.capacity) = (level, capacity);
        self
    }

    /// How many control messages a worker can be behind; 64 by default.
    pub fn control_capacity(mut self, messages: usize) -> Self {
        self.plan.control_capacity = messages;
        self
    }

    /// How many messages in a row each lane may give while others have some: control, high, normal.
    pub fn budgets(mut self, control: u32, high: u32, normal: u32) -> Self {
        self.plan.budgets = [16, control, high, normal];
        self
    }

    /// How many senders there can be at a time, besides those of workers; 32 by default.
    pub fn senders(mut self, senders: usize) -> Self {
        self.plan.senders = senders;
        self
    }

    /// The most messages that a worker takes at once; 64 by default.
    pub fn batch(mut self, messages: usize) -> Self {
        self.plan.batch = messages;
        self
    }

    /// How many messages of a worker to others can wait for room, and by each link to another pool; 1,024 by
    /// default.
    pub fn outbox(mut self, messages: usize) -> Self {
        self.plan.outbox = messages;
        self
    }

    /// How workers wait for messages; adaptive by default.
    pub fn wait(mut self, wait: Wait) -> Self {
        self.plan.wait = wait;
        self
    }

    /// How senders wait for room; adaptive by default.
    pub fn sender_wait(mut self, wait: Wait) -> Self {
        self.plan.sender_wait = wait;
        self
    }

    /// Calls [`Worker::on_tick`] so often.
    pub fn tick(mut self, every: Duration) -> Self {
        self.plan.tick = Some(every);
        self
    }

    /// What becomes of a worker that panics.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.plan.restart = restart;
        self
    }

    /// On which cores workers run; wherever the system likes by default.
    ///
    /// Cores outside of the process's own mask are refused, and so is what the system does not do.
    pub fn placement(mut self, placement: Placement) -> Self {
        self.plan.placement = placement;
        self
    }

    /// Each sender stops trying a worker for a while that refused it too often.
    ///
    /// For sends that do not wait, or not without end: [`Sender::try_send`](crate::Sender::try_send) and
    /// [`Sender::send_timeout`](crate::Sender::send_timeout) with their kin. Meanwhile they say that the
    /// mailbox is full, at once.
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.plan.breaker = Some(breaker);
        self
    }

    /// How many messages a worker can keep for later, by [`Context::after`](crate::Context::after); 256 by
    /// default, a million at most. The room for them is made at once.
    pub fn timers(mut self, timers: usize) -> Self {
        self.plan.timers = timers;
        self
    }

    /// How many messages of the pool can wait for their time, by [`Sender::after`](crate::Sender::after) and
    /// [`Sender::every`](crate::Sender::every); 1,024 by default, a million at most.
    pub fn scheduled(mut self, messages: usize) -> Self {
        self.plan.scheduled = messages;
        self
    }

    /// Which worker gets a message that is for any: by default each in turn; or whoever comes first, see
    /// [`Spread::Shared`].
    pub fn spread(mut self, spread: Spread) -> Self {
        self.plan.spread = spread;
        self
    }

    /// What becomes of the message with which it panicked.
    pub fn poison(mut self, poison: Poison) -> Self {
        self.plan.poison = poison;
        self
    }

    /// What becomes of the slots of a worker that is gone for good; they stay by default, and what is sent for their
    /// keys is refused.
    ///
    /// ```
    /// use windlass_pool::{Orphans, Pool, Restart, Shutdown};
    ///
    /// let pool = Pool::each(|_| |n: u64| assert!(n != 13, "not this one"))
    ///     .workers(2)
    ///     .restart(Restart::never())
    ///     .orphans(Orphans::Move)
    ///     .build()?;
    /// let mut tx = pool.sender()?;
    /// tx.send(&13, 13)?;
    /// // The other worker has its keys when this one is gone.
    /// while tx.send(&13, 14).is_err() || pool.health().ailing().count() == 0 {
    ///     std::thread::yield_now();
    /// }
    /// assert_eq!(pool.shutdown(Shutdown::drain()).panics, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn orphans(mut self, orphans: Orphans) -> Self {
        self.plan.orphans = orphans;
        self
    }

    /// How many of the latest dead letters are kept; 1,024 by default. All are counted.
    pub fn dead_letters(self, letters: usize) -> Self {
        Self { dead_letters: letters, ..self }
    }

    /// How long all factories together may take; 30 seconds by default.
    ///
    /// For [`build`](Self::build), and for each [`Pool::resize`] that adds workers, besides what that itself waits. If
    /// it is over, both say [`BuildError::InitTimeout`], which names a worker, and that one's thread is left to itself.
    pub fn init_timeout(mut self, wait: Duration) -> Self {
        self.plan.init_timeout = wait;
        self
    }

    /// Keys of this type go by a rule of your own, for those who send by
    /// [`Pool::sender_by`]; each partition is a slot.
    ///
    /// Slots keep all that is promised: order by key, hand-off, rebalance. Partitions are spread over the
    /// workers about evenly, however few there are. What a partition and a worker have to do with each other
    /// changes as slots move; to send to one worker, there is
    /// [`Sender::send_to`](crate::Sender::send_to).
    ///
    /// ```
    /// use windlass_partition::Range;
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// let halves = Range::new(vec!["n".to_owned()])?;
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).partition_by::<str>(halves).build()?;
    /// let mut tx = pool.sender_by::<str>()?;
    /// assert_eq!(tx.slot("anna"), tx.slot("berta"));
    /// tx.send("zoe", 1)?;
    /// assert_eq!(pool.shutdown(Shutdown::drain()).handled, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn partition_by<K: ?Sized + 'static>(
        mut self,
        partitioner: impl Partitioner<K> + Send + Sync + 'static,
    ) -> Self {
        self.plan.partitioner = Some(AnyRule::new(partitioner));
        self
    }

    /// Messages that waited too long are not handled: they die as
    /// [`DeadReason::Expired`](crate::DeadReason::Expired). None do by default.
    ///
    /// The time begins when a message is put into the mailbox, and a worker looks when it takes a message
    /// out. Without this option no message bears a time; with it, each send reads the clock.
    pub fn shed(mut self, shed: Shed) -> Self {
        self.plan.shed = Some(shed);
        self
    }

    /// How many bytes of stack each worker has; what the standard library gives by default.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.plan.stack_size = Some(bytes);
        self
    }

    /// From when on a worker is not healthy; see [`Pool::health`].
    pub fn health(mut self, rules: HealthRules) -> Self {
        self.plan.health = rules;
        self
    }

    /// What the pool is called in traces, and threads with a number behind it; `worker` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.plan.name = name.into();
        self
    }

    /// Has the pool take part in the simulation of this thread: it starts no threads, pins nothing, and goes
    /// by the clock and the schedule of that.
    pub fn simulate(self, simulation: &Simulation) -> Self {
        Self { time: Some(Time::of_simulation(simulation.started())), ..self }
    }

    /// Starts the threads, and waits until each worker is built. Blocking.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for what cannot be, and if a worker cannot be built; the others are stopped then.
    pub fn build(self) -> Result<Pool<W>, BuildError> {
        let Self { factory, workers, max_workers, mut plan, time, .. } = self;
        let (dead_letters, keeper, restore) = (self.dead_letters, self.keeper, self.restore);
        plan.max_workers =
            max_workers.unwrap_or_else(|| workers.saturating_mul(2).max(16)).min(SLOTS);
        if workers == 0 {
            return Err(BuildError::NoWorkers);
        }
        if plan.max_workers < workers {
            return Err(BuildError::TooManyWorkers { workers, max: plan.max_workers });
        }
        if plan.batch == 0 {
            return Err(BuildError::NoBatch);
        }
        let timers = plan.timers.max(plan.scheduled);
        if MOST_TIMERS < timers {
            return Err(BuildError::TooManyTimers { timers, max: MOST_TIMERS });
        }
        if let Some(partitions) = plan.partitioner.as_ref().map(AnyRule::partitions)
            && SLOTS < partitions
        {
            return Err(BuildError::TooManyPartitions { partitions, max: SLOTS });
        }
        if let Some((slot, _)) = restore.iter().find(|(slot, _)| SLOTS <= usize::from(*slot)) {
            return Err(BuildError::NoSuchSlot { slot: *slot });
        }
        plan.restart.check().map_err(BuildError::Restart)?;
        if let Some(breaker) = &plan.breaker {
            breaker.check().map_err(BuildError::Breaker)?;
        }
        debug_assert!(plan.budgets.len() == LANES, "one for each lane");
        let controller = Controller::new(workers)?;
        let time = time.unwrap_or_else(Time::of_machine);
        let shared = Shared::new(plan, time, factory, keeper, restore, dead_letters, controller);
        let shared = Arc::new(shared?);
        let began = shared.time.elapsed();
        let started = shared.control(|controller| controller.start(&shared, workers));
        let took = shared.time.elapsed().saturating_sub(began);
        trace::pool_built(&shared.plan.name, workers, &started, took);
        started?;
        Ok(Pool { shared })
    }
}

/// The most messages that can wait for later, of one worker or of all senders.
const MOST_TIMERS: usize = 1_000_000;

impl<W: Worker> fmt::Debug for Builder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("workers", &self.workers).finish_non_exhaustive()
    }
}
