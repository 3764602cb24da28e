//! Whoever moves a gate, and whether the stage behind it waits for that.

use windlass_ring::{Gate, GateError, Ring, Sequence};
use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::account::Message;
use crate::plan::{Dice, Pace};

/// How far a gate is, as whoever moves it says before it does.
#[derive(Debug, Default)]
pub(super) struct Watched {
    until: AtomicU64,
    /// Events that passed before that.
    early: AtomicU64,
}

impl Watched {
    /// The stage behind the gate sees this event.
    pub(super) fn look(&self, sequence: u64) {
        // ORDERING: Relaxed. What was said before the gate was moved is seen behind it.
        let is_early = self.until.load(Ordering::Relaxed) <= sequence;
        // ORDERING: Relaxed. A number.
        self.early.fetch_add(u64::from(is_early), Ordering::Relaxed);
    }

    pub(super) fn early(&self) -> u64 {
        // ORDERING: Relaxed. Those who count have been joined.
        self.early.load(Ordering::Relaxed)
    }

    fn say(&self, until: u64) {
        // ORDERING: Relaxed. Moving the gate hands it over.
        self.until.store(until, Ordering::Relaxed);
    }
}

/// Moves a gate until it is over, or some times only, and opens it.
pub(super) fn keep(
    gate: Gate<Message>,
    watched: &Watched,
    ring: &Ring<Message>,
    is_over: &AtomicBool,
    mut dice: Dice,
) {
    let pace = dice.of(&Pace::ALL);
    let mut turns = if dice.one_in(4) { dice.between(0, 50) } else { u64::MAX };
    // ORDERING: Relaxed. It hands nothing over.
    while 0 < turns && !is_over.load(Ordering::Relaxed) {
        turns -= 1;
        dice.dawdle(pace);
        let at = gate.position().get();
        let wanted = (at + dice.between(1, 20)).min(ring.stats().next.get());
        watched.say(wanted);
        if let Err(GateError::NotYet { next }) = gate.advance_to(Sequence::new(wanted)) {
            watched.say(next.get());
            // What is published stays so.
            let _is_there = gate.advance_to(next);
        }
        windlass_sync::thread::yield_now();
    }
    watched.say(u64::MAX);
    gate.open();
}
