//! The numbers of pools in a registry are those of their report.

use std::time::Duration;

use crate::support::{a_key_of, slot_of};
use windlass_metrics::{RegisterError, Registry, Snapshot};
use windlass_pool::{
    Balance, Context, Each, Pool, PoolLink, PoolMetrics, QosLevel, Shutdown, Simulation, Spread,
    Worker,
};
use windlass_sync::sync::{Mutex, lock};

const LONG: Duration = Duration::from_secs(60);

fn of_worker(now: &Snapshot, name: &str, worker: &str) -> Option<u64> {
    now.counter(&format!("windlass_pool_{name}"), &["orders", worker])
}

#[test]
fn a_registry_shows_the_numbers_of_a_pool_while_it_is_there() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 2, 4).unwrap();
    let panics = |_: &_| |n: u64| assert!(n != 7, "on purpose");
    let pool = Pool::each(panics).workers(2).build().unwrap();
    metrics.watch("orders", &pool);
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    // Behind the pause, since the order is heard between two batches.
    drop(pool.gather(|_| (), LONG));
    (0..5).try_for_each(|n| tx.send_to(0, n)).unwrap();
    let now = registry.snapshot();
    let held = |lane| now.gauge("windlass_pool_held", &["orders", "0", lane]);
    assert_eq!((held("normal"), held("high")), (Some(5), Some(0)), "in the mailbox");
    assert_eq!(now.gauge("windlass_pool_workers", &["orders"]), Some(2), "workers");
    assert_eq!(now.counter("windlass_pool_messages_accepted", &["orders"]), Some(5), "accepted");
    assert_eq!(of_worker(&now, "messages_handled", "0"), Some(0), "none so far");

    pool.resume(0).unwrap();
    tx.send_to(1, 7).unwrap();
    let settled = |pool: &Pool<_>| {
        let stats = pool.stats();
        stats[0].handled == 5 && stats[1].restarts == 1
    };
    while !settled(&pool) {
        windlass_sync::thread::yield_now();
    }
    let now = registry.snapshot();
    let of = |name, worker| of_worker(&now, name, worker);
    assert_eq!((of("messages_handled", "0"), of("messages_handled", "1")), (Some(5), Some(0)));
    assert_eq!((of("restarts", "0"), of("restarts", "1")), (Some(0), Some(1)), "restarts");
    assert_eq!(of_worker(&now, "panics", "1"), Some(1), "panics");
    let dead = |reason| now.counter("windlass_pool_messages_dead", &["orders", reason]);
    assert_eq!((dead("panicked"), dead("worker_gone")), (Some(1), Some(0)), "by reason");
    assert!(0 < of_worker(&now, "batches", "0").unwrap(), "batches");

    let report = pool.shutdown(Shutdown::drain());
    assert_eq!((report.accepted, report.handled, report.dead.total()), (6, 5, 1), "the report");
    drop(tx);
    let now = registry.snapshot();
    assert_eq!(now.gauge("windlass_pool_workers", &["orders"]), None, "gone");
}

