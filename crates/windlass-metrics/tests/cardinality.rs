//! Labels under attack: whatever arrives, memory and series stay within what was fixed at build.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use windlass_metrics::{
    AttachError, Block, Counter, Gauge, Histogram, Layout, RegisterError, Registry, Spec, Value,
};

const HITS: Spec<Counter, 2> = Spec::new("hits", "Requests.", ["path", "peer"]).series(10);

/// All series of a family, and the sum of their counts.
fn tally(registry: &Registry, name: &str) -> (usize, u64) {
    let snapshot = registry.snapshot();
    let family = snapshot.families().find(|family| family.name() == name).unwrap();
    let sum = family.series().map(|series| match series.value() {
        Value::Counter(number) => *number,
        other => panic!("no counter: {other:?}"),
    });
    (family.series().count(), sum.sum())
}

#[test]
fn a_flood_of_labels_takes_one_series_and_loses_no_count() {
    let registry = Registry::new(10);
    let hits = registry.family(HITS).unwrap();
    for attack in 0..20_000 {
        let path = format!("/{attack}");
        match attack % 2 {
            0 => hits.writer([&path, "x"]).increment(),
            _ => hits.shared([&path, "x"]).increment(),
        }
    }
    assert_eq!(tally(&registry, "hits"), (11, 20_000), "ten, the overflow, and every request");
    assert_eq!(hits.overflowed(), 19_990, "those that found no room");
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.counter("hits", &["overflow", "overflow"]), Some(19_990), "counted there");
    assert_eq!(snapshot.counter("windlass_metrics_overflowed", &[]), Some(19_990), "and told");
    let last = snapshot.families().next().unwrap().series().last().unwrap();
    assert!(last.is_overflow(), "the overflow comes last");
}

#[test]
fn labels_that_were_there_first_keep_their_series_under_attack() {
    let registry = Registry::new(20);
    let hits = registry.family(HITS).unwrap();
    let mut kept = hits.writer(["/", "a"]);
    for attack in 0..1000 {
        hits.shared([&attack.to_string(), ""]).increment();
        kept.increment();
    }
    hits.writer(["/", "a"]).increment();
    assert_eq!(registry.snapshot().counter("hits", &["/", "a"]), Some(1001), "its own series");
}

#[test]
fn a_family_under_attack_takes_no_room_of_another() {
    let registry = Registry::new(11);
    let hits = registry.family(HITS).unwrap();
    let other = registry.family(Spec::<Counter, 0>::new("other", "", [])).unwrap();
    (0..100).for_each(|n: u32| hits.shared([&n.to_string(), ""]).increment());
    other.writer([]).increment();
    assert_eq!(registry.snapshot().counter("other", &[]), Some(1), "its room was reserved");
    assert_eq!(other.overflowed(), 0, "it knows of no attack");
}

#[test]
fn long_values_and_the_name_of_the_overflow_are_not_series() {
    let registry = Registry::new(10);
    let hits = registry.family(HITS).unwrap();
    hits.writer([&"x".repeat(128), ""]).increment();
    hits.writer([&"x".repeat(129), ""]).increment();
    hits.writer(["overflow", "overflow"]).increment();
    hits.writer(["overflow", ""]).increment();
    assert_eq!(hits.series(), (2, 10), "128 bytes are fine, and so is one word alone");
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.counter("hits", &["overflow", "overflow"]), Some(2), "the others overflow");
}

#[test]
fn a_registry_is_as_large_as_it_was_built() {
    let registry = Registry::new(12);
    let hits = registry.family(HITS).unwrap();
    let again = registry.family(HITS).unwrap_err();
    assert_eq!(again, RegisterError::NameTaken { name: "hits" }, "one family of a name");
    let large = Spec::<Gauge, 1>::new("large", "", ["a"]).series(3);
    let full = registry.family(large).unwrap_err();
    assert_eq!(full, RegisterError::Full { asked: 3, left: 2 }, "it says what is left");
    let taken = registry.collector([HITS.into()], |_| ()).unwrap_err();
    assert_eq!(taken, RegisterError::NameTaken { name: "hits" }, "collectors have names too");
    let twice = registry.collector([large.series(1).into(), large.series(1).into()], |_| ());
    assert_eq!(twice, Err(RegisterError::NameTaken { name: "large" }), "even among themselves");
    registry.family(large.series(2)).unwrap();
    assert_eq!(registry.reserved(), (12, 12), "what was refused took no room");
    assert_eq!(hits.series(), (0, 10), "and nothing is made before it is asked for");
}

#[test]
fn what_cannot_be_attached_comes_back() {
    let registry = Registry::new(10);
    let hits = registry.family(Spec::<Counter, 1>::new("hits", "", ["a"]).series(1)).unwrap();
    let mut block = Block::new();
    block.add::<3>(7);
    hits.attach(["x"], block.counter::<3>()).unwrap();
    let refused = hits.attach(["y"], block.counter::<3>()).unwrap_err();
    assert!(matches!(&refused, AttachError::Full(_)), "there is room for one");
    assert_eq!(refused.into_inner().get(), 7, "the reader comes back");
    let refused = hits.observe(["z"], || 5).unwrap_err();
    assert_eq!(refused.into_inner()(), 5, "and so does the closure");
    hits.observe(["x"], || 5).unwrap();
    assert_eq!(registry.snapshot().counter("hits", &["x"]), Some(12), "both under one name");

    let wait = Spec::<Histogram, 0>::new("wait", "", []).layout(Layout::new(1000));
    let wait = registry.family(wait).unwrap();
    let other = Histogram::new(Layout::new(10)).reader();
    let refused = wait.attach([], other).unwrap_err();
    assert!(matches!(refused, AttachError::OtherLayout(_)), "they could not be added up");
    assert!(!format!("{refused:?} {refused}").contains("Reader"), "no payload is printed");
}

#[test]
fn a_collector_stays_within_its_limit() {
    const JOBS: Spec<Counter, 1> = Spec::new("jobs", "", ["who"]).series(3);
    const LEVEL: Spec<Gauge, 0> = Spec::new("level", "", []);
    let registry = Registry::new(4);
    let collect = |[jobs, level]: &mut [windlass_metrics::Readings; 2]| {
        (0..10).for_each(|n: u32| jobs.push(&[&n.to_string()], 1));
        jobs.push(&["2"], 5);
        jobs.push(&["too", "many"], 1);
        level.push(&[], u64::MAX);
    };
    registry.collector([JOBS.into(), LEVEL.into()], collect).unwrap();
    assert_eq!(tally(&registry, "jobs"), (4, 16), "three, the overflow, and every count");
    let snapshot = registry.snapshot();
    assert_eq!(snapshot.counter("jobs", &["2"]), Some(6), "numbers under the same labels add up");
    assert_eq!(snapshot.gauge("level", &[]), Some(i64::MAX), "a gauge does not wrap");
    assert_eq!(snapshot.counter("windlass_metrics_overflowed", &[]), Some(16), "eight, twice");
}
