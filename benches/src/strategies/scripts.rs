//! What the producers do: as fast as they can, one event after the other, or one now and then.

use core::time::Duration;
use std::time::Instant;

use windlass_ring::Sequencer;

use super::drive::{Script, Sender};

/// Sends so many events as fast as it can.
#[derive(Clone)]
pub(super) struct Flood {
    /// Events of each producer.
    pub(super) events: u64,
}

impl Script for Flood {
    const TIMED: bool = false;

    fn send<S: Sequencer>(&self, sender: &mut Sender<S>) {
        (0..self.events).for_each(|_| sender.send(0));
        sender.wait_for_all();
    }
}

/// Sends the next event as soon as everybody has the last one. One producer sends.
#[derive(Clone)]
pub(super) struct Near {
    /// For how long.
    pub(super) slice: Duration,
}

impl Script for Near {
    const TIMED: bool = true;

    fn send<S: Sequencer>(&self, sender: &mut Sender<S>) {
        let start = Instant::now();
        while sender.at == 0 && start.elapsed() < self.slice {
            let now = sender.watch.now();
            sender.send(now);
            sender.wait_for_own();
        }
    }
}

/// Sends an event each `gap`, which counts from when it was due. The producers take turns.
#[derive(Clone)]
pub(super) struct Sparse {
    /// For how long.
    pub(super) slice: Duration,
    /// Between two events of all producers.
    pub(super) gap: Duration,
}

/// The fewest events of a producer of which percentiles are told.
const LEAST: u64 = 50;

impl Script for Sparse {
    const TIMED: bool = true;

    fn send<S: Sequencer>(&self, sender: &mut Sender<S>) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let (gap, of) = (nanos(self.gap), sender.of as u64);
        let events = (nanos(self.slice) / gap / of).max(LEAST);
        let start = sender.watch.now() + gap * sender.at as u64;
        for event in 0..events {
            let due = start + event * gap * of;
            // What is late by a stage that keeps the core counts as late.
            while sender.watch.now() < due {
                sender.relax.pause();
            }
            sender.send(due);
        }
        sender.wait_for_all();
    }
}
