//! One message there, one message back: the round trip, each one timed.

use core::time::Duration;
use std::time::Instant;

use hdrhistogram::Histogram;
use quanta::Clock;

use super::{Context, case, run};
use crate::case::{Case, Failure, Load, Reading, Run, Sample};
use crate::course::join;
use crate::payload::expected_sum;
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::DisruptorPoller;
use crate::ring::contenders::floor::BareWord;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::Gil;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::nexus_queue::NexusQueue;
use crate::ring::contenders::ringbuf::Ringbuf;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassSpin};
use crate::ring::contenders::{Link, Rx, Tx};
use crate::setup::Setup;

const WARM: u64 = 1000;

/// Round trips through two links.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "two threads, a link each way, one message in flight; {}; payload 8 B",
        setup.note()
    );
    let runs = vec![
        ping_pong::<BareWord>(&setup),
        ping_pong::<Windlass>(&setup),
        ping_pong::<WindlassSpin>(&setup),
        ping_pong::<DisruptorPoller>(&setup),
        ping_pong::<Rtrb>(&setup),
        ping_pong::<Ringbuf>(&setup),
        ping_pong::<NexusQueue>(&setup),
        ping_pong::<Gil>(&setup),
        ping_pong::<ArrayQueue>(&setup),
        ping_pong::<CrossbeamChannel>(&setup),
        ping_pong::<Flume>(&setup),
        ping_pong::<Kanal>(&setup),
        ping_pong::<Crossfire>(&setup),
        ping_pong::<StdMpsc>(&setup),
    ];
    let mut case = case("ring/ping_pong/rtt", about, runs);
    case.suffixes = &["_p50", "_p99", "_p999", "_max", "_mean"];
    case.weight = 2;
    vec![case]
}

/// Round trips of one contender.
pub fn ping_pong<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (ping_tx, ping_rx) = L::open::<u64>(&setup);
        let (pong_tx, pong_rx) = L::open::<u64>(&setup);
        let total = WARM + load.count;
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let echo = pin::spawn("ponger", setup.core(1), move || echo(total, ping_rx, pong_tx));
        let echo = echo.map_err(no_thread)?;
        let load = *load;
        let timed = pin::spawn("pinger", setup.core(0), move || trips(&load, ping_tx, pong_rx));
        let timed = timed.map_err(no_thread)?;
        let trips = join(vec![("pinger", timed)])?;
        join(vec![("ponger", echo)])?;
        trips.into_iter().next().ok_or_else(|| Failure::Panicked("pinger".to_owned()))?
    })
}

fn echo(total: u64, mut rx: impl Rx<u64>, mut tx: impl Tx<u64>) {
    for _ in 0..total {
        let mut value = 0;
        rx.take(1, |event| value = *event);
        tx.send(value);
    }
}

fn trips(load: &Load, mut tx: impl Tx<u64>, mut rx: impl Rx<u64>) -> Result<Sample, Failure> {
    let clock = Clock::new();
    let mut histogram = latencies();
    let mut sum = 0_u64;
    let mut start = Instant::now();
    for value in 0..WARM + load.count {
        if value == WARM {
            histogram.reset();
            start = Instant::now();
        }
        let sent = clock.raw();
        tx.send(value);
        rx.take(1, |event| sum = sum.wrapping_add(*event));
        let back = clock.raw();
        histogram.saturating_record(clock.delta_as_nanos(sent, back));
    }
    let wall = start.elapsed();
    let expected = expected_sum::<u64>(WARM + load.count);
    if sum != expected {
        return Err(Failure::WrongSum { expected, got: sum });
    }
    Ok(percentiles(&histogram, wall))
}

/// A histogram of nanoseconds up to ten seconds with three digits.
///
/// # Panics
///
/// Never: the bounds are constant and valid.
#[must_use]
pub fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("these bounds are valid")
}

/// The percentiles and the mean of one round.
#[must_use]
pub fn percentiles(histogram: &Histogram<u64>, wall: Duration) -> Sample {
    let at = |suffix, quantile| Reading {
        suffix,
        unit: "ns",
        value: histogram.value_at_quantile(quantile) as f64,
    };
    let readings = vec![
        at("_p50", 0.5),
        at("_p99", 0.99),
        at("_p999", 0.999),
        Reading { suffix: "_max", unit: "ns", value: histogram.max() as f64 },
        Reading { suffix: "_mean", unit: "ns", value: histogram.mean() },
    ];
    Sample { readings, wall, messages: histogram.len() }
}
