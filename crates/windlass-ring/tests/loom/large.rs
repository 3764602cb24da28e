//! Events so large that their headers lie apart: one mark for all of a single producer, a stamp for each of several.

use crate::multi::two_fill_a_lap;
use crate::single::events_arrive_in_order;
use crate::support::{Words, get, model, poll, put, ring};
use loom::thread;
use windlass_ring::PollError;

/// Words that belong together, and share no cache line with others.
type Large = [u64; 8];

impl Words for Large {}

/// Edges `published`, `released`: the mark that is for all tells of each event behind it, and no slot is reused
/// before it was released.
#[test]
fn large_events_arrive_whole_once_and_in_order() {
    events_arrive_in_order::<Large>();
}

/// Edge `published`: a batch of large events, which goes around the end of the ring, becomes readable at once.
#[test]
fn a_batch_of_large_events_is_there_at_once() {
    model(|| {
        let ring = ring::<Large>(3).stage("reader").max_batch(3).poller_mut();
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
    two_fill_a_lap::<Large>();
}
