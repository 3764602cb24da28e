//! What a buffer costs beyond its messages.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.
#![cfg(not(any(loom, miri)))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
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
}
