//! Snapshots: differences, counters that wrap, refreshing in place, and writers on many threads.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use windlass_metrics::{
    Block, Counter, Counters, Full, Gauge, HighWater, Histogram, Layout, ManualClock, Registry,
    Snapshot, Spec, Stopwatch,
};
use windlass_sync::thread;

const SENT: Spec<Counter, 1> = Spec::new("sent", "", ["worker"]);
const DEPTH: Spec<Gauge, 0> = Spec::new("depth", "", []);
const WAIT: Spec<Histogram, 1> = Spec::new("wait", "", ["worker"]);

#[test]
fn a_difference_has_what_came_since() {
    let registry = Registry::new(1000);
    let (sent, depth) = (registry.family(SENT).unwrap(), registry.family(DEPTH).unwrap());
    let wait = registry.family(WAIT).unwrap();
    let (mut a, mut depth, mut wait_a) = (sent.writer(["a"]), depth.writer([]), wait.writer(["a"]));
    a.add(5);
    depth.set(9);
    wait_a.record(10);
    let before = registry.snapshot();
    a.add(2);
    depth.set(4);
    wait_a.record(20);
    let mut b = sent.writer(["b"]);
    b.add(3);
    let since = registry.snapshot().since(&before);
    assert_eq!(since.counter("sent", &["a"]), Some(2), "what came");
    assert_eq!(since.counter("sent", &["b"]), Some(3), "a new series counts from zero");
    assert_eq!(since.gauge("depth", &[]), Some(4), "a gauge is where it stands");
    let wait = since.histogram("wait", &["a"]).unwrap();
    assert_eq!((wait.count(), wait.max()), (1, Some(20)), "what came");
    assert_eq!(since.counter("sent", &["c"]), None, "nobody counted there");
    assert_eq!(since.counter("depth", &[]), None, "a gauge is no counter");
}

#[test]
fn a_counter_that_wraps_differs_by_what_came() {
    let registry = Registry::new(1000);
    let mut counter = registry.family(SENT).unwrap().writer(["a"]);
    counter.add(u64::MAX - 1);
    let before = registry.snapshot();
    counter.add(5);
    let after = registry.snapshot();
    assert_eq!(after.counter("sent", &["a"]), Some(3), "2^64 + 3");
    assert_eq!(after.since(&before).counter("sent", &["a"]), Some(5), "five, over the end");
}

#[test]
fn parts_that_wrap_together_differ_by_what_came() {
    let registry = Registry::new(1000);
    let sent = registry.family(SENT).unwrap();
    let (mut first, mut second) = (sent.writer(["a"]), sent.writer(["a"]));
    first.add(u64::MAX);
    let before = registry.snapshot();
    second.add(7);
    drop(first);
    let since = registry.snapshot().since(&before);
    assert_eq!(since.counter("sent", &["a"]), Some(7), "the sum wraps as its parts do");
}

#[test]
fn refreshing_gives_what_a_new_snapshot_gives() {
    let registry = Registry::new(1000);
    let sent = registry.family(SENT).unwrap();
    let wait = registry.family(WAIT).unwrap();
    let mut reused = Snapshot::empty();
    for round in 0..5_u64 {
        if round == 2 {
            registry.family(DEPTH).unwrap().shared([]).add(4);
        }
        let mut counter = sent.writer([&(round / 2).to_string()]);
        counter.add(round);
        wait.writer(["x"]).record(round);
        registry.refresh(&mut reused);
        assert_eq!(format!("{reused:?}"), format!("{:?}", registry.snapshot()), "round {round}");
    }
    let other = Registry::new(10);
    other.refresh(&mut reused);
    assert_eq!(format!("{reused:?}"), format!("{:?}", other.snapshot()), "of another registry");
}

#[test]
fn many_writers_add_up_while_others_look() {
    let rounds = if cfg!(miri) { 50 } else { 20_000 };
    let registry = Registry::new(1000);
    let sent = registry.family(SENT).unwrap();
    let wait = registry.family(WAIT).unwrap();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let worker = if writer % 2 == 0 { "even" } else { "odd" };
            let (mut sent, mut wait) = (sent.writer([worker]), wait.writer([worker]));
            thread::spawn(move || {
                for n in 0..rounds {
                    sent.increment();
                    wait.record(n);
                }
            })
        })
        .collect();
    let mut last = registry.snapshot();
    while writers.iter().any(|writer| !writer.is_finished()) {
        let now = registry.snapshot();
        let since = now.since(&last);
        for worker in ["even", "odd"] {
            let grown = since.counter("sent", &[worker]).unwrap();
            assert!(grown <= 2 * rounds, "a counter went back: {grown}");
            let grown = since.histogram("wait", &[worker]).unwrap().count();
            assert!(grown <= 2 * rounds, "a bucket went back: {grown}");
        }
        last = now;
    }
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let end = registry.snapshot();
    for worker in ["even", "odd"] {
        assert_eq!(end.counter("sent", &[worker]), Some(2 * rounds), "all of both writers");
        assert_eq!(end.histogram("wait", &[worker]).unwrap().count(), 2 * rounds, "and values");
    }
}

#[test]
fn blocks_and_stopwatches_are_parts_of_families() {
    let registry = Registry::new(1000);
    let (sent, wait) = (registry.family(SENT).unwrap(), registry.family(WAIT).unwrap());
    let peak = registry.family(Spec::<HighWater, 0>::new("peak", "", [])).unwrap();
    let mut block = Block::new();
    sent.attach(["a"], block.counter::<0>()).unwrap();
    peak.attach([], block.high_water::<1>()).unwrap();
    let clock = ManualClock::new();
    let mut full = Stopwatch::<Full, _>::new(clock.clone(), Layout::LATENCY);
    let mut counted = Stopwatch::<Counters, _>::new(clock.clone(), Layout::LATENCY);
    wait.attach(["a"], full.reader().spans().unwrap().clone()).unwrap();
    sent.attach(["a"], counted.reader().counter().unwrap().clone()).unwrap();
    block.add::<0>(2);
    block.raise::<1>(6);
    full.time(|| clock.advance(30));
    counted.time(|| ());
    drop((full, counted, block));
    let now = registry.snapshot();
    assert_eq!(now.counter("sent", &["a"]), Some(3), "two of the block, one span");
    assert_eq!(now.gauge("peak", &[]), Some(6), "a mark is a gauge");
    assert_eq!(now.histogram("wait", &["a"]).unwrap().max(), Some(30), "one span of 30 ns");
}

#[test]
fn a_collector_may_use_its_registry() {
    let registry = Registry::new(1000);
    let own = registry.clone();
    let jobs = Spec::<Counter, 0>::new("jobs", "", []);
    registry
        .collector([jobs.into()], move |[jobs]| jobs.push(&[], own.reserved().0 as u64))
        .unwrap();
    assert_eq!(registry.snapshot().counter("jobs", &[]), Some(1), "it is not locked out");
}
