//! A claimed range on its way to being published.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;

use super::sequencer::Sequencer;
use crate::slots::{Claimed, Slots};
use crate::state::State;

/// Claimed slots that are given up unless they are published: an early return or a panic leaves no
/// hole.
///
/// It has nothing to do with the sequencer's own state, which the verbs move on once the events are there: so
/// giving up leaves the sequencer where it was.
pub(super) struct Held<'a, E, S: Sequencer> {
    ring: &'a State<E>,
    claimed: Claimed,
    by: PhantomData<fn() -> S>,
}

impl<'a, E, S: Sequencer> Held<'a, E, S> {
    #[inline(always)]
    pub(super) fn new(ring: &'a State<E>, claimed: Claimed) -> Self {
        Self { ring, claimed, by: PhantomData }
    }

    /// The ring that it is held in.
    #[inline(always)]
    pub(super) fn ring(&self) -> &'a State<E> {
        self.ring
    }

    /// What is held.
    #[inline(always)]
    pub(super) fn claimed(&self) -> &Claimed {
        &self.claimed
    }

    /// The only slot.
    #[inline(always)]
    pub(super) fn only_slot(&mut self) -> &mut E {
        debug_assert!(self.claimed.n == 1, "one event for one slot");
        // A constant, so that publishing has no loop.
        self.claimed.n = 1;
        self.ring.storage.first_of(&mut self.claimed)
    }

    /// The slots.
    #[inline(always)]
    pub(super) fn slots(&mut self) -> Slots<'_, E> {
        Slots::new(&self.ring.storage, &mut self.claimed)
    }

    /// Makes the events readable. Nobody is woken yet.
    #[inline(always)]
    pub(super) fn mark(self) {
        // Nothing is left to be given up, whatever happens from here on.
        ManuallyDrop::new(self).mark_in_place();
    }

    /// As `mark`, for whoever sees to it that this is not dropped.
    #[inline(always)]
    pub(super) fn mark_in_place(&mut self) {
        S::mark(self.ring, self.claimed.take());
    }
}

impl<E, S: Sequencer> Drop for Held<'_, E, S> {
    #[inline(always)]
    fn drop(&mut self) {
        give_up::<E, S>(self.ring, self.claimed.take());
    }
}

/// Out of line, and all there is to giving up: so it does not burden what publishes.
#[cold]
#[inline(never)]
fn give_up<E, S: Sequencer>(ring: &State<E>, claimed: Claimed) {
    S::give_up(ring, claimed);
}
