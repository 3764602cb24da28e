//! What follows when events are published: whoever waits for them is woken, and the producer goes on behind them.

use super::sequencer::Sequencer;
use crate::sequence::Sequence;
use crate::slots::Position;
use crate::state::State;

/// Wakes whoever waits for the `n` events from `at` on, which are published, and goes on behind them.
#[inline(always)]
pub(super) fn go_on<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    at: Position,
    n: u64,
) -> Sequence {
    if ring.head.published.is_awaited() {
        return ring_and_go_on(ring, sequencer, n);
    }
    if sequencer.steps(ring, at, n) {
        return Sequence::new(at.sequence);
    }
    go_on_slowly(ring, sequencer, n)
}

/// The last call, as `publish_anew`.
#[cold]
#[inline(never)]
fn ring_and_go_on<E, S: Sequencer>(ring: &State<E>, sequencer: &mut S, n: u64) -> Sequence {
    ring.head.published.notify();
    go_on_slowly(ring, sequencer, n)
}

/// The last call, as `publish_anew`.
#[inline(never)]
fn go_on_slowly<E, S: Sequencer>(ring: &State<E>, sequencer: &mut S, n: u64) -> Sequence {
    Sequence::new(sequencer.go_on(ring, n))
}