#[test]
fn a_registry_shows_messages_by_lane() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 1).unwrap();
    let pool = Pool::each(|_| |_: u64| {}).build().unwrap();
    metrics.watch("orders", &pool);
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    drop(pool.gather(|_| (), LONG));
    (0..3).try_for_each(|n| tx.send(&n, n)).unwrap();
    (0..2).try_for_each(|n| tx.send_high(&n, n)).unwrap();
    let by_lane = || {
        let now = registry.snapshot();
        let of = |lane| {
            let labels = ["orders", "0", lane];
            let count = |name| now.counter(name, &labels).unwrap();
            let held = now.gauge("windlass_pool_held", &labels).unwrap();
            (count("windlass_pool_lane_accepted"), count("windlass_pool_lane_taken"), held)
        };
        [of("high"), of("normal")]
    };
    assert_eq!(by_lane(), [(2, 0, 2), (3, 0, 3)], "accepted, taken, held");
    pool.resume(0).unwrap();
    while pool.stats()[0].handled < 5 {
        windlass_sync::thread::yield_now();
    }
    assert_eq!(by_lane(), [(2, 2, 0), (3, 3, 0)], "accepted, taken, held");
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_registry_shows_changes_and_how_long_they_took() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 4).unwrap();
    let sim = Simulation::new(1);
    let pool = Pool::each(|_| |_: u64| {}).workers(2).simulate(&sim).build().unwrap();
    metrics.watch("orders", &pool);
    let changes = |kind| {
        let now = registry.snapshot();
        let count = |name: &str| now.counter(name, &["orders", kind]).unwrap();
        let longest = now.gauge("windlass_pool_change_longest", &["orders", kind]).unwrap();
        let (done, moved) = (count("windlass_pool_changes"), count("windlass_pool_slots_moved"));
        (done, moved, count("windlass_pool_change_time"), longest.cast_unsigned())
    };
    pool.move_slot(slot_of(a_key_of(0, 2)), 1, LONG).unwrap();
    let (done, moved, time, longest) = changes("move_slot");
    assert_eq!((done, moved), (1, 1), "one slot");
    assert!(0 < time && time == longest, "it is the only one: {time} {longest}");
    let before = sim.elapsed();
    pool.resize(1, LONG).unwrap();
    let took = sim.elapsed() - before;
    let (_, moved, first, _) = changes("resize");
    assert_eq!(moved, 2049, "all that the other one had");
    assert!(u128::from(first) <= took.as_nanos(), "{first} of {took:?}");
    pool.resize(2, LONG).unwrap();
    let (done, moved, time, longest) = changes("resize");
    assert_eq!((done, moved), (2, 2049 + 2048), "two changes");
    assert_eq!(longest, first.max(time - first), "the longer one of two");
    assert_eq!(changes("rebalance"), (0, 0, 0, 0), "none");
    pool.rebalance(Balance::default(), LONG).unwrap();
    assert_eq!(changes("rebalance"), (0, 0, 0, 0), "it found nothing to do");
    drop(pool.shutdown(Shutdown::drain()));
}

/// Passes all on.
struct Passes(PoolLink<Each<u64, fn(u64)>>);

impl Worker for Passes {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) {
        self.0.send_any(n).unwrap();
    }
}

#[test]
fn a_registry_shows_what_links_could_not_send() {
    let sim = Simulation::new(1);
    let sink = Pool::each(|_| (|_| {}) as fn(u64)).mailbox(QosLevel::Guaranteed, 1);
    let sink = sink.simulate(&sim).build().unwrap();
    sink.pause(0).unwrap();
    let to_sink = Mutex::new(sink.sender().unwrap());
    let source =
        Pool::builder(move |init| Passes(init.link(lock(&to_sink).try_clone().unwrap()).outbox(3)));
    let source = source.simulate(&sim).build().unwrap();
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 1).unwrap();
    metrics.watch("orders", &source);
    let mut tx = source.sender().unwrap();
    (0..4).try_for_each(|n| tx.send(&n, n)).unwrap();
    sim.run();
    drop(sink.shutdown(Shutdown::drain()));
    sim.advance(Duration::from_millis(1));
    let now = registry.snapshot();
    assert_eq!(of_worker(&now, "messages_unsent", "0"), Some(3), "all but the one it had room for");
    drop(tx);
    assert_eq!(source.shutdown(Shutdown::drain()).unsent, 3, "as the report says");
}

#[test]
fn a_registry_shows_what_workers_share() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 1).unwrap();
    let pool = Pool::each(|_| |_: u64| {}).spread(Spread::Shared(1)).build().unwrap();
    metrics.watch("orders", &pool);
    pool.pause(0).unwrap();
    drop(pool.gather(|_| (), LONG));
    let mut tx = pool.sender().unwrap();
    (0..3).try_for_each(|n| tx.send_any(n)).unwrap();
    let shared = |now: Snapshot| now.gauge("windlass_pool_shared", &["orders"]);
    assert_eq!(shared(registry.snapshot()), Some(3), "all wait");
    drop((tx, pool.shutdown(Shutdown::drain())));
    assert_eq!(shared(registry.snapshot()), None, "gone");
}

#[test]
fn the_families_of_pools_have_the_series_that_they_say() {
    let registry = Registry::new(20 * 2 + 11 * 2 * 3);
    PoolMetrics::new(&registry, 2, 3).unwrap();
    let registry = Registry::new(20 * 2 + 11 * 2 * 3 - 1);
    assert!(PoolMetrics::new(&registry, 2, 3).is_err(), "one too few");
}

#[test]
fn a_registry_has_the_numbers_of_pools_once() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 1).unwrap();
    let again = PoolMetrics::new(&registry, 1, 1);
    assert!(matches!(again, Err(RegisterError::NameTaken { .. })), "{again:?}");
    drop(metrics);
}
