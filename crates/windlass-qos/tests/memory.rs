//! What a buffer costs beyond its messages.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.
#![cfg(not(any(loom, miri)))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, QosLevel, RealTime, Receiver, Reliable, Sender,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Message = [u64; 8];

const BUFFERS: usize = 1000;
const CAPACITY: usize = 16;
/// Bytes for each buffer beyond its messages.
const BUDGET: usize = 1500;

/// The bytes that 1,000 open buffers take, handles included, beyond the messages that they can hold.
fn overhead(level: impl Level) -> usize {
    fn held<L: Level>(ends: &[(Sender<Message, L>, Receiver<Message, L>)]) -> usize {
        ends.iter().map(|(tx, _)| tx.capacity() * size_of::<Message>()).sum()
    }
    let region = Region::new(ALLOCATOR);
    let ends: Vec<_> =
        (0..BUFFERS).map(|_| Builder::new(level, CAPACITY).build().unwrap()).collect();
    let change = region.change();
    change.bytes_allocated - change.bytes_deallocated - held(&ends)
}

#[test]
fn a_thousand_open_buffers_stay_within_their_budget() {
    let all = [
        overhead(BestEffort),
        overhead(Reliable),
        overhead(Guaranteed),
        overhead(RealTime),
        overhead(QosLevel::Reliable),
        overhead(QosLevel::Guaranteed),
    ];
    let each = all.map(|bytes| bytes / BUFFERS);
    for bytes in all {
        assert!(bytes < BUDGET * BUFFERS, "{each:?} bytes for each buffer");
    }
    println!("{each:?}");
}
