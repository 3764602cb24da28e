//! Whose turn it is: the rule by which lanes share one receiver.
//!
//! Lane 0 comes first. In a round each lane gives at most as many messages as its budget; when all lanes
//! that have something have given theirs, a new round begins. A lane never gives more than its budget in a
//! row, also across two rounds, while another one has something.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// The state of the rule.
pub(super) struct Turn {
    lanes: Box<[Share]>,
    /// The lane that gave the last message.
    last: usize,
    /// How many it gave in a row.
    in_a_row: u32,
}

struct Share {
    budget: u32,
    /// What is left of it in this round.
    left: u32,
}

impl Turn {
    /// Lanes with these budgets, none of which is 0.
    pub(super) fn new(budgets: impl IntoIterator<Item = u32>) -> Self {
        let share = |budget| Share { budget, left: budget };
        let lanes: Vec<Share> = budgets.into_iter().map(share).collect();
        debug_assert!(lanes.iter().all(|lane| 0 < lane.budget), "a lane may give something");
        Self { lanes: lanes.into(), last: 0, in_a_row: 0 }
    }

    /// Asks the lanes below `until` in turn for a message. `take` may be asked again for a lane that has
    /// nothing, and if none gives anything each of them was asked.
    pub(super) fn next<R>(
        &mut self,
        until: usize,
        mut take: impl FnMut(usize) -> Option<R>,
    ) -> Option<(usize, R)> {
        let mut asked = 0;
        for lane in 0..until {
            if self.may_give(lane) {
                if let Some(found) = take(lane) {
                    return Some(self.gave(lane, found));
                }
                asked += 1;
            }
        }
        // Whoever has something has given its share.
        self.begin_round();
        if asked == until {
            // Nobody has anything.
            return None;
        }
        for lane in 0..until {
            if !self.has_had_enough(lane)
                && let Some(found) = take(lane)
            {
                return Some(self.gave(lane, found));
            }
        }
        // Nobody else has anything.
        let alone = self.last;
        if until <= alone || !self.has_had_enough(alone) {
            return None;
        }
        let found = take(alone)?;
        self.in_a_row = 0;
        Some(self.gave(alone, found))
    }

    /// Whether a lane may give a message in this round; if so, and none before it has one, it is its turn.
    #[inline]
    pub(super) fn may_give(&self, lane: usize) -> bool {
        0 < self.lanes[lane].left && !self.has_had_enough(lane)
    }

    /// Begins a round: nobody has anything, or whoever has has given its share.
    #[inline]
    pub(super) fn begin_round(&mut self) {
        for lane in &mut self.lanes {
            lane.left = lane.budget;
        }
    }

    /// How many more the lane that gave the last message may give before others are asked.
    pub(super) fn more(&self) -> u32 {
        let Share { budget, left } = self.lanes[self.last];
        left.min(budget.saturating_sub(self.in_a_row))
    }

    /// Counts so many messages of the lane that gave the last one, which may give them.
    pub(super) fn gave_more(&mut self, messages: u32) {
        self.in_a_row += messages;
        self.lanes[self.last].left -= messages;
    }

    #[inline]
    fn has_had_enough(&self, lane: usize) -> bool {
        self.last == lane && self.lanes[lane].budget <= self.in_a_row
    }

