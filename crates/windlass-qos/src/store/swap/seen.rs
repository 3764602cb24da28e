//! What a receiver that takes the freshest first has been through already.

/// Intervals that are remembered. When there are more, the oldest is forgotten, and its positions are
/// looked at once more.
const MOST: usize = 4;

/// Positions behind which there is nothing left, as intervals, the newest last.
#[derive(Debug, Default)]
pub(super) struct Seen {
    intervals: [(u64, u64); MOST],
    len: usize,
}

impl Seen {
    /// Goes down from `end`, past what was seen: whatever lies before the result is new.
    #[inline]
    pub(super) fn skip(&self, end: u64) -> u64 {
        let known = self.intervals[..self.len].iter().rev();
        known
            .take_while(|known| end <= known.1)
            .find(|known| known.0 < end)
            .map_or(end, |known| known.0)
    }

    /// Notes that nothing is left from `from` to `to`, and forgets what lies before `floor`.
    pub(super) fn note(&mut self, from: u64, to: u64, floor: u64) {
        if to <= from {
            return;
        }
        let mut new = (from, to);
        while let Some(&last) = self.intervals[..self.len].last() {
            if last.1 < new.0 {
                break;
            }
            new = (new.0.min(last.0), new.1.max(last.1));
            self.len -= 1;
        }
        if self.len == MOST
            || self.intervals[..self.len].first().is_some_and(|oldest| oldest.1 <= floor)
        {
            self.intervals.copy_within(1..self.len, 0);
            self.len -= 1;
        }
        self.intervals[self.len] = new;
        self.len += 1;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_and_gaps_stay() {
        let mut seen = Seen::default();
        seen.note(3, 5, 0);
        seen.note(7, 9, 0);
        assert_eq!([seen.skip(10), seen.skip(9), seen.skip(7), seen.skip(5)], [10, 7, 7, 3], "two");
        seen.note(5, 7, 0);
        assert_eq!(seen.skip(9), 3, "one");
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut seen = Seen::default();
        for i in 0..20 {
            seen.note(3 * i, 3 * i + 1, 0);
        }
        assert_eq!(seen.skip(58), 57, "the newest is known");
        assert_eq!(seen.skip(1), 1, "the first one is not");
        seen.note(60, 61, 58);
        assert_eq!(seen.len, MOST, "what nobody can ask for makes room");
    }
}
