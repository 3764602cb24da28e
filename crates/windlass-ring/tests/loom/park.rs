//! Waiting asleep: no wake-up is lost, on either side.

use crate::support::{get, model, poll, put, ring_of_one, ring_of_two, wait};
use loom::thread;

/// Edge `event_count`: a consumer that sleeps is woken by the event it waits for.
#[test]
fn a_consumer_is_woken_by_an_event() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        assert_eq!(wait(&mut reader, 1), [1], "woken");
        producing.join().unwrap();
    });
}

/// Edge `event_count`: the same where several producers publish out of order.
#[test]
fn a_consumer_is_woken_when_a_hole_is_filled() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let claim = first.claim(1).unwrap();
        second.publish(put(2)).unwrap();
        let reading = thread::spawn(move || {
            let seen = wait(&mut reader, 2);
            (reader, seen)
        });
        claim.publish();
        let (_reader, seen) = reading.join().unwrap();
        assert_eq!(seen, [0, 2], "in order");
    });
}

/// Edge `event_count`: a producer that sleeps is woken when room is made.
#[test]
fn a_producer_is_woken_by_room() {
    model(|| {
        let (mut producer, mut ring) = ring_of_one().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        producer.publish(put(0)).unwrap();
        let reading = thread::spawn(move || {
            assert_eq!(poll(&mut reader, 1), [0], "and releases it");
            reader
        });
        producer.publish(put(1)).unwrap();
        reading.join().unwrap();
    });
}

/// Edge `event_count`: two producers that sleep are both woken.
#[test]
fn two_producers_are_woken_by_room() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        first.publish(put(0)).unwrap();
        first.publish(put(0)).unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            second.publish(put(1)).unwrap();
            second
        });
        let reading = thread::spawn(move || {
            assert_eq!(poll(&mut reader, 2), [0, 0], "and releases them");
            reader
        });
        first.publish(put(1)).unwrap();
        producing.join().unwrap();
        reading.join().unwrap();
    });
}

/// Edge `event_count`: a producer that waits for several slots is woken, whichever consumer is the
/// last to make room.
#[test]
fn a_producer_is_woken_by_whichever_consumer_was_the_slowest() {
    model(|| {
        let ring = ring_of_one().stage("left").poller().stage("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut left = ring.poller("left").unwrap();
        let mut right = ring.poller("right").unwrap();
        producer.publish(put(0)).unwrap();
        let lefts = thread::spawn(move || {
            left.poll().unwrap().skip_rest();
            left
        });
        let rights = thread::spawn(move || {
            right.poll().unwrap().skip_rest();
            right
        });
        producer.publish(put(1)).unwrap();
        lefts.join().unwrap();
        rights.join().unwrap();
    });
}

/// Edge `event_count`: a stage that sleeps is woken by the stage before it.
#[test]
fn a_stage_is_woken_by_the_stage_before_it() {
    model(|| {
        let ring = ring_of_two().stage("first").poller_mut();
        let ring = ring.stage("second").after("first").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut first = ring.poller_mut("first").unwrap();
        let mut second = ring.poller_mut("second").unwrap();
        producer.publish(put(0)).unwrap();
        let changing = thread::spawn(move || {
            first.poll().unwrap().for_each_mut(|event, _| put(get(event) + 10)(event));
            first
        });
        assert_eq!(wait(&mut second, 1), [10], "woken");
        changing.join().unwrap();
    });
}

/// Edge `event_count`: a stage behind two others is woken, whichever of them is the last.
#[test]
fn a_stage_is_woken_by_whichever_of_two_was_the_slowest() {
    model(|| {
        let ring = ring_of_two().stage("left").poller().stage("right").poller();
        let ring = ring.stage("last").after("left").after("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut left = ring.poller("left").unwrap();
        let mut right = ring.poller("right").unwrap();
        let mut last = ring.poller("last").unwrap();
        producer.publish(put(1)).unwrap();
        let lefts = thread::spawn(move || {
            left.poll().unwrap().skip_rest();
            left
        });
        let rights = thread::spawn(move || {
            right.poll().unwrap().skip_rest();
            right
        });
        assert_eq!(wait(&mut last, 1), [1], "woken");
        lefts.join().unwrap();
        rights.join().unwrap();
    });
}
