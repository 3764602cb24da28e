//! One thread at both ends: what a message costs when no other core touches its lines.

use std::time::Instant;

use super::{Context, NS_PER_MSG, case, run};
use crate::case::{Case, Failure, Run, Sample};
use crate::course::join;
use crate::payload::{Payload, Words, expected_sum};
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::DisruptorPoller;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::Gil;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::nexus_queue::NexusQueue;
use crate::ring::contenders::ringbuf::{Ringbuf, RingbufSlices};
use crate::ring::contenders::rtrb::{Rtrb, RtrbChunks};
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassRuns};
use crate::ring::contenders::{Link, Rx, Tx};
use crate::setup::Setup;

const CAPACITY: usize = 1024;

/// Messages that are sent before they are taken.
const RUN: u64 = 512;

/// Sends a run and takes it, again and again.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, CAPACITY);
    vec![
        alone::<u64>("ring/alone/publish_1", 8, &setup),
        alone::<Words<8>>("ring/alone/publish_1/bytes_64", 64, &setup),
    ]
}

fn alone<P: Payload>(id: &str, bytes: usize, setup: &Setup) -> Case {
    let about = format!(
        "one thread sends {RUN} messages, one at a time, and takes them; capacity {CAPACITY}; payload {bytes} B"
    );
    let runs = vec![
        both::<Windlass, P>(setup),
        both::<WindlassRuns, P>(setup),
        both::<DisruptorPoller, P>(setup),
        both::<Rtrb, P>(setup),
        both::<RtrbChunks, P>(setup),
        both::<Ringbuf, P>(setup),
        both::<RingbufSlices, P>(setup),
        both::<NexusQueue, P>(setup),
        both::<Gil, P>(setup),
        both::<ArrayQueue, P>(setup),
        both::<CrossbeamChannel, P>(setup),
        both::<Flume, P>(setup),
        both::<Kanal, P>(setup),
        both::<Crossfire, P>(setup),
        both::<StdMpsc, P>(setup),
    ];
    case(id, about, runs)
}

fn both<L: Link, P: Payload>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let runs = load.count.div_ceil(RUN).max(1);
        let (mut tx, mut rx) = L::open::<P>(&setup);
        let work = move || {
            let mut sum = 0_u64;
            let mut pass = |from: u64| {
                (from..from + RUN).for_each(|value| tx.send(P::of(value)));
                rx.take(RUN, |value| sum = sum.wrapping_add(value.sum()));
            };
            // The ring has been through both ends before the clock starts.
            (0..2 * CAPACITY as u64 / RUN).for_each(|_| pass(0));
            let start = Instant::now();
            (0..runs).for_each(|run| pass(run * RUN));
            (start.elapsed(), sum)
        };
        let thread = pin::spawn("alone", setup.core(0), work);
        let thread = thread.map_err(|error| Failure::NoThread(error.to_string()))?;
        let found = join(vec![("alone", thread)])?;
        let &[(wall, got)] = found.as_slice() else {
            return Err(Failure::Panicked("alone".to_owned()));
        };
        let count = runs * RUN;
        let warm = 2 * CAPACITY as u64 / RUN;
        let expected =
            expected_sum::<P>(count).wrapping_add(warm.wrapping_mul(expected_sum::<P>(RUN)));
        if got != expected {
            return Err(Failure::WrongSum { expected, got });
        }
        let each = wall.as_secs_f64() * 1e9 / count as f64;
        Ok(Sample::one(NS_PER_MSG, each, wall).with_messages(count))
    })
}
