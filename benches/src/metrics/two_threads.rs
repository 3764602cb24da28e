//! Two threads add to what is one number for whoever reads it.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use windlass_metrics::{Counter, Registry, SharedCounter, Spec};

use super::NS_PER_OP;
use super::peers::{Sdk, check, facade_counter, number_in, recorder};
use crate::case::{Case, Failure, Run, Sample, run};
use crate::course::until;
use crate::pin;
use crate::setup::Setup;
use crate::suite::Context;

const THREADS: usize = 2;

/// What one of the threads does, given how often.
type Adder = Box<dyn FnOnce(u64) + Send>;

/// Makes the adders of a contender, and a way to read what they added.
type Make = fn() -> Contest;

/// The adders, and their sum.
type Contest = (Vec<Adder>, Box<dyn FnOnce() -> Option<u64>>);

pub(super) fn case(context: &Context) -> Case {
    let setup = Setup::new(&context.cores, THREADS, 0, 1);
    let placed = if setup.core(0).is_some() { "each pinned to a core" } else { "unpinned" };
    let about = format!("{THREADS} threads, {placed}, add to one number; time by adds of each");
    let contenders: [(&str, &str, Make); 6] = [
        ("windlass", "a Counter each, of one series", windlass),
        ("windlass_shared", "one SharedCounter", shared),
        ("atomic", "fetch_add, relaxed, one word", atomic),
        ("prometheus-client", "one Counter", prometheus_client),
        ("opentelemetry", "one counter of the SDK", opentelemetry),
        ("metrics", "Prometheus recorder, one handle each", facade),
    ];
    let run = |(name, note, contest): (&'static str, &'static str, Make)| {
        let setup = setup.clone();
        contender(name, note, setup, contest)
    };
    let runs = contenders.into_iter().map(run).collect();
    crate::case::case("metrics/counter/add_2_threads", about, runs)
}

fn contender(name: &'static str, note: &'static str, setup: Setup, contest: Make) -> Run {
    run(name, note, move |load| {
        let (adders, sum) = contest();
        let ready = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        for (at, adder) in adders.into_iter().enumerate() {
            let (ready, count) = (Arc::clone(&ready), load.count);
            let body = move || {
                ready.fetch_add(1, Ordering::AcqRel);
                until(|| ready.load(Ordering::Acquire) == THREADS);
                let start = Instant::now();
                adder(count);
                (start, Instant::now())
            };
            let thread = pin::spawn("adder", setup.core(at), body);
            threads.push(thread.map_err(|error| Failure::NoThread(error.to_string()))?);
        }
        let ends = threads.into_iter().map(|thread| thread.join());
        let ends: Result<Vec<_>, _> = ends.collect();
        let ends = ends.map_err(|_| Failure::Panicked("adder".to_owned()))?;
        let first = ends.iter().map(|(start, _)| *start).min();
        let last = ends.iter().map(|(_, end)| *end).max();
        let wall = first.zip(last).map(|(first, last)| last - first).unwrap_or_default();
        let total = load.count * THREADS as u64;
        check(total, sum().unwrap_or(total))?;
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_OP, each, wall).with_messages(total))
    })
}

/// The same for both threads, on what they share.
fn both(adder: impl Fn(u64) + Clone + Send + 'static) -> Vec<Adder> {
    (0..THREADS).map(|_| Box::new(adder.clone()) as Adder).collect()
}

fn windlass() -> Contest {
    const EVENTS: Spec<Counter, 0> = Spec::new("events", "Events.", []);
    let registry = Registry::new(1);
    let family = registry.family(EVENTS).ok();
    let adder = |mut counter: Counter| {
        Box::new(move |count: u64| (0..count).for_each(|_| counter.increment())) as Adder
    };
    let adders = family.iter().flat_map(|family| (0..THREADS).map(|_| adder(family.writer([]))));
    let adders = adders.collect();
    (adders, Box::new(move || registry.snapshot().counter("events", &[])))
}

fn shared() -> Contest {
    let counter = SharedCounter::new();
    let own = counter.clone();
    let add = move |count: u64| (0..count).for_each(|_| own.increment());
    (both(add), Box::new(move || Some(counter.get())))
}

fn atomic() -> Contest {
    let counter = Arc::new(CachePadded::new(AtomicU64::new(0)));
    let own = Arc::clone(&counter);
    let add = move |count: u64| {
        (0..count).for_each(|_| {
            own.fetch_add(1, Ordering::Relaxed);
        });
    };
    (both(add), Box::new(move || Some(counter.load(Ordering::Relaxed))))
}

fn prometheus_client() -> Contest {
    let counter = prometheus_client::metrics::counter::Counter::<u64>::default();
    let own = counter.clone();
    let add = move |count: u64| {
        (0..count).for_each(|_| {
            own.inc();
        });
    };
    (both(add), Box::new(move || Some(counter.get())))
}

fn opentelemetry() -> Contest {
    let sdk = Sdk::new();
    let counter = sdk.meter().u64_counter("events").build();
    let add = move |count: u64| (0..count).for_each(|_| counter.add(1, &[]));
    (both(add), Box::new(move || Some(sdk.collect())))
}

fn facade() -> Contest {
    let recorder = recorder();
    let handle = recorder.handle();
    let counter = facade_counter(&recorder, "events".to_owned());
    let add = move |count: u64| (0..count).for_each(|_| counter.increment(1));
    (both(add), Box::new(move || Some(number_in(&handle.render(), "events"))))
}
