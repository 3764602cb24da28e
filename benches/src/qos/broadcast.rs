//! One sender, three readers: each sees everything in order, or is told what it missed.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;

use super::contenders::lossy::{Popped, Push, TokioBroadcast};
use super::contenders::many::{Broadcast, QueuePerReader, WindlassBroadcast};
use super::message::{Message, messages};
use crate::case::{Case, Failure, Reading, Run, Sample, case, run};
use crate::course::{join, until};
use crate::pin;
use crate::setup::Setup;
use crate::suite::Context;

const READERS: usize = 3;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    [64, 1024].into_iter().flat_map(|capacity| messages!(of(context, capacity))).collect()
}

fn of<M: Message>(context: &Context, capacity: usize) -> Case {
    let setup = Setup::new(&context.cores, 1, READERS, capacity);
    let about = format!(
        "a sender that never waits, {READERS} readers; time by sends until the last reader is \
         done; {}; {}",
        setup.note(),
        M::ABOUT
    );
    let runs = vec![
        broadcast::<WindlassBroadcast, M>(&setup),
        broadcast::<TokioBroadcast, M>(&setup),
        broadcast::<QueuePerReader, M>(&setup),
    ];
    let id = format!("qos/broadcast/one_to_three{}/cap_{capacity}", M::SUFFIX);
    let mut case = case(id, about, runs);
    case.suffixes = &["", "/lost"];
    case.sweep = capacity == 64 || !M::SUFFIX.is_empty();
    case
}

/// What all threads know.
#[derive(Default)]
struct Signs {
    ready: CachePadded<AtomicUsize>,
    over: CachePadded<AtomicBool>,
}

/// What one reader got.
#[derive(Default)]
struct Got {
    delivered: u64,
    lost: u64,
    next: u64,
    wrong: bool,
}

fn broadcast<B: Broadcast, M: Message>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(B::NAME, B::NOTE, move |load| {
        let (mut tx, readers) = B::open::<M>(&setup);
        let (signs, relax, count) = (Arc::new(Signs::default()), setup.relax(), load.count);
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let mut threads = Vec::new();
        for (at, mut rx) in readers.into_iter().enumerate() {
            let signs = Arc::clone(&signs);
            let reading = move || {
                signs.ready.fetch_add(1, Ordering::Release);
                let mut got = Got::default();
                loop {
                    // Before the look: what was sent before the end is found by it.
                    let over = signs.over.load(Ordering::Acquire);
                    match B::read(&mut rx) {
                        Popped::Message(number) => {
                            got.wrong |= number == u64::MAX || number < got.next;
                            got.next = number.wrapping_add(1);
                            got.delivered += 1;
                        }
                        Popped::Lost(lost) => got.lost += lost,
                        Popped::Nothing if over => return (got, Instant::now()),
                        Popped::Nothing => relax.pause(),
                    }
                }
            };
            let thread = pin::spawn("reader", setup.core(1 + at), reading).map_err(no_thread)?;
            threads.push(("reader", thread));
        }
        let core = setup.core(0);
        let sending = pin::spawn("sender", core, move || {
            until(|| signs.ready.load(Ordering::Acquire) == READERS);
            let start = Instant::now();
            let came_back: u64 = (0..count).map(|number| tx.push(M::of(number))).sum();
            signs.over.store(true, Ordering::Release);
            (start, came_back)
        });
        let sent = join(vec![("sender", sending.map_err(no_thread)?)])?.pop();
        let (start, came_back) = sent.ok_or_else(|| Failure::Panicked("sender".to_owned()))?;
        let all = join(threads)?;
        let delivered: u64 = all.iter().map(|(got, _)| got.delivered).sum();
        let lost: u64 = came_back + all.iter().map(|(got, _)| got.lost).sum::<u64>();
        let expected = count * READERS as u64;
        if delivered + lost != expected || all.iter().any(|(got, _)| got.wrong) {
            return Err(Failure::WrongSum { expected, got: delivered + lost });
        }
        let end = all.iter().map(|(_, end)| *end).max().unwrap_or(start);
        let wall = end - start;
        let each = wall.as_secs_f64() * 1e9 / count as f64;
        let readings = vec![
            Reading { suffix: "", unit: "ns_per_msg", value: each },
            Reading { suffix: "/lost", unit: "lost_share", value: lost as f64 / expected as f64 },
        ];
        Ok(Sample { readings, wall, messages: count })
    })
}
