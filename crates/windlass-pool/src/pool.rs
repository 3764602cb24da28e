//! The pool.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
use core::time::Duration;

use windlass_qos::TrySendError as LaneError;
use windlass_sync::sync::{Arc, lock};

use crate::balance::{Balance, Rebalanced};
use crate::builder::Builder;
use crate::changes::Kind;
use crate::controller::Controller;
use crate::dead::{DeadCounts, DeadLetter};
use crate::error::{BuildError, ChangeError, ControlError};
use crate::health::PoolHealth;
#[cfg(not(loom))]
use crate::health::Watch;
use crate::letter::{Post, System};
use crate::partition_rule::AnyRule;
use crate::sender::{Sender, SenderBy};
use crate::shared::{Init, Shared};
use crate::shared_queue::SharedQueue;
use crate::shutdown::{Report, Shutdown, shut_down};
use crate::status::WorkerStats;
use crate::trace::{self, Scope};
use crate::worker::{Each, Worker};

/// Workers on threads of their own, which share nothing and are reached by messages.
///
/// Its methods take turns: one that changes the pool waits for another one that does. Senders and workers
/// never wait for any of them. Dropped, it refuses further messages, lets workers handle what they have,
/// and does not wait for that; [`shutdown`](Self::shutdown) does, and says what became of everything.
pub struct Pool<W: Worker> {
    pub(crate) shared: Arc<Shared<W>>,
}

impl<W: Worker> Pool<W> {
    /// Begins a pool of workers that this closure builds, each on its own thread; again after a panic.
    pub fn builder(factory: impl Fn(&Init) -> W + Send + Sync + 'static) -> Builder<W> {
        Builder::new(move |init| Ok::<W, core::convert::Infallible>(factory(init)))
    }

    /// As [`builder`](Self::builder), for workers that may fail to be built.
    ///
    /// What the closure says is the [`BuildError::Init`] that `build` gives.
    pub fn try_builder<E: Into<Box<dyn Error + Send + Sync>>>(
        factory: impl Fn(&Init) -> Result<W, E> + Send + Sync + 'static,
    ) -> Builder<W> {
        Builder::new(factory)
    }

    /// A sender into this pool.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManySenders`] if there are as many as the pool was built for.
    pub fn sender(&self) -> Result<Sender<W>, BuildError> {
        Sender::of_user(&self.shared)
    }

