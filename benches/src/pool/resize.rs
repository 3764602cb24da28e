//! What a change of the number of workers costs those who send meanwhile: the longest delay of a message
//! that was due while it ran.
//!
//! Peers offer nothing like it: their users stop, drain and start anew.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread::yield_now;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use windlass_pool::{Context as Cx, Pool, Sender, Shutdown, Worker};

use super::ask::only;
use crate::case::{Case, Failure, Load, Run, Sample, Size, case, run};
use crate::course::{join, until};
use crate::pin;
use crate::ring::contenders::BOTH_ENDS;
use crate::ring::scenarios::ping_pong::{latencies, percentiles};
use crate::setup::Setup;
use crate::suite::Context;

/// Between two messages.
const EVERY: Duration = Duration::from_micros(20);

/// After each change, and what a change is compared with where there is none.
const REST: Duration = Duration::from_millis(1);

/// From 1 to 8 to 3, and back.
const COURSE: [usize; 3] = [8, 3, 1];

/// How long a change may take.
const LONG: Duration = Duration::from_secs(60);

const KEYS: usize = 1024;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 8, 1024);
    let about = format!(
        "one sender, a message each {} µs to 1024 keys in turn, while the pool goes from 1 worker to 8, to 3, \
         to 1; of each change the longest delay, from when a message was due until it was handled; {}; payload \
         8 B",
        EVERY.as_micros(),
        setup.note()
    );
    let runs = vec![pause("floor", false, &setup), pause("windlass", true, &setup)];
    let mut case = case("pool/resize/pause", about, runs);
    case.suffixes = &["_p50", "_p99", "_max"];
    case.size = Size::Timed;
    case.weight = 3;
    vec![case]
}

/// What all threads of a round share.
struct Seen {
    started: Instant,
    count: CachePadded<AtomicU64>,
    sum: AtomicU64,
    /// Since the beginning of the change.
    longest: CachePadded<AtomicU64>,
    last: Vec<AtomicU64>,
    disorder: AtomicBool,
    end: AtomicBool,
}

impl Seen {
    /// Nanoseconds since before the first message.
    fn nanos(&self, moment: Instant) -> u64 {
        u64::try_from((moment - self.started).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A worker that notes how late each message is.
struct Late(Arc<Seen>);

impl Worker for Late {
    type Message = (usize, u64);
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Cx<'_, Self>, (key, due): (usize, u64)) {
        let seen = &self.0;
        let late = seen.nanos(Instant::now()).saturating_sub(due);
        if seen.last[key].swap(due, Ordering::Relaxed) >= due {
            seen.disorder.store(true, Ordering::Relaxed);
        }
        seen.longest.fetch_max(late, Ordering::Relaxed);
        seen.sum.fetch_add(due, Ordering::Relaxed);
        // ORDERING: Release. Whoever counts it sees how late it was.
        seen.count.fetch_add(1, Ordering::Release);
    }
}

fn pause(contender: &'static str, changes: bool, setup: &Setup) -> Run {
    let note = if changes { "default waits (Adaptive)" } else { "the same pool, left as it is" };
    let capacity = setup.capacity;
    run(contender, note, move |load| round(load, changes, capacity))
}

fn round(load: &Load, changes: bool, capacity: usize) -> Result<Sample, Failure> {
    let seen = Arc::new(Seen {
        started: Instant::now(),
        count: CachePadded::default(),
        sum: AtomicU64::new(0),
        longest: CachePadded::default(),
        last: (0..KEYS).map(|_| AtomicU64::new(0)).collect(),
        disorder: AtomicBool::new(false),
        end: AtomicBool::new(false),
    });
    let for_workers = Arc::clone(&seen);
    let pool = Pool::builder(move |_| Late(Arc::clone(&for_workers)));
    let pool = pool.workers(1).max_workers(8);
    let pool = pool.mailbox(windlass_pool::QosLevel::Guaranteed, capacity);
    let pool = pool.build().expect("a valid pool");
    let tx = pool.sender().expect("the first sender");
    let for_sender = Arc::clone(&seen);
    let sender = pin::spawn("sender", None, move || send(&for_sender, tx));
    let sender = sender.map_err(|error| Failure::NoThread(error.to_string()))?;
    let (start, mut pauses) = (Instant::now(), latencies());
    until(|| seen.count.load(Ordering::Acquire) > KEYS as u64);
    while start.elapsed() < load.slice {
        for workers in COURSE {
            seen.longest.store(0, Ordering::Relaxed);
            if changes {
                assert!(pool.resize(workers, LONG).is_ok(), "nothing holds it up");
            } else {
                rest();
            }
            // What was due before the end of the change has been handled by then.
            rest();
            pauses.saturating_record(seen.longest.load(Ordering::Relaxed));
        }
    }
    let wall = start.elapsed();
    seen.end.store(true, Ordering::Relaxed);
    let sent = join(vec![("sender", sender)])?.pop();
    let (count, sum) = sent.ok_or_else(|| Failure::Panicked("sender".to_owned()))?;
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "what was accepted was handled");
    let (handled, got) = (seen.count.load(Ordering::Acquire), seen.sum.load(Ordering::Relaxed));
    if (handled, got) != (count, sum) {
        return Err(Failure::WrongSum { expected: sum, got });
    }
    if seen.disorder.load(Ordering::Relaxed) {
        return Err(Failure::OutOfOrder);
    }
    Ok(only(percentiles(&pauses, wall)))
}

/// Sends one message after the other when it is due; gives how many and their sum.
fn send(seen: &Seen, mut tx: Sender<Late>) -> (u64, u64) {
    let (mut count, mut sum) = (0_u64, 0_u64);
    let start = Instant::now();
    while !seen.end.load(Ordering::Relaxed) {
        #[expect(clippy::cast_possible_truncation, reason = "a round takes seconds")]
        let due = start + EVERY * count as u32;
        while Instant::now() < due {
            spin_loop();
            yield_now();
        }
        let due = seen.nanos(due);
        let key = usize::try_from(count % KEYS as u64).unwrap_or(0);
        assert!(tx.send(&(key as u64), (key, due)).is_ok(), "{BOTH_ENDS}");
        sum = sum.wrapping_add(due);
        count += 1;
    }
    (count, sum)
}

fn rest() {
    let start = Instant::now();
    while start.elapsed() < REST {
        yield_now();
    }
}
