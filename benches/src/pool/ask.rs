//! Questions to one worker, one at a time: the round trip.

use core::hint::spin_loop;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use quanta::Clock;

use super::board::Board;
use super::contenders::actix::Actix;
use super::contenders::kameo::Kameo;
use super::contenders::ractor::Ractor;
use super::contenders::rayon::Rayon;
use super::contenders::threads::{Crossbeam, CrossbeamSpin, Thread};
use super::contenders::windlass::{Blocking, Default, Spinning, Windlass};
use super::contenders::xtra::Xtra;
use super::contenders::{Ask, Asked};
use crate::case::{Case, Failure, Load, Run, Sample, Size, case, run};
use crate::course::join;
use crate::payload::expected_sum;
use crate::pin;
use crate::ring::contenders::floor::{BareFutex, BareWord};
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::windlass::WindlassSpin;
use crate::ring::scenarios::ping_pong::{latencies, percentiles, ping_pong};
use crate::ring::scenarios::wake::GAP;
use crate::setup::Setup;
use crate::suite::Context;

const WARM: u64 = 200;

/// The readings of a round trip.
const SUFFIXES: [&str; 3] = ["_p50", "_p99", "_max"];

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!("one thread asks one worker; {}; payload 8 B", setup.note());
    let mut rtt =
        case("pool/ask/rtt", format!("{about}; one after the other"), as_it_comes(&setup));
    rtt.suffixes = &SUFFIXES;
    let mut spinning = case("pool/ask/spinning/rtt", format!("{about}; both spin"), spin(&setup));
    spinning.suffixes = &SUFFIXES;
    let gap = GAP.as_micros();
    let parked = format!("{about}; {gap} µs after the last answer, so that the worker is asleep");
    let mut parked = case("pool/ask/parked/rtt", parked, asleep(&setup));
    parked.suffixes = &SUFFIXES;
    parked.size = Size::Timed;
    parked.weight = 3;
    vec![rtt, spinning, parked]
}

fn as_it_comes(setup: &Setup) -> Vec<Run> {
    vec![
        ask::<Windlass<Default>>(setup, Duration::ZERO),
        ask::<Windlass<Blocking>>(setup, Duration::ZERO),
        ask::<Crossbeam>(setup, Duration::ZERO),
        ask::<Thread<Flume>>(setup, Duration::ZERO),
        ask::<Ractor>(setup, Duration::ZERO),
        ask::<Kameo>(setup, Duration::ZERO),
        ask::<Actix>(setup, Duration::ZERO),
        ask::<Xtra>(setup, Duration::ZERO),
        ask::<Rayon>(setup, Duration::ZERO),
    ]
}

fn spin(setup: &Setup) -> Vec<Run> {
    let ring = ping_pong::<WindlassSpin>(setup);
    let note = "a ring each way, no pool: what an answer costs at least".to_owned();
    let spinning = ask::<Windlass<Spinning>>(setup, Duration::ZERO);
    // Here everybody spins, so ours stands for itself.
    let spinning = Run { contender: "windlass", ..spinning };
    let mut runs = vec![
        ping_pong::<BareWord>(setup),
        Run { contender: "windlass_ring", note, ..ring },
        spinning,
        ask::<Thread<CrossbeamSpin>>(setup, Duration::ZERO),
    ];
    for run in &mut runs[..2] {
        // The ring's suite reads more percentiles.
        let round = core::mem::replace(&mut run.round, Box::new(|_| unreachable!()));
        run.round = Box::new(move |load| round(load).map(only));
    }
    runs
}

fn asleep(setup: &Setup) -> Vec<Run> {
    let floor = ask::<Thread<BareFutex>>(setup, GAP);
    vec![
        Run { note: "a bare futex each way".to_owned(), ..floor },
        ask::<Windlass<Default>>(setup, GAP),
        ask::<Windlass<Blocking>>(setup, GAP),
        ask::<Crossbeam>(setup, GAP),
        ask::<Thread<Flume>>(setup, GAP),
        ask::<Ractor>(setup, GAP),
        ask::<Kameo>(setup, GAP),
        ask::<Actix>(setup, GAP),
        ask::<Xtra>(setup, GAP),
        ask::<Rayon>(setup, GAP),
    ]
}

/// The readings that this suite gives.
pub(super) fn only(mut sample: Sample) -> Sample {
    sample.readings.retain(|reading| SUFFIXES.contains(&reading.suffix));
    sample
}

/// Asks `load.count` times, or for the slice where there is a `gap` before each question.
fn ask<A: Asked>(setup: &Setup, gap: Duration) -> Run {
    let setup = setup.clone();
    run(A::NAME, A::NOTE, move |load| {
        let core = |thread| if A::OWN_THREAD { setup.core(thread) } else { None };
        let board = Board::new(1);
        let mut tx = A::start(&setup, board.counter(0, core(1), 0));
        let load = *load;
        let count = if gap.is_zero() { load.count } else { with_gaps(&load, gap) };
        let asking = pin::spawn("asker", core(0), move || {
            let sample = trips(count, gap, &mut tx);
            // The worker has ended when this is done.
            drop(tx);
            sample
        });
        let asking = asking.map_err(|error| Failure::NoThread(error.to_string()))?;
        let asked = join(vec![("asker", asking)])?.pop();
        let total = WARM + count;
        Arc::clone(&board).check(total, expected_sum::<u64>(total), true)?;
        asked.ok_or_else(|| Failure::Panicked("asker".to_owned()))?
    })
}

/// How many questions with a gap fill a slice.
fn with_gaps(load: &Load, gap: Duration) -> u64 {
    let each = gap + Duration::from_micros(120);
    u64::try_from(load.slice.as_nanos() / each.as_nanos()).unwrap_or(1).max(20)
}

fn trips(count: u64, gap: Duration, tx: &mut impl Ask) -> Result<Sample, Failure> {
    let clock = Clock::new();
    let mut histogram = latencies();
    let mut sum = 0_u64;
    let mut start = Instant::now();
    for value in 0..WARM + count {
        if value == WARM {
            histogram.reset();
            start = Instant::now();
        }
        if value >= WARM && !gap.is_zero() {
            let idle = Instant::now();
            while idle.elapsed() < gap {
                spin_loop();
            }
        }
        let asked = clock.raw();
        sum = sum.wrapping_add(tx.ask(value));
        let answered = clock.raw();
        histogram.saturating_record(clock.delta_as_nanos(asked, answered));
    }
    let wall = start.elapsed();
    // Each answer is one more than its question.
    let total = WARM + count;
    let expected = expected_sum::<u64>(total).wrapping_add(total);
    if sum != expected {
        return Err(Failure::WrongSum { expected, got: sum });
    }
    Ok(only(percentiles(&histogram, wall)))
}