    /// A sender that finds the slots of keys by the rule of this pool, see [`Builder::partition_by`].
    ///
    /// # Errors
    ///
    /// [`BuildError::NoPartitioner`] if the pool has none for keys of this type; and as
    /// [`sender`](Self::sender).
    pub fn sender_by<K: ?Sized + 'static>(&self) -> Result<SenderBy<W, K>, BuildError> {
        let rule = self.shared.plan.partitioner.as_ref().and_then(AnyRule::for_keys);
        let rule = rule.ok_or(BuildError::NoPartitioner)?;
        Ok(SenderBy::new(self.sender()?, rule))
    }

    /// How many workers there are.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.shared.workers()
    }

    /// Changes the number of workers while messages flow, and waits until that is done.
    ///
    /// Slots move as few as can be, each with its state; the messages of a key stay in order. Blocking, for
    /// as long as old owners need for what is in their mailboxes.
    ///
    /// New workers are built first, while the others go on. That is not counted by `wait` but by
    /// [`Builder::init_timeout`]: if their factories are not done within that, the change fails by
    /// [`BuildError::InitTimeout`], which names a worker whose factory hangs, and the pool is as it was. The thread of
    /// that one is left to itself, and ends when its factory returns.
    ///
    /// # Errors
    ///
    /// [`ChangeError`]. After a [`Timeout`](ChangeError::Timeout) the change goes on all the same; see
    /// [`settle`](Self::settle).
    pub fn resize(&self, workers: usize, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::Resize, |controller| {
            trace::resize_began(&self.shared.plan.name, workers);
            controller.resize(&self.shared, workers, deadline)
        })
    }

    /// Gives one slot (below 4,096) to one worker, with its state, and waits until that is done.
    ///
    /// # Errors
    ///
    /// As [`resize`](Self::resize).
    pub fn move_slot(&self, slot: usize, worker: usize, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::MoveSlot, |controller| {
            trace::move_slot_began(&self.shared.plan.name, slot, worker);
            controller.move_slot(&self.shared, slot, worker, deadline)
        })
    }

    /// Moves slots from busy workers to others, by what came for each slot since the last decision; in one
    /// change, each with its state, and waits until that is done.
    ///
    /// What came is observed by a sample of one message in sixteen. A slot that moved rests for some
    /// decisions, nothing moves without a gain, and what moves never makes the busiest worker busier: so a
    /// hot slot is not moved to and fro. It is named, since only its keys could be split. High and normal
    /// messages count alike, and those without a key do not.
    ///
    /// # Errors
    ///
    /// As [`resize`](Self::resize).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::{Balance, Outcome, Pool};
    ///
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
    /// let done = pool.rebalance(Balance::default(), Duration::from_secs(5))?;
    /// assert_eq!(done.outcome, Outcome::TooFewMessages);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rebalance(&self, rules: Balance, wait: Duration) -> Result<Rebalanced, ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::Rebalance, |controller| {
            trace::rebalance_began(&self.shared.plan.name);
            controller.rebalance(&self.shared, &rules, deadline)
        })
    }

    fn change<R>(
        &self,
        kind: Kind,
        change: impl FnOnce(&mut Controller<W>) -> Result<R, ChangeError>,
    ) -> Result<R, ChangeError> {
        let name = &self.shared.plan.name;
        Scope::of_change(name, kind).within(|| {
            let changed = self.shared.control(change);
            changed.inspect_err(|error| trace::change_failed(name, kind, error))
        })
    }

    /// Waits for the end of a change that was not done in time.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Timeout`] if it is still not done.
    pub fn settle(&self, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.shared.control(|controller| controller.finish(&self.shared, deadline))
    }

    /// A worker takes no more messages until [`resume`](Self::resume); it still hears control messages.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NoSuchWorker`], and [`ChangeError::Timeout`] if it is behind by 64 orders already.
    pub fn pause(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Pause)
    }

    /// A worker takes messages again.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn resume(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Resume)
    }

    /// Stops a worker between two batches and builds it anew. What is in its mailbox stays.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn restart(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Restart)
    }

    fn order(&self, worker: usize, order: System<W>) -> Result<(), ChangeError> {
        self.shared.control(|controller| {
            if controller.is_closed {
                return Err(ChangeError::Closed);
            }
            if !controller.runs(worker) {
                return Err(ChangeError::NoSuchWorker { worker });
            }
            controller.order(worker, order)
        })
    }

    /// Tells one worker something, before its messages. Never waits.
    ///
    /// # Errors
    ///
    /// [`ControlError`] gives the message back.
    pub fn control(
        &self,
        worker: usize,
        control: W::Control,
    ) -> Result<(), ControlError<W::Control>> {
        let mut lanes = lock(&self.shared.control);
        let Some(Some(lane)) = lanes.get_mut(worker) else {
            return Err(ControlError::NoSuchWorker { worker, control });
        };
        match lane.try_send(Post::Control(control)) {
            Ok(()) => Ok(()),
            Err(LaneError::Full(post)) => {
                Err(ControlError::Full { worker, control: control_of(post) })
            }
            Err(LaneError::Closed(post)) => {
                Err(ControlError::NoSuchWorker { worker, control: control_of(post) })
            }
        }
    }

    /// Tells all workers something: what is told to all arrives everywhere in the same order. Never waits;
    /// paused workers hear it too.
    ///
    /// # Errors
    ///
    /// [`ControlError::Full`] if a worker is too far behind; then nobody was told.
    pub fn broadcast(&self, control: W::Control) -> Result<(), ControlError<W::Control>>
    where
        W::Control: Clone,
    {
        let mut lanes = lock(&self.shared.control);
        // Only whoever has the lock puts something in, so what has room now has it below.
        let full = |lane: &mut Option<windlass_qos::lanes::Sender<Post<W>>>| {
            lane.as_mut().is_some_and(|lane| !lane.has_room())
        };
        if let Some(worker) = lanes.iter_mut().position(full) {
            return Err(ControlError::Full { worker, control });
        }
        if lanes.iter().flatten().all(windlass_qos::lanes::Sender::is_closed) {
            return Err(ControlError::Closed(control));
        }
        for lane in lanes.iter_mut().flatten() {
            // One that is gone for good does not hear it.
            drop(lane.try_send(Post::Control(control.clone())));
        }
        Ok(())
    }

    /// How many messages wait for any worker, by [`Spread::Shared`](crate::Spread::Shared); may be out of date at
    /// once.
    #[must_use]
    pub fn shared_len(&self) -> usize {
        self.shared.queue.as_ref().map_or(0, SharedQueue::len)
    }

    /// How each worker is doing.
    #[must_use]
    pub fn stats(&self) -> Vec<WorkerStats> {
        let table = lock(&self.shared.table);
        let doors = table.doors.iter().enumerate();
        let stats = doors.filter_map(|(worker, door)| {
            let door = door.as_ref()?;
            Some(door.status.read(worker, door.high.len() + door.normal.len()))
        });
        stats.collect()
    }

    /// How the pool and each worker is doing, by the rules of [`Builder::health`].
    ///
    /// Nobody watches in between: a handler that does not return is noticed at the second look, if that
    /// comes long enough behind the first. [`watch`](Self::watch) looks by itself. Waits for no worker.
    ///
    /// ```
    /// use windlass_pool::{Health, Pool};
    ///
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
    /// assert_eq!(pool.health().health, Health::Healthy);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn health(&self) -> PoolHealth {
        self.shared.health()
    }

    /// Looks at the health so often, on a thread of its own, and calls back at first and when that of the
    /// pool or of a worker has changed.
    ///
    /// It ends when the [`Watch`] is dropped, or the pool is gone. A call back that panics ends it.
    ///
    /// # Errors
    ///
    /// What the operating system says if it starts no thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::Pool;
    ///
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
    /// let watch = pool.watch(Duration::from_secs(1), |health| eprintln!("{health}"))?;
    /// # watch.stop();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(not(loom))]
    pub fn watch(
        &self,
        every: Duration,
        on_change: impl FnMut(&PoolHealth) + Send + 'static,
    ) -> std::io::Result<Watch> {
        Watch::begin(self, every, on_change)
    }

    /// Takes the latest messages that nobody handled.
    #[must_use]
    pub fn take_dead_letters(&self) -> Vec<DeadLetter<W::Message>> {
        self.shared.dead.take()
    }

    /// How many messages nobody handled.
    #[must_use]
    pub fn dead_counts(&self) -> DeadCounts {
        self.shared.dead.counts()
    }

    /// Ends the pool, and says what became of everything. Blocking.
    pub fn shutdown(self, how: Shutdown) -> Report<W::Message> {
        let Shared { plan, time, .. } = &*self.shared;
        trace::shutdown_began(&plan.name);
        let began = time.elapsed();
        let report = self.shared.control(|controller| shut_down(&self.shared, controller, how));
        trace::pool_shut_down(&plan.name, &report, time.elapsed().saturating_sub(began));
        report
    }
}

