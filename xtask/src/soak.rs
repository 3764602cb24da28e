//! `cargo xtask soak`: runs random topologies with faults and checks that every sum adds up.
//!
//! The program is the member `soak`: what it checks must not be built before the other verbs.

use crate::{
    process::{run, run_and_read},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, ensure};
use std::time::Duration;

const BUILD_LIMIT: Duration = Duration::from_secs(1200);

/// Run random topologies with faults, and check that every sum adds up.
#[derive(clap::Args)]
pub(crate) struct Soak {
    /// For so long
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// The seed of the first round; by the clock if it is not given
    #[arg(long)]
    seed: Option<u64>,
    /// So many rounds of each kind instead of a time
    #[arg(long)]
    rounds: Option<u64>,
    /// Only this kind of topology: `cargo run -p soak -- --help` names them
    #[arg(long)]
    only: Option<String>,
}

impl Soak {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        soak(workspace, 60 * self.minutes, &self.arguments())
    }

    fn arguments(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("--seed={seed}"));
        let rounds = self.rounds.map(|rounds| format!("--rounds={rounds}"));
        let only = self.only.as_ref().map(|only| format!("--only={only}"));
        seed.into_iter().chain(rounds).chain(only).collect()
    }
}

/// A few seconds, for `ci`.
pub(crate) fn short(workspace: &Workspace) -> Result<Outcome> {
    soak(workspace, 10, &[])
}

fn soak(workspace: &Workspace, seconds: u64, arguments: &[String]) -> Result<Outcome> {
    run(&mut workspace.cargo("build --release -p soak"), BUILD_LIMIT)?;
    let line = format!("run --quiet --release -p soak -- --seconds {seconds}");
    // The last round has a minute before it counts as hanging.
    let limit = Duration::from_secs(seconds + 120);
    let output = run_and_read(workspace.cargo(&line).args(arguments), limit)?;
    let summary = output.lines().last().unwrap_or_default();
    ensure!(has_checked(summary), "nothing was checked: {summary}");
    Ok(Outcome::Passed(summary.to_owned()))
}

/// Whether the last line of the program names identities that it checked.
fn has_checked(summary: &str) -> bool {
    let before = summary.split(" identities checked").next().unwrap_or_default();
    let number = before.rsplit(' ').next().unwrap_or_default();
    summary.contains(" identities checked") && number.parse::<u64>().is_ok_and(|n| n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_checked_nothing_is_known() {
        let line = "3 rounds from seed 1: 10 messages, 97 identities checked, 0 broken";
        assert!(has_checked(line), "refused");
        assert!(!has_checked("0 rounds: 0 messages, 0 identities checked, 0 broken"), "nothing");
        assert!(!has_checked("97"), "no summary");
    }

    #[test]
    fn what_is_asked_for_is_passed_on() {
        let soak = Soak { minutes: 2, seed: Some(7), rounds: Some(1), only: Some("ring".into()) };
        assert_eq!(soak.arguments(), ["--seed=7", "--rounds=1", "--only=ring"], "arguments");
    }
}
