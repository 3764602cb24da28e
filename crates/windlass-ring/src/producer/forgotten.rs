//! What becomes of claims that were forgotten.
//!
//! A claim that is leaked, by `mem::forget`, is neither published nor given up, and consumers wait
//! at its slots. While its producer lives nobody can know that it will not be published after
//! all. A claim borrows its producer; so when the last producer has left no claim is open, and the
//! slots that are unpublished then stay so. They are stepped over, for consumers to reach what was
//! published behind them, and the end.

use crate::slots::{Geometry, Marking};
use crate::state::State;

/// Lets consumers step over forgotten claims; for the last producer, after it has left.
pub(super) fn skip_forgotten<E>(ring: &State<E>) {
    let claimed = ring.head.claimed();
    // No consumer is beyond a slot that is not published.
    let mut from = ring.published(ring.unreleased());
    while from < claimed {
        let at = ring.storage.shape().locate::<E>(from);
        if ring.storage.marking() == Marking::Stamps {
            ring.storage.skip(ring.storage.claimed(at, 1));
        } else if let Some(n) = up_to_published(ring, from, claimed) {
            // A mark cannot say that a slot was skipped: it shows what it held a lap ago.
            ring.storage.publish_marked(ring.storage.claimed(at, n));
        } else {
            return ring.retract(from);
        }
        from = ring.published(from);
    }
}

/// How many slots come before the next published block, if one is published before `claimed`.
#[expect(clippy::cast_possible_truncation, reason = "at most the capacity")]
fn up_to_published<E>(ring: &State<E>, from: u64, claimed: u64) -> Option<usize> {
    let shape = ring.storage.shape();
    let mut at = shape.locate::<E>(from);
    loop {
        let rest = Geometry::<E>::PER_BLOCK - at.offset as usize;
        shape.step_in_block::<E>(&mut at, rest);
        if claimed <= at.sequence {
            return None;
        }
        if ring.storage.ready(&at) > 0 {
            return Some((at.sequence - from) as usize);
        }
    }
}
