//! Bursts with pauses: how long until the consumer has the last message of a burst.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;

use super::{Context, NS_PER_MSG, case, run};
use crate::case::{Case, Failure, Load, Run, Sample};
use crate::course::{join, until};
use crate::payload::expected_sum;
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::disruptor::DisruptorPoller;
use crate::ring::contenders::floor::BareWord;
use crate::ring::contenders::gil::Gil;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::nexus_queue::NexusQueue;
use crate::ring::contenders::ringbuf::Ringbuf;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassSpin};
use crate::ring::contenders::{Link, Rx, Tx};
use crate::setup::Setup;

/// The pause between two bursts; long against a burst, short against falling asleep.
const PAUSE: Duration = Duration::from_micros(5);

/// Bursts of 1 to 1000 messages.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    [1, 10, 100, 1000]
        .map(|burst| {
            let about = format!(
                "one producer, one consumer, bursts of {burst}, each acknowledged, {} µs apart; {}",
                PAUSE.as_micros(),
                setup.note()
            );
            let id = format!("ring/one_to_one/burst/burst_{burst}");
            let mut case = case(id, about, runs(&setup, burst));
            case.sweep = true;
            case
        })
        .into()
}

fn runs(setup: &Setup, burst: u64) -> Vec<Run> {
    let mut runs = vec![
        bursts::<Windlass>(setup, burst),
        bursts::<WindlassSpin>(setup, burst),
        bursts::<DisruptorPoller>(setup, burst),
        bursts::<Rtrb>(setup, burst),
        bursts::<Ringbuf>(setup, burst),
        bursts::<NexusQueue>(setup, burst),
        bursts::<Gil>(setup, burst),
        bursts::<CrossbeamChannel>(setup, burst),
        bursts::<Kanal>(setup, burst),
        bursts::<StdMpsc>(setup, burst),
    ];
    if burst == 1 {
        runs.push(bursts::<BareWord>(setup, burst));
    }
    runs
}

fn bursts<L: Link>(setup: &Setup, burst: u64) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (tx, rx) = L::open::<u64>(&setup);
        let seen = Arc::<CachePadded<AtomicU64>>::default();
        let count = (load.count / burst).max(20) * burst;
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let answer = Arc::clone(&seen);
        let taker = pin::spawn("consumer", setup.core(1), move || take(count, rx, &answer));
        let taker = taker.map_err(no_thread)?;
        let load = Load { count, ..*load };
        let sender = pin::spawn("producer", setup.core(0), move || send(&load, burst, tx, &seen));
        let sender = sender.map_err(no_thread)?;
        let busy: Duration = join(vec![("producer", sender)])?.into_iter().sum();
        let got: u64 = join(vec![("consumer", taker)])?.into_iter().sum();
        let expected = expected_sum::<u64>(count);
        if got != expected {
            return Err(Failure::WrongSum { expected, got });
        }
        let pauses = PAUSE * u32::try_from(count / burst).unwrap_or(u32::MAX);
        let each = busy.as_secs_f64() * 1e9 / count as f64;
        Ok(Sample::one(NS_PER_MSG, each, busy + pauses).with_messages(count))
    })
}

fn take(count: u64, mut rx: impl Rx<u64>, seen: &AtomicU64) -> u64 {
    let mut sum = 0_u64;
    let mut taken = 0;
    rx.take(count, |event| {
        sum = sum.wrapping_add(*event);
        taken += 1;
        seen.store(taken, Ordering::Release);
    });
    sum
}

/// The time spent in bursts, without the pauses.
fn send(load: &Load, burst: u64, mut tx: impl Tx<u64>, seen: &AtomicU64) -> Duration {
    let mut busy = Duration::ZERO;
    for first in (0..load.count).step_by(usize::try_from(burst).unwrap_or(1)) {
        let start = Instant::now();
        (first..first + burst).for_each(|value| tx.send(value));
        until(|| seen.load(Ordering::Acquire) == first + burst);
        busy += start.elapsed();
        let idle = Instant::now();
        while idle.elapsed() < PAUSE {
            spin_loop();
        }
    }
    busy
}
