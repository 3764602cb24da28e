//! Asks out of a book allocate nothing.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process. Threads of the test runner do nothing while it runs.
#![cfg(not(any(loom, miri)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::alloc::System;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_pool::reply::{AskError, Book, ReplyTo};
use windlass_qos::guaranteed;
use windlass_ring::{Deadline, Wait};
use windlass_sync::thread;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: u64 = 1_000;

/// Asserts that the second and all later runs of `f` allocate nothing, on any thread.
fn none(what: &str, mut f: impl FnMut(u64)) {
    f(0);
    let region = Region::new(ALLOCATOR);
    (1..ROUNDS).for_each(f);
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "{what}");
}

#[test]
fn asks_allocate_nothing_once_their_book_is_built() {
    let hour = || Deadline::after(Duration::from_secs(3_600));
    for wait in [Wait::adaptive(), Wait::blocking()] {
        let mut book = Book::<u64>::with_wait(1, wait, 2);
        let (mut tx, mut rx) = guaranteed::<(u64, ReplyTo<u64>)>(4).unwrap();
        let worker = thread::spawn(move || {
            while let Ok((n, reply)) = rx.recv() {
                let wanted = reply.send(n).is_ok();
                assert!(wanted, "somebody waits for {n}");
            }
        });
        none("asks of a worker", |n| {
            let (reply, pending) = book.open(hour()).unwrap();
            tx.send((n, reply)).unwrap();
            assert_eq!(pending.wait(), Ok(n), "answered");
        });
        drop(tx);
        worker.join().unwrap();
    }

    let mut book = Book::<u64>::new(2);
    none("asks that are polled and end badly", |_| {
        let (reply, mut pending) = book.open(hour()).unwrap();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut pending).poll(&mut cx).is_pending(), "open");
        drop(reply);
        assert_eq!(pending.try_take(), Some(Err(AskError::Gone)), "ended");
    });
    let mut late = Vec::with_capacity(4);
    none("asks that are given up while a few ports are on their way", |_| {
        let (reply, pending) = book.open(hour()).unwrap();
        drop(pending);
        if late.len() == 4 {
            late.remove(0);
        }
        late.push(reply);
    });
}
