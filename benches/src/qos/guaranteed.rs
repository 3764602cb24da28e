//! Nothing is lost: one sender, one receiver, a receiver that is quick and one that is not.

use core::hint::spin_loop;

use super::contenders::many::{RingOfOurs, WindlassGuaranteed};
use super::message::{Message, messages};
use crate::case::{Case, Run, case, run};
use crate::course::{Course, Job};
use crate::payload::Payload;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::crossbeam_queue::ArrayQueue;
use crate::ring::contenders::flume::Flume;
use crate::ring::contenders::ringbuf::Ringbuf;
use crate::ring::contenders::rtrb::Rtrb;
use crate::ring::contenders::{Link, Rx};
use crate::ring::scenarios::Share;
use crate::setup::Setup;
use crate::suite::Context;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let mut cases = Vec::new();
    for capacity in [64, 1024] {
        let quick = messages!(quick(context, capacity));
        cases.extend(quick);
        let (setup, pauses) = (Setup::new(&context.cores, 1, 1, capacity), context.pauses);
        let id = format!("qos/guaranteed/one_to_one_slow/cap_{capacity}");
        let about = format!(
            "one sender, one receiver; {}; payload 8 B; slow receiver: {pauses} PAUSE a message",
            setup.note()
        );
        cases.push(case(id, about, contenders::<u64>(&setup, pauses)));
    }
    cases
}

fn quick<M: Message>(context: &Context, capacity: usize) -> Case {
    let setup = Setup::new(&context.cores, 1, 1, capacity);
    let id = format!("qos/guaranteed/one_to_one{}/cap_{capacity}", M::SUFFIX);
    let note = setup.note();
    let about = format!("one sender, one receiver; {note}; {}; quick receiver", M::ABOUT);
    let mut case = case(id, about, contenders::<M>(&setup, 0));
    case.sweep = !M::SUFFIX.is_empty() && capacity != 64;
    case
}

fn contenders<P: Payload>(setup: &Setup, pauses: u32) -> Vec<Run> {
    vec![
        stream::<WindlassGuaranteed, P>(setup, pauses),
        stream::<RingOfOurs, P>(setup, pauses),
        stream::<Rtrb, P>(setup, pauses),
        stream::<Ringbuf, P>(setup, pauses),
        stream::<ArrayQueue, P>(setup, pauses),
        stream::<CrossbeamChannel, P>(setup, pauses),
        stream::<Flume, P>(setup, pauses),
    ]
}

fn stream<L: Link, P: Payload>(setup: &Setup, pauses: u32) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let (tx, mut rx) = L::open::<P>(&setup);
        let mut tally = share.tally::<P>(&course, &setup, 0);
        let producer = share.producer::<P, _>(&course, 0, tx);
        let consumer: Job = Box::new(move || {
            rx.take(share.total, |message| {
                tally.see(message.sum());
                (0..pauses).for_each(|_| spin_loop());
            });
        });
        let timing = course.run(&setup, vec![producer], vec![consumer])?;
        Ok(share.throughput(&setup, &timing))
    })
}
