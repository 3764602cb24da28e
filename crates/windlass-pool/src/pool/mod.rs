//! The pool.

mod change;
mod control;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
#[cfg(not(loom))]
use core::time::Duration;

use windlass_sync::sync::{Arc, lock};

use crate::builder::Builder;
use crate::dead::{DeadCounts, DeadLetter};
use crate::error::BuildError;
use crate::health::PoolHealth;
#[cfg(not(loom))]
use crate::health::Watch;
use crate::partition_rule::AnyRule;
use crate::sender::{Sender, SenderBy};
use crate::shared::{Init, Shared};
use crate::shared_queue::SharedQueue;
use crate::shutdown::{Report, Shutdown, shut_down};
use crate::status::WorkerStats;
use crate::trace;
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
