//! A claimed range, held by hand.

use core::fmt;
use core::mem::ManuallyDrop;

use windlass_sync::{Deadline, EventCount};

use super::held::Held;
use super::producer_of::ProducerOf;
use super::sequencer::Sequencer;
use super::waiting::{claimed_now, claimed_until};
use crate::error::ClaimError;
use crate::head::Refusal;
use crate::sequence::Sequence;
use crate::slots::{Claimed, RunsMut, Slots};
use crate::state::State;

/// Claimed slots, to be written and then published.
///
/// Dropped without [`publish`](Self::publish), nothing is published: the only producer of a ring
/// takes the claim back, one of several publishes its slots as skipped, and consumers step over
/// them. So an early return or a panic leaves no hole.
///
/// A claim must not be forgotten (`mem::forget`): then it is neither published nor given up, and
/// consumers wait at its slots until the last producer is dropped. See
/// [`ProducerOf::claim`](crate::ProducerOf::claim).
///
/// # Examples
///
/// ```
/// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
/// let mut claim = producer.claim(2)?;
/// *claim.get_mut(0).unwrap() = 10;
/// *claim.get_mut(1).unwrap() = 20;
/// claim.publish();
///
/// drop(producer.claim(5)?);
/// let mut sum = 0;
/// poller.poll()?.for_each(|event, _| sum += event);
/// assert_eq!(sum, 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a claim that is dropped publishes nothing"]
pub struct Claim<'a, E, S: Sequencer> {
    sequencer: &'a mut S,
    held: Held<'a, E, S>,
}

impl<E, S: Sequencer> ProducerOf<E, S> {
    /// Claims `n` slots to be written by hand; waits while the ring is too full.
    ///
    /// A claim must not be forgotten (`mem::forget`): consumers wait at its slots until the last
    /// producer is dropped, even in a closed ring, and only [`Ring::shutdown`] ends them
    /// before. Then its slots are stepped over. Those of the only producer of a ring may also be seen,
    /// with what they held a lap ago, once other events are published behind them.
    ///
    /// [`Ring::shutdown`]: crate::Ring
    ///
    /// # Errors
    ///
    /// - [`ClaimError::NoSlots`] for `n == 0`: there is nothing to hold.
    /// - [`ClaimError::TooLarge`] if the ring has fewer slots.
    /// - [`ClaimError::Closed`] if the ring takes no more events.
    #[inline]
    pub fn claim(&mut self, n: usize) -> Result<Claim<'_, E, S>, ClaimError> {
        self.check(n)?;
        let (ring, sequencer, waiting) = self.all();
        let claimed = claimed_until(ring, sequencer, waiting, n, Deadline::never());
        Ok(Claim::new(ring, sequencer, claimed.map_err(Refusal::claim)?))
    }

    /// Claims `n` slots, if there is room. Never waits.
    ///
    /// # Errors
    ///
    /// As for [`claim`](Self::claim), and [`ClaimError::Full`].
    #[inline]
    pub fn try_claim(&mut self, n: usize) -> Result<Claim<'_, E, S>, ClaimError> {
        self.check(n)?;
        let (ring, sequencer, _) = self.all();
        let claimed = claimed_now(ring, sequencer, n).map_err(Refusal::claim)?;
        Ok(Claim::new(ring, sequencer, claimed))
    }

    fn check(&self, n: usize) -> Result<(), ClaimError> {
        if n == 0 {
            return Err(ClaimError::NoSlots);
        }
        let capacity = self.capacity();
        if capacity < n { Err(ClaimError::TooLarge { n, capacity }) } else { Ok(()) }
    }
}

impl<'a, E, S: Sequencer> Claim<'a, E, S> {
    /// The claim that the sequencer has just made.
    #[inline(always)]
    pub(crate) fn new(ring: &'a State<E>, sequencer: &'a mut S, claimed: Claimed) -> Self {
        // At once and not when it is published: the claim may be forgotten, and the next one must be
        // another one all the same.
        sequencer.go_on(ring, claimed.n as u64);
        Self { sequencer, held: Held::new(ring, claimed) }
    }

    /// How many slots were claimed.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.held.claimed().n
    }

    /// Whether no slot was claimed; never the case.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.held.claimed().n == 0
    }

    /// The sequence of the first slot.
    #[must_use]
    #[inline(always)]
    pub fn first(&self) -> Sequence {
        Sequence::new(self.held.claimed().at.sequence)
    }

    /// The slot at `index`, counted from the first of the claim.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut E> {
        if index < self.held.claimed().n { Some(self.slots().into_nth(index)) } else { None }
    }

    /// Every slot in order.
    #[inline]
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.runs_mut().flatten()
    }

    /// The slots as slices, each as long as they lie side by side.
    #[inline]
    pub fn runs_mut(&mut self) -> RunsMut<'_, E> {
        self.slots().into_runs()
    }

    /// The slots.
    #[inline(always)]
    fn slots(&mut self) -> Slots<'_, E> {
        self.held.slots()
    }

    /// Makes the events readable. Returns the sequence of the first.
    #[inline(always)]
    pub fn publish(self) -> Sequence {
        // Nothing is left to be given up, whatever happens from here on.
        let mut claim = ManuallyDrop::new(self);
        let first = claim.first();
        claim.held.mark_in_place();
        ring_for(claim.held.ring(), first)
    }
}

/// Rings for what was published, and hands back the sequence of the first event: a caller need not
/// keep it over a call that hardly ever happens.
#[inline(always)]
fn ring_for<E>(ring: &State<E>, first: Sequence) -> Sequence {
    let bell = &ring.head.published;
    if bell.is_awaited() { notify(bell, first) } else { first }
}

#[cold]
#[inline(never)]
fn notify(bell: &EventCount, first: Sequence) -> Sequence {
    bell.notify();
    first
}

impl<E, S: Sequencer> Drop for Claim<'_, E, S> {
    #[inline(always)]
    fn drop(&mut self) {
        // Before what is held is given up.
        self.sequencer.go_back(self.held.claimed());
    }
}

impl<E, S: Sequencer> fmt::Debug for Claim<'_, E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("first", &self.first()).field("len", &self.len()).finish()
    }
}

impl Refusal {
    fn claim(self) -> ClaimError {
        match self {
            Self::Full => ClaimError::Full,
            Self::Closed => ClaimError::Closed,
        }
    }
}
