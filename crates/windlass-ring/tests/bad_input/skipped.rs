//! Slots that one of several producers claimed and gave up are never seen, in any way of looking.

use windlass_ring::{Batch, Builder, Flow, Handler, PollError, Shared, many_to_one};
use windlass_testkit::Seen;

#[test]
fn a_poll_never_finds_only_skipped_slots() {
    let (mut producer, mut poller) = many_to_one(14, || 0_u64).unwrap();
    drop(producer.claim(3).unwrap());
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "there is no event");
    assert_eq!(poller.lag(), 0, "and nothing is held back");
    producer.publish(|event| *event = 1).unwrap();
    drop(producer.claim(3).unwrap());
    poller.set_max_batch(2);
    assert_eq!(poller.poll().unwrap().next(), Some(&1));
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "only skipped ones are left");
    producer.close();
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed);
}

#[test]
fn skipped_slots_are_room_again() {
    let (mut producer, mut poller) = many_to_one(7, || 0_u64).unwrap();
    for round in 0..20 {
        drop(producer.try_claim(7).unwrap());
        assert!(producer.try_claim(1).is_err(), "full, of nothing");
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "round {round}");
    }
}

#[test]
fn a_wait_outlasts_skipped_slots() {
    let (mut producer, mut poller) = many_to_one(7, || 0_u64).unwrap();
    let (asked, ask) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            asked.send(()).unwrap();
            assert_eq!(poller.wait().unwrap().next(), Some(&5), "not an empty batch");
        });
        ask.recv().unwrap();
        drop(producer.claim(3).unwrap());
        producer.publish(|event| *event = 5).unwrap();
    });
}

#[test]
fn no_handler_is_given_an_empty_batch() {
    struct Sizes(Seen<(usize, usize)>);
    impl Handler<u64, Shared> for Sizes {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            let len = batch.len();
            let mut events = 0;
            batch.for_each(|_, _| events += 1);
            self.0.push((len, events));
            Flow::Continue
        }
    }
    let seen = Seen::new();
    let (mut producer, ring) = Builder::new(14, || 0_u64)
        .stage("a")
        .max_batch(2)
        .handler(Sizes(seen.clone()))
        .start_multi()
        .unwrap();
    for _ in 0..4 {
        drop(producer.claim(5).unwrap());
        producer.publish(|_| {}).unwrap();
    }
    drop(producer.claim(5).unwrap());
    drop(producer);
    ring.wait_end().unwrap();
    let seen = seen.take();
    assert!(seen.iter().all(|&(len, events)| len > 0 && events > 0), "{seen:?}");
    assert_eq!(seen.iter().map(|&(_, events)| events).sum::<usize>(), 4, "each event once");
}

#[test]
fn the_last_event_before_skipped_slots_ends_its_batch() {
    let (mut producer, mut poller) = many_to_one(14, || 0_u64).unwrap();
    producer.publish_batch(2, |_| {}).unwrap();
    drop(producer.claim(2).unwrap());
    let mut ends = Vec::new();
    poller.poll().unwrap().for_each(|_, at| ends.push(at.end_of_batch));
    assert_eq!(ends, [false, true], "the moment to flush is not lost");
}

#[test]
fn members_of_a_group_step_over_skipped_slots() {
    let (mut producer, mut ring) =
        Builder::new(14, || 0_u64).stage("pair").members(2).poller().start_multi().unwrap();
    let (mut a, mut b) = (ring.poller("pair").unwrap(), ring.poller("pair").unwrap());
    for round in 0..10 {
        drop(producer.claim(3).unwrap());
        producer.publish(move |event| *event = round).unwrap();
        let mut found = Vec::new();
        for poller in [&mut a, &mut b] {
            while let Ok(mut batch) = poller.poll() {
                assert!(!batch.is_empty(), "round {round}");
                batch.for_each(|event, _| found.push(*event));
            }
        }
        assert_eq!(found, [round], "one member saw it");
    }
}

#[cfg(feature = "stream")]
#[test]
fn a_stream_goes_on_after_skipped_slots() {
    use futures_core::Stream;
    use std::task::{Context, Poll, Waker};
    let (mut producer, poller) = many_to_one(14, || 0_u64).unwrap();
    let mut events = Box::pin(poller.stream(|event, _| *event));
    let mut cx = Context::from_waker(Waker::noop());
    drop(producer.claim(3).unwrap());
    assert_eq!(events.as_mut().poll_next(&mut cx), Poll::Pending, "not the end");
    producer.publish(|event| *event = 8).unwrap();
    assert_eq!(events.as_mut().poll_next(&mut cx), Poll::Ready(Some(8)));
    drop(producer);
    assert_eq!(events.as_mut().poll_next(&mut cx), Poll::Ready(None));
}
