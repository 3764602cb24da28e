//! Counting, recording, timing and refreshing allocate nothing.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the
//! whole process.
#![cfg(not(any(loom, miri)))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use windlass_metrics::{
    Block, Counter, Gauge, HeatMap, HighWater, Histogram, Layout, ManualClock, Registry, Sampled,
    SharedCounter, SharedHistogram, Spec, Stopwatch,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn allocations(work: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

#[test]
fn counting_and_refreshing_allocate_nothing() {
    let registry = Registry::new(1000);
    let sent = registry.family(Spec::<Counter, 1>::new("sent", "", ["worker"])).unwrap();
    let wait = registry.family(Spec::<Histogram, 0>::new("wait", "", [])).unwrap();
    let (mut counter, mut histogram) = (sent.writer(["a"]), wait.writer([]));
    let (mut gauge, mut mark, mut block) = (Gauge::new(), HighWater::new(), Block::new());
    let (shared, sizes) = (SharedCounter::new(), SharedHistogram::new(Layout::new(1000)));
    let clock = ManualClock::new();
    let mut stopwatch = Stopwatch::<Sampled<1>, _>::new(clock, Layout::LATENCY);
    let mut count = move || {
        counter.increment();
        histogram.record(7);
        gauge.set(3);
        mark.raise(4);
        block.add::<2>(5);
        shared.increment();
        sizes.record(6);
        stopwatch.time(|| ());
    };
    count();
    assert_eq!(allocations(|| (0..1000).for_each(|_| count())), 0, "counting and recording");

    let mut snapshot = registry.snapshot();
    assert_eq!(allocations(|| registry.refresh(&mut snapshot)), 0, "refreshing a snapshot");
    let seen = snapshot.histogram("wait", &[]).unwrap();
    let mut map = HeatMap::new(Layout::LATENCY, 3);
    let push = |map: &mut HeatMap| (0..9).for_each(|at| map.push(at, seen).unwrap());
    assert_eq!(allocations(|| push(&mut map)), 0, "ending slices of a heat map");
    assert!(0 < allocations(|| drop(registry.snapshot())), "the counter of allocations counts");
}
