//! What one event costs on one thread: publish and poll without a second core in the way.
//!
//! Instructions and latencies of the code itself, nothing about hand-over: for that there is the
//! `bench` binary. Run with `cargo bench -p benches --bench publish`.

#![allow(missing_docs, reason = "criterion's macros define public items")]

use core::hint::black_box;

use benches::pin::Cores;
use benches::ring::contenders::crossbeam_queue::ArrayQueue;
use benches::ring::contenders::disruptor::DisruptorPoller;
use benches::ring::contenders::nexus_queue::NexusQueue;
use benches::ring::contenders::ringbuf::Ringbuf;
use benches::ring::contenders::rtrb::Rtrb;
use benches::ring::contenders::windlass::Windlass;
use benches::ring::contenders::{Link, Rx as _, Tx as _};
use benches::setup::Setup;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

const CAPACITY: usize = 1024;

/// Publishes so many events and takes them again.
fn fill_and_drain<L: Link>(group: &mut BenchmarkGroup<'_, WallTime>, cores: &Cores, events: u64) {
    let setup = Setup::new(cores, 1, 1, CAPACITY);
    let (mut tx, mut rx) = L::open::<u64>(&setup);
    group.throughput(Throughput::Elements(events));
    group.bench_function(L::NAME, |bencher| {
        bencher.iter(|| {
            let mut sum = 0_u64;
            (0..events).for_each(|value| tx.send(black_box(value)));
            rx.take(events, |event| sum += *event);
            assert_eq!(sum, events * (events - 1) / 2, "what was sent arrives");
        });
    });
}

fn publish(criterion: &mut Criterion) {
    let cores = Cores::read();
    for events in [1, 64, 512] {
        let mut group = criterion.benchmark_group(format!("publish_{events}_then_take"));
        fill_and_drain::<Windlass>(&mut group, &cores, events);
        fill_and_drain::<DisruptorPoller>(&mut group, &cores, events);
        fill_and_drain::<Rtrb>(&mut group, &cores, events);
        fill_and_drain::<Ringbuf>(&mut group, &cores, events);
        fill_and_drain::<NexusQueue>(&mut group, &cores, events);
        fill_and_drain::<ArrayQueue>(&mut group, &cores, events);
        group.finish();
    }
}

criterion_group!(benches_of_one_thread, publish);
criterion_main!(benches_of_one_thread);
