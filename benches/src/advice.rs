//! What a user should take on this machine, in words, with the figures that led to it.
//!
//! A suite that lets a user choose among ours turns its figures into [`Advice`]. Two figures whose
//! medians each lie within the rounds of the other are level; then the cheaper one is named.

use serde::{Deserialize, Serialize};

use crate::record::{Outcome, Record};
use crate::stats::{Summary, short};

/// One recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// What is chosen, such as a wait.
    pub topic: String,
    /// For whom.
    pub question: String,
    /// What to take.
    pub choice: String,
    /// The figures that led to it.
    pub figures: String,
}

impl Advice {
    /// Question, choice and figures.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}: {}. {}", self.question, self.choice, self.figures)
    }
}

/// All of a record's recommendations in lines, under their topics.
#[must_use]
pub fn lines(record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    let mut topic = "";
    for advice in &record.advice {
        if advice.topic != topic {
            topic = &advice.topic;
            lines.push(format!("  {topic}"));
        }
        lines.push(format!("    {}", advice.line()));
    }
    lines
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The name, without that of the project.
    pub name: String,
    /// What decides; smaller is better.
    pub figure: Summary,
    /// What decides between those that are level; smaller is better.
    pub cost: f64,
}

/// What was chosen, and among what.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The choice.
    pub best: Candidate,
    /// Those that are level with it by the figure, and cost more.
    pub level: Vec<Candidate>,
    /// The next one that is not level.
    pub next: Option<Candidate>,
}

/// Costs that differ by less than this, absolutely or as a share, are the same.
const SAME: (f64, f64) = (0.01, 0.05);

/// Takes the smallest figure, or the cheapest one of those that are level with it.
#[must_use]
pub fn choose(mut candidates: Vec<Candidate>) -> Option<Choice> {
    candidates.sort_by(|a, b| a.figure.median.total_cmp(&b.figure.median));
    let smallest = candidates.first()?.figure;
    let (mut level, rest): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|one| are_level(smallest, one.figure));
    let cheapest = level.iter().map(|one| one.cost).fold(f64::INFINITY, f64::min);
    // In the order of the figures: of those that cost the same, the quickest.
    let cheap = |one: &Candidate| one.cost <= cheapest * (1.0 + SAME.1) + SAME.0;
    let best = level.remove(level.iter().position(cheap)?);
    Some(Choice { best, level, next: rest.into_iter().next() })
}

/// Whether each median lies within the rounds of the other.
#[must_use]
pub fn are_level(a: Summary, b: Summary) -> bool {
    let within = |one: Summary, of: Summary| of.min <= one.median && one.median <= of.max;
    within(a, b) && within(b, a)
}

/// The candidates of an id that have a cost.
pub fn candidates(
    record: &Record,
    id: &str,
    cost: impl Fn(&Outcome) -> Option<f64>,
) -> Vec<Candidate> {
    let one = |outcome: &Outcome| {
        let (name, figure) = (plain(&outcome.contender).to_owned(), outcome.summary());
        Some(Candidate { name, figure, cost: cost(outcome)? })
    };
    record.of(id).filter_map(one).collect()
}

/// A contender's median at another id.
#[must_use]
pub fn median(record: &Record, id: &str, contender: &str) -> Option<f64> {
    record.find(id, contender).map(|outcome| outcome.median)
}

/// The name of one of ours among themselves.
#[must_use]
pub fn plain(contender: &str) -> &str {
    contender.strip_prefix("windlass_").unwrap_or(contender)
}

/// Nanoseconds in the unit that suits them.
#[must_use]
pub fn time(nanos: f64) -> String {
    match nanos {
        ..1e3 => format!("{} ns", short(nanos)),
        ..1e6 => format!("{} µs", short(nanos / 1e3)),
        _ => format!("{} ms", short(nanos / 1e6)),
    }
}

impl Choice {
    /// The figures in a sentence: the choice, what is level with it, and what comes next.
    ///
    /// `cost` writes what decides between those that are level, `own` what the choice's own cost is.
    #[must_use]
    pub fn figures(
        &self,
        figure: impl Fn(f64) -> String,
        cost: impl Fn(f64) -> String,
        own: impl Fn(String) -> String,
    ) -> String {
        let beside = |one: &Candidate| {
            format!("{} ({}, {})", one.name, figure(one.figure.median), cost(one.cost))
        };
        let mut text =
            format!("{}, {}", figure(self.best.figure.median), own(cost(self.best.cost)));
        if !self.level.is_empty() {
            let level = self.level.iter().map(beside).collect::<Vec<_>>().join(", ");
            text += &format!("; a tie within the spread of the rounds with {level}");
        }
        match &self.next {
            Some(next) => text + &format!("; then {}", beside(next)),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, [min, median, max]: [f64; 3], cost: f64) -> Candidate {
        let figure = Summary { median, min, max, rounds: 7 };
        Candidate { name: name.to_owned(), figure, cost }
    }

    #[test]
    fn the_smallest_is_chosen_whatever_it_costs() {
        let choice = choose(vec![
            candidate("blocking", [40.0, 41.0, 42.0], 0.0),
            candidate("spin", [1.0, 2.0, 3.0], 1.0),
        ]);
        let choice = choice.map(|choice| (choice.best.name, choice.next.map(|next| next.name)));
        assert_eq!(choice, Some(("spin".to_owned(), Some("blocking".to_owned()))), "20 times");
    }

    #[test]
    fn of_those_that_are_level_the_cheapest_is_chosen() {
        let choice = choose(vec![
            candidate("spin", [1.0, 2.0, 3.0], 1.0),
            candidate("adaptive", [1.5, 2.5, 3.5], 0.0),
            candidate("blocking", [40.0, 41.0, 42.0], 0.0),
        ]);
        let Some(choice) = choice else { panic!("there are three") };
        assert_eq!(choice.best.name, "adaptive", "2 and 2.5 are level, and it burns nothing");
        assert_eq!(choice.level.len(), 1, "spin");
        let figure = |ns| format!("{ns} ns");
        let text = choice.figures(figure, |cores| cores.to_string(), |own| format!("{own} cores"));
        let expected = "2.5 ns, 0 cores; a tie within the spread of the rounds with spin (2 ns, 1); \
                        then blocking (41 ns, 0)";
        assert_eq!(text, expected, "the tie is told");
    }

    #[test]
    fn a_cost_that_is_all_but_the_same_does_not_decide() {
        let choice = choose(vec![
            candidate("phased", [1.5, 2.5, 3.5], 0.001),
            candidate("adaptive", [1.0, 2.0, 3.0], 0.002),
        ]);
        let name = choice.map(|choice| choice.best.name);
        assert_eq!(name.as_deref(), Some("adaptive"), "nobody notices a thousandth of a core");
    }

    #[test]
    fn one_wide_round_makes_no_tie() {
        let wide = Summary { median: 2.0, min: 1.0, max: 1000.0, rounds: 7 };
        let far = Summary { median: 40.0, min: 39.0, max: 41.0, rounds: 7 };
        assert!(!are_level(wide, far), "2 is not within 39 .. 41");
        assert!(!are_level(far, wide), "though 40 is within 1 .. 1000");
    }

    #[test]
    fn nothing_to_choose_is_no_choice() {
        assert_eq!(choose(Vec::new()), None, "no candidates");
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let told = [110.0, 41_000.0, 3_200_000.0].map(time);
        assert_eq!(told, ["110 ns", "41.0 µs", "3.20 ms"], "three units");
    }
}
