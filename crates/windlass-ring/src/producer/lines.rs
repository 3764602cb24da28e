//! Taking cache lines from the consumers' cores ahead of the writes.
//!
//! A producer that comes to a new block writes to a line which a consumer read last, and waits for
//! it. Stores leave a core in order, so it waits for each line on its own, unless several are wanted at
//! once. Here it wants a group at once: it stores into the header of each what is there already, and
//! asks for the lines of the group behind.
//!
//! Asking alone, by a prefetch for writing, does not do. On processors of AMD that were measured it does nothing
//! for a line that a core holds already, if only for reading, as it does its old ones. See the decision record on
//! taking lines.

use crate::slots::Geometry;
use crate::state::State;

/// Blocks whose lines are taken at once, at most.
const GROUP: u32 = 8;

/// Lines that are taken at once, about: blocks of several lines are fewer.
const LINES: u32 = 16;

/// A ring has so many groups at least: its consumers need lines as well.
const GROUPS: u32 = if cfg!(loom) { 2 } else { 8 };

/// Blocks ahead that it asks for where it takes none: behind a large batch, whose own writes want many lines
/// at once, and in large rings.
const AHEAD: u32 = 4;

/// Bytes beyond which a ring does not stay in the caches of its cores. Then asking works. Where each event has
/// a block of its own, that is quicker: few stores go to a line.
const LARGE: usize = 1 << 21;

/// The lines that a single producer has taken.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    /// Blocks of a group; none in a small ring.
    group: u32,
    /// Whether lines are asked for, and not taken.
    asks: bool,
    /// Blocks from the one in hand on whose lines were taken.
    taken: u32,
}

impl Lines {
    /// None yet, in a ring of so many blocks.
    pub(super) fn new<E>(blocks: u32) -> Self {
        let group = (LINES / Geometry::<E>::LINES).clamp(2, GROUP);
        let asks = Geometry::<E>::PER_BLOCK == 1 && LARGE / Geometry::<E>::STRIDE < blocks as usize;
        Self { group: group.min(blocks / GROUPS), asks, taken: 0 }
    }

    /// The producer goes on from `block`, which begins with the slot of sequence `from`, to the next one, if there
    /// is little to do. Says whether.
    #[inline(always)]
    pub(super) fn steps<E>(&mut self, ring: &State<E>, block: u32, from: u64) -> bool {
        if Geometry::<E>::PER_BLOCK == 1 && self.asks {
            if from + u64::from(AHEAD) < ring.head.limit() {
                ring.storage.prefetch(block, AHEAD, 1);
            }
            return true;
        }
        let has_taken = self.taken > 1;
        if has_taken {
            self.taken -= 1;
        }
        has_taken
    }

    /// The producer has gone on by `blocks` blocks to `block`, which begins with the slot of sequence `from`.
    #[inline(always)]
    pub(super) fn go_on<E>(&mut self, ring: &State<E>, blocks: u32, block: u32, from: u64) {
        if blocks < AHEAD && !self.asks {
            self.taken = self.taken.saturating_sub(blocks);
            if self.taken == 0 {
                self.taken = take(ring, block, from, self.group);
            }
        } else if self.group > 1 && u64::from(AHEAD + blocks) <= free(ring, from) {
            ring.storage.prefetch(block, AHEAD, blocks);
        }
    }
}

/// Takes the lines of a group, those that are free. Says how many; the one in hand is one of them.
///
/// Out of line: it is called once for a group.
#[inline(never)]
fn take<E>(ring: &State<E>, block: u32, from: u64, group: u32) -> u32 {
    let free = free(ring, from);
    let taken = group.min(u32::try_from(free).unwrap_or(u32::MAX));
    if taken > 1 {
        ring.storage.take_lines(block, taken);
        if u64::from(2 * group) <= free {
            ring.storage.prefetch(block, group, group);
        }
    }
    taken.max(1)
}

/// How many blocks from that of `from` on consumers are done with. Others would be taken from them.
#[inline(always)]
fn free<E>(ring: &State<E>, from: u64) -> u64 {
    ring.head.limit().saturating_sub(from) / Geometry::<E>::PER_BLOCK as u64
}

#[cfg(all(test, not(loom), feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn a_small_ring_has_no_lines_to_spare() {
        let groups = [1, 15, 16, 63, 64, 1000].map(|blocks| Lines::new::<u64>(blocks).group);
        assert_eq!(groups, [0, 1, 2, 7, 8, 8], "an eighth of the ring at most");
    }

    #[test]
    fn a_large_ring_of_large_events_asks_for_its_lines() {
        let asks = [1000, 32_000, 33_000].map(|blocks| Lines::new::<[u64; 8]>(blocks).asks);
        assert_eq!(asks, [false, false, true], "64 bytes each");
        assert!(!Lines::new::<u64>(1 << 20).asks, "seven to a line");
    }

    #[test]
    fn only_lines_that_consumers_are_done_with_are_taken() {
        let (mut producer, _poller) = crate::one_to_one(1024, || 0_u64).unwrap();
        let blocks = producer.capacity() as u64 / 7;
        let (ring, _, _) = producer.parts();
        let free = [0, 1, 7, 8, 100].map(|free| take(ring, 0, 7 * (blocks - free), GROUP));
        assert_eq!(free, [1, 1, 7, 8, 8], "what is free, and a group at most");
        assert_eq!(ring.published(0), 0, "nothing was published by that");
    }

    #[test]
    fn a_group_is_taken_when_the_last_one_is_used_up() {
        let (mut producer, _poller) = crate::one_to_one(1024, || 0_u64).unwrap();
        let (ring, _, _) = producer.parts();
        let mut lines = Lines::new::<u64>(147);
        let taken: Vec<u32> = (1..=20)
            .map(|block| {
                lines.go_on(ring, 1, block, 7 * u64::from(block));
                lines.taken
            })
            .collect();
        let group = [8, 7, 6, 5, 4, 3, 2, 1];
        assert_eq!(taken, [&group[..], &group, &group[..4]].concat(), "one block less each time");
    }
}
