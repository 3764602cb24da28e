//! Several producers, one consumer.

use std::sync::Arc;

use super::{Context, Share, case, run};
use crate::case::{Case, Run};
use crate::course::{Course, Job};
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::crossfire::Crossfire;
use crate::ring::contenders::disruptor::{Disruptor, DisruptorPoller};
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::gil::{Gil, GilSharded};
use crate::ring::contenders::kanal::Kanal;
use crate::ring::contenders::nexus_queue::NexusQueue;
use crate::ring::contenders::std_mpsc::StdMpsc;
use crate::ring::contenders::windlass::{Windlass, WindlassManaged};
use crate::ring::contenders::{FanIn, ManagedFanIn, Rx, Tx};
use crate::setup::Setup;

/// Two and three producers.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    [(2, "two_to_one"), (3, "three_to_one")]
        .map(|(producers, name)| {
            let setup = Setup::new(&context.cores, producers, 1, 1024);
            let about =
                format!("{producers} producers, one consumer; {}; payload 8 B", setup.note());
            case(format!("ring/{name}/publish_1"), about, runs(&setup))
        })
        .into()
}

fn runs(setup: &Setup) -> Vec<Run> {
    vec![
        pulled::<Windlass>(setup),
        managed::<WindlassManaged>(setup),
        managed::<Disruptor>(setup),
        pulled::<DisruptorPoller>(setup),
        pulled::<NexusQueue>(setup),
        pulled::<Gil>(setup),
        pulled::<GilSharded>(setup),
        pulled::<ArrayQueue>(setup),
        pulled::<CrossbeamChannel>(setup),
        pulled::<Flume>(setup),
        pulled::<Kanal>(setup),
        pulled::<Crossfire>(setup),
        pulled::<StdMpsc>(setup),
    ]
}

fn pulled<C: FanIn>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(setup.producers, 1);
        let share = Share::of(&setup, load);
        let (senders, mut rx) = C::open(&setup);
        let mut tally = share.tally::<u64>(&course, &setup, 0);
        let all = share.total * setup.producers as u64;
        let consumer: Job = Box::new(move || rx.take(all, |event| tally.see(*event)));
        let producers = jobs(share, &course, senders);
        let timing = course.run(&setup, producers, vec![consumer])?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn managed<C: ManagedFanIn>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(setup.producers, 1);
        let share = Share::of(&setup, load);
        let mut tally = share.tally::<u64>(&course, &setup, 0);
        let senders = C::start(&setup, move |event| tally.see(*event));
        let timing = course.run(&setup, jobs(share, &course, senders), Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn jobs<T: Tx<u64>>(share: Share, course: &Arc<Course>, senders: Vec<T>) -> Vec<Job> {
    let senders = senders.into_iter().enumerate();
    senders.map(|(at, tx)| share.producer::<u64, _>(course, at, tx)).collect()
}
