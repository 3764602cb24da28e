//! Publishing several events together.

use windlass_sync::Deadline;

use super::go_on::go_on;
use super::held::Held;
use super::producer_of::ProducerOf;
use super::sequencer::Sequencer;
use super::waiting::{claimed_now, claimed_until};
use crate::error::BatchError;
use crate::sequence::Sequence;
use crate::slots::{Claimed, Slots};
use crate::state::State;

impl<E, S: Sequencer> ProducerOf<E, S> {
    /// Writes `n` events and publishes them together; waits while the ring is too full.
    ///
    /// With `n == 0` nothing happens and `write` is not called. If `write` panics, nothing is
    /// published. Returns the sequence of the first event.
    ///
    /// No event can be kept beyond the closure:
    ///
    /// ```compile_fail
    /// let (mut producer, _poller) = windlass_ring::one_to_one(64, || 0_u64).unwrap();
    /// let mut kept = Vec::new();
    /// producer.publish_batch(3, |mut slots| kept.extend(slots.iter_mut())).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`BatchError`] gives `write` back, not called.
    #[inline(always)]
    pub fn publish_batch<F>(&mut self, n: usize, write: F) -> Result<Sequence, BatchError<F>>
    where
        F: for<'a> FnOnce(Slots<'a, E>),
    {
        self.batch_until(n, Deadline::never(), write)
    }

    /// As [`publish_batch`](Self::publish_batch), if there is room. Never waits.
    ///
    /// # Errors
    ///
    /// [`BatchError`] gives `write` back, not called.
    #[inline(always)]
    pub fn try_publish_batch<F>(&mut self, n: usize, write: F) -> Result<Sequence, BatchError<F>>
    where
        F: for<'a> FnOnce(Slots<'a, E>),
    {
        if let Some(done) = self.unfit(n) {
            return done.map_err(|capacity| BatchError::TooLarge { n, capacity, refused: write });
        }
        let (ring, sequencer, _) = self.all();
        match claimed_now(ring, sequencer, n) {
            Ok(claimed) => Ok(write_all(ring, sequencer, claimed, write)),
            Err(refusal) => Err(refusal.publish(write).into()),
        }
    }

    /// As [`publish_batch`](Self::publish_batch), waiting for at most this long.
    ///
    /// # Errors
    ///
    /// [`BatchError`] gives `write` back, not called.
    #[cfg(feature = "std")]
    #[inline]
    pub fn publish_batch_timeout<F>(
        &mut self,
        n: usize,
        time: core::time::Duration,
        write: F,
    ) -> Result<Sequence, BatchError<F>>
    where
        F: for<'a> FnOnce(Slots<'a, E>),
    {
        self.batch_until(n, Deadline::after(time), write)
    }

    #[inline(always)]
    fn batch_until<F>(
        &mut self,
        n: usize,
        deadline: Deadline,
        write: F,
    ) -> Result<Sequence, BatchError<F>>
    where
        F: for<'a> FnOnce(Slots<'a, E>),
    {
        if let Some(done) = self.unfit(n) {
            return done.map_err(|capacity| BatchError::TooLarge { n, capacity, refused: write });
        }
        let (ring, sequencer, waiting) = self.all();
        match claimed_until(ring, sequencer, waiting, n, deadline) {
            Ok(claimed) => Ok(write_all(ring, sequencer, claimed, write)),
            Err(refusal) => Err(refusal.publish(write).into()),
        }
    }

    /// What becomes of a batch that claims nothing: none at all, or more than the ring holds.
    #[inline]
    fn unfit(&self, n: usize) -> Option<Result<Sequence, usize>> {
        if n == 0 {
            return Some(Ok(self.next_sequence()));
        }
        if self.capacity() < n { Some(Err(self.capacity())) } else { None }
    }
}

/// Writes all slots of what was just claimed, and publishes them.
#[inline(always)]
fn write_all<E, S: Sequencer>(
    ring: &State<E>,
    sequencer: &mut S,
    claimed: Claimed,
    write: impl for<'a> FnOnce(Slots<'a, E>),
) -> Sequence {
    let (at, n) = (claimed.at, claimed.n);
    let mut held = Held::<E, S>::new(ring, claimed);
    write(held.slots());
    held.mark();
    go_on(ring, sequencer, at, n as u64)
}
