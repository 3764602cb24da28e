//! What a suite is, and which there are: one for each crate that is measured.
//!
//! A suite is a module with a constant `SUITE`. Everything else, from the rounds to the report, asks
//! only what stands here, so a new suite is that module and a line in [`SUITES`].

use core::time::Duration;

use crate::advice::Advice;
use crate::case::Case;
use crate::pin::Cores;
use crate::record::Record;
use crate::{metrics, partition, pool, qos, ring, strategies};

/// All suites, in the order of runs and reports.
pub const SUITES: &[Suite] =
    &[ring::SUITE, qos::SUITE, partition::SUITE, pool::SUITE, metrics::SUITE, strategies::SUITE];

/// The time that a quick run of most suites has for its rounds.
pub const QUICK: Duration = Duration::from_secs(36);

/// The ids of one crate's measurements, all of which begin with the suite's name.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// The first part of every id.
    pub name: &'static str,
    /// What is measured, in a sentence or two of plain text; the report prints it.
    pub about: &'static str,
    /// The parameters of sweeps: `cap` draws `a/b/cap_64`, `a/b/cap_256` and so on as lines.
    pub parameters: &'static [&'static str],
    /// Ours and the peer that does the same in the same way, where contenders of one id differ in
    /// what they do; each pair gets a ratio of its own.
    pub twins: &'static [(&'static str, &'static str)],
    /// Whether peers take part. Without them all contenders are ours, and the user chooses.
    pub peers: bool,
    /// The time that a quick run has for its rounds.
    pub quick: Duration,
    /// Makes the cases for this machine.
    pub cases: fn(&Context) -> Vec<Case>,
    /// What is left out on this machine; the flag says whether sweeps are run.
    pub not_measured: fn(&Context, bool) -> Vec<String>,
    /// What a user should take on this machine, after the figures of a record.
    pub advice: fn(&Record) -> Vec<Advice>,
}

/// What every suite may need to know of the machine.
#[derive(Clone, Debug)]
pub struct Context {
    /// The cores, read before anything was pinned.
    pub cores: Cores,
    /// How many `PAUSE` instructions a slow consumer does for each event.
    pub pauses: u32,
}

impl Suite {
    /// The suite of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        SUITES.iter().find(|suite| suite.name == name)
    }

    /// Whether an id is one of this suite's.
    #[must_use]
    pub fn owns(&self, id: &str) -> bool {
        id.split('/').next() == Some(self.name)
    }

    /// The names of all suites, for messages.
    #[must_use]
    pub fn names() -> String {
        SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ")
    }

    /// Splits `a/b/cap_64` into `a/b/cap` and 64, if `cap` is a parameter of this suite.
    #[must_use]
    pub fn parameter(&self, id: &str) -> Option<(String, f64)> {
        let (group, number) = id.rsplit_once('_')?;
        let last = group.rsplit('/').next()?;
        let number = number.parse().ok()?;
        self.parameters.contains(&last).then(|| (group.to_owned(), number))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn context() -> Context {
        Context { cores: Cores::read(), pauses: 1 }
    }

    #[test]
    fn every_id_begins_with_its_suite_and_is_unique() {
        let mut seen = BTreeSet::new();
        for suite in SUITES {
            for id in
                (suite.cases)(&context()).iter().flat_map(|case| case.ids().collect::<Vec<_>>())
            {
                assert!(suite.owns(&id), "{id} is not of the suite {}", suite.name);
                assert!(seen.insert(id.clone()), "{id} is there twice");
            }
        }
    }

    #[test]
    fn every_suite_measures_something_in_a_quick_run() {
        for suite in SUITES {
            let quick = (suite.cases)(&context()).iter().any(|case| !case.sweep);
            assert!(quick, "{} has nothing but sweeps", suite.name);
        }
    }

    #[test]
    fn only_ours_take_part_where_there_are_no_peers() {
        for suite in SUITES.iter().filter(|suite| !suite.peers) {
            for case in (suite.cases)(&context()) {
                let names = case.runs.iter().map(|run| run.contender);
                for name in names {
                    assert!(name.starts_with("windlass_"), "{name} in {}", case.id);
                }
            }
        }
    }

    #[test]
    fn twins_take_part() {
        for suite in SUITES {
            let cases = (suite.cases)(&context());
            for (ours, peer) in suite.twins {
                let both = cases.iter().any(|case| {
                    let takes_part = |name| case.runs.iter().any(|run| run.contender == name);
                    takes_part(*ours) && takes_part(*peer)
                });
                assert!(both, "no case of {} has both {ours} and {peer}", suite.name);
            }
        }
    }

    #[test]
    fn parameters_are_split_off() {
        let split = ring::SUITE.parameter("ring/one_to_one/publish_1/cap_64");
        assert_eq!(split, Some(("ring/one_to_one/publish_1/cap".to_owned(), 64.0)), "a sweep");
        assert_eq!(ring::SUITE.parameter("ring/pipeline_3"), None, "a name that ends in a number");
    }
}
