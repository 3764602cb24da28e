//! Handlers that panic, wherever they can.

use std::panic::panic_any;
use std::sync::mpsc;

use windlass_ring::{
    Batch, Builder, Exclusive, Flow, Handler, Member, PanicPolicy, Poison, PollError, Sequence,
    Shared, Wait,
};
use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::sync::Arc;
use windlass_testkit::Seen;

/// Publishes 0, 1 .. n, drops the producer, and waits for the end.
pub(crate) fn run(builder: Builder<u64>, n: u64) -> Result<windlass_ring::Report, Poison> {
    let (mut producer, ring) = builder.start().unwrap();
    for i in 0..n {
        let _refused = producer.publish(move |event| *event = i);
    }
    drop(producer);
    ring.wait_end()
}

pub(crate) fn builder() -> Builder<u64> {
    Builder::new(14, || 0)
}

#[test]
fn a_panic_poisons_the_ring_and_everybody_learns_the_cause() {
    let (mut producer, mut ring) = builder()
        .stage("bad")
        .each(|event: &u64, _| assert!(*event != 2, "two is bad"))
        .stage("behind")
        .after("bad")
        .poller()
        .stage("beside")
        .poller()
        .start()
        .unwrap();
    let mut behind = ring.poller("behind").unwrap();
    let mut beside = ring.poller("beside").unwrap();
    for i in 0..3 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let mut seen = 0;
    while let Ok(mut batch) = behind.wait() {
        batch.for_each(|event, _| seen = *event);
    }
    assert!(seen < 2, "it never saw the event that failed");
    // Others learn the cause before the ring is closed, which is what comes next.
    while producer.try_publish(|_| {}).is_ok() {}
    assert!(producer.publish(|_| {}).is_err(), "producers are refused");
    assert_eq!(beside.poll().unwrap_err(), PollError::Closed, "others stop");
    let cause = Poison {
        stage: "bad".into(),
        sequence: Some(Sequence::new(2)),
        message: "two is bad".into(),
    };
    assert_eq!(producer.poison().as_ref(), Some(&cause));
    assert_eq!(behind.poison().as_ref(), Some(&cause));
    assert_eq!(ring.poison().as_ref(), Some(&cause));
    assert_eq!(ring.wait_end().unwrap_err(), cause);
}

#[test]
fn the_first_failure_is_the_one_that_is_kept() {
    let (first_done, first) = mpsc::channel::<()>();
    let (mut producer, ring) = builder()
        .stage("first")
        .each(move |_: &u64, _| {
            let _at_end = &first_done;
            if true {
                panic_any("first")
            }
        })
        .stage("second")
        .each(move |_: &u64, _| {
            // Returns when the other handler is gone, after its stage has poisoned the ring.
            let _gone = first.recv();
            if true {
                panic_any(String::from("second"))
            }
        })
        .start()
        .unwrap();
    producer.publish(|_| {}).unwrap();
    let poison = ring.wait_end().unwrap_err();
    assert_eq!((poison.stage.as_str(), poison.message.as_str()), ("first", "first"));
}

#[test]
fn a_message_that_is_no_text_is_replaced() {
    let each = |_: &u64, _: windlass_ring::At| {
        if true {
            panic_any(7)
        }
    };
    let poison = run(builder().stage("a").each(each), 1).unwrap_err();
    assert!(poison.message.contains("without a message"), "{poison}");
}

#[test]
fn skip_leaves_out_the_event_and_goes_on() {
    let seen = Seen::new();
    let log = seen.clone();
    let each = move |event: &u64, _: windlass_ring::At| {
        assert!(!event.is_multiple_of(3), "every third");
        log.push(*event);
    };
    let ring = builder().stage("a").on_panic(PanicPolicy::Skip).each(each);
    assert!(run(ring, 40).unwrap().drained, "to the end");
    let expected: Vec<u64> = (0..40).filter(|i| i % 3 != 0).collect();
    assert_eq!(seen.take(), expected, "every other event once, in order");
}

