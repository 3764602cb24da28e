//! A consumer with nothing to do: how much of a core it uses.

use core::time::Duration;
use std::thread::sleep;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use super::{Context, case, run};
use crate::case::{Case, Failure, Run, Sample, Size};
use crate::contenders::crossbeam_channel::CrossbeamChannel;
use crate::contenders::crossfire::Crossfire;
use crate::contenders::floor::BareFutex;
use crate::contenders::flume::Flume;
use crate::contenders::gil::GilParking;
use crate::contenders::kanal::Kanal;
use crate::contenders::std_mpsc::StdMpsc;
#[cfg(feature = "windlass")]
use crate::contenders::windlass::{Windlass, WindlassBlocking};
use crate::contenders::{Link, Rx, Setup, Tx};
use crate::course::join;
use crate::pin;

/// How long a consumer may take to settle before it is watched.
const SETTLE: Duration = Duration::from_millis(10);

/// The CPU time of an idle consumer.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "one idle consumer, CPU time of the process for each second; {}; settled for {} ms",
        setup.note(),
        SETTLE.as_millis()
    );
    let runs = vec![
        idle::<BareFutex>(&setup),
        #[cfg(feature = "windlass")]
        idle::<Windlass>(&setup),
        #[cfg(feature = "windlass")]
        idle::<WindlassBlocking>(&setup),
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
        let consumer = pin::spawn("sleeper", setup.core(1), move || {
            let mut got = 0;
            rx.take(1, |event| got = *event);
            got
        });
        let consumer = consumer.map_err(|error| Failure::NoThread(error.to_string()))?;
        sleep(SETTLE);
        let (used, start) = (cpu_time(), Instant::now());
        sleep(load.slice);
        let (used, wall) = (cpu_time().saturating_sub(used), start.elapsed());
        // The floor's word counts from 0, so that is what the last message carries.
        tx.send(0);
        let got = join(vec![("sleeper", consumer)])?.into_iter().sum();
        if got != 0 {
            return Err(Failure::WrongSum { expected: 0, got });
        }
        let each_second = used.as_secs_f64() * 1e6 / wall.as_secs_f64();
        Ok(Sample::one("us_cpu_per_s", each_second, wall))
    })
}

/// The CPU time that all threads of this process have used.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default())
}
