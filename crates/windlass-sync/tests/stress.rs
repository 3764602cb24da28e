//! The event count under load: more threads than cores, results that must come out exactly.
//!
//! A lost wake-up shows as a test that does not end.
#![cfg(all(feature = "std", not(loom)))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

use std::thread::scope;
use std::time::Duration;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::{Deadline, EventCount, thread};

/// More threads than cores pass a turn around; each adds what it saw.
#[test]
fn a_turn_goes_round_more_threads_than_cores() {
    const ROUNDS: u64 = if cfg!(miri) { 5 } else { 2_000 };
    let events = EventCount::new(2 * thread::cores() + 1);
    let threads = 2 * thread::cores() as u64 + 1;
    let turn = AtomicU64::new(0);
    let sum = AtomicU64::new(0);
    scope(|scope| {
        for own in 0..threads {
            let (events, turn, sum) = (&events, &turn, &sum);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let mine = round * threads + own;
                    events.wait_until(own, Deadline::never(), || {
                        (turn.load(Ordering::Acquire) == mine).then_some(())
                    });
                    // Only the thread whose turn it is writes: a plain sum stays exact.
                    sum.store(sum.load(Ordering::Relaxed) + mine, Ordering::Relaxed);
                    turn.store(mine + 1, Ordering::Release);
                    events.notify();
                }
            });
        }
    });
    let turns = threads * ROUNDS;
    assert_eq!(turn.load(Ordering::Acquire), turns, "every turn was taken");
    assert_eq!(sum.load(Ordering::Acquire), turns * (turns - 1) / 2, "by its own thread, once");
    assert_eq!(events.waiting(), 0, "nobody is left");
}

/// Producers fill a bounded queue and consumers drain it, all by way of two event counts.
#[test]
fn bounded_exchange_loses_nothing() {
    const SIDE: usize = 3;
    const EACH: u64 = if cfg!(miri) { 10 } else { 5_000 };
    const BOUND: usize = 4;
    let filled = EventCount::new(SIDE);
    let drained = EventCount::new(SIDE);
    let queue = Mutex::new(Vec::with_capacity(BOUND));
    let sum = AtomicU64::new(0);
    scope(|scope| {
        for producer in 0..SIDE as u64 {
            let (filled, drained, queue) = (&filled, &drained, &queue);
            scope.spawn(move || {
                for value in producer * EACH..(producer + 1) * EACH {
                    drained.wait_until(producer, Deadline::never(), || {
                        let mut queue = lock(queue);
                        (queue.len() < BOUND).then(|| queue.push(value))
                    });
                    filled.notify();
                }
            });
        }
        for consumer in 0..SIDE as u64 {
            let (filled, drained, queue, sum) = (&filled, &drained, &queue, &sum);
            scope.spawn(move || {
                for _ in 0..EACH {
                    let value =
                        filled.wait_until(consumer, Deadline::never(), || lock(queue).pop());
                    drained.notify();
                    sum.fetch_add(value.unwrap(), Ordering::Relaxed);
                }
            });
        }
    });
    let values = SIDE as u64 * EACH;
    assert_eq!(sum.load(Ordering::Acquire), values * (values - 1) / 2, "each value once");
    assert_eq!((filled.waiting(), drained.waiting()), (0, 0), "nobody is left");
}

/// Timed waits that give up and notifications that arrive meanwhile do not disturb each other.
#[test]
fn timed_waits_and_notifications_interleave() {
    const GOAL: u64 = if cfg!(miri) { 10 } else { 2_000 };
    let events = EventCount::new(2);
    let value = AtomicU64::new(0);
    scope(|scope| {
        for key in 0..2 {
            let (events, value) = (&events, &value);
            scope.spawn(move || {
                let mut next = 1;
                while next <= GOAL {
                    let soon = Deadline::after(Duration::from_micros(next % 50));
                    let seen = events.wait_until(key, soon, || {
                        let value = value.load(Ordering::Acquire);
                        (next <= value).then_some(value)
                    });
                    if let Some(seen) = seen {
                        assert!(next <= seen, "only a condition that held ends a wait early");
                        next = seen + 1;
                    }
                }
            });
        }
        for _ in 0..GOAL {
            value.fetch_add(1, Ordering::Release);
            events.notify();
        }
    });
    assert_eq!(events.waiting(), 0, "nobody is left");
}
