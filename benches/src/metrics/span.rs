//! What a stopwatch costs around nothing, at each level.

use core::cell::RefCell;
use core::hint::black_box;

use windlass_metrics::{
    Clock, Counters, Full, Layout, Level, Off, QuantaClock, Sampled, StdClock, Stopwatch,
};

use super::NS_PER_OP;
use super::peers::check;
use crate::case::{Case, Run};
use crate::micro::operations;

pub(super) fn case() -> Case {
    let about = "1 thread, unpinned; an empty span between an optimiser barrier and the next";
    let runs = vec![
        floor(),
        level::<Off, _>("windlass_off", "Off", StdClock),
        level::<Counters, _>("windlass_counters", "Counters", StdClock),
        level::<Sampled<6>, _>("windlass_sampled_std", "one in 64, clock of std", StdClock),
        level::<Full, _>("windlass_full_std", "Full, clock of std", StdClock),
        level::<Full, _>("windlass", "Full, clock of quanta", QuantaClock::new()),
    ];
    crate::case::case("metrics/span/empty", about, runs)
}

fn floor() -> Run {
    operations("floor", "the barrier alone", NS_PER_OP, |count| {
        for turn in 0..count {
            black_box(turn);
        }
        Ok(())
    })
}

fn level<L: Level, C: Clock + 'static>(name: &'static str, note: &'static str, clock: C) -> Run {
    let stopwatch = RefCell::new(Stopwatch::<L, C>::new(clock, Layout::LATENCY));
    operations(name, note, NS_PER_OP, move |count| {
        let mut stopwatch = stopwatch.borrow_mut();
        let before = stopwatch.reader().count();
        for turn in 0..count {
            stopwatch.time(|| black_box(turn));
        }
        let seen = stopwatch.reader().count().zip(before).map(|(after, before)| after - before);
        check(count, seen.unwrap_or(count))
    })
}
