//! What is sent later, by a clock that the test sets.
#![allow(clippy::std_instead_of_alloc, reason = "tests have std")]

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;
use std::sync::mpsc::{Receiver, channel};

use windlass_sync::sync::{Arc, lock};
use windlass_sync::thread;

use super::clerk::{Clerk, Next};
use crate::worker::Each;
use crate::{DeadReason, Phase, Pool, QosLevel, Sender, Shutdown, Slot, TrySendError};

type Closure = Box<dyn FnMut(u64)>;
type Numbers = Pool<Each<u64, Closure>>;

const HOUR: u64 = 3_600_000_000_000;

fn hours(n: u64) -> Duration {
    Duration::from_nanos(n * HOUR)
}

/// A pool whose workers tell what they get, and the one who sends what is due.
struct Late {
    pool: Numbers,
    tx: Sender<Each<u64, Closure>>,
    clerk: Clerk<Each<u64, Closure>>,
    rx: Receiver<(usize, u64)>,
}

impl Late {
    fn new(workers: usize, scheduled: usize) -> Self {
        let (tell, rx) = channel();
        let pool = Pool::each(move |init| {
            let (worker, tell) = (init.worker, tell.clone());
            let closure: Closure = Box::new(move |n| {
                let _the_test_may_be_over = tell.send((worker, n));
            });
            closure
        });
        let pool = pool.workers(workers).mailbox(QosLevel::Guaranteed, 2).scheduled(scheduled);
        let pool = pool.build().expect("it can be built");
        // The test is the thread.
        lock(&pool.shared.agenda.state).has_clerk = true;
        let clerk = Clerk::new(Arc::clone(&pool.shared));
        let tx = pool.sender().expect("there are few");
        Self { pool, tx, clerk, rx }
    }

    /// A little after so many hours, so that what was to come then is due.
    fn turn(&mut self, hours: u64) -> bool {
        matches!(self.clerk.turn(hours * HOUR + HOUR / 2), Next::Wait(_))
    }

    /// Pauses a worker and fills its mailbox.
    fn fill(&mut self, worker: usize) -> u64 {
        self.pool.pause(worker).expect("it is there");
        while self.pool.stats()[worker].phase != Phase::Paused {
            thread::yield_now();
        }
        (0..).find(|n| self.tx.try_send_to(worker, *n).is_err()).expect("it gets full")
    }

    fn late(&self) -> usize {
        lock(&self.pool.shared.agenda.state).late.len()
    }

    fn got(&self, messages: usize) -> Vec<(usize, u64)> {
        self.rx.iter().take(messages).collect()
    }
}

#[test]
fn what_is_due_is_sent_in_the_order_of_its_time() {
    let mut late = Late::new(1, 8);
    for n in [3, 1, 2] {
        late.tx.after(&7, hours(n), n).expect("there is room");
    }
    assert!(late.turn(0), "nothing is due");
    assert_eq!(late.pool.shared.routes.accepted(), 0, "and nothing was sent");
    assert!(late.turn(2), "some are");
    assert_eq!(late.got(2), [(0, 1), (0, 2)], "in order");
    assert!(late.turn(3), "all are");
    assert_eq!(late.got(1), [(0, 3)], "and came");
}

#[test]
fn what_was_scheduled_for_a_key_follows_it_to_its_new_owner() {
    let mut late = Late::new(2, 8);
    let slot = Slot::of_key(&7).index();
    for owner in [1, 0, 1] {
        late.tx.after(&7, hours(1), 7).expect("there is room");
        late.pool.move_slot(slot, owner, Duration::from_secs(60)).expect("it moves");
        assert!(late.turn(1), "due");
        assert_eq!(late.got(1), [(owner, 7)], "whoever has it then");
    }
}

#[test]
fn what_finds_no_room_waits_in_order_and_holds_up_no_other_worker() {
    let mut late = Late::new(2, 8);
    let filled = late.fill(0);
    for n in [100, 101] {
        late.tx.after_to(0, hours(1), n).expect("there is room");
        late.tx.after_to(1, hours(1), n).expect("there is room");
    }
    assert!(late.turn(1), "due");
    assert_eq!(late.got(2), [(1, 100), (1, 101)], "the other one has room");
    assert_eq!(late.late(), 2, "those wait");
    late.tx.after_to(0, hours(2), 102).expect("there is room");
    assert!(late.turn(2), "due");
    assert_eq!(late.late(), 3, "behind the others");
    late.pool.resume(0).expect("it is there");
    while late.late() != 0 {
        assert!(late.turn(2), "it goes on");
    }
    let expected: Vec<_> = (0..filled).chain(100..103).map(|n| (0, n)).collect();
    assert_eq!(late.got(expected.len()), expected, "in order");
}

