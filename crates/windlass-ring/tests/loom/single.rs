//! One producer: claim, write, publish, wrap, and the gate.

use crate::support::{Event, Words, get, model, poll, put, ring, ring_of_one, ring_of_two};
use loom::thread;

/// Edges `published`, `released`: each event arrives whole, once and in order, and no slot is
/// reused before it was released.
#[test]
fn every_event_arrives_whole_once_and_in_order() {
    events_arrive_in_order::<Event>();
}

/// Four events go through a ring of two.
pub(crate) fn events_arrive_in_order<E: Words>() {
    model(|| {
        let ring = ring::<E>(2).stage("reader").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            for n in 0..4 {
                producer.publish(put(n)).unwrap();
            }
            producer
        });
        assert_eq!(poll(&mut reader, 4), [0, 1, 2, 3], "nothing lost, doubled or reordered");
        producing.join().unwrap();
    });
}

/// Edges `published`, `released`: a batch that goes around the end of the ring arrives like any
/// other.
#[test]
fn a_batch_wraps_around_the_end_of_the_ring() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(0)).unwrap();
            let batch = producer.publish_batch(2, |mut slots| {
                let first = slots.first().get();
                slots.iter_mut().zip(first..).for_each(|(event, n)| put(n)(event));
            });
            assert_eq!(batch.unwrap().get(), 1, "behind the first event");
            producer
        });
        assert_eq!(poll(&mut reader, 3), [0, 1, 2], "nothing lost, doubled or reordered");
        producing.join().unwrap();
    });
}

/// Edge `released`: a stage sees what the stage before it made of an event, and the producer reuses
/// the slot only after both.
#[test]
fn a_pipeline_hands_on_what_its_first_stage_wrote() {
    model(|| {
        let ring = ring_of_one().stage("first").poller_mut();
        let ring = ring.stage("second").after("first").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut first = ring.poller_mut("first").unwrap();
        let mut second = ring.poller_mut("second").unwrap();
        producer.publish(put(0)).unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        let changing = thread::spawn(move || {
            first.poll().unwrap().for_each_mut(|event, _| put(get(event) + 10)(event));
            first
        });
        assert_eq!(poll(&mut second, 1), [10], "what the first stage made of it");
        producing.join().unwrap();
        let mut first = changing.join().unwrap();
        assert_eq!(poll(&mut first, 1), [1], "the second event waits for the first stage");
    });
}

/// Edge `released`: a slot is reused when the slowest of two consumers has released it.
#[test]
fn the_slowest_consumer_holds_the_gate() {
    model(|| {
        let ring = ring_of_one().stage("left").poller().stage("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut left = ring.poller("left").unwrap();
        let mut right = ring.poller("right").unwrap();
        producer.publish(put(0)).unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        let reading = thread::spawn(move || {
            assert_eq!(poll(&mut right, 1), [0], "before the slot is reused");
            right
        });
        assert_eq!(poll(&mut left, 1), [0], "before the slot is reused");
        producing.join().unwrap();
        reading.join().unwrap();
        assert_eq!(poll(&mut left, 1), [1], "and then the next one");
    });
}

/// Edge `published`: after a full batch a consumer looks at the last event of the next one alone, and
/// all before it are there too.
#[test]
fn the_last_event_of_a_batch_vouches_for_all_before_it() {
    model(|| {
        let ring = ring::<Event>(8).stage("reader").max_batch(3).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        for n in 0..3 {
            producer.publish(put(n)).unwrap();
        }
        let producing = thread::spawn(move || {
            for n in 3..6 {
                producer.publish(put(n)).unwrap();
            }
            producer
        });
        assert_eq!(poll(&mut reader, 3), [0, 1, 2], "a full batch");
        let first = reader.poll().map(|mut batch| {
            let mut seen = Vec::new();
            batch.for_each(|event, _| seen.push(get(event)));
            seen
        });
        let mut seen = first.unwrap_or_default();
        seen.extend(poll(&mut reader, 3 - seen.len()));
        assert_eq!(seen, [3, 4, 5], "in order");
        producing.join().unwrap();
    });
}

/// Edge `published`: a producer that takes the lines of blocks makes nothing readable by that, and hides
/// nothing of what is.
#[test]
fn lines_that_are_taken_tell_what_they_told() {
    model(|| {
        // Four blocks: two of them are a group.
        let ring = ring::<Event>(8).stage("reader").max_batch(2).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        (0..7).for_each(|n| _ = producer.publish(put(n)).unwrap());
        assert_eq!(poll(&mut reader, 7), [0, 1, 2, 3, 4, 5, 6], "nearly a lap");
        (7..9).for_each(|n| _ = producer.publish(put(n)).unwrap());
        assert_eq!(
            poll(&mut reader, 2),
            [7, 8],
            "a full batch: the next look is at its last event"
        );
        let producing = thread::spawn(move || {
            // Behind it the producer takes the block of the second event, and the next one.
            let batch = producer.publish_batch(2, |mut slots| {
                slots.iter_mut().zip(9..).for_each(|(event, n)| put(n)(event));
            });
            assert_eq!(batch.unwrap().get(), 9, "in a block of the lap before");
            producer
        });
        assert_eq!(poll(&mut reader, 2), [9, 10], "nothing lost, doubled or reordered");
        producing.join().unwrap();
    });
}
