//! One producer, one consumer: the stream.

use core::hint::spin_loop;
use std::sync::Arc;

use super::{Context, Share, case, run};
use crate::case::{Case, Failure, Load, Run, Sample};
use crate::course::{Course, Job};
use crate::payload::{Payload, Words, expected_sum};
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::{Disruptor, DisruptorPoller};
use crate::ring::contenders::floor::plain_loop;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::Gil;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::nexus_queue::NexusQueue;
use crate::ring::contenders::ringbuf::{Ringbuf, RingbufSlices};
use crate::ring::contenders::rtrb::{Rtrb, RtrbChunks};
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassManaged, WindlassRuns, WindlassSpin};
use crate::ring::contenders::{BatchTx, Link, Managed, Rx};
use crate::setup::Setup;

const CAPACITIES: [usize; 8] = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
const ALWAYS: [usize; 2] = [1024, 65_536];
const BATCH: usize = 64;

/// Streams with a quick and with a slow consumer, batches, and the sweeps of both.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let mut cases = Vec::new();
    for capacity in CAPACITIES {
        let setup = Setup::new(&context.cores, 1, 1, capacity);
        let about = format!("one producer, one consumer; {}; payload 8 B", setup.note());
        let id = format!("ring/one_to_one/publish_1/cap_{capacity}");
        let mut quick =
            case(id, format!("{about}; quick consumer"), stream::<u64, false>(&setup, 0));
        quick.sweep = !ALWAYS.contains(&capacity);
        cases.push(quick);
    }
    for capacity in ALWAYS {
        let setup = Setup::new(&context.cores, 1, 1, capacity);
        let pauses = context.pauses;
        let about = format!(
            "one producer, one consumer; {}; payload 8 B; slow consumer: {pauses} PAUSE an event",
            setup.note()
        );
        let id = format!("ring/one_to_one/publish_1_slow/cap_{capacity}");
        cases.push(case(id, about, stream::<u64, true>(&setup, pauses)));
    }
    cases.push(batches(context));
    cases.push(payload::<1>(context));
    cases.push(payload::<2>(context));
    cases.push(payload::<8>(context));
    cases.push(payload::<32>(context));
    cases.push(payload::<128>(context));
    cases
}

fn payload<const N: usize>(context: &Context) -> Case {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let bytes = N * 8;
    let about = format!("one producer, one consumer; {}; payload {bytes} B", setup.note());
    let id = format!("ring/one_to_one/payload/bytes_{bytes}");
    let mut case = case(id, about, stream::<Words<N>, false>(&setup, 0));
    case.sweep = true;
    case
}

fn stream<P: Payload, const SLOW: bool>(setup: &Setup, pauses: u32) -> Vec<Run> {
    vec![
        floor(),
        pulled::<Windlass, P, SLOW>(setup, pauses),
        pulled::<WindlassRuns, P, SLOW>(setup, pauses),
        pulled::<WindlassSpin, P, SLOW>(setup, pauses),
        managed::<WindlassManaged, P, SLOW>(setup, pauses),
        managed::<Disruptor, P, SLOW>(setup, pauses),
        pulled::<DisruptorPoller, P, SLOW>(setup, pauses),
        pulled::<Rtrb, P, SLOW>(setup, pauses),
        pulled::<RtrbChunks, P, SLOW>(setup, pauses),
        pulled::<Ringbuf, P, SLOW>(setup, pauses),
        pulled::<RingbufSlices, P, SLOW>(setup, pauses),
        pulled::<NexusQueue, P, SLOW>(setup, pauses),
        pulled::<Gil, P, SLOW>(setup, pauses),
        pulled::<ArrayQueue, P, SLOW>(setup, pauses),
        pulled::<CrossbeamChannel, P, SLOW>(setup, pauses),
        pulled::<Flume, P, SLOW>(setup, pauses),
        pulled::<Kanal, P, SLOW>(setup, pauses),
        pulled::<Crossfire, P, SLOW>(setup, pauses),
        pulled::<StdMpsc, P, SLOW>(setup, pauses),
    ]
}

