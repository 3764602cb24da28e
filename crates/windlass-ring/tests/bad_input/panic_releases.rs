//! What comes again after a panic, and what does not: that was released before.

use windlass_ring::{Batch, Flow, Handler, Member, PanicPolicy, Shared};
use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::sync::Arc;
use windlass_testkit::Seen;

use crate::panics::{builder, run};

#[test]
fn a_panic_on_the_users_thread_gives_the_event_back() {
    let (mut producer, mut poller) = windlass_ring::one_to_one(7, || 0_u64).unwrap();
    producer
        .publish_batch(5, |mut slots| {
            slots.iter_mut().zip(0..).for_each(|(event, i)| *event = i);
        })
        .unwrap();
    poller.set_max_batch(10);
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut batch = poller.poll().unwrap();
        while let Some(&event) = batch.next() {
            assert!(event != 2, "two");
        }
    }));
    assert!(failed.is_err(), "it panicked");
    let mut left = Vec::new();
    while let Ok(mut batch) = poller.poll() {
        batch.for_each(|event, _| left.push(*event));
    }
    assert_eq!(left.first(), Some(&2), "the event in hand is not lost");
    assert_eq!(left.last(), Some(&4), "nor what follows");
}

/// Takes an event, releases it, and fails once before it takes the next one.
struct FailsBehindARelease {
    seen: Seen<u64>,
    failed: Arc<AtomicUsize>,
}

impl Handler<u64, Shared> for FailsBehindARelease {
    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
        while let Some(event) = batch.next() {
            self.seen.push(*event);
            batch.release();
            assert_ne!(self.failed.fetch_add(1, Ordering::Relaxed), 0, "once");
        }
        Flow::Continue
    }
}

fn fails_behind_a_release(policy: PanicPolicy) -> Vec<u64> {
    let (seen, failed) = (Seen::new(), Arc::new(AtomicUsize::new(0)));
    let handler = {
        let (seen, failed) = (seen.clone(), Arc::clone(&failed));
        move |_: Member| FailsBehindARelease { seen: seen.clone(), failed: Arc::clone(&failed) }
    };
    let builder = builder().stage("fails").on_panic(policy).build_with(handler);
    run(builder, 5).unwrap();
    seen.take()
}

#[test]
fn an_event_that_was_released_before_a_panic_does_not_come_again() {
    let seen = fails_behind_a_release(PanicPolicy::Restart { at_most: 3 });
    assert_eq!(seen, [0, 1, 2, 3, 4], "its slot may be written by now");
}

#[test]
fn skip_leaves_out_nothing_when_the_event_that_failed_was_released() {
    let seen = fails_behind_a_release(PanicPolicy::Skip);
    assert_eq!(seen, [0, 1, 2, 3, 4], "the next one was not in hand");
}

#[test]
fn a_panic_behind_a_release_takes_no_slot_back() {
    let (mut producer, mut poller) = windlass_ring::one_to_one(7, || 0_u64).unwrap();
    for i in 0..7 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut batch = poller.poll().unwrap();
        batch.next();
        batch.release();
        producer.try_publish(|event| *event = 7).unwrap();
        panic!("behind a release");
    }));
    assert!(result.is_err());
    assert!(producer.try_publish(|_| {}).is_err(), "six are unread, and one is new");
    let mut seen = Vec::new();
    while let Ok(mut batch) = poller.poll() {
        batch.for_each(|event, _| seen.push(*event));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7], "each once");
}
