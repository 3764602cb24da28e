//! One thread records latencies of many sizes.

use core::cell::RefCell;
use core::hint::black_box;

use windlass_metrics::{Histogram, Layout, SharedHistogram};

use super::NS_PER_OP;
use super::peers::{Sdk, bounds, check, facade_histogram, number_in, recorder};
use crate::case::{Case, Run};
use crate::micro::operations;

/// Values in the table: a power of two, and few enough to stay in the first cache.
const VALUES: usize = 1024;

/// Latencies from 64 ns to 16 ms, each order of magnitude as often as the others.
fn values() -> Vec<u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..VALUES).map(|_| (1 << (6 + next() % 18)) + next() % 64).collect()
}

fn each(count: u64, values: &[u64], mut record: impl FnMut(u64)) {
    for (_, value) in (0..count).zip(values.iter().cycle()) {
        record(black_box(*value));
    }
}

pub(super) fn case() -> Case {
    let about = "1 thread, unpinned; 1024 values from 64 ns to 16 ms in turn";
    let runs =
        vec![windlass(), shared(), hdrhistogram(), prometheus_client(), opentelemetry(), facade()];
    crate::case::case("metrics/histogram/record", about, runs)
}

fn windlass() -> Run {
    let values = values();
    let histogram = RefCell::new(Histogram::new(Layout::LATENCY));
    operations(
        "windlass",
        "1 .. 2^36 ns, 3.1 % error, readable meanwhile",
        NS_PER_OP,
        move |count| {
            let mut own = histogram.borrow_mut();
            let before = own.reader().read().count();
            each(count, &values, |value| black_box(&mut *own).record(value));
            check(count, own.reader().read().count() - before)
        },
    )
}

fn shared() -> Run {
    let values = values();
    let histogram = SharedHistogram::new(Layout::LATENCY);
    operations("windlass_shared", "fetch_add to the bucket", NS_PER_OP, move |count| {
        let before = histogram.read().count();
        each(count, &values, |value| black_box(&histogram).record(value));
        check(count, histogram.read().count() - before)
    })
}

fn hdrhistogram() -> Run {
    let values = values();
    let made = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 1 << 36, 2);
    let histogram = RefCell::new(made.ok());
    operations(
        "hdrhistogram",
        "1 .. 2^36 ns, 2 digits, for its thread alone",
        NS_PER_OP,
        move |count| {
            let mut own = histogram.borrow_mut();
            let Some(own) = own.as_mut() else { return check(count, 0) };
            let before = own.len();
            let mut refused = 0_u64;
            each(count, &values, |value| {
                refused += u64::from(black_box(&mut *own).record(value).is_err());
            });
            check(count, own.len() - before - refused)
        },
    )
}

fn prometheus_client() -> Run {
    let values = values();
    let histogram = prometheus_client::metrics::histogram::Histogram::new(bounds());
    operations("prometheus-client", "22 buckets", NS_PER_OP, move |count| {
        each(count, &values, |value| black_box(&histogram).observe(value as f64));
        Ok(())
    })
}

fn opentelemetry() -> Run {
    let values = values();
    operations("opentelemetry", "22 buckets, no attributes", NS_PER_OP, move |count| {
        let sdk = Sdk::new();
        let histogram = sdk.meter().u64_histogram("latency").with_boundaries(bounds()).build();
        each(count, &values, |value| black_box(&histogram).record(value, &[]));
        check(count, sdk.collect())
    })
}

fn facade() -> Run {
    let values = values();
    operations("metrics", "Prometheus recorder, 22 buckets, handle kept", NS_PER_OP, move |count| {
        let recorder = recorder();
        let histogram = facade_histogram(&recorder);
        each(count, &values, |value| black_box(&histogram).record(value as f64));
        // What was recorded is put into buckets when somebody looks: part of its price.
        check(count, number_in(&recorder.handle().render(), "latency_count"))
    })
}
