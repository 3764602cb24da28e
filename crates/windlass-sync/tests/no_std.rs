//! The event count without `std`: tasks are woken, a blocking wait spins.
#![cfg(not(any(feature = "std", loom)))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

use std::sync::Arc;
use std::task::{Wake, Waker};
use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::{Deadline, EventCount, thread};

struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

#[test]
fn tasks_are_woken_from_other_threads() {
    const ROUNDS: usize = if cfg!(miri) { 20 } else { 1_000 };
    let events = EventCount::new(1);
    let sent = AtomicUsize::new(0);
    let received = AtomicUsize::new(0);
    let task = Arc::new(Task(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&task));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                sent.store(round, Ordering::Release);
                events.notify();
                let received = || (round <= received.load(Ordering::Acquire)).then_some(());
                events.wait_until(1, Deadline::never(), received);
            }
        });
        for round in 1..=ROUNDS {
            loop {
                let wake_ups = task.0.load(Ordering::Acquire);
                events.register(0, &waker);
                if round <= sent.load(Ordering::Acquire) {
                    break;
                }
                while task.0.load(Ordering::Acquire) == wake_ups {
                    thread::yield_now();
                }
            }
            received.store(round, Ordering::Release);
        }
    });
    events.cancel(0);
    assert_eq!(received.load(Ordering::Acquire), ROUNDS, "every round ended");
    assert_eq!(events.waiting(), 0, "nobody is left");
}

#[test]
fn there_is_one_core_and_no_clock() {
    assert_eq!(thread::cores(), 1, "nobody to ask");
    assert!(Deadline::never().is_never(), "the only deadline");
}
