//! One producer, several consumers, each of which sees everything.

use super::{Context, Share, case, run};
use crate::case::{Case, Run};
use crate::course::{Course, Job};
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::disruptor::{Disruptor, DisruptorPoller};
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::per_consumer::PerConsumer;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassManaged};
use crate::ring::contenders::{ManagedMulticast, Multicast, Rx};
use crate::setup::Setup;

/// Three consumers, and the sweep over their number.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let mut cases = vec![consumers(context, 3, "ring/one_to_three/multicast".to_owned())];
    for count in [1, 2, 4, 8] {
        let id = format!("ring/one_to_many/multicast/consumers_{count}");
        let mut case = consumers(context, count, id);
        case.sweep = true;
        cases.push(case);
    }
    cases
}

fn consumers(context: &Context, count: usize, id: String) -> Case {
    let setup = Setup::new(&context.cores, 1, count, 1024);
    let about = format!("one producer, {count} consumers see all; {}; payload 8 B", setup.note());
    case(id, about, runs(&setup))
}

fn runs(setup: &Setup) -> Vec<Run> {
    vec![
        pulled::<Windlass>(setup),
        managed::<WindlassManaged>(setup),
        managed::<Disruptor>(setup),
        pulled::<DisruptorPoller>(setup),
        pulled::<PerConsumer<CrossbeamChannel>>(setup),
        pulled::<PerConsumer<StdMpsc>>(setup),
        pulled::<PerConsumer<Kanal>>(setup),
        pulled::<PerConsumer<Flume>>(setup),
        pulled::<PerConsumer<Rtrb>>(setup),
    ]
}

fn pulled<C: Multicast>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(1, setup.consumers);
        let share = Share::of(&setup, load);
        let (tx, receivers) = C::open(&setup);
        let mut consumers: Vec<Job> = Vec::new();
        for (at, mut rx) in receivers.into_iter().enumerate() {
            let mut tally = share.tally::<u64>(&course, &setup, at);
            consumers.push(Box::new(move || rx.take(share.total, |event| tally.see(*event))));
        }
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], consumers)?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn managed<C: ManagedMulticast>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(1, setup.consumers);
        let share = Share::of(&setup, load);
        let tallies = (0..setup.consumers).map(|at| share.tally::<u64>(&course, &setup, at));
        let each = tallies.map(|mut tally| move |event: &u64| tally.see(*event)).collect();
        let tx = C::start(&setup, each);
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}
