//! A consumer with nothing to do: how much of a core it uses.

use core::num::NonZeroI32;
use core::time::Duration;
use std::fs;
use std::sync::mpsc::sync_channel;
use std::thread::sleep;
use std::time::Instant;

use rustix::thread::gettid;

use super::{Context, case, run};
use crate::case::{Case, Failure, Run, Sample, Size};
use crate::course::join;
use crate::cpu;
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::floor::BareFutex;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::GilParking;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassBlocking, WindlassSpin};
use crate::ring::contenders::{Link, Rx, Tx};
use crate::setup::Setup;

/// How long a consumer may take to settle before it is watched.
const SETTLE: Duration = Duration::from_millis(10);

/// The CPU time of an idle consumer.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "one idle consumer, CPU time of its thread for each second; {}; settled for {} ms",
        setup.note(),
        SETTLE.as_millis()
    );
    let runs = vec![
        idle::<BareFutex>(&setup),
        idle::<Windlass>(&setup),
        idle::<WindlassBlocking>(&setup),
        // Shows that the measurement sees a consumer that does burn its core.
        idle::<WindlassSpin>(&setup),
        idle::<CrossbeamChannel>(&setup),
        idle::<StdMpsc>(&setup),
        idle::<Flume>(&setup),
        idle::<Kanal>(&setup),
        idle::<Crossfire>(&setup),
        idle::<GilParking>(&setup),
    ];
    let mut case = case("ring/idle/cpu", about, runs);
    case.size = Size::Timed;
    case.weight = 2;
    vec![case]
}

fn idle<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (mut tx, mut rx) = L::open::<u64>(&setup);
        let (say, thread) = sync_channel(1);
        let consumer = pin::spawn("sleeper", setup.core(1), move || {
            let told = say.send(gettid().as_raw_nonzero());
            let mut got = 0;
            rx.take(1, |event| got = *event);
            (got, told.is_ok())
        });
        let consumer = consumer.map_err(|error| Failure::NoThread(error.to_string()))?;
        let thread = thread.recv().map_err(|_| Failure::Panicked("sleeper".to_owned()))?;
        sleep(SETTLE);
        let (used, start) = (cpu_time(thread), Instant::now());
        sleep(load.slice);
        let (used, wall) = (cpu_time(thread).saturating_sub(used), start.elapsed());
        // The floor's word counts from 0, so that is what the last message carries.
        tx.send(0);
        let got = join(vec![("sleeper", consumer)])?.into_iter().map(|(got, _)| got).sum();
        if got != 0 {
            return Err(Failure::WrongSum { expected: 0, got });
        }
        let each_second = used.as_secs_f64() * 1e6 / wall.as_secs_f64();
        Ok(Sample::one("us_cpu_per_s", each_second, wall))
    })
}

/// The CPU time that a thread of this process has used.
fn cpu_time(thread: NonZeroI32) -> Duration {
    // The first number is what the scheduler has counted, in nanoseconds.
    let path = format!("/proc/self/task/{thread}/schedstat");
    let text = fs::read_to_string(path).unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|first| first.parse().ok());
    // All threads are the next best where the scheduler keeps no count.
    nanos.map_or_else(cpu::of_process, Duration::from_nanos)
}