#[test]
fn a_repeated_message_skips_what_it_has_no_time_or_no_room_for() {
    let mut late = Late::new(1, 8);
    let mut next = 1000..;
    let make = move || next.next().expect("they do not end");
    let repeated = late.tx.every_to(0, hours(1), make).expect("there is room");
    assert!(late.turn(1) && late.turn(1), "one is due");
    assert_eq!((late.got(1), repeated.skipped()), (Vec::from([(0, 1000)]), 0), "and came once");
    assert!(late.turn(4), "three are due");
    assert_eq!((late.got(1), repeated.skipped()), (Vec::from([(0, 1001)]), 2), "one came");
    let filled = late.fill(0);
    assert!(late.turn(5), "one is due");
    assert_eq!((late.late(), repeated.skipped()), (0, 3), "there is no room, and it does not wait");
    late.pool.resume(0).expect("it is there");
    drop(late.got(filled.try_into().expect("few")));
    assert!(late.turn(6), "one is due");
    assert_eq!((late.got(1), repeated.skipped()), (Vec::from([(0, 1003)]), 3), "and came");
    repeated.cancel();
    assert!(late.turn(9), "nothing is due");
    let report = late.pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.accepted, 3 + filled, "what was skipped was never accepted");
}

#[test]
fn a_repeated_message_does_not_overtake_one_that_waits() {
    let mut late = Late::new(1, 8);
    let filled = late.fill(0);
    late.tx.after(&7, hours(1), 100).expect("there is room");
    let repeated = late.tx.every(&7, hours(2), || 200).expect("there is room");
    assert!(late.turn(1), "one is due");
    late.pool.resume(0).expect("it is there");
    drop(late.got(filled.try_into().expect("few")));
    // Not by a turn, which would send the other one first. For a key of the same worker:
    late.tx.after(&8, hours(1), 101).expect("there is room");
    late.clerk.fire(HOUR + HOUR / 2);
    assert_eq!(late.late(), 2, "behind the other one");
    late.clerk.forget_full();
    late.clerk.fire(2 * HOUR + HOUR / 2);
    assert_eq!((late.late(), repeated.skipped()), (2, 1), "it was left out");
    while late.late() != 0 {
        assert!(late.turn(2), "it goes on");
    }
    assert_eq!(late.got(2), [(0, 100), (0, 101)], "in order");
    assert!(late.turn(4), "it is due again");
    assert_eq!(late.got(1), [(0, 200)], "and came");
}

#[test]
fn what_was_not_sent_at_the_end_is_undelivered_and_counted() {
    let mut late = Late::new(1, 8);
    let filled = late.fill(0);
    late.tx.after(&7, hours(1), 100).expect("there is room");
    late.tx.after(&7, hours(9), 101).expect("there is room");
    let repeated = late.tx.every(&7, hours(1), || 200).expect("there is room");
    assert!(late.turn(1), "one is due, and has no room");
    assert_eq!(late.late(), 1, "it waits");
    let Late { pool, tx, mut clerk, .. } = late;
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!((report.accepted, report.handled), (filled + 2, filled), "{report:?}");
    assert_eq!(report.undelivered, [100, 101], "both came back");
    assert!(matches!(clerk.turn(99 * HOUR), Next::End), "it is over");
    let refused = tx.after(&7, hours(1), 102).map(|_| ());
    assert_eq!(refused, Err(TrySendError::Closed(102)), "nothing more");
    let refused = tx.every(&7, hours(1), || 7).map(|_| ());
    assert_eq!(refused, Err(TrySendError::Closed(())), "nothing more");
    repeated.cancel();
}

#[test]
fn no_more_is_scheduled_than_there_is_room_for() {
    let mut late = Late::new(1, 2);
    let one = late.tx.after(&1, hours(1), 1).expect("there is room");
    let repeated = late.tx.every(&2, hours(1), || 2).expect("there is room");
    let refused = |late: &Late| late.tx.after(&3, hours(1), 3).map(|_| ()).is_err();
    assert!(refused(&late), "there is none");
    assert_eq!(one.cancel(), Some(1), "it was not due");
    let one = late.tx.after(&1, hours(1), 1).expect("there is room again");
    let filled = late.fill(0);
    assert!(late.turn(1), "both are due, and have no room");
    assert!(refused(&late), "what is late needs its room still");
    assert_eq!(one.cancel(), None, "it was due");
    repeated.cancel();
    assert!(!refused(&late), "there is room again");
    let report = late.pool.shutdown(Shutdown::drain());
    assert_eq!(report.handled, filled, "{report:?}");
    assert_eq!(report.undelivered.len(), 2, "{report:?}");

    let none = Late::new(1, 0);
    let refused = none.tx.after(&1, hours(1), 1).map(|_| ());
    assert_eq!(refused, Err(TrySendError::Full(1)), "there is never room");
}

