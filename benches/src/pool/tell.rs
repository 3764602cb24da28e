//! Messages that want no answer: to one worker, by key, in turn, in batches, and to all.

use core::ops::Range;
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use super::board::Board;
use super::contenders::actix::Actix;
use super::contenders::kameo::Kameo;
use super::contenders::ractor::Ractor;
use super::contenders::rayon::Rayon;
use super::contenders::threads::{Crossbeam, CrossbeamVec, Thread};
use super::contenders::windlass::{Default, Spinning, Windlass};
use super::contenders::xtra::Xtra;
use super::contenders::{Tell, Workers};
use crate::allocations;
use crate::case::{Case, Failure, Load, Run, Sample, Size, case, run};
use crate::course::join;
use crate::payload::expected_sum;
use crate::pin;
use crate::ring::contenders::flume::Flume;
use crate::ring::scenarios::NS_PER_MSG;
use crate::setup::Setup;
use crate::suite::Context;

const CAPACITY: usize = 1024;

/// Messages in one call where batches are sent.
const BATCH: usize = 64;

/// Messages that must not allocate.
const ALLOC: u64 = 100_000;

/// Workers that a worker's time is divided among, in the sweep.
const WORKERS: [usize; 5] = [1, 2, 4, 8, 16];

/// What a worker of the sweep does for each message, in units of 25 ns.
const WORK: u32 = 20;

/// To whom the messages go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Keyed,
    Next,
    Batches,
    All,
}

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let one = Setup::new(&context.cores, 1, 1, CAPACITY);
    let four = Setup::new(&context.cores, 1, 4, CAPACITY);
    let mut batches = four.clone();
    batches.batch = BATCH;
    let eight = Setup::new(&context.cores, 1, 8, CAPACITY);
    let about = |what: &str, setup: &Setup| format!("{what}; {}; payload 8 B", setup.note());
    let mut alone = told(&one, To::Keyed, 0);
    alone.insert(1, tell::<Windlass<Spinning>>(&one, To::Keyed, 0));
    let mut cases = vec![
        case("pool/tell/1_worker", about("one sender, one worker", &one), alone),
        keyed(&four, &about("one sender, four workers, 1024 keys", &four)),
        case(
            "pool/tell_batch/4_workers_keyed",
            about("one sender, four workers, 1024 keys", &batches),
            batched(&batches),
        ),
        case(
            "pool/broadcast/8_workers",
            about("one sender, each message to eight workers; time by messages sent", &eight),
            told(&eight, To::All, 0),
        ),
        alloc(&four),
    ];
    let cores = context.cores.count();
    for workers in WORKERS.into_iter().filter(|workers| *workers <= cores.max(2)) {
        let setup = Setup::new(&context.cores, 1, workers, CAPACITY);
        let work = context.pauses * WORK;
        let what = format!("one sender, 1024 keys; a worker does {work} PAUSE for each message");
        let runs = told(&setup, To::Keyed, work);
        let id = format!("pool/tell/scaling/workers_{workers}");
        let mut scaling = case(id, about(&what, &setup), runs);
        scaling.sweep = true;
        cases.push(scaling);
    }
    cases
}

fn told(setup: &Setup, to: To, work: u32) -> Vec<Run> {
    vec![
        tell::<Windlass<Default>>(setup, to, work),
        tell::<Crossbeam>(setup, to, work),
        tell::<Thread<Flume>>(setup, to, work),
        tell::<Ractor>(setup, to, work),
        tell::<Kameo>(setup, to, work),
        tell::<Actix>(setup, to, work),
        tell::<Xtra>(setup, to, work),
        tell::<Rayon>(setup, to, work),
    ]
}

/// By key, and in turn beside it: the difference is what a key costs.
fn keyed(setup: &Setup, about: &str) -> Case {
    let mut runs = told(setup, To::Keyed, 0);
    let mut beside = |run: Run, contender| {
        let note = format!("{}, in turn instead of by key", run.note);
        runs.insert(1, Run { contender, note, ..run });
    };
    beside(tell::<Windlass<Default>>(setup, To::Next, 0), "windlass_in_turn");
    beside(tell::<Crossbeam>(setup, To::Next, 0), "crossbeam-channel_in_turn");
    case("pool/tell/4_workers_keyed", about, runs)
}

