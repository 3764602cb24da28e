//! The numbers of pools in a registry are those of their report.

use std::time::Duration;

use windlass_metrics::{RegisterError, Registry, Snapshot};
use windlass_pool::{Pool, PoolMetrics, Shutdown};

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
fn a_registry_has_the_numbers_of_pools_once() {
    let registry = Registry::new(1000);
    let metrics = PoolMetrics::new(&registry, 1, 1).unwrap();
    let again = PoolMetrics::new(&registry, 1, 1);
    assert!(matches!(again, Err(RegisterError::NameTaken { .. })), "{again:?}");
    drop(metrics);
}