#[test]
fn skip_leaves_out_the_run_that_failed() {
    let seen = Seen::new();
    let log = seen.clone();
    let runs = move |events: &mut [u64], _: windlass_ring::At| {
        assert!(!events.contains(&9), "nine");
        log.push(events.to_vec());
    };
    let ring = builder().stage("a").on_panic(PanicPolicy::Skip).max_batch(1).runs_mut(runs);
    run(ring, 20).unwrap();
    let expected: Vec<u64> = (0..20).filter(|i| *i != 9).collect();
    assert_eq!(seen.take().concat(), expected, "all but the run in hand");
}

#[test]
fn restart_makes_a_new_handler_that_gets_the_event_again() {
    struct Fails {
        life: usize,
        seen: Seen<(usize, u64)>,
    }
    impl Handler<u64, Shared> for Fails {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            while let Some(&event) = batch.next() {
                assert!(event != 5 || self.life == 2, "five, before the third life");
                self.seen.push((self.life, event));
            }
            Flow::Continue
        }
    }
    let (seen, lives) = (Seen::new(), Arc::new(AtomicUsize::new(0)));
    let log = seen.clone();
    let make = move |member: Member| {
        assert_eq!((member.index, member.count), (0, 1));
        Fails { life: lives.fetch_add(1, Ordering::Relaxed), seen: log.clone() }
    };
    let policy = PanicPolicy::Restart { at_most: 2 };
    let ring = builder().stage("a").on_panic(policy).build_with(make);
    assert!(run(ring, 10).unwrap().drained, "to the end");
    let seen = seen.take();
    let events: Vec<u64> = seen.iter().map(|&(_, event)| event).collect();
    assert_eq!(events, (0..10).collect::<Vec<_>>(), "each once, in order");
    assert!(seen.iter().all(|&(life, event)| (event < 5) == (life == 0)), "{seen:?}");
}

#[test]
fn every_handler_that_is_made_is_started_and_only_the_last_one_shut_down() {
    struct Lives(usize, Seen<String>);
    impl Handler<u64, Shared> for Lives {
        fn on_start(&mut self) {
            self.1.push(format!("{} starts", self.0));
        }
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            batch.for_each(|_, _| assert!(self.0 == 2, "not before the third life"));
            Flow::Continue
        }
        fn on_shutdown(&mut self) {
            self.1.push(format!("{} is shut down", self.0));
        }
    }
    impl Drop for Lives {
        fn drop(&mut self) {
            self.1.push(format!("{} is dropped", self.0));
        }
    }
    let (seen, lives) = (Seen::new(), AtomicUsize::new(0));
    let log = seen.clone();
    let make = move |_| {
        let life = lives.fetch_add(1, Ordering::Relaxed);
        log.push(format!("{life} is made"));
        Lives(life, log.clone())
    };
    let policy = PanicPolicy::Restart { at_most: 2 };
    run(builder().stage("a").on_panic(policy).build_with(make), 1).unwrap();
    let expected = [
        "0 is made",
        "0 starts",
        "0 is dropped",
        "1 is made",
        "1 starts",
        "1 is dropped",
        "2 is made",
        "2 starts",
        "2 is shut down",
        "2 is dropped",
    ];
    assert_eq!(seen.take(), expected);
}

#[test]
fn a_handler_that_goes_on_after_a_panic_is_not_started_again() {
    struct Once(Seen<&'static str>, bool);
    impl Handler<u64, Shared> for Once {
        fn on_start(&mut self) {
            self.0.push("starts");
        }
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            let failed = core::mem::replace(&mut self.1, true);
            assert!(failed, "the first time");
            batch.for_each(|_, _| self.0.push("event"));
            Flow::Continue
        }
    }
    let seen = Seen::new();
    let policy = PanicPolicy::Restart { at_most: 1 };
    let ring = builder().stage("a").on_panic(policy).handler(Once(seen.clone(), false));
    run(ring, 1).unwrap();
    assert_eq!(seen.take(), ["starts", "event"]);
}

