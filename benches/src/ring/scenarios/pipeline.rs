//! A producer and three stages in a row; each writes what the next one reads.

use std::sync::Arc;

use super::{Context, Share, case, run, work};
use crate::case::{Case, Run};
use crate::course::{Course, Job, Tally};
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::Disruptor;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::Gil;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::WindlassManaged;
use crate::ring::contenders::{Link, Pipeline, Rx, Tx};
use crate::setup::Setup;

/// The pipeline of three stages.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 3, 1024);
    let about = format!("one producer, three stages in a row; {}; payload 24 B", setup.note());
    let runs = vec![
        in_place::<WindlassManaged>(&setup),
        in_place::<Disruptor>(&setup),
        chain::<CrossbeamChannel>(&setup),
        chain::<StdMpsc>(&setup),
        chain::<Kanal>(&setup),
        chain::<Flume>(&setup),
        chain::<Crossfire>(&setup),
        chain::<Gil>(&setup),
        chain::<Rtrb>(&setup),
    ];
    vec![case("ring/pipeline_3", about, runs)]
}

fn tally(share: Share, course: &Arc<Course>, setup: &Setup) -> Tally {
    let expected = (0..share.total).map(work::pipeline).fold(0, u64::wrapping_add);
    share.tally_of(course, setup, 2, expected)
}

fn in_place<C: Pipeline>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let mut tally = tally(share, &course, &setup);
        let tx = C::start(&setup, move |second| tally.see(work::step_three(second)));
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}

/// The same with a channel for each hop, which is what a user of channels builds.
fn chain<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    let note = "one channel per hop; the value moves along";
    run(L::NAME, note, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let (tx, first) = L::open::<u64>(&setup);
        let (to_second, second) = L::open::<u64>(&setup);
        let (to_third, mut third) = L::open::<u64>(&setup);
        let mut tally = tally(share, &course, &setup);
        let last: Job = Box::new(move || {
            third.take(share.total, |event| tally.see(work::step_three(*event)));
        });
        let stages = vec![
            hop(share.total, first, to_second, work::step_one),
            hop(share.total, second, to_third, work::step_two),
            last,
        ];
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], stages)?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn hop(
    count: u64,
    mut rx: impl Rx<u64>,
    mut tx: impl Tx<u64>,
    step: impl Fn(u64) -> u64 + Send + 'static,
) -> Job {
    Box::new(move || rx.take(count, |event| tx.send(step(*event))))
}
