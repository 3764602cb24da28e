//! How to wait, for each topology and each of four wishes.

use super::advice;
use crate::advice::{Advice, Candidate, Choice, candidates, choose, median, plain, time};
use crate::record::Record;
use crate::stats::short;
use crate::strategies::topology::Topology;

const TOPIC: &str = "How to wait";

/// The default of the ring.
const DEFAULT: &str = "adaptive";

/// A wait whose p99 is longer by this factor than that of one with a longer p50 is quick by its p50 alone.
const STEADY: f64 = 10.0;

/// With more cores than this burnt while idle, others on the machine lose something.
const LITTLE: f64 = 0.05;

/// Using more than this many times the CPU time of the thriftiest wait is not thrifty.
const THRIFTY: f64 = 2.0;

/// What a user may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    NowAndThen,
    CloseTogether,
    Throughput,
    SharedCores,
}

impl Wish {
    const ALL: [Self; 4] =
        [Self::NowAndThen, Self::CloseTogether, Self::Throughput, Self::SharedCores];

    fn words(self) -> &'static str {
        match self {
            Self::NowAndThen => "latency of what comes now and then",
            Self::CloseTogether => "latency of what comes close together",
            Self::Throughput => "throughput",
            Self::SharedCores => "cores that others need too",
        }
    }
}

/// A summary of the default, then what to take for each topology and wish.
pub(super) fn advise(record: &Record) -> Vec<Advice> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    for topology in Topology::ALL {
        for wish in Wish::ALL {
            let Some((choice, rest)) = chosen(record, topology, wish) else { continue };
            let question = format!("{}, {}", topology.short(), wish.words());
            let figures = format!("{}{rest}", told(&choice, wish));
            all.push(advice(TOPIC, question, &choice.best.name, figures));
            found.push(choice);
        }
    }
    if !found.is_empty() {
        all.insert(0, of_default(&found));
    }
    all
}

/// The choice, and in words what was left out.
fn chosen(record: &Record, topology: Topology, wish: Wish) -> Option<(Choice, String)> {
    let id = |name: &str| format!("strategies/wait/{}/{name}", topology.name());
    let idle = |contender: &str| median(record, &id("idle/cpu"), contender);
    match wish {
        Wish::NowAndThen | Wish::CloseTogether => {
            let name = if wish == Wish::NowAndThen { "sparse" } else { "near" };
            let all = candidates(record, &id(&format!("{name}_p50")), |one| idle(&one.contender));
            let p99 = candidates(record, &id(&format!("{name}_p99")), |_| Some(0.0));
            let (steady, out) = steady(all, &p99);
            Some((choose(steady)?, out))
        }
        Wish::Throughput => {
            let cost = |contender: &str| median(record, &id("flood/cpu"), contender);
            Some((
                choose(candidates(record, &id("flood"), |one| cost(&one.contender)))?,
                String::new(),
            ))
        }
        Wish::SharedCores => {
            let used = |contender: &str| median(record, &id("sparse/cpu"), contender);
            let quiet = |contender: &str| idle(contender).is_some_and(|cores| cores <= LITTLE);
            let mut all = candidates(record, &id("sparse_p50"), |one| {
                used(&one.contender).filter(|_| quiet(&one.contender))
            });
            let least = all.iter().map(|one| one.cost).fold(f64::INFINITY, f64::min);
            all.retain(|one| one.cost <= least * THRIFTY);
            Some((choose(all)?, String::new()))
        }
    }
}

/// Those that are not quick at the median alone, and in words the others.
fn steady(all: Vec<Candidate>, p99: &[Candidate]) -> (Vec<Candidate>, String) {
    let tail = |one: &Candidate| {
        p99.iter().find(|of| of.name == one.name).map_or(0.0, |of| of.figure.median)
    };
    let beaten = |one: &Candidate, by: &Candidate| {
        by.figure.median >= one.figure.median && tail(by) * STEADY < tail(one)
    };
    let (out, steady): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|one| all.iter().any(|by| beaten(one, by)));
    let quickest = steady.iter().map(|one| one.figure.median).fold(f64::INFINITY, f64::min);
    // Only those that would have been in question without their tail.
    let out: Vec<String> = out
        .iter()
        .filter(|one| one.figure.median <= quickest)
        .map(|one| format!("{} {}", one.name, time(tail(one))))
        .collect();
    let words = match out.is_empty() {
        true => String::new(),
        false => format!("; left out for the p99: {}", out.join(", ")),
    };
    (steady, words)
}

fn told(choice: &Choice, wish: Wish) -> String {
    let cores = |cores| format!("{cores:.2}");
    match wish {
        Wish::Throughput => {
            let each = |nanos| format!("{} ns", short(nanos));
            choice.figures(each, each, |own| format!("{own} of CPU time a message"))
        }
        Wish::SharedCores => {
            let own = |own| format!("{own} cores used with an event each 100 µs");
            format!("p50 {}", choice.figures(time, cores, own))
        }
        _ => {
            let own = |own| format!("{own} cores burnt while idle");
            format!("p50 {}", choice.figures(time, cores, own))
        }
    }
}

