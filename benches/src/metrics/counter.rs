//! One thread adds one to one counter.
//!
//! There is no optimiser barrier around each addition: the compiler keeps every atomic access, and
//! a barrier would cost as much as ours. What each contender counted is checked in the end.

use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;
use windlass_metrics::{Counter, SharedCounter};

use super::NS_PER_OP;
use super::peers::{Sdk, check, facade_counter, number_in, recorder};
use crate::case::{Case, Run};
use crate::micro::operations;

pub(super) fn case() -> Case {
    let about = "1 thread, unpinned; a handle that is kept; no optimiser barrier but in the floor";
    let runs = vec![
        floor(),
        windlass(),
        shared(),
        atomic(),
        prometheus_client(),
        opentelemetry(),
        facade(),
        facade_macro(),
    ];
    crate::case::case("metrics/counter/add", about, runs)
}

/// A word that nobody else sees.
fn floor() -> Run {
    operations("floor", "a plain u64", NS_PER_OP, |count| {
        let mut sum = 0_u64;
        for _ in 0..count {
            let sum = black_box(&mut sum);
            *sum = sum.wrapping_add(1);
        }
        check(count, sum)
    })
}

fn windlass() -> Run {
    operations("windlass", "Counter: one writer, load and store", NS_PER_OP, |count| {
        let mut counter = Counter::new();
        let own = black_box(&mut counter);
        for _ in 0..count {
            own.increment();
        }
        check(count, counter.reader().get())
    })
}

fn shared() -> Run {
    operations("windlass_shared", "SharedCounter: shards", NS_PER_OP, |count| {
        let counter = SharedCounter::new();
        let own = black_box(&counter);
        for _ in 0..count {
            own.increment();
        }
        check(count, counter.get())
    })
}

fn atomic() -> Run {
    operations("atomic", "fetch_add, relaxed, on its own line", NS_PER_OP, |count| {
        let counter = CachePadded::new(AtomicU64::new(0));
        let own = black_box(&counter);
        for _ in 0..count {
            own.fetch_add(1, Ordering::Relaxed);
        }
        check(count, counter.load(Ordering::Relaxed))
    })
}

fn prometheus_client() -> Run {
    operations("prometheus-client", "Counter, kept", NS_PER_OP, |count| {
        let counter = prometheus_client::metrics::counter::Counter::<u64>::default();
        let own = black_box(&counter);
        for _ in 0..count {
            own.inc();
        }
        check(count, counter.get())
    })
}

fn opentelemetry() -> Run {
    operations("opentelemetry", "u64 counter of the SDK, no attributes", NS_PER_OP, |count| {
        let sdk = Sdk::new();
        let counter = sdk.meter().u64_counter("events").build();
        let own = black_box(&counter);
        for _ in 0..count {
            own.add(1, &[]);
        }
        check(count, sdk.collect())
    })
}

fn facade() -> Run {
    operations("metrics", "Prometheus recorder, handle kept", NS_PER_OP, |count| {
        let recorder = recorder();
        let counter = facade_counter(&recorder, "events".to_owned());
        let own = black_box(&counter);
        for _ in 0..count {
            own.increment(1);
        }
        check(count, number_in(&recorder.handle().render(), "events"))
    })
}

fn facade_macro() -> Run {
    operations("metrics_macro", "Prometheus recorder, counter! each time", NS_PER_OP, |count| {
        let recorder = recorder();
        metrics::with_local_recorder(&recorder, || {
            for _ in 0..count {
                metrics::counter!("events").increment(1);
            }
        });
        check(count, number_in(&recorder.handle().render(), "events"))
    })
}
