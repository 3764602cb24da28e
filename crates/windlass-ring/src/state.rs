//! A ring as its handles share it: the slots, and the sequencing over them.

use alloc::string::{String, ToString};

use windlass_sync::{CachePadded, EventCount};

use crate::graph::{Blocker, Graph};
use crate::head::Head;
use crate::life::{Life, Poison};
use crate::sequence::Sequence;
use crate::slots::{Marking, Position, Storage};

/// What all handles of a ring share.
pub(crate) struct State<E> {
    pub(crate) storage: Storage<E>,
    pub(crate) graph: Graph,
    pub(crate) head: Head,
    pub(crate) life: Life,
    /// Rung when a stage's thread ends.
    pub(crate) ended: CachePadded<EventCount>,
}

impl<E> State<E> {
    /// Up to where a consumer at `at` may read, `most` slots ahead at most.
    #[inline(always)]
    pub(crate) fn available(&self, after: &[usize], at: &Position, most: u64) -> u64 {
        if after.is_empty() {
            self.scan(at, at.sequence + most)
        } else {
            self.available_after(after, at, most)
        }
    }

    #[inline(never)]
    fn available_after(&self, after: &[usize], at: &Position, most: u64) -> u64 {
        let upstream = self.graph.upstream(after);
        let end = upstream.limit.min(at.sequence + most);
        if upstream.producers && at.sequence < end { self.scan(at, end) } else { end }
    }

    /// The end of what is published without a gap from `at` on, `end` at most.
    #[inline(always)]
    fn scan(&self, at: &Position, end: u64) -> u64 {
        let mut at = *at;
        while at.sequence < end {
            let ready = self.storage.ready(&at);
            self.storage.shape().step_in_block::<E>(&mut at, ready);
            // Short of the end of its block: looking at it again would find nothing more.
            if ready == 0 || at.offset != 0 {
                break;
            }
        }
        at.sequence.min(end)
    }

    /// Whether `n` events from `at` on, less than a lap, are all published, if that can be told from
    /// the last one alone.
    pub(crate) fn published_in_order(&self, at: &Position, n: u64) -> bool {
        let mut last = *at;
        self.storage.shape().jump::<E>(&mut last, at.sequence + n - 1);
        self.storage.in_order() && self.storage.ready(&last) > 0
    }

    /// Whether a consumer at `sequence` has nothing more to expect.
    #[inline]
    pub(crate) fn ended_at(&self, sequence: u64) -> bool {
        self.life.is_sealed() && self.head.claimed() <= sequence
    }

    /// The bell that rings when this party moves.
    pub(crate) fn bell(&self, blocker: Blocker) -> &EventCount {
        match blocker {
            Blocker::Producers => &self.head.published,
            Blocker::Node(index) => &self.graph.node(index).released,
        }
    }

    /// Who keeps a consumer after these nodes from the event at `sequence`; nobody, if it is there
    /// by now.
    ///
    /// Whoever waits sleeps at the bell of the party that this names, and only if it is named still
    /// once the sleeper is registered there. That there is nothing and whose fault it is must come
    /// from one look: two looks may see one party behind and then name another one, which has
    /// nothing left to do.
    pub(crate) fn keeps_back(&self, after: &[usize], sequence: u64) -> Option<Blocker> {
        let unpublished = || {
            let at = self.storage.shape().locate::<E>(sequence);
            (self.storage.ready(&at) == 0).then_some(Blocker::Producers)
        };
        self.graph.blocker(after, sequence).map(Blocker::Node).or_else(unpublished)
    }

    /// Who holds up a claim of `n` slots; nobody, if there is room by now. For sleeping, as
    /// `keeps_back`.
    pub(crate) fn holds_up(&self, n: usize) -> Option<Blocker> {
        let (gate, blocker) = match self.graph.gate() {
            Some((position, node)) => (position, Blocker::Node(node)),
            // Nobody gates: events that are still being written do.
            None => (self.published(self.graph.promised()), Blocker::Producers),
        };
        let full = gate + self.storage.capacity() < self.head.claimed() + n as u64;
        full.then_some(blocker)
    }

    /// The position up to which slots may be reused, as producers ask for it.
    pub(crate) fn gate(&self) -> u64 {
        self.graph.promise(|promised| {
            // Nobody gates: what is published may be overwritten, what is still being written
            // may not.
            self.published(promised)
        })
    }

    /// The position up to which everybody has released everything; without a consumer, the end of
    /// what may have been overwritten.
    pub(crate) fn unreleased(&self) -> u64 {
        self.graph.gate().map_or_else(|| self.graph.promised(), |(gate, _)| gate)
    }

    /// The end of what is published without a gap from `from` on, whose slot is not reused.
    pub(crate) fn published(&self, from: u64) -> u64 {
        let at = self.storage.shape().locate::<E>(from);
        self.scan(&at, self.head.claimed().max(from))
    }

    /// The end of what is published without a gap from `from` on, `end` at most. Slots may have
    /// been reused meanwhile.
    pub(crate) fn published_until(&self, from: u64, end: u64) -> u64 {
        let mut from = from;
        loop {
            // What was here a lap before the last claim was published: its slot was claimed again.
            from = from.max(self.head.claimed().saturating_sub(self.storage.capacity())).min(end);
            let found = self.scan(&self.storage.shape().locate::<E>(from), end);
            if found == end || self.head.claimed() <= found + self.storage.capacity() {
                return found;
            }
            from = found;
        }
    }

    /// Events in the ring: claimed, and not released by everybody.
    pub(crate) fn fill(&self) -> u64 {
        let claimed = self.head.claimed();
        let gate = match self.graph.gate() {
            Some((gate, _)) => gate,
            // Nobody gates: only what is still being written takes up room.
            None => self.published(self.graph.promised()),
        };
        claimed.saturating_sub(gate).min(self.storage.capacity())
    }

    /// The only producer takes a claim back.
    #[cold]
    pub(crate) fn retract(&self, end: u64) {
        if self.head.retract(end) {
            // It may have been the last thing that stages behind others waited for. They sleep at
            // the bells of those.
            self.wake_all();
        }
    }

    /// Refuses new claims, and wakes everybody who waits.
    pub(crate) fn close(&self) {
        self.life.close();
        if self.storage.marking() == Marking::Mark {
            self.head.close_single();
        } else {
            self.head.close_multi();
        }
        self.life.seal();
        self.wake_all();
    }

    /// Ends the ring with a cause.
    pub(crate) fn poison(&self, stage: &str, sequence: Option<u64>, message: String) {
        let sequence = sequence.map(Sequence::new);
        self.life.poison(Poison { stage: stage.to_string(), sequence, message });
        self.close();
    }

    /// Makes every consumer stop where it is.
    #[cfg(feature = "std")]
    pub(crate) fn abort(&self) {
        self.life.abort();
        self.close();
    }

    /// A consumer has left; without any, and nobody who may join, the ring closes.
    pub(crate) fn after_leaving(&self, last: bool) {
        if last && self.graph.joiners() == 0 {
            self.close();
        }
    }

    /// Whether more threads take part than there are cores.
    pub(crate) fn crowded(&self, cores: usize) -> bool {
        cores < self.graph.live() + self.head.producers()
    }

    /// Wakes everybody who waits.
    pub(crate) fn wake_all(&self) {
        self.head.published.notify();
        for node in self.graph.nodes() {
            node.released.notify();
        }
        self.ended.notify();
    }
}
