//! The numbers, from what senders and receivers wrote.

use windlass_sync::atomic::Ordering;

use super::{Manner, SwapStore};
use crate::paths::Paths;
use crate::stats::Stats;

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Messages in cells that a receiver would still get.
    pub(super) fn count_cells(&self) -> usize {
        if L::FRESHEST {
            // Which ones were taken only cells tell.
            return (0..self.capacity()).filter(|&index| self.pool.look(index).is_full()).count();
        }
        let waiting = self.tail().saturating_sub(self.head());
        usize::try_from(waiting).unwrap_or(usize::MAX).min(self.capacity())
    }

    pub(super) fn count(&self) -> Stats {
        // ORDERING: Relaxed, all of them. Numbers that are exact when nobody is at work.
        let delivered = self.received.delivered.load(Ordering::Relaxed);
        let passed_over = self.received.passed_over.load(Ordering::Relaxed);
        let in_hand = self.received.in_hand.load(Ordering::Relaxed);
        let left = self.received.left.load(Ordering::Relaxed);
        let accepted = self.tail() - self.rest.origin;
        let in_cells = if P::MANY_RECEIVERS && !L::FRESHEST {
            let evicted = self.sent.evicted.load(Ordering::Relaxed);
            // Senders between claim and put have not counted what makes room for them.
            let there = accepted.saturating_sub(delivered + passed_over + left + in_hand + evicted);
            there.min(self.capacity() as u64)
        } else {
            self.count_cells() as u64
        };
        let held = in_cells + in_hand;
        let gone = delivered + passed_over + left + held;
        let was_full = self.sent.was_full.load(Ordering::Relaxed);
        let seen = if was_full { self.capacity() as u64 } else { in_cells };
        let high_water = self.rest.high_water.fetch_max(seen, Ordering::Relaxed).max(seen);
        Stats {
            accepted,
            delivered,
            overwritten: accepted.saturating_sub(gone),
            passed_over,
            left,
            held,
            high_water,
            ..Stats::default()
        }
    }
}
