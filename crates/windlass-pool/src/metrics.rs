//! The numbers of pools, for a registry of `windlass-metrics`.
//!
//! Nothing is counted for it: workers and senders count anyway, and are read when somebody looks.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use windlass_metrics::{Counter, Gauge, HighWater, Readings, RegisterError, Registry, Spec, Unit};
use windlass_qos::Stats;
use windlass_sync::sync::{Arc, Mutex, lock};

use crate::changes::{Changed, KINDS};
use crate::dead::{DeadCounts, DeadReason};
use crate::pool::Pool;
use crate::shared::Shared;
use crate::shared_queue::SharedQueue;
use crate::status::WorkerStats;
use crate::worker::Worker;

const WORKERS: Spec<Gauge, 1> = Spec::new("windlass_pool_workers", "Workers there are.", ["pool"]);
const HELD: Spec<Gauge, 3> = Spec::new(
    "windlass_pool_held",
    "Messages in the mailbox of a worker.",
    ["pool", "worker", "lane"],
);
const SENT: Spec<Counter, 3> = Spec::new(
    "windlass_pool_lane_accepted",
    "Messages that were put into the mailbox of a worker.",
    ["pool", "worker", "lane"],
);
const TAKEN: Spec<Counter, 3> = Spec::new(
    "windlass_pool_lane_taken",
    "Messages that a worker took out of its mailbox.",
    ["pool", "worker", "lane"],
);
const SHARED: Spec<Gauge, 1> =
    Spec::new("windlass_pool_shared", "Messages that wait for any worker.", ["pool"]);
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
const UNSENT: Spec<Counter, 2> = Spec::new(
    "windlass_pool_messages_unsent",
    "Messages for other pools that those did not take.",
    ["pool", "worker"],
);
const CHANGES: Spec<Counter, 2> =
    Spec::new("windlass_pool_changes", "Changes that were done.", ["pool", "change"]);
const MOVED: Spec<Counter, 2> =
    Spec::new("windlass_pool_slots_moved", "Slots that got another owner.", ["pool", "change"]);
const CHANGE_TIME: Spec<Counter, 2> = Spec::new(
    "windlass_pool_change_time",
    "How long all changes took that were done.",
    ["pool", "change"],
)
.unit(Unit::Nanoseconds);
const CHANGE_LONGEST: Spec<HighWater, 2> = Spec::new(
    "windlass_pool_change_longest",
    "How long the longest change took.",
    ["pool", "change"],
)
.unit(Unit::Nanoseconds);

const REASONS: [(&str, DeadReason); 5] = [
    ("panicked", DeadReason::Panicked),
    ("worker_gone", DeadReason::WorkerGone),
    ("overwritten", DeadReason::Overwritten),
    ("moved", DeadReason::Moved),
    ("expired", DeadReason::Expired),
];

/// What lanes of messages are called.
const LANES: [&str; 2] = ["high", "normal"];

type Families = [Readings; 16];

/// Shows the numbers of pools in a registry.
///
/// - By pool: workers, messages accepted, messages in the queue that workers share.
/// - By pool and reason: messages dead.
/// - By pool and change (`resize`, `move_slot`, `rebalance`): how many were done, how many slots moved, how long
///   they took together, and the longest. Changes are too few for a histogram.
/// - By worker: messages handled, batches, panics, restarts, and messages unsent by links.
/// - By worker and lane (`high`, `normal`): messages held, put into the mailbox, and taken out of it. What was
///   taken out is handled, or dead, or will be; which of them is not known by lane, as letters do not carry it:
///   that would be a store more for each message. What a worker sends to itself goes by no lane.
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
    /// Messages in the queue that workers share.
    shared: u64,
    accepted: u64,
    dead: DeadCounts,
    changes: [Changed; KINDS.len()],
}

struct OfWorker {
    stats: WorkerStats,
    lanes: [Stats; LANES.len()],
}

impl PoolMetrics {
    /// Makes the families, with room for so many pools of so many workers each.
    ///
    /// What is beyond that is shown as one named `overflow`.
    ///
    /// # Errors
    ///
    /// If the registry has them already, or not so much room: 20 series for each pool and eleven for each
    /// worker.
    ///
    /// # Panics
    ///
    /// If `pools` or `workers` is zero.
    pub fn new(registry: &Registry, pools: usize, workers: usize) -> Result<Self, RegisterError> {
        let all = pools.saturating_mul(workers);
        let by_lane = all.saturating_mul(LANES.len());
        let by_change = pools.saturating_mul(KINDS.len());
        let families = [
            WORKERS.series(pools).into(),
            HELD.series(by_lane).into(),
            SENT.series(by_lane).into(),
            TAKEN.series(by_lane).into(),
            SHARED.series(pools).into(),
            ACCEPTED.series(pools).into(),
            HANDLED.series(all).into(),
            DEAD.series(pools.saturating_mul(REASONS.len())).into(),
            BATCHES.series(all).into(),
            PANICS.series(all).into(),
            RESTARTS.series(all).into(),
            UNSENT.series(all).into(),
            CHANGES.series(by_change).into(),
            MOVED.series(by_change).into(),
            CHANGE_TIME.series(by_change).into(),
            CHANGE_LONGEST.series(by_change).into(),
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
            let lanes = [door.high.stats(), door.normal.stats()];
            Some(OfWorker { stats: door.status.read(worker, 0), lanes })
        });
        of.collect()
    };
    let (accepted, dead) = (shared.routes.accepted(), shared.dead.counts());
    let held = shared.queue.as_ref().map_or(0, SharedQueue::len) as u64;
    Numbers {
        workers,
        shared: held,
        accepted,
        dead,
        changes: KINDS.map(|kind| shared.changes.of(kind)),
    }
}

fn push(pool: &str, numbers: &Numbers, families: &mut Families) {
    let [
        workers,
        held,
        sent,
        taken,
        shared,
        accepted,
        handled,
        dead,
        batches,
        panics,
        restarts,
        unsent,
        of_changes @ ..,
    ] = families;
    let [changes, moved, time, longest] = of_changes;
    workers.push(&[pool], numbers.workers.len() as u64);
    shared.push(&[pool], numbers.shared);
    accepted.push(&[pool], numbers.accepted);
    for (name, reason) in REASONS {
        dead.push(&[pool, name], numbers.dead.of(reason));
    }
    for (kind, of) in KINDS.into_iter().zip(numbers.changes) {
        let of_change = [pool, kind.name()];
        changes.push(&of_change, of.done);
        moved.push(&of_change, of.slots);
        time.push(&of_change, of.nanos);
        longest.push(&of_change, of.longest);
    }
    for OfWorker { stats, lanes } in &numbers.workers {
        let worker = stats.worker.to_string();
        for (name, lane) in LANES.into_iter().zip(lanes) {
            let of_lane = [pool, &worker, name];
            held.push(&of_lane, lane.held);
            sent.push(&of_lane, lane.accepted);
            taken.push(&of_lane, lane.delivered);
        }
        let of_worker = [pool, &worker];
        handled.push(&of_worker, stats.handled);
        batches.push(&of_worker, stats.batches);
        panics.push(&of_worker, stats.panics);
        restarts.push(&of_worker, stats.restarts);
        unsent.push(&of_worker, stats.unsent);
    }
}
