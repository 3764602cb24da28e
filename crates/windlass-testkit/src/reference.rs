//! A ring as its documentation describes it, without threads, blocks or atomics.
//!
//! A deque of what is kept, and a position for each consumer. Tests run the same operations on this
//! and on the real ring, and compare every answer.

use std::collections::{BTreeMap, VecDeque};

/// A ring of `u64` events with consumers that do not depend on each other.
#[derive(Debug, Clone)]
pub struct Reference {
    capacity: u64,
    /// What may still be asked for, oldest first; `None` is a slot without an event.
    kept: VecDeque<Option<u64>>,
    /// The sequence of the next event.
    next: u64,
    /// The first sequence that each consumer has not released.
    consumers: BTreeMap<usize, u64>,
    closed: bool,
}

/// Why the reference took no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// More than it can ever hold.
    TooLarge,
    /// No room for all of them now.
    Full,
    /// It takes nothing any more.
    Closed,
}

impl Reference {
    /// An empty ring whose consumers are numbered from 0.
    #[must_use]
    pub fn new(capacity: usize, consumers: usize, first: u64) -> Self {
        Self {
            capacity: capacity as u64,
            kept: VecDeque::new(),
            next: first,
            consumers: (0..consumers).map(|number| (number, first)).collect(),
            closed: false,
        }
    }

    /// Publishes events, all or none; `None` stands for a skipped slot.
    ///
    /// # Errors
    ///
    /// [`Refused`]
    pub fn publish(&mut self, events: &[Option<u64>]) -> Result<u64, Refused> {
        let n = events.len() as u64;
        if n == 0 {
            return Ok(self.next);
        }
        if self.capacity < n {
            return Err(Refused::TooLarge);
        }
        if self.closed {
            return Err(Refused::Closed);
        }
        if self.remaining() < n {
            return Err(Refused::Full);
        }
        let first = self.next;
        self.next += n;
        self.kept.extend(events);
        while self.capacity < self.kept.len() as u64 {
            self.kept.pop_front();
        }
        Ok(first)
    }

    /// Events that the slowest consumer has not released.
    #[must_use]
    pub fn fill(&self) -> u64 {
        self.consumers.values().map(|at| self.next - at).max().unwrap_or(0)
    }

    /// How many events could be published.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.capacity - self.fill()
    }

    /// The sequence of the next event.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The first sequence that consumer `number` has not released.
    ///
    /// # Panics
    ///
    /// If there is no such consumer.
    #[must_use]
    pub fn position(&self, number: usize) -> u64 {
        self.consumers[&number]
    }

    /// The events, with their sequences, that consumer `number` has not released, `most` slots
    /// from `from` on.
    ///
    /// # Panics
    ///
    /// If there is no such consumer, or the events are no longer kept.
    #[must_use]
    pub fn pending(&self, number: usize, most: u64) -> Vec<(u64, u64)> {
        let from = self.position(number);
        let oldest = self.next - self.kept.len() as u64;
        assert!(oldest <= from, "a consumer's events are kept");
        let slots =
            self.kept.iter().zip(oldest..).skip(usize::try_from(from - oldest).unwrap_or(0));
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        slots.take(most).filter_map(|(event, at)| event.map(|event| (at, event))).collect()
    }

    /// Consumer `number` releases everything before `sequence`.
    ///
    /// # Panics
    ///
    /// If that is backwards, or beyond the end.
    pub fn release(&mut self, number: usize, sequence: u64) {
        let at = self.position(number);
        assert!(at <= sequence && sequence <= self.next, "forward, and not beyond the end");
        self.consumers.insert(number, sequence);
    }

    /// A consumer joins at `sequence`. Returns whether it may: from the slowest consumer on, or,
    /// without a consumer, at the end.
    pub fn join(&mut self, number: usize, sequence: u64) -> bool {
        let kept = sequence <= self.next && self.next - sequence <= self.kept.len() as u64;
        if kept {
            self.consumers.insert(number, sequence);
        }
        kept
    }

    /// Consumer `number` leaves.
    pub fn leave(&mut self, number: usize) {
        self.consumers.remove(&number);
    }

    /// How many consumers there are.
    #[must_use]
    pub fn consumers(&self) -> usize {
        self.consumers.len()
    }

    /// Takes no more events.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether it takes no more events.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_consumer_makes_it_full() {
        let mut ring = Reference::new(2, 2, 0);
        assert_eq!(ring.publish(&[Some(1), Some(2)]), Ok(0), "room for two");
        ring.release(0, 2);
        assert_eq!(ring.publish(&[Some(3)]), Err(Refused::Full), "consumer 1 holds both");
        ring.release(1, 1);
        assert_eq!(ring.publish(&[Some(3)]), Ok(2), "one is free");
        assert_eq!(ring.pending(1, 9), [(1, 2), (2, 3)], "in order");
        assert_eq!(ring.pending(0, 9), [(2, 3)], "only the new one");
    }

    #[test]
    fn skipped_slots_count_but_are_not_seen() {
        let mut ring = Reference::new(4, 1, 0);
        assert_eq!(ring.publish(&[None, Some(7), None]), Ok(0), "three slots");
        assert_eq!((ring.fill(), ring.pending(0, 9)), (3, vec![(1, 7)]), "one event");
    }

    #[test]
    fn a_closed_ring_refuses_and_drains() {
        let mut ring = Reference::new(2, 1, 5);
        assert_eq!(ring.publish(&[Some(1)]), Ok(5), "open");
        ring.close();
        assert_eq!(ring.publish(&[Some(2)]), Err(Refused::Closed), "closed");
        assert_eq!(ring.publish(&[]), Ok(6), "nothing is never refused");
        assert_eq!(ring.pending(0, 9), [(5, 1)], "what was there stays");
    }
}