/// How often the default is right, and what it costs where it is not.
fn of_default(found: &[Choice]) -> Advice {
    let of = found.len();
    let is = |one: &Candidate| one.name == DEFAULT;
    let chosen = found.iter().filter(|choice| is(&choice.best)).count();
    let level = found.iter().filter(|choice| choice.level.iter().any(is)).count();
    let figures = format!(
        "of {of} choices below it is {chosen}, and level with {level} more; {} go to others",
        of - chosen - level
    );
    let choice = if 2 * (chosen + level) >= of { plain(DEFAULT) } else { "none for all" };
    advice(TOPIC, "One wait for everything", choice, figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Outcome;
    use crate::record::tests::{outcome, record};

    /// Latency at the median and the 99th percentile, in ns, and cores burnt while idle.
    type Made = (&'static str, [f64; 3], f64, f64);

    fn made(waits: &[Made]) -> Record {
        let results = waits.iter().flat_map(|(name, p50, p99, idle)| -> [Outcome; 4] {
            let name = format!("windlass_{name}");
            let at = |id: &str, rounds| {
                outcome(&format!("strategies/wait/one_to_one/{id}"), &name, rounds)
            };
            // Whoever burns no core while idle sleeps in the gaps as well.
            let used = at("sparse/cpu", [0.1 + idle; 3]);
            [at("sparse_p50", *p50), at("sparse_p99", [*p99; 3]), at("idle/cpu", [*idle; 3]), used]
        });
        record(results.collect())
    }

    fn choice(record: &Record, wish: Wish) -> (String, String) {
        let question = format!("{}, {}", Topology::OneToOne.short(), wish.words());
        let all = advise(record);
        let Some(one) = all.iter().find(|one| one.question == question) else {
            panic!("no advice for {question:?} in {all:?}")
        };
        (one.choice.clone(), one.figures.clone())
    }

    #[test]
    fn spinning_wins_where_it_is_quickest() {
        let record = made(&[
            ("adaptive", [40e3, 41e3, 42e3], 60e3, 0.0),
            ("busy_spin", [100.0, 110.0, 120.0], 900.0, 1.0),
        ]);
        let (name, figures) = choice(&record, Wish::NowAndThen);
        assert_eq!(name, "busy_spin", "400 times as quick");
        let expected = "p50 110 ns, 1.00 cores burnt while idle; then adaptive (41.0 µs, 0.00)";
        assert_eq!(figures, expected, "both figures are told");
    }

    #[test]
    fn who_shares_cores_is_told_to_take_what_burns_none() {
        let record = made(&[
            ("adaptive", [40e3, 41e3, 42e3], 60e3, 0.001),
            ("busy_spin", [100.0, 110.0, 120.0], 900.0, 1.0),
        ]);
        assert_eq!(choice(&record, Wish::SharedCores).0, "adaptive", "the other burns a core");
    }

    #[test]
    fn on_a_crowded_machine_a_spinning_median_is_not_enough() {
        let record = made(&[
            ("adaptive", [40e3, 41e3, 42e3], 60e3, 0.0),
            ("busy_spin", [100.0, 110.0, 120.0], 8e6, 2.0),
        ]);
        let (name, figures) = choice(&record, Wish::NowAndThen);
        assert_eq!(name, "adaptive", "the tail of the other is 100 times as long");
        assert!(figures.ends_with("left out for the p99: busy_spin 8.00 ms"), "{figures}");
    }

    #[test]
    fn a_tie_is_said_to_be_one_and_the_cheaper_is_named() {
        let record = made(&[
            ("busy_spin", [100.0, 110.0, 130.0], 900.0, 1.0),
            ("adaptive", [105.0, 120.0, 140.0], 950.0, 0.0),
        ]);
        let (name, figures) = choice(&record, Wish::NowAndThen);
        assert_eq!(name, "adaptive", "110 and 120 are level");
        let tie = "a tie within the spread of the rounds with busy_spin (110 ns, 1.00)";
        assert!(figures.contains(tie), "{figures}");
    }

    #[test]
    fn the_default_is_judged_first() {
        let record = made(&[
            ("adaptive", [40e3, 41e3, 42e3], 60e3, 0.0),
            ("busy_spin", [100.0, 110.0, 120.0], 900.0, 1.0),
        ]);
        let all = advise(&record);
        let first = all.first().map(|one| (one.choice.as_str(), one.figures.as_str()));
        let figures = "of 2 choices below it is 1, and level with 0 more; 1 go to others";
        assert_eq!(first, Some(("adaptive", figures)), "one of two wishes");
    }

    #[test]
    fn what_was_not_measured_gets_no_advice() {
        assert_eq!(advise(&record(Vec::new())), [], "nothing was");
    }
}
