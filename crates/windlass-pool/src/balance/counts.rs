//! How many messages came for each slot, about.
//!
//! One message in sixteen, picked by chance, counts for sixteen. So each counts with the same chance, the sums
//! are right on average, and a batch costs a subtraction.

use alloc::boxed::Box;
use alloc::collections::VecDeque;

use windlass_partition::SLOTS;
use windlass_sync::atomic::{AtomicU64, Ordering};

use crate::letter::Letter;
use crate::random::Random;

/// Messages by slot; written by one worker.
pub(crate) struct SlotCounts(Box<[AtomicU64]>);

impl SlotCounts {
    pub(crate) fn new() -> Self {
        Self((0..SLOTS).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn get(&self, slot: usize) -> u64 {
        // ORDERING: Relaxed. A number to show.
        self.0[slot].load(Ordering::Relaxed)
    }

    fn add(&self, slot: usize, messages: u64) {
        // ORDERING: Relaxed. One thread writes it, and nothing depends on it.
        self.0[slot].store(self.get(slot) + messages, Ordering::Relaxed);
    }
}

/// Messages that are counted by one, on average.
const STEP: u64 = 16;

/// Picks the messages that count.
pub(crate) struct Sampler {
    /// Messages to go past before the next one that counts.
    skip: usize,
    random: Random,
}

impl Sampler {
    /// Another worker looks at other places.
    pub(crate) fn new(worker: usize) -> Self {
        Self { skip: 0, random: Random::new(worker as u64) }
    }

    /// Takes note of the first messages of the hand, which are about to be handled.
    #[inline]
    pub(crate) fn note<M>(
        &mut self,
        hand: &VecDeque<Letter<M>>,
        messages: usize,
        counts: &SlotCounts,
    ) {
        if self.skip < messages {
            self.look(hand, messages, counts);
        } else {
            self.skip -= messages;
        }
    }

    #[inline(never)]
    fn look<M>(&mut self, hand: &VecDeque<Letter<M>>, messages: usize, counts: &SlotCounts) {
        let mut at = self.skip;
        while at < messages {
            if let Some(letter) = hand.get(at)
                && usize::from(letter.slot) < SLOTS
            {
                counts.add(usize::from(letter.slot), STEP);
            }
            // From 1 to 31: a fixed step would fall in with a rhythm of the messages.
            at += 1 + usize::try_from(self.random.below(2 * STEP - 1)).unwrap_or(0);
        }
        self.skip = at - messages;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(batch: usize, messages: usize, slot_of: impl Fn(usize) -> u16) -> SlotCounts {
        let (counts, mut sampler) = (SlotCounts::new(), Sampler::new(0));
        for first in (0..messages).step_by(batch) {
            let letter =
                |message| Letter { slot: slot_of(message), is_high: false, sent: 0, message };
            let hand: VecDeque<Letter<usize>> = (first..first + batch).map(letter).collect();
            sampler.note(&hand, batch, &counts);
        }
        counts
    }

    #[test]
    #[cfg_attr(miri, ignore = "many messages, and nothing that it could find")]
    fn counts_are_about_right_whatever_the_size_of_batches() {
        for batch in [1, 3, 16, 64, 100] {
            let messages = 192_000 / batch * batch;
            // One half, a quarter, a quarter; in a rhythm that a fixed step would fall in with.
            let counts = counted(batch, messages, |n| [0, 1, 0, 2][n % 4]);
            for (slot, share) in [(0, 2), (1, 1), (2, 1)] {
                let (count, exact) = (counts.get(slot), (messages * share / 4) as u64);
                let off = count.abs_diff(exact);
                assert!(off * 20 < exact, "batches of {batch}: {count} of {exact} in {slot}");
            }
            let all: u64 = (0..3).map(|slot| counts.get(slot)).sum();
            assert!(all.abs_diff(messages as u64) * 20 < messages as u64, "{all} of {messages}");
        }
    }

    #[test]
    fn messages_without_a_key_are_not_counted() {
        use crate::letter::{ANY_SLOT, NO_SLOT};

        let counts = counted(16, 1600, |at| if at % 2 == 0 { NO_SLOT } else { ANY_SLOT });
        assert_eq!((0..SLOTS).map(|slot| counts.get(slot)).sum::<u64>(), 0, "they have no slot");
    }
}