fn floor() -> Run {
    run("floor", "no hand-over: one thread makes and adds up", |load| {
        let (wall, sum) = plain_loop(load.count);
        let expected = expected_sum::<u64>(load.count);
        if sum != expected {
            return Err(Failure::WrongSum { expected, got: sum });
        }
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(super::NS_PER_MSG, each, wall).with_messages(load.count))
    })
}

/// What a consumer does with each event besides counting it.
#[inline]
fn dally<const SLOW: bool>(pauses: u32) {
    if SLOW {
        (0..pauses).for_each(|_| spin_loop());
    }
}

fn pulled<L: Link, P: Payload, const SLOW: bool>(setup: &Setup, pauses: u32) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let (tx, rx) = L::open::<P>(&setup);
        let producer = share.producer::<P, _>(&course, 0, tx);
        let consumer = taker::<P, SLOW>(share, &course, &setup, rx, pauses);
        let timing = course.run(&setup, vec![producer], vec![consumer])?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn taker<P: Payload, const SLOW: bool>(
    share: Share,
    course: &Arc<Course>,
    setup: &Setup,
    mut rx: impl Rx<P>,
    pauses: u32,
) -> Job {
    let mut tally = share.tally::<P>(course, setup, 0);
    Box::new(move || {
        rx.take(share.total, |event| {
            tally.see(event.sum());
            dally::<SLOW>(pauses);
        });
    })
}

fn managed<M: Managed, P: Payload, const SLOW: bool>(setup: &Setup, pauses: u32) -> Run {
    let setup = setup.clone();
    run(M::NAME, M::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let mut tally = share.tally::<P>(&course, &setup, 0);
        let tx = M::start::<P>(&setup, move |event| {
            tally.see(event.sum());
            dally::<SLOW>(pauses);
        });
        let producer = share.producer::<P, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn batches(context: &Context) -> Case {
    let mut setup = Setup::new(&context.cores, 1, 1, 1024);
    setup.batch = BATCH;
    let runs = vec![
        batched::<Windlass>(&setup),
        batched::<WindlassRuns>(&setup),
        batched::<WindlassSpin>(&setup),
        managed_batch::<WindlassManaged>(&setup),
        managed_batch::<Disruptor>(&setup),
        batched::<DisruptorPoller>(&setup),
        batched::<RtrbChunks>(&setup),
        batched::<RingbufSlices>(&setup),
    ];
    let about = format!("one producer, one consumer; {}; payload 8 B", setup.note());
    case("ring/one_to_one/batch_64", about, runs)
}

fn batched<L: Link>(setup: &Setup) -> Run
where
    L::Tx<u64>: BatchTx<u64>,
{
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let (tx, rx) = L::open::<u64>(&setup);
        let producer = batcher(share, &course, &setup, tx);
        let consumer = taker::<u64, false>(share, &course, &setup, rx, 0);
        let timing = course.run(&setup, vec![producer], vec![consumer])?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn managed_batch<M: Managed>(setup: &Setup) -> Run
where
    M::Tx<u64>: BatchTx<u64>,
{
    let setup = setup.clone();
    run(M::NAME, M::NOTE, move |load: &Load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let mut tally = share.tally::<u64>(&course, &setup, 0);
        let tx = M::start::<u64>(&setup, move |event| tally.see(*event));
        let producer = batcher(share, &course, &setup, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn batcher(share: Share, course: &Arc<Course>, setup: &Setup, mut tx: impl BatchTx<u64>) -> Job {
    let course = Arc::clone(course);
    let batch = setup.batch;
    Box::new(move || {
        let mut value = 0_u64;
        let mut next = || {
            value += 1;
            value - 1
        };
        let mut send = |count: u64| {
            for _ in 0..count / batch as u64 {
                tx.send_batch(batch, &mut next);
            }
        };
        send(share.warm);
        course.start_line(true);
        send(share.total - share.warm);
    })
}
