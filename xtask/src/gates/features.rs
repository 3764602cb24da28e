//! Every published crate compiles without warnings whatever features are chosen.
//!
//! `cargo hack` tries the combinations; without it each feature is tried alone, between none and
//! all of them, which is where most mistakes show: an item that another feature brings in.

use crate::{
    crates::Crate,
    process::run,
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::Result;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(900);
/// How many features are tried together. All pairs are cheap, all sets are not.
const DEPTH: &str = "2";

pub(crate) fn run_all(workspace: &Workspace) -> Result<Outcome> {
    let crates = Crate::those(workspace.root(), |one| one.is_published)?;
    if let Some(missing) = tool::HACK.missing() {
        if workspace.is_strict() {
            return Ok(missing);
        }
        return one_by_one(workspace, &crates);
    }
    let mut command = workspace.cargo("hack clippy --feature-powerset --depth");
    command.arg(DEPTH);
    for one in &crates {
        command.args(["-p", &one.name]);
    }
    run(command.args(["--", "-D", "warnings"]), LIMIT)?;
    Ok(Outcome::Passed(format!("all sets of up to {DEPTH} features")))
}

fn one_by_one(workspace: &Workspace, crates: &[Crate]) -> Result<Outcome> {
    let mut tried = 0;
    for one in crates {
        for choice in choices(&one.features) {
            // One by one: together they would have the features of each other.
            let line = format!("clippy -p {} {choice} -- -D warnings", one.name);
            run(&mut workspace.cargo(&line), LIMIT)?;
            tried += 1;
        }
    }
    Ok(Outcome::Passed(format!("{tried} choices; pairs only with {}", tool::HACK.program)))
}

/// No feature, the default ones, each alone, and all.
fn choices(features: &[String]) -> Vec<String> {
    let mut choices = vec!["--no-default-features".to_owned()];
    let alone = features.iter().filter(|name| *name != "default");
    choices.extend(alone.map(|name| format!("--no-default-features --features {name}")));
    if features.iter().any(|name| name != "default") {
        choices.extend([String::new(), "--all-features".to_owned()]);
    }
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_is_tried_alone() {
        let features = ["default", "std", "json"].map(str::to_owned);
        let expected = [
            "--no-default-features",
            "--no-default-features --features std",
            "--no-default-features --features json",
            "",
            "--all-features",
        ];
        assert_eq!(choices(&features), expected, "wrong choices");
    }

    #[test]
    fn a_crate_without_features_is_tried_once() {
        assert_eq!(choices(&[]), ["--no-default-features"], "tried twice");
    }
}
