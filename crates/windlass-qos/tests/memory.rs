//! What a buffer costs beyond its messages.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.
#![cfg(not(any(loom, miri)))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_qos::broadcast;
use windlass_qos::{BestEffort, Builder, Guaranteed, Level, QosLevel, RealTime, Reliable};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Message = [u64; 8];

const BUFFERS: usize = 1000;
const CAPACITY: usize = 16;
/// Bytes for each buffer beyond its messages.
const BUDGET: usize = 1500;

/// The bytes that each of 1,000 open buffers takes, its handles included, beyond the messages that it can
/// hold.
fn overhead(level: impl Level, capacity: usize) -> usize {
    let region = Region::new(ALLOCATOR);
    let ends: Vec<_> = (0..BUFFERS)
        .map(|_| Builder::<Message, _>::new(level, capacity).build().unwrap())
        .collect();
    let change = region.change();
    let taken = change.bytes_allocated - change.bytes_deallocated;
    drop(ends);
    taken / BUFFERS - capacity * size_of::<Message>()
}

/// The bytes of a buffer with its handles, and those for each message beyond the message itself.
fn parts(level: impl Level) -> (usize, usize) {
    let (small, large) = (overhead(level, 16), overhead(level, 1016));
    let each = (large - small) / 1000;
    (small - 16 * each, each)
}

/// The bytes of a broadcast, those for each reader, and those for each message, all beyond the messages
/// that it can hold.
fn broadcast_parts() -> (usize, usize, usize) {
    let measure = |capacity, readers| {
        let region = Region::new(ALLOCATOR);
        let builder = broadcast::Builder::new(capacity).readers(readers);
        let (tx, handles) = builder.build::<Message>().unwrap();
        let all: Vec<_> =
            (0..readers).map(|_| handles.subscribe(broadcast::From::Next).unwrap()).collect();
        let change = region.change();
        let handles_in_vec = readers * size_of_val(&all[0]);
        let taken = change.bytes_allocated - change.bytes_deallocated - handles_in_vec;
        drop((tx, handles, all));
        taken - capacity * size_of::<Message>()
    };
    let (one, two) = (measure(16, 1), measure(16, 2));
    let reader = two - one;
    let message = (measure(1016, 1) - one) / 1000;
    (one - reader - 16 * message, reader, message)
}

/// What the documentation of the crate and of its modules says.
fn buffers_take_the_memory_that_is_stated() {
    let all = [
        parts(BestEffort),
        parts(Reliable),
        parts(Guaranteed),
        parts(RealTime),
        parts(QosLevel::Guaranteed),
    ];
    assert_eq!(
        (all, broadcast_parts()),
        ([(1176, 8), (1176, 8), (984, 0), (1176, 8), (1272, 0)], (620, 260, 36)),
        "stated"
    );
}

#[test]
fn a_thousand_open_buffers_stay_within_their_budget() {
    let each = [
        overhead(BestEffort, CAPACITY),
        overhead(Reliable, CAPACITY),
        overhead(Guaranteed, CAPACITY),
        overhead(RealTime, CAPACITY),
        overhead(QosLevel::Reliable, CAPACITY),
        overhead(QosLevel::Guaranteed, CAPACITY),
    ];
    assert!(each.iter().all(|bytes| *bytes < BUDGET), "{each:?} bytes for each buffer");
    buffers_take_the_memory_that_is_stated();
}
