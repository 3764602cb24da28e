//! Every example runs to its end: one that is a program by the test of its name, all others here.

use crate::{
    crates::Crate,
    process::{run, run_quietly},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, bail};
use std::{process::Command, time::Duration};

/// Building them, where the tests were not built before.
const BUILD: Duration = Duration::from_secs(900);
/// They are small.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run_all(workspace: &Workspace) -> Result<Outcome> {
    // As the tests build them, so that they are not built once more.
    run(&mut workspace.cargo("build --workspace --examples --all-features"), BUILD)?;
    let folder = workspace.target("debug").join("examples");
    let crates = Crate::all(workspace.root())?;
    let names: Vec<&str> = crates.iter().flat_map(untested).collect();
    let mut failed = Vec::new();
    for name in &names {
        let mut command = Command::new(folder.join(name));
        let (success, text) = run_quietly(command.current_dir(workspace.root()), LIMIT)?;
        if !success {
            println!("{text}");
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    run(&mut workspace.cargo("run --release --example log_tally -- --check"), BUILD)?;
    Ok(Outcome::Passed(format!("{} examples and log_tally run to their ends", names.len())))
}

/// Those that no test runs.
fn untested(one: &Crate) -> impl Iterator<Item = &str> {
    one.examples.iter().map(String::as_str).filter(|name| !one.has_test(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untested_of(name: &str) -> Vec<String> {
        let all = Crate::all(Workspace::find(false).unwrap().root()).unwrap();
        let one = all.iter().find(|one| one.name == name).unwrap();
        untested(one).map(str::to_owned).collect()
    }

    #[test]
    fn examples_are_files_and_folders_but_for_those_with_a_test() {
        assert_eq!(untested_of("windlass-partition"), ["rolling_change"], "a file");
        assert_eq!(
            untested_of("windlass-pool"),
            ["basic_worker", "three_pools"],
            "programs have tests"
        );
        assert_eq!(untested_of("windlass-metrics"), [] as [&str; 0], "none");
    }
}
