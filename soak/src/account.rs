//! What a round says of itself, and what is wrong with it.
//!
//! Everything here is a pure function over lists of messages and numbers, so that tests can show it
//! reports that do not add up.

use std::collections::HashMap;
use std::fmt::Display;

/// A message: the `n`th of this source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Message {
    pub(crate) source: u64,
    pub(crate) n: u64,
}

/// The identities that were looked at in one round, and those that did not hold.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) messages: u64,
    pub(crate) checked: u64,
    pub(crate) broken: Vec<String>,
}

impl Account {
    /// Two numbers that must be the same.
    pub(crate) fn equal(&mut self, identity: impl Display, left: u64, right: u64) {
        self.holds(format_args!("{identity}: {left} = {right}"), left == right);
    }

    /// Something that must be true.
    pub(crate) fn holds(&mut self, identity: impl Display, does: bool) {
        self.checked += 1;
        if !does {
            self.broken.push(identity.to_string());
        }
    }

    /// Each message that was accepted is in one place, once, and nothing else is anywhere.
    pub(crate) fn once_each<'a, T: Ord + Copy + std::fmt::Debug + 'a>(
        &mut self,
        identity: impl Display,
        accepted: impl IntoIterator<Item = &'a T>,
        places: impl IntoIterator<Item = &'a T>,
    ) {
        let [mut accepted, mut places] = [
            accepted.into_iter().copied().collect(),
            places.into_iter().copied().collect::<Vec<T>>(),
        ];
        accepted.sort_unstable();
        places.sort_unstable();
        let differs = first_difference(&accepted, &places);
        let sums = format!("{} accepted, {} found", accepted.len(), places.len());
        self.holds(format_args!("{identity}: {sums}, first {differs:?}"), differs.is_none());
    }

    /// The messages of each source came in the order in which it sent them.
    pub(crate) fn in_order(
        &mut self,
        identity: impl Display,
        came: impl IntoIterator<Item = Message>,
    ) {
        let mut last: HashMap<u64, u64> = HashMap::new();
        let mut early = None;
        for message in came {
            let before = last.insert(message.source, message.n);
            if before.is_some_and(|before| message.n <= before) {
                early = early.or(Some(message));
            }
        }
        self.holds(format_args!("{identity}: {early:?}"), early.is_none());
    }

    /// Takes the findings of another one in.
    pub(crate) fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.checked += other.checked;
        self.broken.extend(other.broken);
    }
}

/// The smallest element that one of two sorted lists has more often than the other.
fn first_difference<T: Ord + Copy>(left: &[T], right: &[T]) -> Option<T> {
    let both = left.iter().zip(right);
    let at = both.take_while(|(left, right)| left == right).count();
    match (left.get(at), right.get(at)) {
        (Some(left), Some(right)) => Some(*left.min(right)),
        (one, other) => one.or(other).copied(),
    }
}

/// What tests of the checks do to what was found.
#[cfg(test)]
pub(crate) fn lose_one<T>(found: &mut Vec<T>) {
    found.pop();
}

/// For the tests of a kind of round, whose `found` adds up: a test of that, and how many identities a change breaks.
#[cfg(test)]
macro_rules! adds_up {
    () => {
        fn broken(change: impl FnOnce(&mut Found)) -> usize {
            let mut found = found();
            change(&mut found);
            found.account().broken.len()
        }

        #[test]
        fn a_round_that_adds_up_is_fine() {
            assert_eq!(found().account().broken, [""; 0], "refused");
        }
    };
}
#[cfg(test)]
pub(crate) use adds_up;

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(numbers: &[(u64, u64)]) -> Vec<Message> {
        numbers.iter().map(|&(source, n)| Message { source, n }).collect()
    }

    fn once_each(accepted: &[u64], places: &[u64]) -> bool {
        let mut account = Account::default();
        account.once_each("each", accepted, places);
        account.broken.is_empty()
    }

    #[test]
    fn a_message_that_is_lost_or_doubled_is_noticed() {
        assert!(once_each(&[1, 2, 3], &[3, 1, 2]), "in any order");
        assert!(!once_each(&[1, 2, 3], &[1, 3]), "lost");
        assert!(!once_each(&[1, 2, 3], &[1, 2, 2, 3]), "doubled");
        assert!(!once_each(&[1, 2, 3], &[1, 2, 4]), "another");
        assert!(!once_each(&[], &[1]), "from nowhere");
    }

    #[test]
    fn the_difference_is_named() {
        assert_eq!(first_difference(&[1, 2, 3], &[1, 3]), Some(2), "lost");
        assert_eq!(first_difference(&[1, 3], &[1, 2, 3]), Some(2), "new");
        assert_eq!(first_difference(&[1], &[1, 1]), Some(1), "doubled");
        assert_eq!(first_difference(&[1], &[1]), None, "the same");
    }

    #[test]
    fn order_is_that_of_each_source() {
        let order = |came: &[(u64, u64)]| {
            let mut account = Account::default();
            account.in_order("order", messages(came));
            account.broken.is_empty()
        };
        assert!(order(&[(0, 1), (1, 1), (0, 5), (1, 2)]), "gaps and other sources are fine");
        assert!(!order(&[(0, 1), (1, 1), (0, 1)]), "twice");
        assert!(!order(&[(0, 2), (0, 1)]), "back");
    }

    #[test]
    fn sums_that_differ_are_noticed_and_all_are_counted() {
        let mut account = Account::default();
        account.equal("one", 1, 1);
        account.equal("two", 1, 2);
        let mut all = Account::default();
        all.add(account);
        assert_eq!(
            (all.checked, all.broken.as_slice()),
            (2, &["two: 1 = 2".to_owned()][..]),
            "sums"
        );
    }
}
