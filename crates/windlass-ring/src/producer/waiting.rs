//! How a producer gets slots: at once, or by waiting for room.

use windlass_sync::Deadline;

use super::giving_way::GivingWay;
use super::sequencer::Sequencer;
use crate::head::Refusal;
use crate::slots::Claimed;
use crate::state::State;
use crate::wait::Pacer;

/// What a producer needs while it waits.
pub(super) struct Waiting {
    pacer: Pacer,
    key: u64,
}

impl Waiting {
    pub(super) fn new(pacer: Pacer, key: u64) -> Self {
        Self { pacer, key }
    }

    /// The same for the producer with this number.
    pub(super) fn another(&self, number: u64) -> Self {
        Self { pacer: self.pacer.another(), key: producer_key(number) }
    }

    /// What the producer does when another one wins a claim, while it may wait.
    #[inline(always)]
    pub(super) fn giving_way(&self) -> GivingWay {
        self.pacer.crowd().map_or(GivingWay::Never, GivingWay::BeyondCores)
    }

    /// The key of the producer at the bells.
    #[cfg(feature = "std")]
    pub(super) fn key(&self) -> u64 {
        self.key
    }
}

/// The key of a producer at the bells; consumers' keys are smaller.
pub(crate) fn producer_key(number: u64) -> u64 {
    (1 << 63) | number
}

#[inline(always)]
pub(super) fn claimed_now<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    n: usize,
) -> Result<Claimed, Refusal> {
    match sequencer.claim_at_once(ring, n) {
        Some(claimed) => Ok(claimed),
        None => claim_anew(ring, sequencer, n),
    }
}

#[inline(always)]
pub(super) fn claimed_until<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    waiting: &mut Waiting,
    n: usize,
    deadline: Deadline,
) -> Result<Claimed, Refusal> {
    match sequencer.claim_at_once(ring, n) {
        Some(claimed) => Ok(claimed),
        None => wait_for_room(ring, sequencer, waiting, n, deadline),
    }
}

/// Claims after the quick way has failed, without waiting.
#[cold]
#[inline(never)]
fn claim_anew<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    n: usize,
) -> Result<Claimed, Refusal> {
    sequencer.try_claim(ring, n, GivingWay::Never)
}

/// Waits until a claim has room, the deadline passes, or the ring closes.
#[cold]
#[inline(never)]
pub(super) fn wait_for_room<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    waiting: &mut Waiting,
    n: usize,
    deadline: Deadline,
) -> Result<Claimed, Refusal> {
    let giving_way = waiting.giving_way();
    match sequencer.try_claim(ring, n, giving_way) {
        Err(Refusal::Full) => {}
        done => return done,
    }
    let mut look = || match sequencer.try_claim(ring, n, giving_way) {
        Err(Refusal::Full) => None,
        done => Some(done),
    };
    let mut park = |deadline: Deadline, look: &mut dyn FnMut() -> Option<_>| {
        // The slowest consumer rings when it moves. When another one is the slowest, it is
        // time to wait for that one.
        let Some(blocker) = ring.holds_up(n) else { return look() };
        let woken = ring.bell(blocker).wait_until(waiting.key, deadline, || match look() {
            Some(done) => Some(Some(done)),
            None => (ring.holds_up(n) != Some(blocker)).then_some(None),
        });
        woken.flatten()
    };
    let found = waiting.pacer.wait(|cores| ring.crowded(cores), deadline, &mut look, &mut park);
    found.unwrap_or(Err(Refusal::Full))
}