impl<M: Send + 'static, F: FnMut(M) + 'static> Pool<Each<M, F>> {
    /// Begins a pool whose workers handle each message by a closure. The factory gives each worker its own.
    ///
    /// ```
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// let pool = Pool::each(|init| {
    ///     let worker = init.worker;
    ///     move |n: u64| println!("worker {worker} got {n}")
    /// })
    /// .workers(2)
    /// .build()?;
    /// let mut tx = pool.sender()?;
    /// for n in 0..4 {
    ///     tx.send(&n, n)?;
    /// }
    /// assert_eq!(pool.shutdown(Shutdown::drain()).handled, 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn each(factory: impl Fn(&Init) -> F + Send + Sync + 'static) -> Builder<Each<M, F>> {
        Self::builder(move |init| Each::new(factory(init)))
    }
}

/// A refused post is the control message that was offered.
fn control_of<W: Worker>(post: Post<W>) -> W::Control {
    match post {
        Post::Control(control) => control,
        Post::System(_) | Post::Letter(_) => unreachable!("a control message comes back as one"),
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        self.shared.agenda.close();
        self.shared.control(|controller| {
            if !controller.is_closed {
                trace::pool_dropped(&self.shared.plan.name);
            }
            controller.close(&self.shared);
            controller.drain();
        });
    }
}

impl<W: Worker> fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("workers", &self.workers()).finish_non_exhaustive()
    }
}
