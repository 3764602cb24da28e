//! What an event count promises, seen from outside.
//!
//! Nothing here waits for time to pass except where a deadline is the subject, and then only until
//! it has come. A lost wake-up shows as a test that does not end.
#![cfg(all(feature = "std", not(loom)))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Wake, Waker};
use std::thread::scope;
use std::time::Duration;
use windlass_sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use windlass_sync::{Deadline, EventCount, thread};

/// Counts how often it was woken.
struct Task(AtomicUsize);

impl Task {
    fn waker() -> (Arc<Self>, Waker) {
        let task = Arc::new(Self(AtomicUsize::new(0)));
        (Arc::clone(&task), Waker::from(task))
    }

    fn wake_ups(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// A waker made of a closure.
struct Call<F>(F);

impl<F: Fn() + Send + Sync + 'static> Call<F> {
    fn waker(call: F) -> Waker {
        Waker::from(Arc::new(Self(call)))
    }
}

impl<F: Fn() + Send + Sync + 'static> Wake for Call<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn until_somebody_waits(events: &EventCount, waiters: usize) {
    while events.waiting() < waiters {
        thread::yield_now();
    }
}

#[test]
fn a_condition_that_holds_is_not_waited_for() {
    let events = EventCount::new(1);
    let mut looks = 0;
    let seen = events.wait_until(0, Deadline::never(), || {
        looks += 1;
        assert_eq!(events.waiting(), 0, "no need to register");
        Some(7)
    });
    assert_eq!((seen, looks), (Some(7), 1), "one look was enough");
}

#[test]
fn a_deadline_that_has_come_gives_none_and_leaves_the_queue() {
    let events = EventCount::new(1);
    let seen = events.wait_until(0, Deadline::after(Duration::ZERO), || None::<()>);
    assert_eq!(seen, None, "nothing was ready");
    assert_eq!(events.waiting(), 0, "the thread is off the queue");
}

#[test]
fn a_wait_without_notification_ends_at_its_deadline() {
    let events = EventCount::new(1);
    let deadline = Deadline::after(Duration::from_millis(5));
    let seen = events.wait_until(0, deadline, || None::<()>);
    assert_eq!(seen, None, "nothing was ready");
    assert!(deadline.has_passed(), "and not a moment earlier");
    assert_eq!(events.waiting(), 0, "the thread is off the queue");
}

#[test]
fn the_condition_is_looked_at_after_the_deadline() {
    let events = EventCount::new(1);
    let deadline = Deadline::after(Duration::from_millis(5));
    let mut looks = 0;
    let seen = events.wait_until(0, deadline, || {
        looks += 1;
        if looks == 2 {
            // Registered, and the deadline comes during this look.
            while !deadline.has_passed() {
                thread::yield_now();
            }
        }
        (looks == 3).then_some(looks)
    });
    assert_eq!(seen, Some(3), "what became true with the deadline counts");
}

#[test]
fn a_condition_that_panics_leaves_the_queue() {
    let events = EventCount::new(1);
    let result = catch_unwind(AssertUnwindSafe(|| {
        events.wait_until(0, Deadline::never(), || {
            assert_eq!(events.waiting(), 0, "panic at the first look after registering");
            None::<()>
        })
    }));
    assert!(result.is_err(), "the panic comes out");
    assert_eq!(events.waiting(), 0, "the thread is off the queue");
    events.notify();
}

#[test]
fn a_stale_wake_up_does_not_end_a_wait() {
    let events = EventCount::new(1);
    let deadline = Deadline::after(Duration::from_millis(5));
    thread::current().unpark();
    let seen = events.wait_until(0, deadline, || None::<()>);
    assert_eq!(seen, None, "nothing was ready");
    assert!(deadline.has_passed(), "the wake-up from before was not taken for the deadline");
}

#[test]
fn foreign_wake_ups_do_not_end_a_wait() {
    const WAKE_UPS: usize = if cfg!(miri) { 10 } else { 1_000 };
    let events = EventCount::new(1);
    let ready = AtomicBool::new(false);
    scope(|scope| {
        let (name, waiter) = mpsc::channel();
        let (events, ready) = (&events, &ready);
        let seen = scope.spawn(move || {
            name.send(thread::current()).unwrap();
            events.wait_until(0, Deadline::never(), || ready.load(Ordering::Acquire).then_some(7))
        });
        let waiter = waiter.recv().unwrap();
        until_somebody_waits(events, 1);
        for _ in 0..WAKE_UPS {
            waiter.unpark();
        }
        assert!(!seen.is_finished(), "the condition does not hold yet");
        ready.store(true, Ordering::Release);
        events.notify();
        assert_eq!(seen.join().unwrap(), Some(7), "the notification ends it");
    });
    assert_eq!(events.waiting(), 0, "the thread is off the queue");
}

