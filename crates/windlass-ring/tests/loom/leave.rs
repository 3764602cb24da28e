//! Consumers that leave: the others, and the producers, go on without them.

use crate::support::{get, model, poll, put, ring_of_one, ring_of_two, wait};
use loom::thread;
use windlass_ring::Closed;

/// Edges `released`, `sealed`: when the last consumer leaves, the ring closes, and a producer that
/// waits for room is refused.
#[test]
fn the_last_consumer_that_leaves_closes_the_ring() {
    model(|| {
        let ring = ring_of_one().stage("left").poller().stage("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let left = ring.poller("left").unwrap();
        let right = ring.poller("right").unwrap();
        producer.publish(put(0)).unwrap();
        let lefts = thread::spawn(move || drop(left));
        let rights = thread::spawn(move || drop(right));
        // Between the two it may still find room once.
        let refused = (0..2).find_map(|n| producer.publish(put(n)).err());
        assert!(matches!(refused, None | Some(Closed(_))), "never left waiting");
        lefts.join().unwrap();
        rights.join().unwrap();
        assert!(producer.publish(put(2)).is_err(), "nobody is there");
    });
}

/// Edge `released`: a producer that waits for a consumer goes on when that one leaves, as far as
/// the other one is.
#[test]
fn a_consumer_that_leaves_holds_nobody_up() {
    model(|| {
        let ring = ring_of_one().stage("left").poller().stage("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let left = ring.poller("left").unwrap();
        let mut right = ring.poller("right").unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || drop(left));
        let reading = thread::spawn(move || {
            assert_eq!(poll(&mut right, 1), [0], "before the slot is reused");
            right
        });
        producer.publish(put(1)).unwrap();
        leaving.join().unwrap();
        let mut right = reading.join().unwrap();
        assert_eq!(poll(&mut right, 1), [1], "the one that stayed sees all");
    });
}

/// Edge `released`: when a stage leaves, the one behind it goes on where the producers are, and
/// sees what the other one had changed.
#[test]
fn a_stage_goes_on_when_the_one_before_it_leaves() {
    model(|| {
        let ring = ring_of_two().stage("first").poller_mut();
        let ring = ring.stage("second").after("first").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut first = ring.poller_mut("first").unwrap();
        let mut second = ring.poller_mut("second").unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || {
            first.poll().unwrap().for_each_mut(|event, _| put(get(event) + 10)(event));
            drop(first);
        });
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        assert_eq!(wait(&mut second, 2), [10, 1], "changed, and then not");
        leaving.join().unwrap();
        producing.join().unwrap();
    });
}

/// Edge `released`: when the last stage leaves, the producers wait for the one before it.
#[test]
fn the_stage_before_one_that_left_holds_the_gate() {
    model(|| {
        let ring = ring_of_one().stage("first").poller().stage("second").after("first").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut first = ring.poller("first").unwrap();
        let second = ring.poller("second").unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || drop(second));
        let reading = thread::spawn(move || {
            assert_eq!(poll(&mut first, 1), [0], "before the slot is reused");
            first
        });
        producer.publish(put(1)).unwrap();
        leaving.join().unwrap();
        reading.join().unwrap();
    });
}

/// Edge `event_count`: a stage behind one that left sleeps until the stage before that one moves.
#[test]
fn a_stage_behind_one_that_left_is_woken_by_the_one_before() {
    model(|| {
        let ring = ring_of_two().stage("first").poller().stage("second").after("first").poller();
        let ring = ring.stage("third").after("second").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut first = ring.poller("first").unwrap();
        let mut third = ring.poller("third").unwrap();
        drop(ring.poller("second").unwrap());
        producer.publish(put(0)).unwrap();
        let moving = thread::spawn(move || {
            first.poll().unwrap().skip_rest();
            first
        });
        assert_eq!(wait(&mut third, 1), [0], "woken");
        moving.join().unwrap();
    });
}
