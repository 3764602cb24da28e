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

use super::giving_way::GivingWay;
use super::lines::Lines;
use crate::head::Refusal;
use crate::sequence::Sequence;
use crate::slots::{Claimed, Geometry, Position};
use crate::state::State;

/// Blocks that one of several producers asks for ahead of its writes.
const PREFETCH: u32 = 4;

/// How a producer claims: [`Single`] or [`Multi`]. This trait is sealed.
pub trait Sequencer: sealed::Claims + Clone {}

/// Claims of the only producer.
///
/// It keeps a copy of what it announced: reading one's own last store back from a shared line takes
/// longer than everything else in a claim.
#[derive(Debug, Clone)]
pub struct Single {
    /// The sequence of the first slot of the block of the next slot. With it, and not with the sequence of
    /// the next slot itself, most events change nothing but the place.
    block_from: u64,
    /// The block of the next slot.
    block: u32,
    /// The place of the next slot in that block.
    offset: u32,
    /// The lines that it has taken ahead of its writes.
    lines: Lines,
}

/// Claims of one of several producers.
#[derive(Debug, Clone)]
pub struct Multi {
    /// Behind the last claim, which is where the next one will be unless others claim as well.
    at: Position,
    /// Claims must end at this sequence or before.
    limit: u64,
}

impl Single {
    pub(crate) fn new<E>(at: Position, blocks: u32) -> Self {
        let lines = Lines::new::<E>(blocks);
        let mut single = Self { block_from: 0, block: 0, offset: 0, lines };
        single.set(&at);
        single
    }

    /// The sequence of the next slot.
    #[inline(always)]
    fn sequence(&self) -> u64 {
        self.block_from + u64::from(self.offset)
    }

    /// Goes on from `at`.
    #[inline(always)]
    fn set(&mut self, at: &Position) {
        self.block_from = at.sequence - u64::from(at.offset);
        self.block = at.block;
        self.offset = at.offset;
    }

