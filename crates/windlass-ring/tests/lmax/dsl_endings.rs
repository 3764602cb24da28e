//! `DisruptorTest`: starting, stopping, numbers, and what becomes of failures.

use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{Builder, PanicPolicy};
use windlass_testkit::Seen;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(2);

fn builder() -> Builder<u64> {
    Builder::new(14, || 0)
}

// shouldThrowExceptionIfStartedTwice, shouldThrowExceptionWhenAddingHandlersAfterStart: they do not
// compile; see `builder_started_twice` and `stage_added_after_the_start` of the misuses.

// shouldProcessMessagesPublishedBeforeStartIsCalled: nothing can be published before.
#[test]
fn what_is_published_right_after_the_start_is_seen() {
    for _ in 0..if cfg!(miri) { 5 } else { 50 } {
        let seen = Seen::new();
        let log = seen.clone();
        let (mut producer, ring) =
            builder().stage("a").each(move |event, _| log.push(*event)).start().unwrap();
        producer.publish(|event| *event = 3).unwrap();
        // The stage may not even run yet.
        assert!(ring.shutdown(LONG).drained);
        assert_eq!(seen.take(), [3], "a shutdown waits for stages that have just begun");
    }
}

// shouldHaltAllProcessorsOnShutdown, shouldShutdownDisruptorWhenAllProcessorsComplete
#[test]
fn a_shutdown_waits_for_every_stage() {
    let (go, word) = mpsc::channel::<()>();
    let (mut producer, ring) = builder()
        .stage("a")
        .each(|_, _| {})
        .stage("b")
        .after("a")
        .each(move |_, _| word.recv().unwrap())
        .start()
        .unwrap();
    producer.publish_batch(3, |_| {}).unwrap();
    std::thread::scope(|scope| {
        let ended = scope.spawn(move || ring.shutdown(LONG));
        for _ in 0..3 {
            assert!(!ended.is_finished(), "an event is still handled");
            go.send(()).unwrap();
        }
        assert!(ended.join().unwrap().drained);
    });
}

// shouldThrowTimeoutExceptionIfShutdownDoesNotCompleteNormally
#[test]
fn a_shutdown_ends_at_its_deadline() {
    let (go, word) = mpsc::channel::<()>();
    let (mut producer, ring) = builder()
        .stage("a")
        .each(move |_, _| {
            let _gone = word.recv();
        })
        .start()
        .unwrap();
    producer.publish_batch(5, |_| {}).unwrap();
    let report = ring.shutdown(SHORT);
    assert!(!report.drained, "the stage is held");
    assert_eq!(report.stages[0].left, 5);
    drop(go);
}

// shouldTrackRemainingCapacity
#[test]
fn the_numbers_of_a_ring_are_right_at_rest() {
    let (go, word) = mpsc::channel::<()>();
    let (began, begun) = mpsc::channel();
    let (mut producer, ring) = builder()
        .stage("a")
        .max_batch(1)
        .each(move |_, _| {
            began.send(()).unwrap();
            let _gone = word.recv();
        })
        .start()
        .unwrap();
    let stats = ring.stats();
    assert_eq!((stats.capacity, stats.fill, stats.remaining, stats.stalls), (14, 0, 14, 0));
    producer.publish_batch(14, |_| {}).unwrap();
    begun.recv().unwrap();
    let stats = ring.stats();
    assert_eq!((stats.next.get(), stats.fill, stats.remaining), (14, 14, 0));
    assert_eq!((stats.high_water, stats.stages[0].lag), (14, 14));
    assert!(producer.try_publish(|_| {}).is_err());
    assert_eq!(ring.stats().stalls, 1, "a claim without room");
    go.send(()).unwrap();
    begun.recv().unwrap();
    let stats = ring.stats();
    assert_eq!((stats.fill, stats.remaining, stats.high_water), (13, 1, 14));
    assert_eq!((stats.stages[0].name.as_str(), stats.stages[0].position.get()), ("a", 1));
    assert!(!stats.stages[0].left);
    drop((producer, go, begun));
    let _end = ring.wait_end();
}

