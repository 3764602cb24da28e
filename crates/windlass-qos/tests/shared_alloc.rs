//! Sending, writing and reading allocate nothing.
//!
//! A binary of its own, because it brings its own allocator.
#![cfg(not(any(loom, miri)))]
#![allow(clippy::unwrap_used, clippy::missing_assert_message, reason = "tests fail by panicking")]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use windlass_qos::broadcast::{Builder, From};
use windlass_qos::latest;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn broadcast_and_latest_allocate_nothing_after_the_build() {
    let (mut tx, readers) = Builder::new(3).readers(3).build::<[u64; 8]>().unwrap();
    let mut early = readers.subscribe(From::Next).unwrap();
    let mut slow = readers.subscribe(From::Next).unwrap();
    let (mut writer, mut reader) = latest::channel::<[u64; 8]>();
    let (mut shared, shared_readers) = latest::shared::<[u64; 8]>(2).unwrap();
    let mut looks = [(); 2].map(|()| shared_readers.reader().unwrap());
    let region = Region::new(ALLOCATOR);
    for n in 0..500 {
        let held = slow.latest().ok();
        for _ in 0..n % 7 {
            tx.send([n; 8]).unwrap();
            shared.write([n; 8]).unwrap();
            writer.write([n; 8]);
            let _ = looks[(n % 2) as usize].read();
        }
        drop(held);
        drop(early.try_recv());
        reader.read();
    }
    assert_eq!(region.change().allocations, 0);
}
