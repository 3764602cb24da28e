//! A receiver that is suspended: how long a send takes that must not wait for it.

use core::hint::black_box;
use std::time::Instant;

use quanta::Clock;

use super::contenders::lossy::{
    ArrayQueue, AsyncChannel, ConcurrentQueue, Lossy, Pop, Popped, Push, RingChannel,
    TokioBroadcast, Windlass, WindlassBestEffort, WindlassRealTime,
};
use super::drop_oldest::contenders;
use super::message::Message;
use crate::case::{Case, Failure, Reading, Run, Sample, case, run};
use crate::ring::scenarios::ping_pong::latencies;

const CAPACITY: usize = 64;

pub(super) fn cases() -> Vec<Case> {
    let about = format!(
        "one thread sends into a full buffer of {CAPACITY} whose receiver took one message and then \
         never runs; each send timed; payload 8 B"
    );
    let mut runs = contenders!(sends::<u64>());
    runs.push(floor());
    let mut case = case("qos/stalled_receiver/send", about, runs);
    case.suffixes = &["_p50", "_p99", "_p999", "_max"];
    case.least = 20_000;
    vec![case]
}

fn sends<L: Lossy, M: Message>() -> Run {
    run(L::NAME, L::NOTE, |load| {
        let (mut tx, mut rx) = L::open::<M>(CAPACITY);
        let (mut came_back, mut sent) = (0, 0);
        for _ in 0..2 * CAPACITY {
            came_back += tx.push(M::of(sent));
            sent += 1;
        }
        let mut delivered = 0;
        let mut lost = 0;
        let mut note = |popped: Popped<M>| match popped {
            Popped::Message(_) => {
                delivered += 1;
                true
            }
            Popped::Lost(some) => {
                lost += some;
                true
            }
            Popped::Nothing => false,
        };
        note(rx.pop());
        let sample = timed(load.count, |number| {
            came_back += tx.push(M::of(sent + number));
        });
        sent += load.count;
        while note(rx.pop()) {}
        let got = delivered + lost + came_back + tx.dropped();
        if got == sent { Ok(sample) } else { Err(Failure::WrongSum { expected: sent, got }) }
    })
}

fn floor() -> Run {
    run("floor", "nothing is sent: the clock alone, and whoever interrupts", |load| {
        Ok(timed(load.count, |number| {
            black_box(number);
        }))
    })
}

fn timed(count: u64, mut each: impl FnMut(u64)) -> Sample {
    let clock = Clock::new();
    let mut histogram = latencies();
    let start = Instant::now();
    for number in 0..count {
        let before = clock.raw();
        each(number);
        let after = clock.raw();
        histogram.saturating_record(clock.delta_as_nanos(before, after));
    }
    let wall = start.elapsed();
    let at = |suffix, quantile| {
        let value = histogram.value_at_quantile(quantile) as f64;
        Reading { suffix, unit: "ns", value }
    };
    let mut readings = vec![at("_p50", 0.5), at("_p99", 0.99), at("_p999", 0.999)];
    readings.push(Reading { suffix: "_max", unit: "ns", value: histogram.max() as f64 });
    Sample { readings, wall, messages: count }
}
