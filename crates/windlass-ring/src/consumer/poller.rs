//! A consumer on a thread of the user's.

use core::fmt;
use core::marker::PhantomData;

use windlass_sync::Deadline;
use windlass_sync::sync::Arc;

use super::batch::Batch;
use super::seat::{Found, Seat};
use crate::access::{Access, Exclusive};
use crate::error::{Closed, PollError};
use crate::life::Poison;
use crate::sequence::Sequence;
use crate::state::State;

/// A consumer that is polled by its owner.
///
/// It sees every event once and in order, from where it joined to where it leaves. Dropping it
/// leaves the ring: producers and the stages behind it go on without it.
///
/// # Examples
///
/// ```
/// use windlass_ring::PollError;
///
/// let (mut producer, mut poller) = windlass_ring::one_to_one(64, String::new)?;
/// assert_eq!(poller.poll().unwrap_err(), PollError::Empty);
///
/// producer.publish(|event| event.push_str("first"))?;
/// let mut batch = poller.poll()?;
/// let taken = std::mem::take(batch.next_mut().unwrap());
/// assert_eq!(taken, "first");
/// drop(batch);
///
/// drop(producer);
/// assert_eq!(poller.poll().unwrap_err(), PollError::Closed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a poller that is dropped leaves the ring"]
pub struct Poller<E, A: Access = Exclusive> {
    ring: Arc<State<E>>,
    seat: Seat,
    access: PhantomData<fn() -> A>,
}

impl<E, A: Access> Poller<E, A> {
    pub(crate) fn new(ring: Arc<State<E>>, seat: Seat) -> Self {
        Self { ring, seat, access: PhantomData }
    }

    /// Takes what is there. Never waits; wait-free for a consumer of one producer.
    ///
    /// # Errors
    ///
    /// - [`PollError::Empty`] if nothing new is there.
    /// - [`PollError::Closed`] if nothing will come any more.
    #[inline(always)]
    pub fn poll(&mut self) -> Result<Batch<'_, E, A>, PollError> {
        match self.seat.look(&self.ring) {
            Some(Found::Until(end)) => Ok(Batch::new(&self.ring, &mut self.seat, end)),
            Some(Found::End) => Err(PollError::Closed),
            None => Err(PollError::Empty),
        }
    }

    /// Waits, by the consumer's strategy, until something is there.
    ///
    /// # Errors
    ///
    /// [`Closed`] if nothing will come any more.
    #[inline(always)]
    pub fn wait(&mut self) -> Result<Batch<'_, E, A>, Closed<()>> {
        self.wait_deadline(Deadline::never()).map_err(|_| Closed(()))
    }

    /// As [`wait`](Self::wait), for at most this long, and the few looks that
    /// [`Wait`](crate::Wait) says.
    ///
    /// # Errors
    ///
    /// - [`PollError::Empty`] if nothing came in time.
    /// - [`PollError::Closed`] if nothing will come any more.
    #[cfg(feature = "std")]
    #[inline]
    pub fn wait_timeout(
        &mut self,
        time: core::time::Duration,
    ) -> Result<Batch<'_, E, A>, PollError> {
        self.wait_deadline(Deadline::after(time))
    }

    /// As [`wait`](Self::wait), until the deadline.
    ///
    /// # Errors
    ///
    /// As for [`wait_timeout`](Self::wait_timeout).
    #[inline(always)]
    pub fn wait_deadline(&mut self, deadline: Deadline) -> Result<Batch<'_, E, A>, PollError> {
        match self.seat.wait(&self.ring, deadline) {
            Some(Found::Until(end)) => Ok(Batch::new(&self.ring, &mut self.seat, end)),
            Some(Found::End) => Err(PollError::Closed),
            None => Err(PollError::Empty),
        }
    }

    /// Sets the most events that a batch may have; at least 1.
    pub fn set_max_batch(&mut self, events: usize) {
        self.seat.set_max_batch(events as u64);
    }

    /// The sequence of the next event.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        Sequence::new(self.seat.at().sequence)
    }

    /// How many events were claimed by producers and not released by this consumer.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.ring.head.claimed().saturating_sub(self.seat.at().sequence)
    }

    /// How many slots the ring has.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "was made of a usize")]
    pub fn capacity(&self) -> usize {
        self.ring.storage.capacity() as usize
    }

    /// Why the ring ended before its time, if it did.
    #[must_use]
    pub fn poison(&self) -> Option<Poison> {
        self.ring.life.cause()
    }

    #[cfg(feature = "std")]
    pub(crate) fn parts(&mut self) -> (&State<E>, &mut Seat) {
        (&self.ring, &mut self.seat)
    }
}

impl<E, A: Access> Drop for Poller<E, A> {
    fn drop(&mut self) {
        self.seat.leave(&self.ring);
    }
}

impl<E, A: Access> fmt::Debug for Poller<E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").field("sequence", &self.sequence()).finish_non_exhaustive()
    }
}
