//! How a party goes through a line, block by block.

use super::place::Place;
use super::{Line, STAMPED};

/// The block that a party is in. Its place there follows from its position: one word less to keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The position of the first slot of the block.
    first: u64,
    pub(super) block: u32,
}

impl Walk {
    /// The position of the first slot of the block.
    #[inline(always)]
    pub(crate) const fn first(self) -> u64 {
        self.first
    }

    /// Where the slot of this position is, which is one of the block.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "less than the slots of a block")]
    pub(crate) const fn at(self, position: u64) -> Place {
        Place { block: self.block, offset: (position - self.first) as u32 }
    }
}

impl<T, const MOST: usize> Line<T, MOST> {
    /// Where slot `index` of the line is, counted round and round.
    #[expect(clippy::cast_possible_truncation, reason = "remainders of small numbers")]
    pub(crate) fn locate(&self, index: u64) -> Place {
        let per_block = self.per_block() as u64;
        let block = index / per_block % self.blocks() as u64;
        Place { block: block as u32, offset: (index % per_block) as u32 }
    }

    /// Where slot `index` is, which is one of the line, if each has a header of its own.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
    pub(crate) fn place(&self, index: u64) -> Place {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        debug_assert!(index < self.blocks() as u64, "a slot of the line");
        Place { block: index as u32, offset: 0 }
    }

    /// The way of a party that is at slot `index` of the line, counted round and round, with this position.
    pub(crate) fn walk(&self, index: u64, position: u64) -> Walk {
        let at = self.locate(index);
        Walk { first: position - u64::from(at.offset), block: at.block }
    }

    /// Goes on to the next block, if `position` lies behind the one that the walk is in. Says whether it does.
    #[inline(always)]
    pub(crate) fn go_on(&self, walk: &mut Walk, position: u64) -> bool {
        let behind = position == self.end(*walk);
        if behind {
            let next = walk.block + 1;
            let block = if next as usize == self.blocks() { 0 } else { next };
            *walk = Walk { first: position, block };
        }
        behind
    }

    /// The position behind the last slot of the block.
    #[inline(always)]
    pub(crate) const fn end(&self, walk: Walk) -> u64 {
        walk.first + self.per_block() as u64
    }

    /// So many blocks further on, which are fewer than there are.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
    pub(crate) fn further(&self, walk: Walk, blocks: usize) -> Walk {
        let mut block = walk.block as usize + blocks;
        if self.blocks() <= block {
            block -= self.blocks();
        }
        let first = walk.first + (blocks * self.per_block()) as u64;
        Walk { first, block: block as u32 }
    }

    /// How many blocks there are.
    #[inline(always)]
    pub(crate) const fn blocks(&self) -> usize {
        if Self::ONE_BLOCK { 1 } else { self.extent }
    }

    /// How many slots a block has.
    #[inline(always)]
    pub(crate) const fn per_block(&self) -> usize {
        if Self::ONE_BLOCK { self.extent } else { Self::UNIT }
    }

    /// How many units there are: blocks, or slots if they are one block.
    pub(crate) const fn units(&self) -> usize {
        self.extent
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use crate::slots::{Line, PACKED};

    #[test]
    fn walking_and_dividing_find_the_same_slots() {
        let line = Line::<u64, PACKED>::new(20, |_| 0).unwrap();
        let mut walk = line.walk(3, 8);
        for index in 3..100 {
            let position = index + 5;
            line.go_on(&mut walk, position);
            assert_eq!(walk.at(position), line.locate(index), "slot {index}");
            assert_eq!(line.walk(index, position), walk, "from there on");
            let ahead = index + 2 * Line::<u64, PACKED>::UNIT as u64;
            assert_eq!(line.further(walk, 2), line.walk(ahead, ahead + 5), "two blocks on");
        }
    }
}
