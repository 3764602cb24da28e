//! A sequence together with the place of its slot.

use super::geometry::Geometry;

/// A sequence, and where its slot is, kept together so that stepping on needs no division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The sequence.
    pub(crate) sequence: u64,
    /// Block of the slot.
    pub(crate) block: u32,
    /// Place of the slot in its block.
    pub(crate) offset: u32,
    /// How often the ring was filled before this sequence. As wide as it need be for positions to
    /// have no padding, which would be copied together with a field that was just written alone.
    pub(crate) lap: u64,
}

/// The shape of a ring: how many blocks, and which sequence lies in the first slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Blocks in the ring.
    pub(crate) blocks: u32,
    /// The first sequence of all.
    pub(crate) origin: u64,
}

impl Shape {
    /// The position of the first sequence.
    pub(crate) const fn start(self) -> Position {
        Position { sequence: self.origin, block: 0, offset: 0, lap: 0 }
    }

    /// The position of any sequence, by division.
    #[cold]
    #[expect(clippy::cast_possible_truncation, reason = "remainders of small numbers")]
    pub(crate) const fn locate<E>(self, sequence: u64) -> Position {
        let per_block = Geometry::<E>::PER_BLOCK as u64;
        let index = sequence - self.origin;
        let block = index / per_block;
        Position {
            sequence,
            block: (block % self.blocks as u64) as u32,
            offset: (index % per_block) as u32,
            lap: block / self.blocks as u64,
        }
    }

    /// Steps `n` slots on, none of which lies beyond the block of `at`.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most a block")]
    pub(crate) fn step_in_block<E>(self, at: &mut Position, n: usize) {
        let per_block = Geometry::<E>::PER_BLOCK as u32;
        debug_assert!(at.offset + n as u32 <= per_block, "stays in the block or ends it");
        at.sequence += n as u64;
        at.offset += n as u32;
        if at.offset == per_block {
            at.offset = 0;
            at.block += 1;
            if at.block == self.blocks {
                at.block = 0;
                at.lap += 1;
            }
        }
    }

    /// Goes forward to `sequence`; cheap when that is less than a lap away.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "less than a lap, which fits")]
    pub(crate) fn jump<E>(self, at: &mut Position, sequence: u64) {
        let per_block = Geometry::<E>::PER_BLOCK as u64;
        debug_assert!(at.sequence <= sequence, "forward only");
        let ahead = u64::from(at.offset) + (sequence - at.sequence);
        let blocks = ahead / per_block;
        if blocks >= u64::from(self.blocks) {
            *at = self.locate::<E>(sequence);
            return;
        }
        at.sequence = sequence;
        at.offset = (ahead % per_block) as u32;
        at.block += blocks as u32;
        if at.block >= self.blocks {
            at.block -= self.blocks;
            at.lap += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_jumping_and_dividing_agree() {
        let shape = Shape { blocks: 3, origin: 40 };
        let mut walked = shape.start();
        for ahead in 0..100_u64 {
            let divided = shape.locate::<u64>(40 + ahead);
            assert_eq!(walked, divided, "walked to {ahead}");
            for from in 0..=ahead {
                let mut jumped = shape.locate::<u64>(40 + from);
                shape.jump::<u64>(&mut jumped, 40 + ahead);
                assert_eq!(jumped, divided, "jumped from {from} to {ahead}");
            }
            shape.step_in_block::<u64>(&mut walked, 1);
        }
    }
}
