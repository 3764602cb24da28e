//! Reading a thousand counters with a label each.

use core::cell::RefCell;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use opentelemetry::KeyValue;
use prometheus_client::metrics::family::Family;
use windlass_metrics::{Counter, Registry, Snapshot, Spec, Value};

use super::peers::{Sdk, check, facade_counter, recorder};
use crate::case::{Case, Failure, Run};
use crate::micro::operations;

const SERIES: u64 = 1000;

/// The sum of 1 to 1000: series `n` stands at `n`.
const SUM: u64 = SERIES * (SERIES + 1) / 2;

const NS_PER_SNAPSHOT: &str = "ns_per_snapshot";

pub(super) fn case() -> Case {
    let about = "1 thread, unpinned; 1000 counters with a label each, in one family";
    let runs = vec![
        floor(),
        windlass(),
        windlass_refresh(),
        windlass_text(),
        windlass_collector(),
        prometheus_client(),
        opentelemetry(),
        facade(),
    ];
    crate::case::case("metrics/snapshot/1000_series", about, runs)
}

/// The words alone, without a name for any of them.
fn floor() -> Run {
    let words = (1..=SERIES).map(|n| CachePadded::new(AtomicU64::new(n)));
    let words: Vec<_> = words.collect();
    operations(
        "floor",
        "1000 words on lines of their own, added up",
        NS_PER_SNAPSHOT,
        move |count| {
            for _ in 0..count {
                let sum = black_box(&words).iter().map(|word| word.load(Ordering::Relaxed)).sum();
                check(SUM, sum)?;
            }
            Ok(())
        },
    )
}

/// A registry, and the writers that keep its counters alive.
fn registry() -> (Registry, Vec<Counter>) {
    const EVENTS: Spec<Counter, 1> = Spec::new("events", "Events.", ["worker"]).series(1000);
    let registry = Registry::new(1000);
    let writers = registry.family(EVENTS).map(|family| {
        let writer = |n: u64| {
            let mut counter = family.writer([&n.to_string()]);
            counter.add(n);
            counter
        };
        (1..=SERIES).map(writer).collect()
    });
    (registry, writers.unwrap_or_default())
}

fn sum(snapshot: &Snapshot) -> u64 {
    let family = snapshot.families().next();
    let values = family.into_iter().flat_map(|family| family.series()).map(|series| series.value());
    values.map(|value| if let Value::Counter(number) = value { *number } else { 0 }).sum()
}

fn windlass() -> Run {
    let (registry, writers) = registry();
    let note = "a new snapshot: numbers, kinds and labels in order; nothing formatted";
    operations("windlass", note, NS_PER_SNAPSHOT, move |count| {
        let _alive = &writers;
        (0..count).try_for_each(|_| check(SUM, sum(&registry.snapshot())))
    })
}

fn windlass_refresh() -> Run {
    let (registry, writers) = registry();
    let reused = RefCell::new(Snapshot::empty());
    let note = "into an earlier snapshot: the same, and nothing allocated";
    operations("windlass_refresh", note, NS_PER_SNAPSHOT, move |count| {
        let _alive = &writers;
        let mut reused = reused.borrow_mut();
        (0..count).try_for_each(|_| {
            registry.refresh(&mut reused);
            check(SUM, sum(&reused))
        })
    })
}

fn windlass_text() -> Run {
    let (registry, writers) = registry();
    let note = "a new snapshot, and the text of Prometheus made of it";
    operations("windlass_text", note, NS_PER_SNAPSHOT, move |count| {
        let _alive = &writers;
        (0..count).try_for_each(|_| {
            let text = windlass_metrics::export::prometheus::text(&registry).unwrap_or_default();
            check(1, u64::from(text.contains("events_total{worker=\"1000\"} 1000\n")))
        })
    })
}

/// As a server of scrapes has it: made once, as the peer's registry is.
fn windlass_collector() -> Run {
    let (registry, writers) = registry();
    let mut theirs = prometheus_client::registry::Registry::default();
    theirs.register_collector(Box::new(windlass_metrics::export::prometheus::Collector::new(
        &registry,
    )));
    let note = "a collector that is kept, and the text of Prometheus made of it";
    operations("windlass_collector", note, NS_PER_SNAPSHOT, move |count| {
        let _alive = &writers;
        (0..count).try_for_each(|_| encoded(&theirs))
    })
}

/// Encodes a registry of `prometheus-client`, and looks for the last series.
fn encoded(registry: &prometheus_client::registry::Registry) -> Result<(), Failure> {
    let mut text = String::new();
    let done = prometheus_client::encoding::text::encode(&mut text, registry);
    let right = done.is_ok() && text.contains("events_total{worker=\"1000\"} 1000\n");
    check(1, u64::from(right))
}

fn prometheus_client() -> Run {
    let family =
        Family::<[(String, String); 1], prometheus_client::metrics::counter::Counter>::default();
    for n in 1..=SERIES {
        family.get_or_create(&[("worker".to_owned(), n.to_string())]).inc_by(n);
    }
    let mut registry = prometheus_client::registry::Registry::default();
    registry.register("events", "Events.", family);
    let note = "encode: it offers no numbers without their text";
    operations("prometheus-client", note, NS_PER_SNAPSHOT, move |count| {
        (0..count).try_for_each(|_| encoded(&registry))
    })
}

fn opentelemetry() -> Run {
    let sdk = Sdk::new();
    let counter = sdk.meter().u64_counter("events").build();
    (1..=SERIES).for_each(|n| counter.add(n, &[KeyValue::new("worker", n.to_string())]));
    let note = "flush by way of the reader's thread into memory: numbers and attributes";
    operations("opentelemetry", note, NS_PER_SNAPSHOT, move |count| {
        (0..count).try_for_each(|_| check(SUM, sdk.collect()))
    })
}

fn facade() -> Run {
    let recorder = recorder();
    for n in 1..=SERIES {
        facade_counter(&recorder, format!("events_{n}")).increment(n);
    }
    let note = "render: it offers no numbers without their text; 1000 names";
    operations("metrics", note, NS_PER_SNAPSHOT, move |count| {
        (0..count).try_for_each(|_| {
            let text = recorder.handle().render();
            check(1, u64::from(text.contains("events_1000 1000\n")))
        })
    })
}
