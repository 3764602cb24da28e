//! Models of the barrier and the event count. Bounds: at most three threads, two changes.
//!
//! A lost wake-up shows as a deadlock, which loom reports. Conditions are Relaxed where the model
//! is about waking: the event count must not lean on the caller's orderings.
#![cfg(loom)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

// Two private parts, taken in as source: production uses them only where loom is not.
#[path = "../src/barrier/decision.rs"]
mod decision;
#[path = "../src/spin_mutex.rs"]
#[expect(unsafe_code, reason = "the lock hands out what it protects")]
mod spin_mutex;

use decision::{Decision, Kind};
use loom::thread;
use spin_mutex::SpinMutex;
use std::task::{Wake, Waker};
use std::time::Duration;
use windlass_sync::atomic::{AtomicUsize, Ordering::Relaxed};
use windlass_sync::sync::Arc;
use windlass_sync::{Alarm, Deadline, EventCount, atomic, barrier, cell, hint};

/// A condition and the event count that announces it.
struct Shared {
    value: AtomicUsize,
    changed: EventCount,
}

impl Shared {
    fn new() -> Arc<Self> {
        Arc::new(Self { value: AtomicUsize::new(0), changed: EventCount::new(2) })
    }

    fn add_and_notify(&self) {
        self.value.fetch_add(1, Relaxed);
        self.changed.notify();
    }

    fn reached(&self, goal: usize) -> Option<usize> {
        let value = self.value.load(Relaxed);
        (goal <= value).then_some(value)
    }

    fn wait_for(&self, key: u64, goal: usize) {
        let seen = self.changed.wait_until(key, Deadline::never(), || self.reached(goal));
        assert!(seen.is_some(), "a wait without deadline ends with a result");
    }

    fn assert_nobody_waits(&self) {
        assert_eq!(self.changed.waiting(), 0, "whoever left is off the queue");
    }
}

/// Counts how often it was woken. The count is not part of the model: it is read when all is done.
#[derive(Default)]
#[expect(clippy::disallowed_types, reason = "a modelled one would multiply the executions")]
struct Task(std::sync::atomic::AtomicUsize);

impl Task {
    fn waker() -> (std::sync::Arc<Self>, Waker) {
        let task = std::sync::Arc::new(Self::default());
        (std::sync::Arc::clone(&task), Waker::from(task))
    }

    fn wake_ups(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Wake for Task {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Edge `barrier`: of two threads that store and then load, one sees the other.
#[test]
fn not_both_loads_miss() {
    loom::model(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let y = Arc::new(AtomicUsize::new(0));
        let hot = thread::spawn({
            let (x, y) = (Arc::clone(&x), Arc::clone(&y));
            move || {
                x.store(1, Relaxed);
                barrier::light();
                y.load(Relaxed)
            }
        });
        y.store(1, Relaxed);
        barrier::heavy();
        let rare = x.load(Relaxed);
        let hot = hot.join().unwrap();
        assert!(hot + rare != 0, "one of the two sees the other's store");
    });
}

/// Edge `decided`: whoever relies on the kernel comes after the registration, and all agree.
#[test]
fn a_decision_is_one_and_follows_the_registration() {
    loom::model(|| {
        let decision = Arc::new(Decision::new());
        let registered = Arc::new(AtomicUsize::new(0));
        let first = thread::spawn({
            let (decision, registered) = (Arc::clone(&decision), Arc::clone(&registered));
            move || {
                let register = || {
                    registered.store(1, Relaxed);
                    true
                };
                decision.get_or(register)
            }
        });
        let second = thread::spawn(move || {
            // The kernel refuses this thread, say by a filter of its own.
            let kind = decision.get_or(|| false);
            if kind == Kind::Asymmetric {
                assert_eq!(registered.load(Relaxed), 1, "the process was registered first");
            }
            let asymmetric = decision.is_asymmetric();
            assert_eq!(asymmetric, kind == Kind::Asymmetric, "who knows the decision reads it");
            kind
        });
        // Joined in this order, so that one execution has them one after the other: loom does not
        // find that one by itself.
        assert_eq!(first.join().unwrap(), second.join().unwrap(), "one decision for all");
    });
}

/// Edge `spin_mutex`: the next holder sees what the last one wrote.
#[test]
fn holders_of_the_spin_lock_see_each_other() {
    loom::model(|| {
        let counter = Arc::new(SpinMutex::new(0));
        let other = thread::spawn({
            let counter = Arc::clone(&counter);
            move || *spin_mutex::lock(&counter) += 1
        });
        *spin_mutex::lock(&counter) += 1;
        other.join().unwrap();
        assert_eq!(*spin_mutex::lock(&counter), 2, "no increment was lost");
    });
}

/// Edge `event_count`: the waiter sees the condition or the notifier sees the waiter.
#[test]
fn no_lost_wake_up() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        shared.wait_for(0, 1);
        notifier.join().unwrap();
        shared.assert_nobody_waits();
    });
}

/// Edge `event_count`: one that goes away for good sees the condition, or the notifier sees that there is more to do
/// than to wake.
#[test]
fn whoever_leaves_for_good_sees_it_or_is_seen() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.value.store(1, Relaxed);
                shared.changed.is_awaited()
            }
        });
        shared.changed.stay_awaited();
        let sees = shared.reached(1).is_some();
        let is_seen = notifier.join().unwrap();
        assert!(sees || is_seen, "one of them does it");
    });
}

/// Edge `event_count`: a waiter that is woken too early goes back to sleep and is woken again.
#[test]
fn a_waiter_that_is_woken_early_is_woken_again() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.add_and_notify();
                shared.add_and_notify();
            }
        });
        shared.wait_for(0, 2);
        notifier.join().unwrap();
        shared.assert_nobody_waits();
    });
}

