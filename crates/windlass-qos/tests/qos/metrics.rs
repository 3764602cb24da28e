//! The numbers of buffers in a registry.

use std::time::Duration;

use windlass_metrics::{Registry, Snapshot};
use windlass_qos::lanes::Lane;
use windlass_qos::timed::ManualClock;
use windlass_qos::{BufferMetrics, Builder, QosLevel, Reliable, adaptive, conflate, lanes, timed};

fn dropped(now: &Snapshot, buffer: &str, reason: &str) -> Option<u64> {
    now.counter("windlass_qos_messages_dropped", &[buffer, reason])
}

#[test]
fn a_registry_shows_the_numbers_of_buffers_of_all_kinds() {
    let registry = Registry::new(1000);
    let metrics = BufferMetrics::new(&registry, 10).unwrap();
    let (mut tx, mut rx) = windlass_qos::best_effort(2).unwrap();
    metrics.watch("plain", &tx);
    (1..=5).try_for_each(|n| tx.send(n)).unwrap();
    rx.recv().unwrap();

    let (mut keyed, _rx) = conflate::channel(3).unwrap();
    metrics.watch("keys", &keyed);
    (1..=3).try_for_each(|n| keyed.send(0, n)).unwrap();

    let clock = ManualClock::new();
    let (mut stamped, mut old) = timed::Builder::over(Builder::new(Reliable, 4))
        .time_to_live(Duration::ZERO)
        .clock(clock.clone())
        .build()
        .unwrap();
    metrics.watch("timed", &old);
    stamped.send(1).unwrap();
    clock.advance(Duration::from_nanos(1));
    assert!(old.try_recv().is_err(), "expired");

    let two = lanes::Builder::new().lane(Lane::new(QosLevel::Guaranteed, 7));
    let (mut two, _lanes) = two.lane(Lane::new(QosLevel::RealTime, 9)).build().unwrap();
    metrics.watch("lane", &two[1]);
    two[0].send(1).unwrap();

    let (mut changing, _rx) = adaptive::Builder::new(2).build().unwrap();
    metrics.watch("adaptive", &changing);
    changing.send(1).unwrap();

    let now = registry.snapshot();
    let count =
        |name: &str, buffer| now.counter(&format!("windlass_qos_messages_{name}"), &[buffer]);
    let gauge = |name: &str, buffer| now.gauge(&format!("windlass_qos_{name}"), &[buffer]);
    assert_eq!(
        (count("accepted", "plain"), count("delivered", "plain")),
        (Some(5), Some(1)),
        "plain"
    );
    assert_eq!(dropped(&now, "plain", "overwritten"), Some(3), "by reason");
    assert_eq!((gauge("capacity", "plain"), gauge("held", "plain")), (Some(2), Some(1)), "now");
    assert_eq!(
        (dropped(&now, "keys", "conflated"), gauge("held", "keys")),
        (Some(2), Some(1)),
        "keys"
    );
    let expired = (count("delivered", "timed"), dropped(&now, "timed", "expired"));
    assert_eq!(expired, (Some(0), Some(1)), "corrected");
    assert_eq!(
        (gauge("capacity", "lane"), count("accepted", "lane")),
        (Some(9), Some(0)),
        "its lane"
    );
    assert_eq!(count("accepted", "adaptive"), Some(1), "adaptive");
}

#[test]
fn a_buffer_that_is_gone_is_not_shown_and_not_kept() {
    let registry = Registry::new(100);
    let metrics = BufferMetrics::new(&registry, 2).unwrap();
    let kept = std::sync::Arc::new(());
    let (mut tx, rx) = windlass_qos::reliable(2).unwrap();
    metrics.watch("gone", &rx);
    tx.send(std::sync::Arc::clone(&kept)).unwrap();
    assert_eq!(registry.snapshot().gauge("windlass_qos_held", &["gone"]), Some(1), "shown");
    drop((tx, rx));
    assert_eq!(std::sync::Arc::strong_count(&kept), 1, "it was not kept alive");
    assert_eq!(registry.snapshot().gauge("windlass_qos_held", &["gone"]), None, "nor shown");
}