// shouldSetExceptionHandlerForAllHandlers, ..ForSpecificHandler: a policy for each stage
#[test]
fn each_stage_has_its_own_policy() {
    let (seen, log) = (Seen::new(), Seen::new());
    let (skips, logs) = (seen.clone(), log.clone());
    let mut fails = 0;
    let (mut producer, ring) = builder()
        .stage("skips")
        .on_panic(PanicPolicy::Skip)
        .each(move |event: &u64, _| {
            assert!(event.is_multiple_of(2), "odd");
            skips.push(*event);
        })
        .stage("restarts")
        .on_panic(PanicPolicy::Restart { at_most: 1 })
        .each(move |event: &u64, _| {
            fails += 1;
            assert!(fails % 5 != 0, "every fifth call");
            logs.push(*event);
        })
        .start()
        .unwrap();
    for i in 0..20 {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    assert!(ring.wait_end().unwrap().poison.is_none(), "neither poisons");
    assert_eq!(seen.take(), (0..20).filter(|i| i % 2 == 0).collect::<Vec<_>>());
    assert_eq!(log.take(), (0..20).collect::<Vec<_>>(), "every event, some of them again");
}

// shouldThrowExceptionIfHandlerIsNotAlreadyConsuming: see `an_unknown_stage_is_refused_and_named`.

// shouldGetBarrierForHandler, shouldGetSequenceValueForHandler
#[test]
fn the_position_of_every_stage_can_be_read() {
    let (mut producer, mut ring) =
        builder().stage("a").poller().stage("b").after("a").poller().start().unwrap();
    let (mut a, mut b) = (ring.poller("a").unwrap(), ring.poller("b").unwrap());
    producer.publish_batch(6, |_| {}).unwrap();
    a.set_max_batch(4);
    a.poll().unwrap().skip_rest();
    b.set_max_batch(1);
    b.poll().unwrap().skip_rest();
    let positions: Vec<u64> = ring.stats().stages.iter().map(|it| it.position.get()).collect();
    assert_eq!(positions, [4, 1]);
    let lags: Vec<u64> = ring.stats().stages.iter().map(|it| it.lag).collect();
    assert_eq!((lags, a.lag(), b.lag()), (vec![2, 5], 2, 5));
    drop(a);
    let stats = ring.stats();
    assert!(stats.stages[0].left && !stats.stages[1].left);
    assert_eq!(stats.stages[0].position.get(), 4, "where it left");
}

// shouldSupportSharingOfHandlers between rings: one thread may poll several
#[test]
fn one_thread_may_poll_several_rings() {
    let (mut first, mut from_first) = windlass_ring::one_to_one(7, || 0_u64).unwrap();
    let (mut second, mut from_second) = windlass_ring::one_to_one(7, || 0_u64).unwrap();
    first.publish(|event| *event = 1).unwrap();
    second.publish(|event| *event = 2).unwrap();
    let mut sum = 0;
    for poller in [&mut from_first, &mut from_second] {
        poller.poll().unwrap().for_each(|event, _| sum += event);
    }
    assert_eq!(sum, 3);
}

#[test]
fn the_end_is_reported_stage_by_stage() {
    let (mut producer, ring) = builder()
        .gate("g")
        .stage("a")
        .each(|_, _| {})
        .stage("b")
        .after("a")
        .each(|_, _| {})
        .start()
        .unwrap();
    producer.publish_batch(9, |_| {}).unwrap();
    let mut ring = ring;
    ring.gate("g").unwrap().open();
    drop(producer);
    let report = ring.wait_end().unwrap();
    let stages: Vec<_> =
        report.stages.iter().map(|it| (it.name.as_str(), it.position.get(), it.left)).collect();
    assert_eq!(stages, [("g", 0, 0), ("a", 9, 0), ("b", 9, 0)]);
    assert!(report.drained && report.poison.is_none());
}
