//! What a producer is: its part in a ring, which the last one to leave closes.

use alloc::boxed::Box;
use core::fmt;

use windlass_sync::sync::Arc;

use super::forgotten::skip_forgotten;
use super::sequencer::{Multi, Sequencer};
use super::waiting::Waiting;
use crate::life::Poison;
use crate::sequence::Sequence;
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

    /// What publishing needs, bound once: so it stays in registers across barriers.
    #[inline(always)]
    pub(super) fn all(&mut self) -> (&State<E>, &mut S, &mut Waiting) {
        (shared(&self.ring), &mut self.sequencer, &mut self.waiting)
    }

    #[cfg(feature = "std")]
    pub(crate) fn parts(&mut self) -> (&State<E>, &mut S, u64) {
        (shared(&self.ring), &mut self.sequencer, self.waiting.key())
    }
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
