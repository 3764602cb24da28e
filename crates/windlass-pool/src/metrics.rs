//! The numbers of pools, for a registry of `windlass-metrics`.
//!
//! Nothing is counted for it: workers and senders count anyway, and are read when somebody looks.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use windlass_metrics::{Counter, Gauge, Readings, RegisterError, Registry, Spec};
use windlass_sync::sync::{Arc, Mutex, lock};

use crate::dead::{DeadCounts, DeadReason};
use crate::pool::Pool;
use crate::shared::Shared;
use crate::status::WorkerStats;
use crate::worker::Worker;

const WORKERS: Spec<Gauge, 1> = Spec::new("windlass_pool_workers", "Workers there are.", ["pool"]);
const HELD: Spec<Gauge, 3> = Spec::new(
    "windlass_pool_held",
    "Messages in the mailbox of a worker.",
    ["pool", "worker", "lane"],
);
const ACCEPTED: Spec<Counter, 1> =
    Spec::new("windlass_pool_messages_accepted", "Messages that were accepted.", ["pool"]);
const HANDLED: Spec<Counter, 2> = Spec::new(
    "windlass_pool_messages_handled",
    "Messages that a worker handled.",
    ["pool", "worker"],
);
const DEAD: Spec<Counter, 2> =
    Spec::new("windlass_pool_messages_dead", "Messages that nobody handled.", ["pool", "reason"]);
const BATCHES: Spec<Counter, 2> =
    Spec::new("windlass_pool_batches", "Batches that a worker handled.", ["pool", "worker"]);
const PANICS: Spec<Counter, 2> =
    Spec::new("windlass_pool_panics", "Panics of a worker.", ["pool", "worker"]);
const RESTARTS: Spec<Counter, 2> =
    Spec::new("windlass_pool_restarts", "Times a worker was built anew.", ["pool", "worker"]);

const REASONS: [(&str, DeadReason); 5] = [
    ("panicked", DeadReason::Panicked),
    ("worker_gone", DeadReason::WorkerGone),
    ("overwritten", DeadReason::Overwritten),
    ("moved", DeadReason::Moved),
    ("expired", DeadReason::Expired),
];

type Families = [Readings; 8];

/// Shows the numbers of pools in a registry: workers, messages held by worker and lane, accepted, handled by
/// worker, dead by reason; batches, panics and restarts by worker.
///
/// The pools pay nothing for it: they are read when the registry takes a snapshot. A pool that is gone is no
/// longer shown, and is not kept alive; nor is a worker that is gone. A worker that comes in its place begins
/// at zero.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Registry;
/// use windlass_pool::{Pool, PoolMetrics};
///
/// let registry = Registry::new(1000);
/// let metrics = PoolMetrics::new(&registry, 1, 16)?;
/// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
/// metrics.watch("orders", &pool);
/// pool.sender()?.send(&1, 1)?;
///
/// let now = registry.snapshot();
/// assert_eq!(now.gauge("windlass_pool_workers", &["orders"]), Some(2));
/// assert_eq!(now.counter("windlass_pool_messages_accepted", &["orders"]), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PoolMetrics {
    pools: Arc<Mutex<Vec<Watched>>>,
}

struct Watched {
    name: String,
    read: Box<dyn Fn() -> Option<Numbers> + Send + Sync>,
}

/// What is read of a pool, whatever its messages are.
struct Numbers {
    workers: Vec<OfWorker>,
    accepted: u64,
    dead: DeadCounts,
}

struct OfWorker {
    stats: WorkerStats,
    high: usize,
    normal: usize,
}

impl PoolMetrics {
    /// Makes the families, with room for so many pools of so many workers each.
    ///
    /// What is beyond that is shown as one named `overflow`.
    ///
    /// # Errors
    ///
    /// If the registry has them already, or not so much room: seven series for each pool and six for each
    /// worker.
    ///
    /// # Panics
    ///
    /// If `pools` or `workers` is zero.
    pub fn new(registry: &Registry, pools: usize, workers: usize) -> Result<Self, RegisterError> {
        let all = pools.saturating_mul(workers);
        let families = [
            WORKERS.series(pools).into(),
            HELD.series(all.saturating_mul(2)).into(),
            ACCEPTED.series(pools).into(),
            HANDLED.series(all).into(),
            DEAD.series(pools.saturating_mul(REASONS.len())).into(),
            BATCHES.series(all).into(),
            PANICS.series(all).into(),
            RESTARTS.series(all).into(),
        ];
        let pools = Arc::new(Mutex::new(Vec::<Watched>::new()));
        let watched = Arc::clone(&pools);
        registry.collector(families, move |families| {
            lock(&watched).retain(|watched| match (watched.read)() {
                None => false,
                Some(numbers) => {
                    push(&watched.name, &numbers, families);
                    true
                }
            });
        })?;
        Ok(Self { pools })
    }

    /// Shows a pool under this name from now on, for as long as it is there. Pools of one name are added up.
    pub fn watch<W: Worker>(&self, name: &str, pool: &Pool<W>) {
        let shared = Arc::downgrade(&pool.shared);
        let read = Box::new(move || shared.upgrade().map(|shared| numbers(&shared)));
        lock(&self.pools).push(Watched { name: name.to_string(), read });
    }
}

impl fmt::Debug for PoolMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolMetrics").field("pools", &lock(&self.pools).len()).finish()
    }
}

fn numbers<W: Worker>(shared: &Shared<W>) -> Numbers {
    let workers = {
        let table = lock(&shared.table);
        let doors = table.doors.iter().enumerate();
        let of = doors.filter_map(|(worker, door)| {
            let door = door.as_ref()?;
            let (high, normal) = (door.high.len(), door.normal.len());
            Some(OfWorker { stats: door.status.read(worker, high + normal), high, normal })
        });
        of.collect()
    };
    Numbers { workers, accepted: shared.routes.accepted(), dead: shared.dead.counts() }
}

fn push(pool: &str, numbers: &Numbers, families: &mut Families) {
    let [workers, held, accepted, handled, dead, batches, panics, restarts] = families;
    workers.push(&[pool], numbers.workers.len() as u64);
    accepted.push(&[pool], numbers.accepted);
    for (name, reason) in REASONS {
        dead.push(&[pool, name], numbers.dead.of(reason));
    }
    for OfWorker { stats, high, normal } in &numbers.workers {
        let worker = stats.worker.to_string();
        held.push(&[pool, &worker, "high"], *high as u64);
        held.push(&[pool, &worker, "normal"], *normal as u64);
        let of_worker = [pool, &worker];
        handled.push(&of_worker, stats.handled);
        batches.push(&of_worker, stats.batches);
        panics.push(&of_worker, stats.panics);
        restarts.push(&of_worker, stats.restarts);
    }
}