fn batched(setup: &Setup) -> Vec<Run> {
    vec![
        tell::<Windlass<Default>>(setup, To::Batches, 0),
        tell::<CrossbeamVec>(setup, To::Batches, 0),
        tell::<Crossbeam>(setup, To::Batches, 0),
        tell::<Thread<Flume>>(setup, To::Batches, 0),
        tell::<Kameo>(setup, To::Batches, 0),
        tell::<Rayon>(setup, To::Batches, 0),
    ]
}

fn alloc(setup: &Setup) -> Case {
    let about = format!(
        "allocations while {ALLOC} messages go to four workers by key, after build and warm-up; \
         {}; payload 8 B",
        setup.note()
    );
    let runs = vec![
        allocates::<Windlass<Default>>(setup),
        allocates::<Crossbeam>(setup),
        allocates::<Thread<Flume>>(setup),
        allocates::<Ractor>(setup),
        allocates::<Kameo>(setup),
        allocates::<Actix>(setup),
        allocates::<Xtra>(setup),
        allocates::<Rayon>(setup),
    ];
    let mut case = case("pool/alloc", about, runs);
    case.size = Size::Fixed;
    case
}

fn tell<W: Workers>(setup: &Setup, to: To, work: u32) -> Run {
    let setup = setup.clone();
    run(W::NAME, W::NOTE, move |load| {
        let batch = setup.batch as u64;
        let load = Load { count: load.count.next_multiple_of(batch), ..*load };
        let (wall, _) = drive::<W>(&setup, load.count, to, work)?;
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_MSG, each, wall).with_messages(load.count))
    })
}

fn allocates<W: Workers>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(W::NAME, W::NOTE, move |_| {
        let (wall, allocations) = drive::<W>(&setup, ALLOC, To::Keyed, 0)?;
        Ok(Sample::one("allocations", allocations as f64, wall))
    })
}

/// Sends a warm-up and then `count` messages; gives the time until the last one was handled, and what
/// was allocated meanwhile.
fn drive<W: Workers>(
    setup: &Setup,
    count: u64,
    to: To,
    work: u32,
) -> Result<(Duration, usize), Failure> {
    let board = Board::new(setup.consumers);
    let core = |thread| if W::OWN_THREADS { setup.core(thread) } else { None };
    let counter = |at| board.counter(at, core(1 + at), work);
    let mut tx = W::start(setup, (0..setup.consumers).map(counter).collect());
    let copies = if to == To::All { setup.consumers as u64 } else { 1 };
    let warm = ((setup.capacity * setup.consumers * 2) as u64).next_multiple_of(BATCH as u64);
    let total = warm + count;
    let (seen, batch, relax) = (Arc::clone(&board), setup.batch, setup.relax());
    let sender = pin::spawn("sender", core(0), move || {
        send(&mut tx, to, 0..warm, batch);
        seen.wait(warm * copies, relax);
        let (before, start) = (allocations(), Instant::now());
        send(&mut tx, to, warm..total, batch);
        seen.wait(total * copies, relax);
        (start.elapsed(), allocations() - before)
    });
    let sender = sender.map_err(|error| Failure::NoThread(error.to_string()))?;
    let timed = join(vec![("sender", sender)])?.pop();
    board.check(total * copies, expected_sum::<u64>(total).wrapping_mul(copies), W::IN_ORDER)?;
    timed.ok_or_else(|| Failure::Panicked("sender".to_owned()))
}

fn send(tx: &mut impl Tell, to: To, values: Range<u64>, batch: usize) {
    match to {
        To::Keyed => values.for_each(|value| tx.tell(key(value), value)),
        To::Next => values.for_each(|value| tx.tell_next(value)),
        To::All => values.for_each(|value| tx.tell_all(value)),
        To::Batches => {
            let mut all = Vec::with_capacity(batch);
            let mut values = values.peekable();
            while values.peek().is_some() {
                all.clear();
                all.extend(values.by_ref().take(batch).map(|value| (key(value), value)));
                tx.tell_batch(&all);
            }
        }
    }
}

/// One of 1024 keys, each about as often as any other, in no plain order.
#[inline]
fn key(value: u64) -> u64 {
    value.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54
}