/// Edge `event_count`: two notifiers at once wake a waiter that needs both.
#[test]
fn two_notifiers_lose_no_wake_up() {
    loom::model(|| {
        let shared = Shared::new();
        let notifiers = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.add_and_notify())
        });
        shared.wait_for(0, 2);
        for notifier in notifiers {
            notifier.join().unwrap();
        }
        shared.assert_nobody_waits();
    });
}

/// Edge `event_count`: one notification wakes both waiters.
#[test]
fn two_waiters_are_both_woken() {
    loom::model(|| {
        let shared = Shared::new();
        let waiter = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.wait_for(1, 1)
        });
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        shared.wait_for(0, 1);
        waiter.join().unwrap();
        notifier.join().unwrap();
        shared.assert_nobody_waits();
    });
}

/// Edge `event_count`: a wake-up of somebody else's making neither ends the wait nor spoils it.
#[test]
fn a_foreign_unpark_is_survived() {
    loom::model(|| {
        let shared = Shared::new();
        let waiter = windlass_sync::thread::current();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                waiter.unpark();
                shared.add_and_notify();
            }
        });
        shared.wait_for(0, 1);
        notifier.join().unwrap();
        shared.assert_nobody_waits();
    });
}

/// Edge `event_count`: a wait that gives up leaves, whatever a notifier does meanwhile.
#[test]
fn a_wait_that_gives_up_leaves_the_queue() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        let soon = Deadline::after(Duration::from_secs(1));
        let seen = shared.changed.wait_until(0, soon, || shared.reached(1));
        notifier.join().unwrap();
        shared.assert_nobody_waits();
        assert_eq!(shared.reached(1), Some(1), "what the wait may have missed is still there");
        assert!(seen.is_none_or(|value| value == 1), "a result is the condition's");
    });
}

/// Edge `event_count`: a task sees the condition after it registered, or it is woken.
#[test]
fn a_registered_task_is_woken() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        let (task, waker) = Task::waker();
        shared.changed.register(0, &waker);
        let seen = shared.reached(1).is_some();
        notifier.join().unwrap();
        assert!(seen || task.wake_ups() == 1, "seen or woken");
    });
}

/// Edge `event_count`: registering again needs no barrier of its own.
#[test]
fn a_task_that_registers_again_is_woken() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        let (old, old_waker) = Task::waker();
        let (new, new_waker) = Task::waker();
        shared.changed.register(0, &old_waker);
        shared.changed.register(0, &new_waker);
        let seen = shared.reached(1).is_some();
        notifier.join().unwrap();
        assert!(seen || new.wake_ups() == 1, "seen or woken by the waker given last");
        assert!(old.wake_ups() + new.wake_ups() <= 1, "one notification, one wake-up");
    });
}

/// Edge `event_count`: cancelling and notifying at once wake at most once and leave nothing.
#[test]
fn a_cancelled_task_is_gone() {
    loom::model(|| {
        let shared = Shared::new();
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        let (task, waker) = Task::waker();
        shared.changed.register(0, &waker);
        shared.changed.cancel(0);
        notifier.join().unwrap();
        shared.assert_nobody_waits();
        drop(waker);
        assert!(task.wake_ups() <= 1, "woken before it was cancelled, or not at all");
        assert_eq!(std::sync::Arc::strong_count(&task), 1, "no waker was kept");
    });
}

/// Edge `event_count`: one notification wakes a thread and a task.
#[test]
fn a_thread_and_a_task_are_both_woken() {
    loom::model(|| {
        let shared = Shared::new();
        let (task, waker) = Task::waker();
        shared.changed.register(1, &waker);
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.add_and_notify()
        });
        shared.wait_for(0, 1);
        notifier.join().unwrap();
        shared.assert_nobody_waits();
        assert_eq!(task.wake_ups(), 1, "the task was there before the change");
    });
}

/// Several wait for what each takes alone.
impl Shared {
    fn put(&self) {
        self.value.fetch_add(1, Relaxed);
        self.changed.notify_one();
    }

    fn has_some(&self) -> bool {
        self.value.load(Relaxed) != 0
    }

    fn take(&self) -> bool {
        let take = |value: usize| value.checked_sub(1);
        self.value.fetch_update(Relaxed, Relaxed, take).is_ok()
    }

    /// Sleeps until there may be something, or not at all if `leaves` says so.
    fn sleep(&self, key: u64, leaves: bool) {
        let alarm = Alarm::of_this_thread();
        self.changed.register(key, alarm.waker());
        while !leaves && !self.has_some() && !alarm.has_rung() {
            windlass_sync::thread::park();
        }
        if !self.changed.cancel(key) && self.has_some() {
            self.changed.notify_one();
        }
    }

    fn take_one(&self, key: u64) {
        while !self.take() {
            self.sleep(key, false);
        }
    }
}

/// Edge `event_count`: two wait, and each of two notifications wakes another one.
#[test]
fn each_that_is_needed_is_woken() {
    loom::model(|| {
        let shared = Shared::new();
        let waiter = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.take_one(1)
        });
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                shared.put();
                shared.put();
            }
        });
        shared.take_one(0);
        waiter.join().unwrap();
        notifier.join().unwrap();
        shared.assert_nobody_waits();
        assert!(!shared.has_some(), "both were taken");
    });
}

/// Edge `event_count`: one that was to be woken goes away for another reason, and wakes the other one.
#[test]
fn whoever_goes_away_passes_it_on() {
    loom::model(|| {
        let shared = Shared::new();
        let leaver = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.sleep(1, true)
        });
        let notifier = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.put()
        });
        shared.take_one(0);
        leaver.join().unwrap();
        notifier.join().unwrap();
        shared.assert_nobody_waits();
    });
}
