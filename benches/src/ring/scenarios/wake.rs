//! A message to a consumer that has gone to sleep: how long until it has it.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use quanta::Clock;

use super::ping_pong::{latencies, percentiles};
use super::{Context, case, run};
use crate::case::{Case, Failure, Load, Run, Sample, Size};
use crate::course::{join, until};
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::floor::BareFutex;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::GilParking;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassBlocking};
use crate::ring::contenders::{Link, Rx, Tx};
use crate::setup::Setup;

/// How long the consumer is left alone before each message.
pub const GAP: Duration = Duration::from_micros(300);

/// A blocking consumer, and one that waits as its crate does by default.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "one producer, one idle consumer, one message each {} µs; {}; payload 8 B",
        GAP.as_micros(),
        setup.note()
    );
    vec![
        timed("ring/wake/blocking", &about, wake::<WindlassBlocking>(&setup), &setup),
        timed("ring/wake/adaptive", &about, wake::<Windlass>(&setup), &setup),
    ]
}

/// The peers have one way to wait each, so they stand beside both of ours.
fn timed(id: &str, about: &str, ours: Run, setup: &Setup) -> Case {
    let runs = vec![
        wake::<BareFutex>(setup),
        ours,
        wake::<CrossbeamChannel>(setup),
        wake::<StdMpsc>(setup),
        wake::<Flume>(setup),
        wake::<Kanal>(setup),
        wake::<Crossfire>(setup),
        wake::<GilParking>(setup),
    ];
    let mut case = case(id, about, runs);
    case.suffixes = &["_p50", "_p99", "_max"];
    case.size = Size::Timed;
    case.weight = 3;
    case
}

fn wake<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (tx, rx) = L::open::<u64>(&setup);
        let seen = Arc::<CachePadded<AtomicU64>>::default();
        let count = messages(load);
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let acknowledged = Arc::clone(&seen);
        let sleeper = pin::spawn("sleeper", setup.core(1), move || sleep(count, rx, &acknowledged));
        let sleeper = sleeper.map_err(no_thread)?;
        let waker = pin::spawn("waker", setup.core(0), move || ring(count, tx, &seen));
        let waker = waker.map_err(no_thread)?;
        let sent = join(vec![("waker", waker)])?;
        let received = join(vec![("sleeper", sleeper)])?;
        let both = sent.into_iter().zip(received).next();
        let (expected, (got, sample)) =
            both.ok_or_else(|| Failure::Panicked("waker".to_owned()))?;
        if expected == got { Ok(sample) } else { Err(Failure::WrongSum { expected, got }) }
    })
}

/// How many messages with their gaps fill a slice.
#[must_use]
pub fn messages(load: &Load) -> u64 {
    let each = GAP + Duration::from_micros(60);
    u64::try_from(load.slice.as_nanos() / each.as_nanos()).unwrap_or(1).max(20)
}

/// Sends the time of sending, after a gap in which the consumer falls asleep.
fn ring(count: u64, mut tx: impl Tx<u64>, seen: &AtomicU64) -> u64 {
    let clock = Clock::new();
    let mut sum = 0_u64;
    for done in 0..count {
        until(|| seen.load(Ordering::Acquire) == done);
        let idle = Instant::now();
        while idle.elapsed() < GAP {
            spin_loop();
        }
        let now = clock.raw();
        sum = sum.wrapping_add(now);
        tx.send(now);
    }
    sum
}

fn sleep(count: u64, mut rx: impl Rx<u64>, seen: &AtomicU64) -> (u64, Sample) {
    let clock = Clock::new();
    let mut histogram = latencies();
    let mut sum = 0_u64;
    let start = Instant::now();
    for _ in 0..count {
        rx.take(1, |sent| {
            histogram.saturating_record(clock.delta_as_nanos(*sent, clock.raw()));
            sum = sum.wrapping_add(*sent);
        });
        seen.fetch_add(1, Ordering::Release);
    }
    let mut sample = percentiles(&histogram, start.elapsed());
    sample.readings.retain(|reading| ["_p50", "_p99", "_max"].contains(&reading.suffix));
    (sum, sample)
}
