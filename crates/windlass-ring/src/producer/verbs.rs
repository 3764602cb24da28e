//! The verbs that all producers have.

use alloc::boxed::Box;
use core::fmt;

use windlass_sync::Deadline;
use windlass_sync::sync::Arc;

use super::claim::Claim;
use super::forgotten::skip_forgotten;
use super::giving_way::GivingWay;
use super::held::Held;
use super::sequencer::{Multi, Sequencer};
use super::waiting::{Waiting, claim_anew, wait_for_room};
use crate::error::{BatchError, ClaimError, Closed, PublishError};
use crate::head::Refusal;
use crate::life::Poison;
use crate::sequence::Sequence;
use crate::slots::{Claimed, Position, Slots};
use crate::state::State;
use crate::wait::Pacer;

/// A producer: [`Producer`](crate::Producer) or [`MultiProducer`](crate::MultiProducer).
///
/// The `try_` verbs never wait; the plain ones wait, by the producers' strategy, until the slowest
/// consumer makes room; those with a time wait for at most that long. No verb allocates.
pub struct ProducerOf<E, S: Sequencer> {
    /// Something until the producer is dropped, which hands it on.
    ring: Option<Arc<State<E>>>,
    sequencer: S,
    /// Boxed: publishing needs none of it, and a producer stays small.
    waiting: Box<Waiting>,
}

impl<E, S: Sequencer> ProducerOf<E, S> {
    pub(crate) fn new(ring: Arc<State<E>>, sequencer: S, pacer: Pacer, key: u64) -> Self {
        Self { ring: Some(ring), sequencer, waiting: Box::new(Waiting::new(pacer, key)) }
    }

    /// What the handles of the ring share.
    #[inline(always)]
    fn ring(&self) -> &State<E> {
        shared(&self.ring)
    }

    /// Writes one event and publishes it; waits while the ring is full.
    ///
    /// `write` sees the event that was in the slot a lap ago. If it panics, nothing is published.
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

    /// How many slots the ring has: what was asked for, rounded up to whole blocks.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "was made of a usize")]
    pub fn capacity(&self) -> usize {
        self.ring().storage.capacity() as usize
    }

    /// How many events are claimed and not released by every consumer; without a consumer, those
    /// that are still being written. Another thread may change that at any time.
    #[must_use]
    pub fn fill(&self) -> usize {
        usize::try_from(self.ring().fill()).unwrap_or(usize::MAX)
    }

    /// How many events could be published now. Consumers may make it more at any time; only other
    /// producers can make it less.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.capacity() - self.fill()
    }

    /// The sequence that the next event would have.
    #[must_use]
    pub fn next_sequence(&self) -> Sequence {
        Sequence::new(self.ring().head.claimed())
    }

    /// Refuses all further events, from this producer and any other, and lets consumers drain.
    pub fn close(&mut self) {
        self.ring().close();
    }

    /// Whether the ring takes no more events.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.ring().life.is_closed()
    }

    /// Why the ring ended before its time, if it did.
    #[must_use]
    pub fn poison(&self) -> Option<Poison> {
        self.ring().life.cause()
    }

    /// What becomes of a batch that claims nothing: none at all, or more than the ring holds.
    #[inline]
    fn unfit(&self, n: usize) -> Option<Result<Sequence, usize>> {
        if n == 0 {
            return Some(Ok(self.next_sequence()));
        }
        if self.capacity() < n { Some(Err(self.capacity())) } else { None }
    }

    fn check(&self, n: usize) -> Result<(), ClaimError> {
        if n == 0 {
            return Err(ClaimError::NoSlots);
        }
        let capacity = self.capacity();
        if capacity < n { Err(ClaimError::TooLarge { n, capacity }) } else { Ok(()) }
    }

    #[inline(always)]
    fn publish_until<F: FnOnce(&mut E)>(
        &mut self,
        deadline: Deadline,
        write: F,
    ) -> Result<Sequence, PublishError<F>> {
        let (ring, sequencer, _) = self.all();
        match sequencer.claim_at_once(ring, 1) {
            Some(claimed) => Ok(write_one(ring, sequencer, claimed, write)),
            None => self.publish_waiting(deadline, write),
        }
    }

    /// Publishes when the quick way has failed. The last call of its caller, as all that follows a
    /// quick way: so that has nothing to keep over a call, and no register to save.
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

    /// What publishing needs, bound once: so it stays in registers across barriers.
    #[inline(always)]
    fn all(&mut self) -> (&State<E>, &mut S, &mut Waiting) {
        (shared(&self.ring), &mut self.sequencer, &mut self.waiting)
    }

    #[cfg(feature = "std")]
    pub(crate) fn parts(&mut self) -> (&State<E>, &mut S, u64) {
        (shared(&self.ring), &mut self.sequencer, self.waiting.key())
    }
}

#[inline(always)]
fn claimed_now<E, S: Sequencer>(
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
fn claimed_until<E, S: Sequencer>(
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

impl<E> Clone for ProducerOf<E, Multi> {
    /// Another producer of the same ring, for a thread of its own.
    fn clone(&self) -> Self {
        let number = self.ring().head.enter();
        Self {
            ring: self.ring.clone(),
            sequencer: self.sequencer.clone(),
            waiting: Box::new(self.waiting.another(number)),
        }
    }
}

/// What a producer shares; it does until it is dropped.
#[inline(always)]
fn shared<E>(ring: &Option<Arc<State<E>>>) -> &State<E> {
    match ring {
        Some(ring) => ring,
        None => unreachable!("a producer shares its ring until it is dropped"),
    }
}

/// The last producer to leave closes the ring; what was claimed and is unpublished stays so.
#[expect(clippy::needless_pass_by_value, reason = "no pointer into the producer leaves it")]
fn leave<E>(ring: Arc<State<E>>) {
    if ring.head.leave() {
        skip_forgotten(&ring);
        ring.close();
    }
}

impl<E, S: Sequencer> Drop for ProducerOf<E, S> {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(ring) = self.ring.take() {
            leave(ring);
        }
    }
}

impl<E, S: Sequencer> fmt::Debug for ProducerOf<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("next", &self.next_sequence()).finish_non_exhaustive()
    }
}

impl Refusal {
    fn publish<F>(self, refused: F) -> PublishError<F> {
        match self {
            Self::Full => PublishError::Full(refused),
            Self::Closed => PublishError::Closed(refused),
        }
    }

    fn claim(self) -> ClaimError {
        match self {
            Self::Full => ClaimError::Full,
            Self::Closed => ClaimError::Closed,
        }
    }
}
