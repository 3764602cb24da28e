//! Messages at a fixed rate: how long each is under way, counted from when it was due.
//!
//! A sender that falls behind sends late, and what is late counts from when it should have been sent. So
//! a queue that holds its sender up cannot hide that by being offered less.

use std::time::Instant;

use quanta::Clock;

use super::ping_pong::{latencies, percentiles};
use super::{Context, case, run};
use crate::case::{Case, Failure, Load, Run, Sample, Size};
use crate::course::join;
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::DisruptorPoller;
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

/// Messages before the first one that counts.
const WARM: u64 = 1000;

/// A rate that leaves every queue idle in between, and one that keeps the slower ones busy.
const GAPS: [(u64, &str); 2] = [(10_000, "100k_per_s"), (500, "2m_per_s")];

/// One sender on a schedule, one receiver.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    GAPS.into_iter().map(|(gap, name)| at_rate(&setup, gap, name)).collect()
}

fn at_rate(setup: &Setup, gap: u64, name: &str) -> Case {
    let about = format!(
        "one message each {gap} ns, counted from when it was due; {}; payload 8 B",
        setup.note()
    );
    let runs = vec![
        timed::<Windlass>(setup, gap),
        timed::<WindlassSpin>(setup, gap),
        timed::<DisruptorPoller>(setup, gap),
        timed::<Rtrb>(setup, gap),
        timed::<Ringbuf>(setup, gap),
        timed::<NexusQueue>(setup, gap),
        timed::<Gil>(setup, gap),
        timed::<ArrayQueue>(setup, gap),
        timed::<CrossbeamChannel>(setup, gap),
        timed::<Flume>(setup, gap),
        timed::<Kanal>(setup, gap),
        timed::<Crossfire>(setup, gap),
        timed::<StdMpsc>(setup, gap),
    ];
    let mut case = case(format!("ring/fixed_rate/{name}"), about, runs);
    case.suffixes = &["_p50", "_p99", "_p999", "_max"];
    case.size = Size::Timed;
    case
}

fn timed<L: Link>(setup: &Setup, gap: u64) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (tx, rx) = L::open::<u64>(&setup);
        let count = WARM + messages(load, gap);
        let clock = Clock::new();
        // Both ends count from here.
        let epoch = clock.raw();
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let (theirs, ours) = (clock.clone(), clock);
        let receiver = move || receive(count, rx, &theirs, epoch);
        let receiver = pin::spawn("receiver", setup.core(1), receiver).map_err(no_thread)?;
        let sender = move || send(count, gap, tx, &ours, epoch);
        let sender = pin::spawn("sender", setup.core(0), sender).map_err(no_thread)?;
        let sent = join(vec![("sender", sender)])?;
        let received = join(vec![("receiver", receiver)])?;
        let both = sent.into_iter().zip(received).next();
        let (expected, (got, sample)) =
            both.ok_or_else(|| Failure::Panicked("sender".to_owned()))?;
        if expected == got { Ok(sample) } else { Err(Failure::WrongSum { expected, got }) }
    })
}

fn messages(load: &Load, gap: u64) -> u64 {
    u64::try_from(load.slice.as_nanos()).unwrap_or(0).div_ceil(gap).max(200)
}

/// Sends the times at which messages are due, each not before that.
fn send(count: u64, gap: u64, mut tx: impl Tx<u64>, clock: &Clock, epoch: u64) -> u64 {
    let start = clock.delta_as_nanos(epoch, clock.raw());
    let mut sum = 0_u64;
    for number in 0..count {
        let due = start + number * gap;
        // No spin hint: on some processors it takes as long as a message does.
        while clock.delta_as_nanos(epoch, clock.raw()) < due {}
        sum = sum.wrapping_add(due);
        tx.send(due);
    }
    sum
}

fn receive(count: u64, mut rx: impl Rx<u64>, clock: &Clock, epoch: u64) -> (u64, Sample) {
    let mut histogram = latencies();
    let mut sum = 0_u64;
    let mut start = Instant::now();
    for number in 0..count {
        if number == WARM {
            histogram.reset();
            start = Instant::now();
        }
        rx.take(1, |due| {
            let now = clock.delta_as_nanos(epoch, clock.raw());
            histogram.saturating_record(now.saturating_sub(*due));
            sum = sum.wrapping_add(*due);
        });
    }
    let mut sample = percentiles(&histogram, start.elapsed());
    sample.readings.retain(|reading| reading.suffix != "_mean");
    (sum, sample)
}
