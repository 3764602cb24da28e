//! Which worker should get a message.

use super::advice;
use crate::advice::{Advice, candidates, choose, median, time};
use crate::record::{Outcome, Record};
use crate::stats::short;

const TOPIC: &str = "Which worker gets a message";

/// The only mode that keeps the messages of a key together.
const KEYED: &str = "windlass_keyed";

/// Advice by whether there are keys, and whether messages take the same time.
pub(super) fn advise(record: &Record) -> Vec<Advice> {
    let id = |name: &str| format!("strategies/pool/4_workers/{name}");
    let mut all = Vec::new();
    let keyed = median(record, &id("even"), KEYED).zip(median(record, &id("uneven_p99"), KEYED));
    if let Some((each, p99)) = keyed {
        let figures = format!(
            "it alone keeps the messages of a key with one worker and in order: {}, and a p99 of {} \
             with uneven work",
            cost(each),
            time(p99)
        );
        all.push(advice(TOPIC, "State or order by key", "keyed", figures));
    }
    // Who has no keys would have to invent some.
    let among = |figure: &str, cost: &str| {
        let cost = |one: &Outcome| median(record, &id(cost), &one.contender);
        candidates(record, &id(figure), |one| cost(one).filter(|_| one.contender != KEYED))
    };
    if let Some(choice) = choose(among("even", "even/cpu")) {
        let own = |own| format!("{own} of CPU time a message");
        let figures = choice.figures(time, time, own);
        let question = "No keys, and messages that take the same time";
        all.push(advice(TOPIC, question, &choice.best.name, figures));
    }
    if let Some(choice) = choose(among("uneven_p99", "uneven/cpu")) {
        let own = |own| format!("{own} cores used");
        let figures = format!("p99 {}", choice.figures(time, short, own));
        let question = "No keys, and some messages that take long";
        all.push(advice(TOPIC, question, &choice.best.name, figures));
    }
    all
}

fn cost(nanos: f64) -> String {
    format!("{} a message", time(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    #[test]
    fn even_and_uneven_work_may_have_different_answers() {
        let made = [
            // Even, its CPU, uneven p99, its CPU.
            ("keyed", [10.0, 20.0], [100e3, 0.7]),
            ("round_robin", [20.0, 30.0], [800e3, 0.7]),
            ("emptier", [25.0, 35.0], [300e3, 0.7]),
        ];
        let results = made.into_iter().flat_map(|(name, even, uneven)| {
            let all = [
                ("even", even[0]),
                ("even/cpu", even[1]),
                ("uneven_p99", uneven[0]),
                ("uneven/cpu", uneven[1]),
            ];
            all.map(|(what, value)| {
                let id = format!("strategies/pool/4_workers/{what}");
                outcome(&id, &format!("windlass_{name}"), [value; 3])
            })
        });
        let all = advise(&record(results.collect()));
        let choices: Vec<&str> = all.iter().map(|one| one.choice.as_str()).collect();
        assert_eq!(choices, ["keyed", "round_robin", "emptier"], "{all:?}");
    }
}
