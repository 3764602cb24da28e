//! The end of a ring: closing against publishing, and whoever waits meanwhile.

use crate::support::{ALL, model, poll, put, ring_of_one, ring_of_two, wait};
use loom::thread;
use windlass_ring::Closed;
use windlass_sync::sync::Arc;

/// Edges `close`, `sealed`: an event whose publication succeeded is delivered, a refused one is
/// not, and the consumer ends.
#[test]
fn what_was_published_before_the_close_is_delivered() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            let accepted = [1, 2].into_iter().filter(|n| producer.try_publish(put(*n)).is_ok());
            let accepted: Vec<u64> = accepted.collect();
            (producer, accepted)
        });
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let seen = poll(&mut reader, ALL);
        assert_eq!(producing.join().unwrap().1, seen, "neither lost nor invented");
        closing.join().unwrap();
    });
}

/// Edges `close`, `sealed`: the same for a consumer that sleeps. Neither a claim that was refused
/// nor one that was taken back leaves it asleep.
#[test]
fn a_sleeping_consumer_sees_the_end() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let reading = thread::spawn(move || {
            let seen = wait(&mut reader, ALL);
            (reader, seen)
        });
        let accepted = producer.try_publish(put(1)).is_ok();
        let (_reader, seen) = reading.join().unwrap();
        assert_eq!(seen.len(), usize::from(accepted), "neither lost nor invented");
        closing.join().unwrap();
    });
}

/// Edges `close`, `sealed`: a claim that is abandoned while the ring closes keeps nobody waiting.
#[test]
fn an_abandoned_claim_does_not_hold_up_the_end() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let reading = thread::spawn(move || {
            let seen = wait(&mut reader, ALL);
            (reader, seen)
        });
        drop(producer.claim(1));
        let (_reader, seen) = reading.join().unwrap();
        assert_eq!(seen, [], "nothing was published");
        closing.join().unwrap();
    });
}

/// Edges `close`, `sealed`: a stage behind another one ends as well when a claim is taken back,
/// though the stage before it does not move.
#[test]
fn a_claim_that_is_taken_back_ends_the_stages_behind() {
    model(|| {
        let ring = ring_of_two().stage("first").poller().stage("second").after("first").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut second = ring.poller("second").unwrap();
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let reading = thread::spawn(move || {
            assert!(second.wait().is_err(), "nothing was published");
            second
        });
        drop(producer.claim(1));
        reading.join().unwrap();
        closing.join().unwrap();
    });
}

/// Edge `sealed`: the same promise with two producers, whose claims the close ends.
#[test]
fn what_two_producers_published_before_the_close_is_delivered() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            let accepted = second.try_publish(put(1)).is_ok();
            (second, accepted)
        });
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let reading = thread::spawn(move || {
            let seen = poll(&mut reader, ALL);
            (reader, seen)
        });
        let accepted = first.try_publish(put(2)).is_ok();
        let accepted = usize::from(accepted) + usize::from(producing.join().unwrap().1);
        assert_eq!(reading.join().unwrap().1.len(), accepted, "neither lost nor invented");
        closing.join().unwrap();
    });
}

/// Edge `sealed`: a consumer that sleeps at a slot that is claimed and not published wakes for its
/// event, and then for the end.
#[test]
fn a_consumer_asleep_at_a_hole_sees_the_end() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        let reading = thread::spawn(move || {
            let seen = wait(&mut reader, ALL);
            (reader, seen)
        });
        let accepted = first.try_publish(put(1)).is_ok();
        let (_reader, seen) = reading.join().unwrap();
        assert_eq!(seen.len(), usize::from(accepted), "neither lost nor invented");
        closing.join().unwrap();
    });
}

/// Edges `close`, `sealed`: a producer that waits for room is refused when the ring closes.
#[test]
fn a_blocked_producer_is_refused() {
    model(|| {
        let ring = ring_of_one().stage("reader").poller_mut();
        let (mut producer, ring) = ring.start().unwrap();
        producer.publish(put(0)).unwrap();
        let ring = Arc::new(ring);
        let closing = thread::spawn({
            let ring = Arc::clone(&ring);
            move || ring.close()
        });
        let refused = producer.publish(put(1));
        assert!(matches!(refused, Err(Closed(_))), "nobody makes room");
        closing.join().unwrap();
    });
}

/// Edge `sealed`: the same for one of several producers.
#[test]
fn one_of_several_blocked_producers_is_refused() {
    model(|| {
        let ring = ring_of_one().stage("reader").poller_mut();
        let (mut producer, ring) = ring.start_multi().unwrap();
        producer.publish(put(0)).unwrap();
        let ring = Arc::new(ring);
        let closing = thread::spawn({
            let ring = Arc::clone(&ring);
            move || ring.close()
        });
        let refused = producer.publish(put(1));
        assert!(matches!(refused, Err(Closed(_))), "nobody makes room");
        closing.join().unwrap();
    });
}

/// Edges `published`, `close`: a consumer that waits sees the last event of a producer that leaves,
/// and then the end.
#[test]
fn a_producer_that_leaves_ends_the_stream() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            drop(producer);
        });
        assert_eq!(wait(&mut reader, ALL), [1], "the event and the end");
        producing.join().unwrap();
    });
}

/// Edge `last_producer`: the last of two producers to leave closes the ring after the events of
/// both.
#[test]
fn the_last_of_two_producers_ends_the_stream() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            second.publish(put(1)).unwrap();
            drop(second);
        });
        let reading = thread::spawn(move || {
            let seen = poll(&mut reader, ALL);
            (reader, seen)
        });
        first.publish(put(2)).unwrap();
        drop(first);
        assert_eq!(reading.join().unwrap().1.len(), 2, "the events of both");
        producing.join().unwrap();
    });
}