    /// Counts a message of a lane whose turn it was.
    #[inline]
    pub(super) fn gave<R>(&mut self, lane: usize, found: R) -> (usize, R) {
        if self.last != lane {
            (self.last, self.in_a_row) = (lane, 0);
        }
        self.in_a_row += 1;
        self.lanes[lane].left -= 1;
        (lane, found)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Takes everything there is, and says from which lanes.
    fn order(budgets: &[u32], mut held: Vec<u32>) -> Vec<usize> {
        let mut turn = Turn::new(budgets.iter().copied());
        let mut order = Vec::new();
        while let Some((lane, ())) = turn.next(budgets.len(), |lane| {
            held[lane] = held[lane].checked_sub(1)?;
            Some(())
        }) {
            order.push(lane);
        }
        order
    }

    #[test]
    fn lanes_give_their_share_in_order_of_priority() {
        assert_eq!(order(&[2, 1], vec![5, 3]), [0, 0, 1, 0, 0, 1, 0, 1], "two to one");
        assert_eq!(order(&[1, 1, 1], vec![2, 0, 2]), [0, 2, 0, 2], "one each");
        assert_eq!(order(&[3], vec![7]), [0; 7], "alone");
        assert_eq!(order(&[9, 9], vec![0, 3]), [1; 3], "nobody else has anything");
    }

    #[test]
    fn a_lane_that_comes_late_in_a_round_does_not_give_twice_its_budget() {
        let mut turn = Turn::new([2, 1]);
        let mut only =
            |lane: usize| turn.next(2, |at| (at == lane).then_some(())).map(|found| found.0);
        assert_eq!([only(1), only(0), only(0)], [Some(1), Some(0), Some(0)], "one round");
        assert_eq!(turn.next(2, |_| Some(())), Some((1, ())), "the next one begins with the other");
    }

    /// What the rule says, in as many words: a record of everything that was given.
    #[derive(Default)]
    struct Record {
        given: Vec<usize>,
        round_began: usize,
    }

    impl Record {
        fn given_this_round(&self, lane: usize) -> usize {
            self.given[self.round_began..].iter().filter(|at| **at == lane).count()
        }

        fn row(&self, lane: usize) -> usize {
            self.given.iter().rev().take_while(|at| **at == lane).count()
        }

        fn next(&mut self, budgets: &[u32], held: &[VecDeque<u32>]) -> Option<usize> {
            let lanes = 0..budgets.len();
            let has = |lane: &usize| !held[*lane].is_empty();
            let fits = |lane: &usize| {
                let row = self.row(*lane);
                row == 0 || !row.is_multiple_of(budgets[*lane] as usize)
            };
            let in_round =
                |lane: &usize| self.given_this_round(*lane) < budgets[*lane] as usize && fits(lane);
            let mut found = lanes.clone().find(|lane| has(lane) && in_round(lane));
            if found.is_none() {
                found = lanes.clone().find(|lane| has(lane) && fits(lane));
                found = found.or_else(|| lanes.clone().find(has));
                self.round_began = self.given.len();
            }
            self.given.extend(found);
            found
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        #[cfg_attr(miri, ignore = "arithmetic over many steps; there is nothing unsafe in it")]
        fn turns_are_those_of_the_record(
            budgets in prop::collection::vec(1..5_u32, 1..5),
            // Which lane gets a message, or that one is taken.
            steps in prop::collection::vec(prop::option::weighted(0.6, 0..5_usize), 1..300),
        ) {
            let mut turn = Turn::new(budgets.iter().copied());
            let mut record = Record::default();
            let mut held = vec![VecDeque::new(); budgets.len()];
            for (n, step) in (0_u32..).zip(steps) {
                if let Some(lane) = step {
                    held[lane % budgets.len()].push_back(n);
                    continue;
                }
                let expected = record.next(&budgets, &held);
                let found = turn.next(budgets.len(), |lane| held[lane].pop_front());
                prop_assert_eq!(found.map(|found| found.0), expected);
            }
        }

        #[test]
        #[cfg_attr(miri, ignore = "arithmetic over many steps; there is nothing unsafe in it")]
        fn no_lane_starves_and_none_goes_on_beyond_its_budget(
            budgets in prop::collection::vec(1..6_u32, 2..5),
            lane in 0..5_usize,
            // Which of the others have something at each turn.
            others in prop::collection::vec(0..32_u32, 1..400),
        ) {
            let lane = lane % budgets.len();
            let mut turn = Turn::new(budgets.iter().copied());
            let all: u32 = budgets.iter().sum();
            let (mut waited, mut row) = (0, (usize::MAX, 0));
            for others in others {
                let has = |at: usize| at == lane || others & (1 << at) != 0;
                let found = turn.next(budgets.len(), |at| has(at).then_some(()));
                let Some((given, ())) = found else { return Err(TestCaseError::fail("it has something")) };
                prop_assert!(has(given), "a lane that has nothing gives nothing");
                waited = if given == lane { 0 } else { waited + 1 };
                prop_assert!(waited <= 2 * (all - budgets[lane]), "it waited for {waited}");
                row = if row.0 == given { (given, row.1 + 1) } else { (given, 1) };
                prop_assert!(given == lane || row.1 <= budgets[given], "in a row: {row:?}");
            }
        }
    }
}