#[test]
fn a_condition_that_eats_wake_ups_does_not_lose_one() {
    let events = EventCount::new(1);
    let mut looks = 0;
    let seen = events.wait_until(0, Deadline::never(), || {
        looks += 1;
        if looks == 2 {
            // Registered. The wake-up that this gives is consumed by the condition itself.
            events.notify();
            thread::park_until(Deadline::after(Duration::ZERO));
        }
        (looks == 3).then_some(looks)
    });
    assert_eq!(seen, Some(3), "the thread looked again instead of going to sleep");
}

#[test]
fn a_wait_inside_a_condition_ends_both() {
    let events = EventCount::new(2);
    let steps = AtomicU64::new(0);
    scope(|scope| {
        scope.spawn(|| {
            until_somebody_waits(&events, 2);
            steps.store(2, Ordering::Release);
            events.notify();
        });
        let reached = |step| (step <= steps.load(Ordering::Acquire)).then_some(step);
        let seen = events.wait_until(0, Deadline::never(), || {
            if events.waiting() == 1 {
                events.wait_until(1, Deadline::never(), || reached(1))?;
            }
            reached(2)
        });
        assert_eq!(seen, Some(2), "outer and inner wait end");
    });
    assert_eq!(events.waiting(), 0, "nobody is left");
}

#[test]
fn one_notification_wakes_everybody() {
    const WAITERS: usize = 5;
    let events = EventCount::new(WAITERS);
    let ready = AtomicBool::new(false);
    scope(|scope| {
        for key in 0..WAITERS as u64 {
            let (events, ready) = (&events, &ready);
            scope.spawn(move || {
                events.wait_until(key, Deadline::never(), || {
                    ready.load(Ordering::Acquire).then_some(())
                })
            });
        }
        until_somebody_waits(&events, WAITERS);
        ready.store(true, Ordering::Release);
        events.notify();
    });
    assert_eq!(events.waiting(), 0, "all of them left");
}

#[test]
fn more_waiters_than_planned_are_served() {
    let events = EventCount::new(0);
    let tasks: Vec<_> = (0..9)
        .map(|key| {
            let (task, waker) = Task::waker();
            events.register(key, &waker);
            task
        })
        .collect();
    assert_eq!(events.waiting(), 9, "the queue grew");
    events.notify();
    assert!(tasks.iter().all(|task| task.wake_ups() == 1), "and all were woken");
}

#[test]
fn a_task_is_woken_once_for_each_registration() {
    let events = EventCount::new(1);
    let (task, waker) = Task::waker();
    events.register(0, &waker);
    events.notify();
    events.notify();
    assert_eq!(task.wake_ups(), 1, "the second notification found nobody");
    events.register(0, &waker);
    events.notify();
    assert_eq!(task.wake_ups(), 2, "registered again, woken again");
}

#[test]
fn a_registration_replaces_the_one_under_its_key() {
    let events = EventCount::new(2);
    let (old, old_waker) = Task::waker();
    let (new, new_waker) = Task::waker();
    let (other, other_waker) = Task::waker();
    events.register(0, &old_waker);
    events.register(1, &other_waker);
    events.register(0, &new_waker);
    assert_eq!(events.waiting(), 2, "one place for each key");
    drop(old_waker);
    assert_eq!(Arc::strong_count(&old), 1, "the old waker was dropped");
    events.notify();
    let wake_ups = (old.wake_ups(), new.wake_ups(), other.wake_ups());
    assert_eq!(wake_ups, (0, 1, 1), "the new waker and the other key");
}

#[test]
fn one_that_stays_awaited_wakes_as_before() {
    let events = EventCount::new(1);
    events.stay_awaited();
    events.stay_awaited();
    assert_eq!(events.waiting(), 1, "counts as one, once");
    let (task, waker) = Task::waker();
    events.register(0, &waker);
    assert_eq!(events.waiting(), 2, "and one that waits");
    events.notify();
    events.notify();
    assert_eq!(task.wake_ups(), 1, "woken once");
    assert!(events.is_awaited(), "and never quiet again");
    assert!(!events.notify_one(), "though nobody is there");
}

#[test]
fn a_cancelled_task_is_not_woken() {
    let events = EventCount::new(2);
    let (gone, gone_waker) = Task::waker();
    let (here, here_waker) = Task::waker();
    events.register(0, &gone_waker);
    events.register(1, &here_waker);
    events.cancel(0);
    events.cancel(0);
    events.cancel(5);
    drop(gone_waker);
    assert_eq!(Arc::strong_count(&gone), 1, "its waker was dropped");
    assert_eq!(events.waiting(), 1, "the other task still waits");
    events.notify();
    assert_eq!((gone.wake_ups(), here.wake_ups()), (0, 1), "and only that one is woken");
}