    /// The next slot.
    #[inline(always)]
    fn at(&self) -> Position {
        Position { sequence: self.sequence(), block: self.block, offset: self.offset, lap: 0 }
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
    #[inline(always)]
    fn reserve_at_once<E>(&mut self, ring: &State<E>, n: u64) -> Option<Position> {
        let at = self.at();
        // If this fails, the announcement stands until `reserve` takes it back.
        ring.head.announce(at.sequence + n).then_some(at)
    }

    fn reserve<E>(
        &mut self,
        ring: &State<E>,
        n: u64,
        _giving_way: GivingWay,
    ) -> Result<Position, Refusal> {
        let at = self.at();
        if !ring.head.announce(at.sequence + n) {
            reserve_anew(ring, at.sequence, n)?;
        }
        Ok(at)
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most a block")]
    fn steps<E>(&mut self, ring: &State<E>, from: Position, n: u64) -> bool {
        let per_block = Geometry::<E>::PER_BLOCK as u64;
        let behind = u64::from(from.offset) + n;
        if behind < per_block {
            self.offset = behind as u32;
            return true;
        }
        if n != 1 || !self.lines.steps(ring, from.block, from.sequence) {
            return false;
        }
        self.offset = 0;
        self.block_from += per_block;
        let next = from.block + 1;
        self.block = if next == ring.storage.shape().blocks { 0 } else { next };
        true
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most the capacity")]
    fn go_on<E>(&mut self, ring: &State<E>, n: u64) -> u64 {
        let first = self.at().sequence;
        let per_block = Geometry::<E>::PER_BLOCK as u64;
        let behind = u64::from(self.offset) + n;
        if behind < per_block {
            self.offset = behind as u32;
        } else if n == 1 {
            // Of one event, which is by far the most frequent, the compiler need not divide.
            self.offset = 0;
            self.next_block(ring, 1);
        } else {
            self.offset = (behind % per_block) as u32;
            self.next_block(ring, (behind / per_block) as u32);
        }
        first
    }

    #[inline(always)]
    fn go_back(&mut self, claimed: &Claimed) {
        self.set(&claimed.at);
    }

    #[inline(always)]
    fn mark<E>(ring: &State<E>, claimed: Claimed) {
        ring.storage.publish_marked(claimed);
    }

    fn give_up<E>(ring: &State<E>, claimed: Claimed) {
        ring.retract(claimed.at.sequence);
    }
}

impl Single {
    /// Goes on by so many blocks.
    #[inline(always)]
    fn next_block<E>(&mut self, ring: &State<E>, blocks: u32) {
        self.block_from += u64::from(blocks) * Geometry::<E>::PER_BLOCK as u64;
        self.block += blocks;
        let all = ring.storage.shape().blocks;
        if self.block >= all {
            self.block -= all;
        }
        self.lines.go_on(ring, blocks, self.block, self.block_from);
    }
}

impl Multi {
    /// After a guess that was wrong: another producer is at it.
    #[cold]
    fn guess_anew<E>(
        &mut self,
        ring: &State<E>,
        lost: &mut u32,
        giving_way: GivingWay,
    ) -> Result<(), Refusal> {
        giving_way.stand_back(*lost, |cores| ring.crowded(cores));
        *lost += 1;
        let from = ring.head.open_claims()?;
        ring.storage.shape().jump::<E>(&mut self.at, from);
        Ok(())
    }
}

/// Reserves for the only producer, after asking the consumers for room.
#[cold]
fn reserve_anew<E>(ring: &State<E>, sequence: u64, n: u64) -> Result<(), Refusal> {
    let end = sequence + n;
    ring.retract(sequence);
    let limit = room(ring, end)?;
    ring.head.raise(limit)?;
    if limit < end {
        return Err(Refusal::Full);
    }
    if ring.head.announce(end) {
        return Ok(());
    }
    ring.retract(sequence);
    Err(Refusal::Closed)
}

impl sealed::Claims for Multi {
    #[inline(always)]
    fn reserve_at_once<E>(&mut self, ring: &State<E>, n: u64) -> Option<Position> {
        let at = self.at;
        let end = at.sequence + n;
        (end <= self.limit && ring.head.claim(at.sequence, end)).then_some(at)
    }

    fn reserve<E>(
        &mut self,
        ring: &State<E>,
        n: u64,
        giving_way: GivingWay,
    ) -> Result<Position, Refusal> {
        let mut lost = 0;
        // Who comes here behind `reserve_at_once` may have lost a claim: the same guess would lose again.
        if ring.head.open_claims()? != self.at.sequence {
            self.guess_anew(ring, &mut lost, giving_way)?;
        }
        loop {
            let from = self.at.sequence;
            let end = from + n;
            if self.limit < end {
                self.limit = self.limit.max(room(ring, end)?);
                if self.limit < end {
                    return Err(Refusal::Full);
                }
            }
            if ring.head.claim(from, end) {
                break;
            }
            self.guess_anew(ring, &mut lost, giving_way)?;
        }
        Ok(self.at)
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most a block")]
    fn steps<E>(&mut self, _ring: &State<E>, from: Position, n: u64) -> bool {
        let behind = u64::from(from.offset) + n;
        let steps = behind < Geometry::<E>::PER_BLOCK as u64;
        if steps {
            self.at = Position { sequence: from.sequence + n, offset: behind as u32, ..from };
        }
        steps
    }

    #[inline]
    fn go_on<E>(&mut self, ring: &State<E>, n: u64) -> u64 {
        let (first, block) = (self.at.sequence, self.at.block);
        if n == 1 {
            ring.storage.shape().step_in_block::<E>(&mut self.at, 1);
        } else {
            ring.storage.shape().jump::<E>(&mut self.at, first + n);
        }
        // Only lines that consumers are done with, as for a single producer.
        let ahead = (PREFETCH as u64 + 1) * Geometry::<E>::PER_BLOCK as u64;
        if self.at.block != block && self.at.sequence + ahead <= self.limit {
            ring.storage.prefetch(self.at.block, PREFETCH, 1);
        }
        first
    }

    /// Nothing to do: others may have claimed behind it, and where it goes on is a guess anyway.
    #[inline(always)]
    fn go_back(&mut self, _claimed: &Claimed) {}

    #[inline(always)]
    fn mark<E>(ring: &State<E>, claimed: Claimed) {
        ring.storage.publish_stamped(claimed);
    }

    fn give_up<E>(ring: &State<E>, claimed: Claimed) {
        ring.storage.skip(claimed);
        ring.head.published.notify();
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
    use super::super::giving_way::GivingWay;
    use crate::head::Refusal;
    use crate::slots::{Claimed, Position};
    use crate::state::State;

    pub trait Claims: Send + Sized {
        /// Reserves `n` slots, at least 1 and at most the capacity, if they are known to be free and
        /// nobody else claims; says where. This is the path of nearly every event.
        fn reserve_at_once<E>(&mut self, ring: &State<E>, n: u64) -> Option<Position>;
        /// Reserves `n` slots, at least 1 and at most the capacity, if they are free; says where.
        fn reserve<E>(
            &mut self,
            ring: &State<E>,
            n: u64,
            giving_way: GivingWay,
        ) -> Result<Position, Refusal>;
        /// Goes on behind the `n` slots that were reserved last. Returns the sequence of the first.
        fn go_on<E>(&mut self, ring: &State<E>, n: u64) -> u64;
        /// As `go_on`, if there is little to do; otherwise nothing happens. Says which. It is told
        /// where the slots are: what was read before a barrier need not be read again.
        fn steps<E>(&mut self, ring: &State<E>, from: Position, n: u64) -> bool;
        /// Goes back to where this was claimed, which is given up.
        fn go_back(&mut self, claimed: &Claimed);

        /// Claims `n` slots by `reserve_at_once`.
        #[inline(always)]
        fn claim_at_once<E>(&mut self, ring: &State<E>, n: usize) -> Option<Claimed> {
            let at = self.reserve_at_once(ring, n as u64)?;
            Some(ring.storage.claimed(at, n))
        }

        /// Claims `n` slots, at least 1 and at most the capacity, if they are free.
        #[inline]
        fn try_claim<E>(
            &mut self,
            ring: &State<E>,
            n: usize,
            giving_way: GivingWay,
        ) -> Result<Claimed, Refusal> {
            let at = self.reserve(ring, n as u64, giving_way)?;
            Ok(ring.storage.claimed(at, n))
        }

        /// Makes a claimed range readable.
        fn mark<E>(ring: &State<E>, claimed: Claimed);
        /// Gives a claimed range up: takes it back, or publishes it as skipped.
        fn give_up<E>(ring: &State<E>, claimed: Claimed);
    }
}
