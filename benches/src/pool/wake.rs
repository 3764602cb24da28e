//! A message to a worker that has gone to sleep: how long until it handles it.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use core_affinity::CoreId;
use crossbeam_utils::CachePadded;
use hdrhistogram::Histogram;
use quanta::Clock;

use super::ask::only;
use super::contenders::actix::Actix;
use super::contenders::kameo::Kameo;
use super::contenders::ractor::Ractor;
use super::contenders::rayon::Rayon;
use super::contenders::threads::{Crossbeam, Thread};
use super::contenders::windlass::{Blocking, Default, Windlass};
use super::contenders::xtra::Xtra;
use super::contenders::{Handle, Tell, Workers};
use crate::case::{Case, Failure, Run, Size, case, run};
use crate::course::{join, until};
use crate::pin;
use crate::ring::contenders::floor::BareFutex;
use crate::ring::contenders::flume::Flume;
use crate::ring::scenarios::ping_pong::{latencies, percentiles};
use crate::ring::scenarios::wake::{GAP, messages};
use crate::setup::Setup;
use crate::suite::Context;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "one sender, one idle worker, one message each {} µs, from before the send until the worker \
         has it; {}; payload 8 B",
        GAP.as_micros(),
        setup.note()
    );
    let runs = vec![
        wake::<Thread<BareFutex>>(&setup),
        wake::<Windlass<Default>>(&setup),
        wake::<Windlass<Blocking>>(&setup),
        wake::<Crossbeam>(&setup),
        wake::<Thread<Flume>>(&setup),
        wake::<Ractor>(&setup),
        wake::<Kameo>(&setup),
        wake::<Actix>(&setup),
        wake::<Xtra>(&setup),
        wake::<Rayon>(&setup),
    ];
    let mut case = case("pool/wake/idle", about, runs);
    case.suffixes = &["_p50", "_p99", "_max"];
    case.size = Size::Timed;
    case.weight = 3;
    vec![case]
}

/// What the sleeper and the sender share.
struct Seen {
    count: CachePadded<AtomicU64>,
    sum: AtomicU64,
    latencies: Mutex<Histogram<u64>>,
}

/// A worker that notes how old each message is when it arrives.
struct Sleeper {
    seen: Arc<Seen>,
    core: Option<CoreId>,
    clock: Clock,
}

impl Handle for Sleeper {
    fn handle(&mut self, sent: u64) -> u64 {
        let age = self.clock.delta_as_nanos(sent, self.clock.raw());
        if let Some(core) = self.core.take() {
            pin::pin(core);
        }
        // Only the sleeper locks it while messages come.
        self.seen.latencies.lock().unwrap_or_else(PoisonError::into_inner).saturating_record(age);
        self.seen.sum.fetch_add(sent, Ordering::Relaxed);
        self.seen.count.fetch_add(1, Ordering::Release);
        sent
    }
}

fn wake<W: Workers>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(W::NAME, W::NOTE, move |load| {
        let core = |thread| if W::OWN_THREADS { setup.core(thread) } else { None };
        let seen = Arc::new(Seen {
            count: CachePadded::default(),
            sum: AtomicU64::new(0),
            latencies: Mutex::new(latencies()),
        });
        let sleeper = Sleeper { seen: Arc::clone(&seen), core: core(1), clock: Clock::new() };
        let mut tx = W::start(&setup, vec![sleeper]);
        let count = messages(load);
        let watched = Arc::clone(&seen);
        let waker = pin::spawn("waker", core(0), move || {
            let clock = Clock::new();
            let (start, mut sum) = (Instant::now(), 0_u64);
            for done in 0..count {
                until(|| watched.count.load(Ordering::Acquire) == done);
                let idle = Instant::now();
                while idle.elapsed() < GAP {
                    spin_loop();
                }
                let now = clock.raw();
                sum = sum.wrapping_add(now);
                tx.tell(0, now);
            }
            until(|| watched.count.load(Ordering::Acquire) == count);
            (start.elapsed(), sum)
        });
        let waker = waker.map_err(|error| Failure::NoThread(error.to_string()))?;
        let sent = join(vec![("waker", waker)])?.pop();
        let (wall, expected) = sent.ok_or_else(|| Failure::Panicked("waker".to_owned()))?;
        let got = seen.sum.load(Ordering::Relaxed);
        if got != expected {
            return Err(Failure::WrongSum { expected, got });
        }
        let histogram = seen.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(only(percentiles(&histogram, wall)))
    })
}
