//! What is allocated while messages flow, after everything has been built.

use super::{Context, Share, case, run};
use crate::case::{Case, Run, Sample, Size};
use crate::course::{Course, Job};
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::Disruptor;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassBlocking, WindlassManaged};
use crate::ring::contenders::{Link, Managed, Rx};
use crate::setup::Setup;

/// Messages that must not allocate.
const MESSAGES: u64 = 100_000;

/// Allocations of the whole process between the start line and the finish.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1024);
    let about = format!(
        "allocations while {MESSAGES} messages pass, after build and warm-up; {}; payload 8 B",
        setup.note()
    );
    let runs = vec![
        pulled::<Windlass>(&setup),
        pulled::<WindlassBlocking>(&setup),
        managed::<WindlassManaged>(&setup),
        managed::<Disruptor>(&setup),
        pulled::<Rtrb>(&setup),
        pulled::<CrossbeamChannel>(&setup),
        pulled::<StdMpsc>(&setup),
        pulled::<Flume>(&setup),
        pulled::<Kanal>(&setup),
        pulled::<Crossfire>(&setup),
    ];
    let mut case = case("ring/alloc", about, runs);
    case.size = Size::Fixed;
    vec![case]
}

fn pulled<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, &crate::case::Load { count: MESSAGES, ..*load });
        let (tx, mut rx) = L::open::<u64>(&setup);
        let mut tally = share.tally::<u64>(&course, &setup, 0);
        let consumer: Job = Box::new(move || rx.take(share.total, |event| tally.see(*event)));
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], vec![consumer])?;
        Ok(Sample::one("allocations", timing.allocations as f64, timing.wall))
    })
}

fn managed<M: Managed>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(M::NAME, M::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, &crate::case::Load { count: MESSAGES, ..*load });
        let mut tally = share.tally::<u64>(&course, &setup, 0);
        let tx = M::start::<u64>(&setup, move |event| tally.see(*event));
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(Sample::one("allocations", timing.allocations as f64, timing.wall))
    })
}
