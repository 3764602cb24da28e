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
        self.known()
            .iter()
            .rev()
            .take_while(|known| end <= known.1)
            .find(|known| known.0 < end)
            .map_or(end, |known| known.0)
    }

    /// Notes that nothing is left from `from` to `to`, and forgets what lies before `floor`.
    #[inline]
    pub(super) fn note(&mut self, from: u64, to: u64, floor: u64) {
        if to <= from {
            return;
        }
        // What nearly every note is: the newest interval grows, and reaches no other.
        if let [older @ .., newest] = &mut self.intervals[..self.len]
            && from <= newest.1
            && newest.0 <= to
            && older.last().is_none_or(|older| older.1 < from)
        {
            *newest = (newest.0.min(from), newest.1.max(to));
            return;
        }
        self.put(from, to, floor);
    }

    /// Notes an interval that stands for itself, or joins others.
    #[inline(never)]
    fn put(&mut self, from: u64, to: u64, floor: u64) {
        // Those that lie above stay apart: in between, a message may be on its way.
        let above = self.known().iter().rev().take_while(|known| to < known.0).count();
        let end = self.len - above;
        let mut new = (from, to);
        let mut begin = end;
        while let Some(&last) = self.intervals[..begin].last()
            && new.0 <= last.1
        {
            new = (new.0.min(last.0), new.1.max(last.1));
            begin -= 1;
        }
        if begin < end {
            // It takes the place of those that it touches.
            self.intervals.copy_within(end..self.len, begin + 1);
            self.len -= end - begin - 1;
        } else if self.len == MOST || self.known().first().is_some_and(|oldest| oldest.1 <= floor) {
            // The oldest makes room, if the new one is not older still.
            let Some(place) = end.checked_sub(1) else { return };
            self.intervals.copy_within(1..end, 0);
            begin = place;
        } else {
            self.intervals.copy_within(end..self.len, begin + 1);
            self.len += 1;
        }
        self.intervals[begin] = new;
    }

    fn known(&self) -> &[(u64, u64)] {
        &self.intervals[..self.len]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::collection;
    use proptest::prelude::*;

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

    #[test]
    fn what_lies_between_two_intervals_is_not_known() {
        let mut seen = Seen::default();
        seen.note(6, 7, 0);
        seen.note(4, 5, 0);
        assert_eq!([seen.skip(7), seen.skip(6), seen.skip(5)], [6, 6, 4], "5 to 6 is new");
        seen.note(5, 6, 0);
        assert_eq!(seen.skip(7), 4, "all of them");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        #[cfg_attr(miri, ignore = "pure arithmetic, and nothing unsafe")]
        fn nothing_is_known_that_was_not_noted(
            notes in collection::vec((0_u64..40, 0_u64..6), 0..60),
        ) {
            let (mut seen, mut noted) = (Seen::default(), [false; 50]);
            for (from, length) in notes {
                seen.note(from, from + length, 0);
                (from..from + length).for_each(|at| noted[usize::try_from(at).unwrap()] = true);
                let known = seen.known();
                prop_assert!(known.is_sorted_by(|a, b| a.0 < a.1 && a.1 < b.0), "{known:?}");
                for end in 0..50 {
                    let skipped = seen.skip(end);
                    let passed = skipped..end;
                    let gone = |at: u64| noted[usize::try_from(at).unwrap()];
                    prop_assert!(passed.into_iter().all(gone), "{known:?}: {end}");
                }
                if length != 0 && known.len() < MOST {
                    prop_assert!(seen.skip(from + length) <= from, "{known:?}");
                }
            }
        }
    }
}
