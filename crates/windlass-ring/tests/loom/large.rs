//! Events so large that their headers lie apart: one mark for all of a single producer, a stamp for each of several.

use crate::support::{Words, get, model, poll, put, ring};
use loom::thread;
use windlass_ring::{Builder, PollError};

/// Words that belong together, and share no cache line with others.
type Large = [u64; 8];

impl Words for Large {}

fn ring_of(capacity: usize) -> Builder<Large> {
    ring(capacity)
}

/// Edges `published`, `released`: the mark that is for all tells of each event behind it, and no slot is reused
/// before it was released.
#[test]
fn large_events_arrive_whole_once_and_in_order() {
    model(|| {
        let (mut producer, mut ring) = ring_of(2).stage("reader").poller_mut().start().unwrap();
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

/// Edge `published`: a batch of large events, which goes around the end of the ring, becomes readable at once.
#[test]
fn a_batch_of_large_events_is_there_at_once() {
    model(|| {
        let ring = ring_of(3).stage("reader").max_batch(3).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        (0..2).for_each(|n| _ = producer.publish(put(n)).unwrap());
        assert_eq!(poll(&mut reader, 2), [0, 1], "as far as the last slot");
        let producing = thread::spawn(move || {
            let batch = producer.publish_batch(2, |mut slots| {
                slots.iter_mut().zip(2..).for_each(|(event, n)| put(n)(event));
            });
            assert_eq!(batch.unwrap().get(), 2, "around the end");
            producer
        });
        let mut seen = Vec::new();
        while seen.is_empty() {
            match reader.poll() {
                Ok(mut batch) => batch.for_each(|event, _| seen.push(get(event))),
                Err(PollError::Empty) => thread::yield_now(),
                Err(error) => panic!("it is open: {error}"),
            }
        }
        assert_eq!(seen, [2, 3], "one mark for both");
        producing.join().unwrap();
    });
}

/// Edges `published`, `released`: large events that were published out of order, also across a lap, arrive whole and once.
#[test]
fn large_events_of_two_producers_arrive_whole_and_once() {
    model(|| {
        let (mut first, mut ring) = ring_of(2).stage("reader").poller_mut().start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            for n in [10, 11] {
                second.publish(put(n)).unwrap();
            }
            second
        });
        let reading = thread::spawn(move || {
            let seen = poll(&mut reader, 3);
            (reader, seen)
        });
        first.publish(put(20)).unwrap();
        producing.join().unwrap();
        let (_reader, mut seen) = reading.join().unwrap();
        let position = seen.iter().position(|n| *n == 20);
        assert!(position.is_some_and(|at| seen.remove(at) == 20), "that of the first one is there");
        assert_eq!(seen, [10, 11], "and those of the other one, in order");
    });
}
