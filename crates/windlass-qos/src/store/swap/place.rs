//! Positions, and the cells where they lie.

/// A position together with its cell, so that stepping on needs no division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of the message since the buffer began.
    pub(crate) position: u64,
    /// Its cell.
    pub(crate) index: usize,
    /// How often the cells were gone through before it.
    pub(crate) lap: u64,
}

impl Place {
    /// Where a position lies, by division.
    #[expect(clippy::cast_possible_truncation, reason = "a remainder of a usize")]
    pub(crate) fn of(position: u64, capacity: usize) -> Self {
        let capacity = capacity as u64;
        Self { position, index: (position % capacity) as usize, lap: position / capacity }
    }

    /// The next position.
    #[inline(always)]
    pub(crate) fn step(&mut self, capacity: usize) {
        self.position += 1;
        self.index += 1;
        if self.index == capacity {
            self.index = 0;
            self.lap += 1;
        }
    }

    /// The position before this one.
    #[inline(always)]
    pub(crate) fn before(self, capacity: usize) -> Self {
        let position = self.position - 1;
        match self.index.checked_sub(1) {
            Some(index) => Self { position, index, lap: self.lap },
            None => Self { position, index: capacity - 1, lap: self.lap - 1 },
        }
    }

    /// Goes to another position; cheap when that is less than a lap ahead.
    #[inline(always)]
    pub(crate) fn go_to(&mut self, position: u64, capacity: usize) {
        let ahead = position.wrapping_sub(self.position);
        if ahead < capacity as u64 {
            self.position = position;
            // Less than a lap, so it fits.
            self.index += usize::try_from(ahead).unwrap_or(0);
            if capacity <= self.index {
                self.index -= capacity;
                self.lap += 1;
            }
        } else {
            *self = Self::of(position, capacity);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn stepping_going_and_dividing_agree() {
        for capacity in [1, 2, 3, 7] {
            let mut walked = Place::of(5, capacity);
            for position in 5..60 {
                assert_eq!(walked, Place::of(position, capacity), "walked to {position}");
                for from in 0..60 {
                    let mut gone = Place::of(from, capacity);
                    gone.go_to(position, capacity);
                    assert_eq!(gone, walked, "from {from} to {position}");
                }
                let mut next = walked;
                next.step(capacity);
                assert_eq!(next.before(capacity), walked, "back again");
                walked = next;
            }
        }
    }
}
