//! What a stage does after a panic: skips, or makes its handler anew.

use windlass_ring::{Batch, Flow, Handler, Member, PanicPolicy, Sequence, Shared};
use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::sync::Arc;
use windlass_testkit::Seen;

use crate::panics::{builder, run};

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
