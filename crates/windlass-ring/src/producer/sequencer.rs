//! Who gets which slots: claiming for one producer and for several.
//!
//! A producer keeps the end of the free slots that it knows of, and asks the consumers' cursors
//! again only when a claim would go beyond. One producer's claim is a plain store that announces
//! it; several producers' claim is one exchange on a shared counter.
//!
//! This module is free of unsafe code: what it hands to the storage are [`Claimed`] ranges, and
//! that no two of them overlap is the whole of its duty.
//!
//! # Source
//!
//! Cached gate: the LMAX Disruptor's `cachedValue`, Rigtorp's `SPSCQueue`. Ideas only.
#![allow(private_interfaces, reason = "the trait is sealed: nobody outside can call its methods")]

use crate::head::{Refusal, open};
use crate::sequence::Sequence;
use crate::slots::{Claimed, Geometry, Position};
use crate::state::State;

/// Blocks that a single producer asks for ahead of its writes.
const PREFETCH: u32 = 4;

/// How a producer claims: [`Single`] or [`Multi`]. This trait is sealed.
pub trait Sequencer: sealed::Claims {}

/// Claims of the only producer.
#[derive(Debug)]
pub struct Single {
    at: Position,
    /// Whether the ring is large enough for asking for lines ahead of the writes.
    prefetches: bool,
}

/// Claims of one of several producers.
#[derive(Debug, Clone)]
pub struct Multi {
    /// Where the last claim was.
    at: Position,
    /// Claims must end at this sequence or before.
    limit: u64,
}

impl Single {
    pub(crate) fn new(at: Position, blocks: u32) -> Self {
        Self { at, prefetches: blocks >= 4 * PREFETCH }
    }
}

impl Multi {
    pub(crate) fn new(at: Position) -> Self {
        Self { at, limit: at.sequence }
    }
}

impl Sequencer for Single {}
impl Sequencer for Multi {}

impl sealed::Claims for Single {
    #[inline]
    fn try_claim<E>(&mut self, ring: &State<E>, n: u64) -> Result<Claimed, Refusal> {
        let end = self.at.sequence + n;
        if ring.head.announce(end) {
            return Ok(claimed(self.at, n));
        }
        ring.head.retract(self.at.sequence);
        let gate = room(ring, end)?;
        ring.head.raise(gate)?;
        if ring.head.announce(end) {
            return Ok(claimed(self.at, n));
        }
        ring.head.retract(self.at.sequence);
        Err(if ring.life.is_closed() { Refusal::Closed } else { Refusal::Full })
    }

    #[inline]
    fn publish<E>(&mut self, ring: &State<E>, claimed: Claimed) {
        let n = claimed.n;
        let block = self.at.block;
        ring.storage.publish(claimed);
        advance::<E>(ring, &mut self.at, n);
        if self.prefetches && block != self.at.block {
            // Only lines that consumers are done with: the others would be taken from them.
            let ahead = u64::from(PREFETCH + 1) * Geometry::<E>::PER_BLOCK as u64;
            if self.at.sequence + ahead <= ring.head.limit() {
                ring.storage.prefetch(&self.at, PREFETCH);
            }
        }
        ring.head.published.notify();
    }

    fn abandon<E>(&mut self, ring: &State<E>, _claimed: Claimed) {
        ring.head.retract(self.at.sequence);
    }

    fn next<E>(&self, _ring: &State<E>) -> u64 {
        self.at.sequence
    }
}

impl sealed::Claims for Multi {
    #[inline]
    fn try_claim<E>(&mut self, ring: &State<E>, n: u64) -> Result<Claimed, Refusal> {
        let mut from = ring.head.open_claims()?;
        loop {
            let end = from + n;
            if self.limit < end {
                self.limit = self.limit.max(room(ring, end)?);
                if self.limit < end {
                    return Err(Refusal::Full);
                }
            }
            match ring.head.claim(from, end) {
                Ok(()) => {
                    ring.storage.shape().jump::<E>(&mut self.at, from);
                    return Ok(claimed(self.at, n));
                }
                Err(now) => from = open(now)?,
            }
        }
    }

    #[inline]
    fn publish<E>(&mut self, ring: &State<E>, claimed: Claimed) {
        ring.storage.publish(claimed);
        ring.head.published.notify();
    }

    fn abandon<E>(&mut self, ring: &State<E>, claimed: Claimed) {
        ring.storage.skip(claimed);
        ring.head.published.notify();
    }

    fn next<E>(&self, ring: &State<E>) -> u64 {
        ring.head.claimed()
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most the capacity")]
fn claimed(at: Position, n: u64) -> Claimed {
    Claimed { at, n: n as usize }
}

#[inline]
fn advance<E>(ring: &State<E>, at: &mut Position, n: usize) {
    if n == 1 {
        ring.storage.shape().step_in_block::<E>(at, 1);
    } else {
        ring.storage.shape().jump::<E>(at, at.sequence + n as u64);
    }
}

/// The sequence at which claims must end, asked of the consumers.
#[cold]
fn room<E>(ring: &State<E>, end: u64) -> Result<u64, Refusal> {
    if ring.life.is_closed() {
        return Err(Refusal::Closed);
    }
    if Sequence::MAX.get() < end {
        ring.close();
        return Err(Refusal::Closed);
    }
    let limit = (ring.gate() + ring.storage.capacity()).min(Sequence::MAX.get());
    let fill = ring.head.claimed().saturating_sub(limit - ring.storage.capacity());
    ring.head.note_fill(fill, limit < end);
    Ok(limit)
}

pub(crate) mod sealed {
    use crate::head::Refusal;
    use crate::slots::Claimed;
    use crate::state::State;

    pub trait Claims: Send + Sized {
        /// Claims `n` slots, at least 1 and at most the capacity, if they are free.
        fn try_claim<E>(&mut self, ring: &State<E>, n: u64) -> Result<Claimed, Refusal>;
        /// Makes a claimed range readable.
        fn publish<E>(&mut self, ring: &State<E>, claimed: Claimed);
        /// Gives a claimed range up: takes it back, or publishes it as skipped.
        fn abandon<E>(&mut self, ring: &State<E>, claimed: Claimed);
        /// The sequence that the next claim would begin with.
        fn next<E>(&self, ring: &State<E>) -> u64;
    }
}
