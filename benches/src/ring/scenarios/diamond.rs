//! A producer, two stages side by side, and one that joins them: `FizzBuzz`.

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
use crate::ring::contenders::{Diamond, Link, Rx, Tx};
use crate::setup::Setup;

/// The diamond of three stages.
#[must_use]
pub fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 3, 1024);
    let about =
        format!("one producer, two stages and one after both; {}; payload 16 B", setup.note());
    let runs = vec![
        in_place::<WindlassManaged>(&setup),
        in_place::<Disruptor>(&setup),
        channels::<CrossbeamChannel>(&setup),
        channels::<StdMpsc>(&setup),
        channels::<Kanal>(&setup),
        channels::<Flume>(&setup),
        channels::<Crossfire>(&setup),
        channels::<Gil>(&setup),
        channels::<Rtrb>(&setup),
    ];
    vec![case("ring/diamond_3", about, runs)]
}

fn tally(share: Share, course: &Arc<Course>, setup: &Setup) -> Tally {
    let expected = (0..share.total).map(work::diamond).fold(0, u64::wrapping_add);
    share.tally_of(course, setup, 2, expected)
}

fn in_place<C: Diamond>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(C::NAME, C::NOTE, move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let mut tally = tally(share, &course, &setup);
        let tx = C::start(&setup, move |fizz, buzz| tally.see(work::fizz_buzz(fizz, buzz)));
        let producer = share.producer::<u64, _>(&course, 0, tx);
        let timing = course.run(&setup, vec![producer], Vec::new())?;
        Ok(share.throughput(&setup, &timing))
    })
}

/// The same with four channels: two from the producer, two into the joining stage.
fn channels<L: Link>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, "four channels, two of them joined by hand", move |load| {
        let course = Course::new(1, 1);
        let share = Share::of(&setup, load);
        let (to_fizz, at_fizz) = L::open::<u64>(&setup);
        let (to_buzz, at_buzz) = L::open::<u64>(&setup);
        let (fizz_out, mut fizzes) = L::open::<u64>(&setup);
        let (buzz_out, mut buzzes) = L::open::<u64>(&setup);
        let mut tally = tally(share, &course, &setup);
        let last: Job = Box::new(move || {
            for _ in 0..share.total {
                let mut fizz = false;
                fizzes.take(1, |found| fizz = *found == 1);
                buzzes.take(1, |found| tally.see(work::fizz_buzz(fizz, *found == 1)));
            }
        });
        let stages = vec![
            judge(share.total, at_fizz, fizz_out, work::fizz),
            judge(share.total, at_buzz, buzz_out, work::buzz),
            last,
        ];
        let producer = share.producer::<u64, _>(&course, 0, Both(to_fizz, to_buzz));
        let timing = course.run(&setup, vec![producer], stages)?;
        Ok(share.throughput(&setup, &timing))
    })
}

fn judge(count: u64, mut rx: impl Rx<u64>, mut tx: impl Tx<u64>, is: fn(u64) -> bool) -> Job {
    Box::new(move || rx.take(count, |event| tx.send(u64::from(is(*event)))))
}

struct Both<T>(T, T);

impl<T: Tx<u64>> Tx<u64> for Both<T> {
    #[inline]
    fn send(&mut self, value: u64) {
        self.0.send(value);
        self.1.send(value);
    }
}
