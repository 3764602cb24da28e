//! What a buffer should do when it is full.

use super::advice;
use crate::advice::{Advice, candidates, choose, median, plain, time};
use crate::record::Record;
use crate::strategies::overload::CAPACITY;

const TOPIC: &str = "When the sender is too quick";

/// The one whose sender waits.
const WAITS: &str = "windlass_guaranteed";

/// Advice for whoever may lose nothing, wants it fresh, wants much of it, or must not be held up.
pub(super) fn advise(record: &Record) -> Vec<Advice> {
    let id = |name: &str| format!("strategies/overload/cap_{CAPACITY}/{name}");
    let of = |name: &str, contender: &str| median(record, &id(name), contender);
    let mut all = Vec::new();
    if let (Some(p99), Some(max), Some(age)) =
        (of("send_p99", WAITS), of("send_max", WAITS), of("age_p50", WAITS))
    {
        let figures = format!(
            "it alone loses nothing, and its sender pays: a send takes up to {} in 99 of 100 and {} at \
             worst; what arrives is {} old",
            time(p99),
            time(max),
            time(age)
        );
        all.push(advice(TOPIC, "Nothing may be lost", plain(WAITS), figures));
    }
    let among = |name: &str, cost: &str| {
        let mut all = candidates(record, &id(name), |one| of(cost, &one.contender));
        all.retain(|one| one.name != plain(WAITS));
        choose(all)
    };
    let questions = [
        ("The sender must not wait, and what arrives should be fresh", "age_p50", "send_p99"),
        ("The sender must not wait, and as much as possible should arrive", "missing", "age_p50"),
        ("Nothing counts but the time of a send", "send_p99", "age_p50"),
    ];
    for (question, name, cost) in questions {
        if let Some(choice) = among(name, cost) {
            let figure = if name == "missing" { percent } else { time };
            let figures = choice.figures(figure, time, |own| format!("{} {own}", words(cost)));
            let figures = format!("{} {figures}", words(name));
            all.push(advice(TOPIC, question, &choice.best.name, figures));
        }
    }
    all
}

fn words(reading: &str) -> &'static str {
    match reading {
        "age_p50" => "age p50",
        "send_p99" => "sends p99",
        _ => "missing",
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    #[test]
    fn each_wish_finds_its_level() {
        let made = [
            // Missing, age, sends.
            ("reliable", 0.5, 250e3, 40.0),
            ("real_time", 0.6, 1e3, 50.0),
            // The best of all by two of three figures, but its sender waits.
            ("guaranteed", 0.1, 256e3, 30.0),
        ];
        let results = made.into_iter().flat_map(|(name, missing, age, send)| {
            let (name, about) =
                (format!("windlass_{name}"), format!("strategies/overload/cap_{CAPACITY}"));
            [("missing", missing), ("age_p50", age), ("send_p99", send), ("send_max", send * 9.0)]
                .map(|(what, value)| outcome(&format!("{about}/{what}"), &name, [value; 3]))
        });
        let all = advise(&record(results.collect()));
        let choices: Vec<&str> = all.iter().map(|one| one.choice.as_str()).collect();
        assert_eq!(choices, ["guaranteed", "real_time", "reliable", "reliable"], "{all:?}");
    }
}
