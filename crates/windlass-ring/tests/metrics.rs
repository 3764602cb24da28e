//! The numbers of rings in a registry are those of their statistics, and cost nothing else.
#![cfg(all(feature = "metrics", not(any(loom, miri))))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use windlass_metrics::{RegisterError, Registry, Snapshot};
use windlass_ring::{Builder, Poller, ProducerOf, Ring, RingMetrics, Shared, Single};
use windlass_sync::sync::Arc;

type Ends = (ProducerOf<u64, Single>, Ring<u64>, Poller<u64, Shared>);

fn ring() -> Ends {
    let builder = Builder::new(64, || 0_u64).stage("reader").poller();
    let (producer, mut ring) = builder.start().unwrap();
    let poller = ring.poller("reader").unwrap();
    (producer, ring, poller)
}

fn publish((producer, _, _): &mut Ends, n: usize) {
    for _ in 0..n {
        producer.publish(|event| *event = 1).unwrap();
    }
}

fn read((_, _, poller): &mut Ends) {
    poller.poll().unwrap().skip_rest();
}

fn numbers(now: &Snapshot, ring: &str) -> [Option<i64>; 7] {
    let count = |name: &str, labels: &[&str]| now.counter(name, labels).map(u64::cast_signed);
    [
        now.gauge("windlass_ring_capacity", &[ring]),
        now.gauge("windlass_ring_fill", &[ring]),
        now.gauge("windlass_ring_fill_high_water", &[ring]),
        count("windlass_ring_events_published", &[ring]),
        count("windlass_ring_stalls", &[ring]),
        now.gauge("windlass_ring_stage_lag", &[ring, "reader"]),
        count("windlass_ring_stage_events_released", &[ring, "reader"]),
    ]
}

#[test]
fn the_registry_shows_what_the_statistics_say() {
    let registry = Registry::new(1000);
    let metrics = RingMetrics::new(&registry, 2, 4).unwrap();
    let mut ends = ring();
    metrics.watch("orders", &ends.1);
    publish(&mut ends, 5);
    read(&mut ends);
    publish(&mut ends, 3);
    let capacity = i64::try_from(ends.1.stats().capacity).unwrap();
    let expected = [capacity, 3, 3, 8, 0, 3, 5].map(Some);
    let seen = numbers(&registry.snapshot(), "orders");
    let stats = ends.1.stats();
    assert_eq!((stats.fill, stats.stages[0].lag), (3, 3), "as the ring itself says");
    assert_eq!(seen[..2], expected[..2], "capacity and fill");
    assert_eq!(seen[2].unwrap(), i64::try_from(stats.high_water).unwrap(), "high water");
    assert_eq!(seen[3..], expected[3..], "published, stalls, lag and released");

    while ends.0.try_publish(|_| {}).is_ok() {}
    let full = numbers(&registry.snapshot(), "orders");
    assert_eq!((full[1], full[4]), (Some(capacity), Some(1)), "a full ring, one claim refused");
}

#[test]
fn a_ring_that_is_gone_is_neither_shown_nor_kept() {
    let registry = Registry::new(1000);
    let metrics = RingMetrics::new(&registry, 2, 4).unwrap();
    let dropped = Arc::new(());
    let seen = Arc::downgrade(&dropped);
    let (producer, ring) =
        Builder::new(8, move || Arc::clone(&dropped)).stage("reader").poller().start().unwrap();
    metrics.watch("short", &ring);
    assert!(numbers(&registry.snapshot(), "short")[0].is_some(), "shown while it is there");
    drop((producer, ring));
    assert_eq!(seen.strong_count(), 0, "its events are dropped with its last handle");
    assert_eq!(numbers(&registry.snapshot(), "short"), [None; 7], "and it is shown no longer");
}

#[test]
fn more_rings_than_planned_are_shown_as_one() {
    let registry = Registry::new(1000);
    let metrics = RingMetrics::new(&registry, 1, 1).unwrap();
    let mut rings = [ring(), ring(), ring()];
    for (name, ends) in ["a", "b", "c"].into_iter().zip(&mut rings) {
        publish(ends, 2);
        metrics.watch(name, &ends.1);
    }
    let now = registry.snapshot();
    let count = |ring| now.counter("windlass_ring_events_published", &[ring]);
    assert_eq!((count("a"), count("overflow")), (Some(2), Some(4)), "one, and the others");
    let again = RingMetrics::new(&registry, 1, 1).unwrap_err();
    assert!(matches!(again, RegisterError::NameTaken { .. }), "one set of families a registry");
}