#[test]
fn a_blocking_wait_replaces_the_task_of_its_key() {
    let events = EventCount::new(1);
    let (task, waker) = Task::waker();
    events.register(0, &waker);
    let soon = Deadline::after(Duration::ZERO);
    assert_eq!(events.wait_until(0, soon, || None::<()>), None, "nothing was ready");
    assert_eq!(events.waiting(), 0, "one party, one place, and it left");
    events.notify();
    assert_eq!(task.wake_ups(), 0, "the party waited as a thread since");
}

#[test]
fn a_waker_that_panics_costs_the_others_nothing() {
    let events = EventCount::new(3);
    let (before, before_waker) = Task::waker();
    let (after, after_waker) = Task::waker();
    events.register(0, &before_waker);
    events.register(1, &Call::waker(|| panic!("a waker of a broken runtime")));
    events.register(2, &after_waker);
    let result = catch_unwind(AssertUnwindSafe(|| events.notify()));
    assert!(result.is_err(), "the panic comes out");
    assert_eq!((before.wake_ups(), after.wake_ups()), (1, 1), "both others were woken");
    assert_eq!(events.waiting(), 0, "and nobody is left");
}

#[test]
fn a_task_that_comes_back_at_once_does_not_hold_the_notifier() {
    let events = Arc::new(EventCount::new(1));
    let wake_ups = Arc::new(AtomicUsize::new(0));
    let (again, seen) = (Arc::clone(&events), Arc::clone(&wake_ups));
    let (next, next_waker) = Task::waker();
    let waker = Call::waker(move || {
        seen.fetch_add(1, Ordering::AcqRel);
        again.register(0, &next_waker);
    });
    let (other, other_waker) = Task::waker();
    events.register(0, &waker);
    events.register(1, &other_waker);
    events.notify();
    let wake_ups = (wake_ups.load(Ordering::Acquire), other.wake_ups(), next.wake_ups());
    assert_eq!(wake_ups, (1, 1, 0), "one notification wakes whom it found");
    assert_eq!(events.waiting(), 1, "whoever came later is the next one's");
}

/// Calls back into the event count when it is dropped, as a task that owns a waiting future does.
struct CancelOnDrop(Arc<EventCount>);

impl Wake for CancelOnDrop {
    fn wake(self: Arc<Self>) {}
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel(0);
    }
}

#[test]
fn wakers_are_dropped_outside_the_lock() {
    let events = Arc::new(EventCount::new(1));
    let waker = || Waker::from(Arc::new(CancelOnDrop(Arc::clone(&events))));
    events.register(0, &waker());
    // Drops the replaced waker, which cancels the new one, which is dropped in turn.
    events.register(0, &waker());
    events.register(0, &waker());
    events.cancel(0);
    events.register(0, &waker());
    events.notify();
    assert_eq!(events.waiting(), 0, "nobody waits and nothing hangs");
}

#[test]
fn one_is_woken_at_a_time_and_whoever_has_waited_longest_comes_first() {
    let events = EventCount::new(3);
    let tasks: Vec<_> = (0..3).map(|_| Task::waker()).collect();
    assert!(!events.notify_one(), "nobody waits");
    for (key, (_, waker)) in (0..).zip(&tasks) {
        events.register(key, waker);
    }
    let woken = || tasks.iter().map(|(task, _)| task.wake_ups()).collect::<Vec<_>>();
    assert!(events.notify_one(), "the first");
    assert_eq!(woken(), [1, 0, 0], "it alone");
    assert!(events.cancel(1) && !events.cancel(1), "it was there, once");
    assert!(!events.cancel(0), "it was woken");
    assert!(events.notify_one() && !events.notify_one(), "the last");
    assert_eq!(woken(), [1, 0, 1], "who went away is not woken");
}

#[test]
fn a_thread_and_a_task_are_woken_one_at_a_time() {
    let (events, (task, waker)) = (EventCount::new(2), Task::waker());
    let may_go = AtomicBool::new(false);
    scope(|scope| {
        scope.spawn(|| {
            events.wait_until(0, Deadline::never(), || may_go.load(Ordering::Acquire).then_some(()))
        });
        until_somebody_waits(&events, 1);
        events.register(1, &waker);
        may_go.store(true, Ordering::Release);
        assert!(events.notify_one(), "the thread");
    });
    assert_eq!((task.wake_ups(), events.waiting()), (0, 1), "the task waits on");
    events.notify();
    assert_eq!(task.wake_ups(), 1, "now it, too");
}

#[test]
fn a_thread_that_was_woken_for_nothing_waits_again() {
    let (events, reached) = (EventCount::new(1), AtomicUsize::new(0));
    scope(|scope| {
        scope.spawn(|| {
            let has_two = || (reached.load(Ordering::Acquire) == 2).then_some(());
            events.wait_until(0, Deadline::never(), has_two)
        });
        until_somebody_waits(&events, 1);
        reached.store(1, Ordering::Release);
        assert!(events.notify_one(), "it is there, and has no reason to leave");
        until_somebody_waits(&events, 1);
        reached.store(2, Ordering::Release);
        // It may have seen that by itself, and left.
        events.notify_one();
    });
}
