//! Who should own a key.

use super::advice;
use crate::advice::{Advice, candidates, choose, median, time};
use crate::record::{Outcome, Record};

const TOPIC: &str = "Who owns a key";

/// Keys that move, by those that have to: with more than this a change is felt.
const FEW: f64 = 1.25;

/// The fullest partition by the average: with more than this it is felt.
const EVEN: f64 = 1.15;

/// Advice by how the members change.
pub(super) fn advise(record: &Record) -> Vec<Advice> {
    let of = |name: &str, contender: &str| {
        median(record, &format!("strategies/partition/n_64/{name}"), contender)
    };
    let even = |one: &Outcome| of("balance", &one.contender).filter(|most| *most <= EVEN);
    let few = |one: &Outcome, what: &str| of(what, &one.contender).is_some_and(|all| all <= FEW);
    let mut all = Vec::new();
    let mut ask = |question: &str, fits: &dyn Fn(&Outcome) -> bool| {
        let fitting = |one: &Outcome| even(one).filter(|_| fits(one));
        let choice = choose(candidates(record, "strategies/partition/n_64/lookup", fitting));
        if let Some(choice) = choice {
            let most = |most| format!("{most:.2}");
            let own = |own| format!("{own} times the average in the fullest partition");
            let figures = choice.figures(time, most, own);
            all.push(advice(TOPIC, question, &choice.best.name, figures));
        }
    };
    ask("The members never change", &|_| true);
    ask("Members are added at the end", &|one| few(one, "moved_join"));
    ask("Any member may come and go", &|one| few(one, "moved_join") && few(one, "moved_leave"));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    #[test]
    fn the_more_may_change_the_fewer_schemes_are_left() {
        let made = [
            // Look-up, balance, moves when one joins and when one leaves.
            ("modulo", 2.0, 1.02, 60.0, None),
            ("flip", 4.0, 1.02, 1.0, None),
            ("slot_table", 5.0, 1.05, 1.0, Some(1.0)),
            ("hash_ring", 1.0, 1.3, 1.0, Some(1.0)),
        ];
        let results = made.into_iter().flat_map(|(name, look_up, balance, join, leave)| {
            let leave = leave.map(|leave| ("moved_leave", leave));
            let all = [("lookup", look_up), ("balance", balance), ("moved_join", join)];
            all.into_iter().chain(leave).map(move |(what, value)| {
                let id = format!("strategies/partition/n_64/{what}");
                outcome(&id, &format!("windlass_{name}"), [value; 3])
            })
        });
        let all = advise(&record(results.collect()));
        let choices: Vec<&str> = all.iter().map(|one| one.choice.as_str()).collect();
        assert_eq!(choices, ["modulo", "flip", "slot_table"], "the uneven ring is none of them");
    }
}
