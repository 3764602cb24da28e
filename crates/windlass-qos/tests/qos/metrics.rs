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
fn each_reason_and_the_high_water_are_shown_under_their_names() {
    let registry = Registry::new(1000);
    let metrics = BufferMetrics::new(&registry, 10).unwrap();
    let (mut tx, mut rx) = windlass_qos::best_effort(3).unwrap();
    metrics.watch("buffer", &tx);
    tx.send_many(1..=7).unwrap(); // four make room
    assert_eq!(rx.take_latest(), Ok(7), "two are passed over");
    tx.send(8).unwrap();
    drop(rx); // one is left behind
    let mut newest = Builder::new(Reliable, 5).drop_newest().build().unwrap();
    metrics.watch("newest", &newest.1);
    newest.0.send_many(1..=8).unwrap();

    let now = registry.snapshot();
    let reasons = ["overwritten", "newest", "passed_over", "conflated", "expired", "left"];
    let of = |buffer| reasons.map(|reason| dropped(&now, buffer, reason).unwrap());
    assert_eq!(of("buffer"), [4, 0, 2, 0, 0, 1], "each by its reason");
    assert_eq!(of("newest"), [0, 3, 0, 0, 0, 0], "the newest");
    let most = |buffer| now.gauge("windlass_qos_held_high_water", &[buffer]);
    assert_eq!((most("buffer"), most("newest")), (Some(3), Some(5)), "both were full");
}

#[test]
fn what_an_adaptive_receiver_passed_over_is_not_shown_as_delivered() {
    let registry = Registry::new(1000);
    let metrics = BufferMetrics::new(&registry, 10).unwrap();
    let builder = adaptive::Builder::new(4).between(QosLevel::RealTime, QosLevel::RealTime);
    let (mut tx, mut rx) = builder.build().unwrap();
    metrics.watch("sender", &tx);
    metrics.watch("receiver", &rx);
    (1..=3).try_for_each(|n| tx.send(n)).unwrap();
    assert_eq!(rx.recv(), Ok(3), "the newest");
    let now = registry.snapshot();
    for end in ["sender", "receiver"] {
        let delivered = now.counter("windlass_qos_messages_delivered", &[end]);
        assert_eq!((delivered, dropped(&now, end, "passed_over")), (Some(1), Some(2)), "{end}");
    }
}

#[test]
fn a_receiver_of_lanes_shows_all_of_them_and_named_ends_their_buffer() {
    let registry = Registry::new(1000);
    let metrics = BufferMetrics::new(&registry, 10).unwrap();
    let two = lanes::Builder::new().lane(Lane::new(QosLevel::Guaranteed, 1));
    let two = two.lane(Lane::new(QosLevel::BestEffort, 2));
    let (mut two, mut lanes) = two.build().unwrap();
    metrics.watch("lanes", &lanes);
    two[0].send(1).unwrap();
    assert!(two[0].try_send(9).is_err(), "full");
    (2..=4).for_each(|n| two[1].send(n).unwrap());
    assert_eq!(lanes.recv(), Ok((0, 1)), "lane 0 comes first");
    two[0].send(5).unwrap();
    let (mut tx, rx) = conflate::named(["door", "window"]).unwrap();
    metrics.watch("tx", &tx);
    metrics.watch("rx", &rx);
    (1..=3).try_for_each(|n| tx.send(&"door", n)).unwrap();

    let now = registry.snapshot();
    let gauge = |name: &str, buffer| now.gauge(&format!("windlass_qos_{name}"), &[buffer]);
    let count =
        |name: &str, buffer| now.counter(&format!("windlass_qos_messages_{name}"), &[buffer]);
    assert_eq!((gauge("capacity", "lanes"), gauge("held", "lanes")), (Some(3), Some(3)), "now");
    let so_far = (count("accepted", "lanes"), count("delivered", "lanes"));
    assert_eq!(so_far, (Some(5), Some(1)), "of both lanes");
    assert_eq!(dropped(&now, "lanes", "overwritten"), Some(1), "of the second one");
    assert_eq!(gauge("held_high_water", "lanes"), Some(3), "added up");
    for end in ["tx", "rx"] {
        assert_eq!(gauge("capacity", end), Some(2), "{end}: two keys");
        assert_eq!(dropped(&now, end, "conflated"), Some(2), "{end}");
    }
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
