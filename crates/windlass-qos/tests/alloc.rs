//! What allocates after a buffer was built, and what does not.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process. Threads of the test runner do nothing while it runs.
#![cfg(not(any(loom, miri)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::alloc::System;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, ManyToMany, OneReceiver, Overwrites, Paths, QosLevel,
    RealTime, Receiver, Reliable, Sender, Wait, Waits,
};
use windlass_sync::thread;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: u64 = 300;
const SOON: Duration = Duration::from_micros(1);

/// How often `f` allocated, on all threads together.
fn allocations(f: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    f();
    let change = region.change();
    change.allocations + change.reallocations
}

/// Asserts that the second and all later runs of `f` allocate nothing.
fn none(what: impl std::fmt::Debug, mut f: impl FnMut()) {
    f();
    let count = allocations(|| (0..ROUNDS).for_each(|_| f()));
    assert_eq!(count, 0, "{what:?}");
}

fn empty<L: Level, P: Paths>(rx: &mut Receiver<u64, L, P>) {
    assert!(rx.try_iter().all(|message| message < 100), "ours");
}

/// The verbs that all levels have.
fn common<L: Level, P: Paths>(
    tx: &mut Sender<u64, L, P>,
    rx: &mut Receiver<u64, L, P>,
    into: &mut Vec<u64>,
) {
    let mut cx = Context::from_waker(Waker::noop());
    tx.send(1).unwrap();
    tx.try_send(2).unwrap();
    let _received = (rx.recv().unwrap(), rx.try_recv().unwrap());
    assert!(rx.recv_timeout(SOON).is_err(), "nothing is there");
    assert!(pin!(rx.recv_async()).poll(&mut cx).is_pending(), "nothing is there");
    assert!(pin!(tx.send_async(3)).poll(&mut cx).is_ready(), "there is room");
    assert!(pin!(rx.recv_async()).poll(&mut cx).is_ready(), "it is there");
    tx.send_many([1, 2, 3]).unwrap();
    into.clear();
    rx.recv_many(into, 2).unwrap();
    assert_eq!(rx.drain().count(), 1, "one is left");
    for message in 0..20 {
        let _refused = tx.try_send(message);
    }
    let _numbers = (tx.len(), tx.is_full(), tx.is_closed(), rx.lost(), rx.stats(), tx.level());
    empty(rx);
}

fn peeks<L: Level, P: OneReceiver>(tx: &mut Sender<u64, L, P>, rx: &mut Receiver<u64, L, P>) {
    tx.send(1).unwrap();
    assert_eq!(rx.peek(), Ok(&1), "it is there");
    assert_eq!(rx.recv(), Ok(1), "the same");
}

fn lossy<L: Overwrites>(level: L) {
    let (mut tx, mut rx) = Builder::new(level, 7).build().unwrap();
    let mut into = Vec::with_capacity(8);
    none(level, || {
        common(&mut tx, &mut rx, &mut into);
        peeks(&mut tx, &mut rx);
        for message in 0..20 {
            let _evicted = tx.force_send(message).unwrap();
        }
        while rx.take_latest().is_err() {}
        empty(&mut rx);
    });
    let (mut tx, mut rx) = Builder::new(level, 7).drop_newest().on_drop(|_, _| {}).build().unwrap();
    none(level, || common(&mut tx, &mut rx, &mut into));
    let (mut tx, mut rx) = Builder::new(level, 7).wait_then_overwrite(SOON).build().unwrap();
    none(level, || {
        common(&mut tx, &mut rx, &mut into);
        (0..9).try_for_each(|message| tx.send(message)).unwrap();
        empty(&mut rx);
    });
}

fn waits<L: Waits>(level: L) {
    let (mut tx, mut rx) = Builder::new(level, 7).build().unwrap();
    let mut into = Vec::with_capacity(8);
    none(level, || {
        common(&mut tx, &mut rx, &mut into);
        peeks(&mut tx, &mut rx);
        for message in 0..9 {
            let _late = tx.send_timeout(message, SOON);
        }
        empty(&mut rx);
    });
}

/// For many of both.
fn many<L: Level>(level: L) {
    let builder = Builder::new(level, 7).many_senders(2).many_receivers(2);
    let (tx, rx): (_, Receiver<u64, L, ManyToMany>) = builder.build().unwrap();
    let (mut tx, mut rx) = (tx.clone(), rx.clone());
    let mut into = Vec::with_capacity(8);
    none(level, || common(&mut tx, &mut rx, &mut into));
}

/// Two threads that sleep all the time.
fn both_sides_sleep() {
    let build =
        || Builder::new(Guaranteed, 1).wait(Wait::blocking()).sender_wait(Wait::blocking()).build();
    let (mut there, mut from_here) = build().unwrap();
    let (mut back, mut from_there) = build().unwrap();
    let echo = thread::spawn(move || from_here.iter().try_for_each(|message| back.send(message)));
    none("sleeping and waking, on two threads", || {
        for message in 0_u64..10 {
            there.send(message).unwrap();
            assert_eq!(from_there.recv(), Ok(message), "it comes back");
        }
    });
    drop(there);
    echo.join().unwrap().unwrap();
}

#[test]
fn nothing_allocates_after_the_build() {
    lossy(BestEffort);
    lossy(Reliable);
    lossy(RealTime);
    waits(Guaranteed);
    QosLevel::ALL.into_iter().for_each(waits);
    many(BestEffort);
    many(Reliable);
    many(Guaranteed);
    many(RealTime);
    QosLevel::ALL.into_iter().for_each(many);
    both_sides_sleep();
    // The counter counts.
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), 1, "one");
}