#[test]
fn restarts_without_progress_poison_in_the_end() {
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let each = move |event: &u64, _: windlass_ring::At| {
        if *event == 3 {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("always")
        }
    };
    let ring = builder().stage("a").on_panic(PanicPolicy::Restart { at_most: 4 }).each(each);
    let poison = run(ring, 5).unwrap_err();
    assert_eq!(poison.sequence, Some(Sequence::new(3)));
    assert_eq!(tries.load(Ordering::Relaxed), 5, "once, and four times more");
}

/// Panics where it is told to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fails {
    Making,
    Starting,
    BatchStarting,
    TimingOut,
    ShuttingDown,
    Dropping,
}

struct Failing(Fails);

impl Failing {
    fn at(&self, place: Fails) {
        assert!(self.0 != place || std::thread::panicking(), "as told, in {place:?}");
    }
}

impl Handler<u64, Exclusive> for Failing {
    fn on_start(&mut self) {
        self.at(Fails::Starting);
    }

    fn on_batch_start(&mut self, _size: usize, _depth: usize) {
        self.at(Fails::BatchStarting);
    }

    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Exclusive>) -> Flow {
        batch.skip_rest();
        Flow::Continue
    }

    fn on_timeout(&mut self) {
        self.at(Fails::TimingOut);
    }

    fn on_shutdown(&mut self) {
        self.at(Fails::ShuttingDown);
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        self.at(Fails::Dropping);
    }
}

#[test]
fn a_panic_in_any_moment_of_life_poisons_and_nobody_hangs() {
    use Fails::{BatchStarting, Dropping, Making, ShuttingDown, Starting, TimingOut};
    for place in [Making, Starting, BatchStarting, TimingOut, ShuttingDown, Dropping] {
        for by_factory in [true, false] {
            if place == Making && !by_factory {
                continue;
            }
            let make = move |_| {
                assert!(place != Making, "as told, in Making");
                Failing(place)
            };
            let stage = builder().stage("a").timeout(std::time::Duration::from_micros(1));
            let ring = if by_factory {
                stage.build_with_mut(make)
            } else {
                stage.handler_mut(Failing(place))
            };
            let (mut producer, ring) = ring.start().unwrap();
            if place == TimingOut {
                while !producer.is_closed() {
                    windlass_sync::thread::yield_now();
                }
            }
            let _refused = producer.publish(|_| {});
            drop(producer);
            let poison = ring.wait_end().expect_err(&format!("{place:?}"));
            assert_eq!(poison.stage, "a");
            assert!(poison.message.contains(&format!("in {place:?}")), "{place:?}: {poison}");
        }
    }
}

#[test]
fn a_handler_whose_destructor_panics_at_a_restart_poisons() {
    struct Bomb(bool);
    impl Handler<u64, Shared> for Bomb {
        fn on_batch(&mut self, _: &mut Batch<'_, u64, Shared>) -> Flow {
            panic!("so that it is made anew")
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0 || std::thread::panicking(), "the destructor of the old one");
        }
    }
    let policy = PanicPolicy::Restart { at_most: 100 };
    let poison = run(builder().stage("a").on_panic(policy).build_with(|_| Bomb(true)), 1);
    assert!(poison.unwrap_err().message.contains("destructor"), "not an endless restart");
}

#[test]
fn a_custom_wait_that_panics_poisons() {
    let wait = Wait::custom(|round| {
        assert!(round.number < 3, "the plan failed");
        windlass_ring::Pause::Yield
    });
    let (producer, ring) = builder().stage("a").wait(wait).each(|_, _| {}).start().unwrap();
    let poison = ring.wait_end().unwrap_err();
    assert_eq!((poison.stage.as_str(), poison.sequence), ("a", None));
    drop(producer);
}

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
