//! Publishing one event.

use windlass_sync::{Deadline, hint};

use super::giving_way::GivingWay;
use super::go_on::go_on;
use super::held::Held;
use super::producer_of::ProducerOf;
use super::sequencer::Sequencer;
use super::waiting::{claimed_now, claimed_until, wait_for_room};
use crate::error::{Closed, PublishError};
use crate::head::Refusal;
use crate::sequence::Sequence;
use crate::slots::Claimed;
use crate::state::State;

impl<E, S: Sequencer> ProducerOf<E, S> {
    /// Writes one event and publishes it; waits while the ring is full.
    ///
    /// `write` sees the event that was in the slot a lap ago. If it panics, nothing is published. A closure that brings
    /// a large event along had better own it, by `move`: one that borrows keeps it in memory first.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives `write` back, not called. For `?` in a function that returns `Box<dyn Error>`,
    /// `write` has to own what it uses; where it borrows, there is [`Closed::discard`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
    /// for i in 0..3 {
    ///     producer.publish(move |event| *event = i)?;
    /// }
    /// assert_eq!(poller.poll()?.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn publish<F: FnOnce(&mut E)>(&mut self, write: F) -> Result<Sequence, Closed<F>> {
        match self.publish_until(Deadline::never(), write) {
            Ok(sequence) => Ok(sequence),
            Err(PublishError::Full(write) | PublishError::Closed(write)) => Err(Closed(write)),
        }
    }

    /// Writes one event and publishes it, if there is room. Never waits.
    ///
    /// Wait-free for the only producer of a ring, lock-free for one of several.
    ///
    /// # Errors
    ///
    /// [`PublishError`] gives `write` back, not called.
    #[inline(always)]
    pub fn try_publish<F: FnOnce(&mut E)>(
        &mut self,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        let (ring, sequencer, _) = self.all();
        if !hint::is_small::<E>() {
            return match claimed_now(ring, sequencer, 1) {
                Ok(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
                Err(refusal) => Err(refusal.publish(write)),
            };
        }
        match sequencer.claim_at_once(ring, 1) {
            Some(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
            None => self.publish_anew(write),
        }
    }

    /// As [`publish`](Self::publish), waiting for at most this long, and the few looks that
    /// [`Wait`](crate::Wait) says.
    ///
    /// # Errors
    ///
    /// [`PublishError`] gives `write` back, not called.
    #[cfg(feature = "std")]
    #[inline]
    pub fn publish_timeout<F: FnOnce(&mut E)>(
        &mut self,
        time: core::time::Duration,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        self.publish_deadline(Deadline::after(time), write)
    }

    /// As [`publish`](Self::publish), waiting until the deadline.
    ///
    /// # Errors
    ///
    /// [`PublishError`] gives `write` back, not called.
    #[inline]
    pub fn publish_deadline<F: FnOnce(&mut E)>(
        &mut self,
        deadline: Deadline,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        self.publish_until(deadline, write)
    }

    #[inline(always)]
    fn publish_until<F: FnOnce(&mut E)>(
        &mut self,
        deadline: Deadline,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        let (ring, sequencer, waiting) = self.all();
        if !hint::is_small::<E>() {
            return match claimed_until(ring, sequencer, waiting, 1, deadline) {
                Ok(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
                Err(refusal) => Err(refusal.publish(write)),
            };
        }
        match sequencer.claim_at_once(ring, 1) {
            Some(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
            None => self.publish_waiting(deadline, write),
        }
    }

    /// Publishes when the quick way has failed. The last call of its caller, as all that follows a
    /// quick way: so that has nothing to keep over a call, and no register to save. Of small events only: `write`,
    /// which may own the event, is not passed on where that is large.
    #[cold]
    #[inline(never)]
    fn publish_anew<F: FnOnce(&mut E)>(&mut self, write: F) -> Result<Sequence, PublishError<F>> {
        let (ring, sequencer, _) = self.all();
        match sequencer.try_claim(ring, 1, GivingWay::Never) {
            Ok(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
            Err(refusal) => Err(refusal.publish(write)),
        }
    }

    /// As `publish_anew`, and waits.
    #[cold]
    #[inline(never)]
    fn publish_waiting<F: FnOnce(&mut E)>(
        &mut self,
        deadline: Deadline,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        let (ring, sequencer, waiting) = self.all();
        match wait_for_room(ring, sequencer, waiting, 1, deadline) {
            Ok(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
            Err(refusal) => Err(refusal.publish(write)),
        }
    }
}

/// Writes the only slot of what was just claimed, and publishes it.
#[inline(always)]
fn write_one<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    claimed: Claimed,
    write: impl FnOnce(&mut E),
) -> Sequence {
    let at = claimed.at;
    let mut held = Held::<E, S>::new(ring, claimed);
    write(held.only_slot());
    held.mark();
    go_on(ring, sequencer, at, 1)
}

impl Refusal {
    pub(super) fn publish<F>(self, refused: F) -> PublishError<F> {
        match self {
            Self::Full => PublishError::Full(refused),
            Self::Closed => PublishError::Closed(refused),
        }
    }
}