#[test]
fn what_is_due_at_a_worker_that_is_not_there_is_a_dead_letter() {
    let mut late = Late::new(1, 8);
    late.tx.after_to(9, hours(1), 7).expect("nobody asks yet");
    let repeated = late.tx.every_to(9, hours(1), || 8).expect("nobody asks yet");
    assert!(late.turn(1), "due");
    assert_eq!(repeated.skipped(), 1, "left out");
    let report = late.pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!((report.accepted, report.dead.of(DeadReason::WorkerGone)), (1, 1), "{report:?}");
}

#[test]
fn a_closure_that_panics_or_is_cancelled_at_work_is_not_called_again() {
    let mut late = Late::new(1, 8);
    let panics = late.tx.every(&1, hours(1), || panic!("as it was told")).expect("there is room");
    let ours = Arc::new(windlass_sync::sync::Mutex::new(None));
    let its = Arc::clone(&ours);
    let cancels = late.tx.every(&2, hours(1), move || {
        lock(&its).take().into_iter().for_each(crate::Repeated::<Each<u64, Closure>>::cancel);
        2
    });
    *lock(&ours) = Some(cancels.expect("there is room"));
    for at in 1..4 {
        assert!(late.turn(at), "it goes on");
    }
    assert!(panics.is_over(), "not called again");
    let report = late.pool.shutdown(Shutdown::drain());
    assert_eq!(report.accepted, 0, "nothing was sent");
    assert_eq!(Arc::strong_count(&ours), 1, "its closure is gone");
}

#[test]
fn an_end_waits_for_the_message_that_is_being_sent() {
    let late = Late::new(1, 8);
    let shared = Arc::clone(&late.pool.shared);
    // As whoever sends what is due has it in hand.
    lock(&shared.agenda.state).is_sending = true;
    let pool = late.pool;
    let end = thread::spawn(move || pool.shutdown(Shutdown::drain()));
    while !lock(&shared.agenda.state).is_closed {
        thread::yield_now();
    }
    for _ in 0..100 {
        thread::yield_now();
    }
    {
        let mut state = lock(&shared.agenda.state);
        state.late.push_back((crate::sender::Target::worker(0), 7));
        state.is_sending = false;
    }
    let report = end.join().expect("it ends");
    assert_eq!(report.undelivered, [7], "it found no room, and came back");
    assert!(report.is_balanced(), "{report:?}");
}

/// A message that does something when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(|act| act());
    }
}

#[test]
fn a_repeated_message_that_is_cancelled_while_it_is_sent_is_the_last_one() {
    let pool = Pool::each(|_| |_: OnDrop| {}).mailbox(QosLevel::BestEffort, 2).dead_letters(0);
    let pool = pool.build().expect("it can be built");
    lock(&pool.shared.agenda.state).has_clerk = true;
    let mut clerk = Clerk::new(Arc::clone(&pool.shared));
    let mut tx = pool.sender().expect("there are few");
    pool.pause(0).expect("it is there");
    while pool.stats()[0].phase != Phase::Paused {
        thread::yield_now();
    }
    let repeated = tx.every_to(0, hours(1), || OnDrop(None)).expect("there is room");
    let cancel = OnDrop(Some(Box::new(move || repeated.cancel())));
    tx.send_to(0, cancel).expect("there is room");
    tx.send_to(0, OnDrop(None)).expect("there is room");
    for at in 1..4 {
        assert!(matches!(clerk.turn(at * HOUR + HOUR / 2), Next::Wait(_)), "it goes on");
    }
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.accepted, 3, "two, and the one that was being sent");
}

#[test]
fn what_is_there_when_the_pool_ends_stays_for_its_report_however_quick_the_thread_is() {
    let mut late = Late::new(1, 4);
    late.tx.after(&1, hours(1), 1).expect("there is room");
    late.pool.shared.agenda.close_to_take();
    // The thread sees the end before anything was taken.
    assert!(!late.turn(0), "it ends");
    late.clerk.leave();
    let report = late.pool.shutdown(Shutdown::drain());
    assert_eq!((report.accepted, report.undelivered), (1, vec![1]), "it was lost");
}
