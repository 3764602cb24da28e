//! What allocates after a conflating, timed, laned or adaptive buffer was built: nothing.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.
#![cfg(not(any(loom, miri)))]
#![allow(
    missing_docs,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::alloc::System;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_qos::QosLevel::{BestEffort, Guaranteed, RealTime, Reliable};
use windlass_qos::lanes::Lane;
use windlass_qos::timed::ManualClock;
use windlass_qos::{Builder, adaptive, conflate, lanes, timed};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: u64 = 300;
const SOON: Duration = Duration::from_micros(1);

/// Asserts that the second and all later runs of `f` allocate nothing.
fn none(what: &str, mut f: impl FnMut(u64)) {
    f(0);
    let region = Region::new(ALLOCATOR);
    (1..ROUNDS).for_each(&mut f);
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "{what}");
}

/// Polls a future that is not ready, and drops it.
fn poll(future: impl Future) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(future).as_mut().poll(&mut cx).is_pending(), "nothing is there");
}

#[test]
fn options_allocate_nothing_after_the_build() {
    let keys = ["a", "b", "c"];
    let (mut tx, mut rx) = conflate::named(keys).unwrap();
    none("conflate", |n| {
        for key in &keys {
            tx.send(key, n).unwrap();
            tx.replace(key, n).unwrap();
            tx.send_merge(key, n, |old, new| *old += new).unwrap();
        }
        while rx.try_recv().is_ok() {}
        assert!(rx.recv_timeout(SOON).is_err(), "nothing is there");
        poll(rx.recv_async());
        assert_eq!(rx.stats().held, 0, "nothing is there");
    });

    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Guaranteed, 4))
        .time_to_live(SOON)
        .receive_every(SOON)
        .clock(clock.clone())
        .build()
        .unwrap();
    none("timed", |n| {
        tx.send(n).unwrap();
        tx.try_send(n).unwrap();
        rx.recv().unwrap();
        clock.advance(2 * SOON);
        assert!(rx.try_recv().is_err(), "expired");
        poll(rx.recv_async());
        assert!(0 < rx.deadline_missed().total, "time went by");
    });

    let lane = |level| Lane::new(level, 4).budget(2);
    let builder = [Guaranteed, Reliable, BestEffort, RealTime].map(lane);
    let builder = builder.into_iter().fold(lanes::Builder::new(), |all, lane| all.lane(lane));
    let (mut tx, mut rx) = builder.build().unwrap();
    none("lanes", |n| {
        for tx in &mut tx {
            (0..3).for_each(|m| tx.send(n + m).unwrap());
        }
        assert_eq!(rx.try_iter().count(), 12, "all of them");
        assert!(rx.recv_timeout(SOON).is_err(), "nothing is there");
        poll(rx.recv_async());
    });

    let rules = adaptive::Rules::default().patience(1).relief(1);
    let (mut tx, mut rx) =
        adaptive::Builder::new(8).smallest_budget(2).rules(rules).build().unwrap();
    none("adaptive", |n| {
        for m in 0..n % 20 {
            let _ = tx.try_send(m);
        }
        tx.adapt();
        while rx.try_recv().is_ok() {}
    });
}
