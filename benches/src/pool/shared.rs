//! Messages for whichever worker is free.

use super::board::Counter;
use super::contenders::rayon::Rayon;
use super::contenders::shared::{Crossbeam, Flume, Threads};
use super::contenders::windlass::{Default, Emptier, Sharing, SharingOne, Windlass};
use super::contenders::{Handle, Workers};
use super::tell::{To, drive_with};
use crate::case::{Case, Run, Sample, case, run};
use crate::ring::scenarios::NS_PER_MSG;
use crate::setup::Setup;
use crate::suite::Context;

const CAPACITY: usize = 1024;

/// One message of so many is slow.
const SLOW_ONE_IN: u64 = 64;

/// How long that one takes, in units of 25 ns; as long as 400 others take to be sent, or so.
const SLOW: u32 = 800;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let four = Setup::new(&context.cores, 1, 4, CAPACITY);
    let slow = context.pauses * SLOW;
    let about = |what: &str| format!("{what}; {}; payload 8 B", four.note());
    let uneven = format!(
        "one sender, four workers, whichever is free; one message of {SLOW_ONE_IN} takes {slow} PAUSE"
    );
    vec![
        case(
            "pool/shared/4_workers",
            about("one sender, four workers, whichever is free"),
            vec![
                tell::<Windlass<Sharing>>(&four, 0, None),
                tell::<Windlass<SharingOne>>(&four, 0, None),
                tell::<Threads<Crossbeam>>(&four, 0, None),
                tell::<Threads<Flume>>(&four, 0, None),
                tell::<Rayon>(&four, 0, None),
            ],
        ),
        case(
            "pool/shared/uneven",
            about(&uneven),
            vec![
                tell::<Windlass<Sharing>>(&four, slow, None),
                tell::<Windlass<SharingOne>>(&four, slow, None),
                tell::<Windlass<Emptier>>(&four, slow, None),
                tell::<Windlass<Default>>(&four, slow, Some("windlass_in_turn")),
                tell::<Threads<Crossbeam>>(&four, slow, None),
                tell::<Threads<Flume>>(&four, slow, None),
                tell::<Rayon>(&four, slow, None),
            ],
        ),
    ]
}

fn tell<W: Workers>(setup: &Setup, slow: u32, name: Option<&'static str>) -> Run {
    let setup = setup.clone();
    run(name.unwrap_or(W::NAME), W::NOTE, move |load| {
        let slowly = move |counter| Slowly { counter, slow };
        let (wall, _) = drive_with::<W, _>(&setup, load.count, To::Next, 0, slowly)?;
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_MSG, each, wall).with_messages(load.count))
    })
}

/// A worker that is slow now and then.
struct Slowly {
    counter: Counter,
    slow: u32,
}

impl Handle for Slowly {
    #[inline]
    fn handle(&mut self, value: u64) -> u64 {
        if 0 < self.slow && value.is_multiple_of(SLOW_ONE_IN) {
            (0..self.slow).for_each(|_| core::hint::spin_loop());
        }
        self.counter.handle(value)
    }
}
