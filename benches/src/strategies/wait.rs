//! How to wait: each wait in each topology, under load, with gaps, and with nothing to do.

use core::time::Duration;
use std::thread::sleep;
use std::time::Instant;

use super::drive::{Done, drive};
use super::scripts::{Flood, Near, Sparse};
use super::seat::Seat;
use super::topology::{Topology, end, publish};
use super::ways::{WAYS, Way};
use crate::board::Board;
use crate::case::{Case, Failure, Reading, Run, Sample, Size, case, run};
use crate::cpu;
use crate::ring::scenarios::NS_PER_MSG;
use crate::setup::Setup;
use crate::suite::Context;

const CAPACITY: usize = 1024;

/// Between two events that come now and then: long enough for those to fall asleep who will.
const GAP: Duration = Duration::from_micros(100);

/// How long stages may take to settle before they are watched.
const SETTLE: Duration = Duration::from_millis(5);

/// The unit of CPU time by time: 1 is a core that does nothing else.
pub(super) const CORES: &str = "cores";

/// Four cases for each topology.
pub(super) fn cases(context: &Context) -> Vec<Case> {
    Topology::ALL.into_iter().flat_map(|topology| of(topology, context)).collect()
}

fn of(topology: Topology, context: &Context) -> [Case; 4] {
    let setup = topology.setup(&context.cores, CAPACITY);
    let each =
        |one: fn(Topology, &Setup, Way) -> Run| WAYS.map(|way| one(topology, &setup, way)).into();
    let case = |name: &str, what: &str, runs: Vec<Run>| {
        let about = format!("{}; {what}; {}; payload 32 B", topology.about(), setup.note());
        case(format!("strategies/wait/{}/{name}", topology.name()), about, runs)
    };
    let mut flood = case("flood", "as fast as they can", each(flood));
    flood.suffixes = &["", "/cpu"];
    let mut near = case("near", "the next event as soon as everybody has the last", each(near));
    near.suffixes = &["_p50", "_p99"];
    near.size = Size::Timed;
    let what = format!("an event each {} µs, from when it was due", GAP.as_micros());
    let mut sparse = case("sparse", &what, each(sparse));
    sparse.suffixes = &["_p50", "_p99", "/cpu"];
    sparse.size = Size::Timed;
    sparse.weight = 2;
    let mut idle = case("idle", "nothing to do, CPU time of all stages", each(idle));
    idle.suffixes = &["/cpu"];
    idle.size = Size::Timed;
    [flood, near, sparse, idle]
}

fn flood(topology: Topology, setup: &Setup, way: Way) -> Run {
    let setup = setup.clone();
    run(way.name, way.note, move |load| {
        let events = load.count.div_ceil(setup.producers as u64);
        let done = drive(topology, &setup, &(way.wait)(), &Flood { events })?;
        let each = |time: Duration| time.as_secs_f64() * 1e9 / done.events as f64;
        let readings = vec![
            Reading { suffix: "", unit: NS_PER_MSG, value: each(done.wall) },
            Reading { suffix: "/cpu", unit: "cpu_ns_per_msg", value: each(done.cpu) },
        ];
        Ok(Sample { readings, wall: done.wall, messages: done.events })
    })
}

fn near(topology: Topology, setup: &Setup, way: Way) -> Run {
    let setup = setup.clone();
    run(way.name, way.note, move |load| {
        let done = drive(topology, &setup, &(way.wait)(), &Near { slice: load.slice })?;
        Ok(Sample { readings: delays(&done), wall: done.wall, messages: done.events })
    })
}

fn sparse(topology: Topology, setup: &Setup, way: Way) -> Run {
    let setup = setup.clone();
    run(way.name, way.note, move |load| {
        let script = Sparse { slice: load.slice, gap: GAP };
        let done = drive(topology, &setup, &(way.wait)(), &script)?;
        let mut readings = delays(&done);
        // The producers look at the clock all the time, whatever the stages do.
        let stages = done.cpu.saturating_sub(done.producers_cpu);
        readings.push(cores(stages, done.wall));
        Ok(Sample { readings, wall: done.wall, messages: done.events })
    })
}

fn delays(done: &Done) -> Vec<Reading> {
    let at = |suffix, quantile| {
        let value = done.delays.value_at_quantile(quantile) as f64;
        Reading { suffix, unit: "ns", value }
    };
    vec![at("_p50", 0.5), at("_p99", 0.99)]
}

fn cores(cpu: Duration, wall: Duration) -> Reading {
    Reading { suffix: "/cpu", unit: CORES, value: cpu.as_secs_f64() / wall.as_secs_f64() }
}

fn idle(topology: Topology, setup: &Setup, way: Way) -> Run {
    let setup = setup.clone();
    run(way.name, way.note, move |load| {
        let board = Board::new(topology.seats());
        let seats = (0..topology.seats()).map(|at| Seat::counting(&board, at)).collect();
        let ring = topology.build(&setup, &(way.wait)(), seats);
        let (mut producer, ring) =
            ring.start().map_err(|error| Failure::NoThread(error.to_string()))?;
        sleep(SETTLE);
        let (used, start) = (cpu::of_process(), Instant::now());
        sleep(load.slice);
        let (used, wall) = (cpu::of_process().saturating_sub(used), start.elapsed());
        publish(&mut producer, 0, 0);
        drop(producer);
        end(ring)?;
        board.check(topology.copies(), topology.expected(1), false)?;
        let readings = vec![cores(used, wall)];
        Ok(Sample { readings, wall, messages: 0 })
    })
}
