//! `cargo xtask bench`: builds and runs the benchmark harness, passing all arguments on.

use crate::{
    process::{run, run_and_read},
    workspace::{Outcome, Workspace},
};
use anyhow::{Context, Result, ensure};
use std::{fs, time::Duration};

/// A full run with many rounds takes its time; a hang still ends.
const LIMIT: Duration = Duration::from_secs(6 * 3600);
/// `--smoke` takes some seconds for a suite on an idle machine, and ours may be busy.
const SMOKE_LIMIT: Duration = Duration::from_secs(300);
const BUILD_LIMIT: Duration = Duration::from_secs(1200);

/// Build and run the benchmarks.
#[derive(clap::Args)]
#[command(
    override_usage = "cargo xtask bench [SUITE]... [--quick] [--rounds N] [--filter TEXT] [--json \
                      FILE] [--against RECORD]"
)]
pub(crate) struct Bench {
    /// Suites and flags, as the harness takes them (`cargo xtask bench -- --help` shows its own)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    #[cfg(test)]
    pub(crate) fn arguments(&self) -> &[String] {
        &self.arguments
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let mut command = workspace.cargo("run --release -p benches --bin bench --");
        run(command.args(&self.arguments), LIMIT)?;
        Ok(Outcome::Passed("bench done".to_owned()))
    }
}

/// Runs everything of each suite once and checks that it measured something.
///
/// The harness exits with an error when a consumer's sum is wrong.
pub(crate) fn smoke(workspace: &Workspace) -> Result<Outcome> {
    run(&mut workspace.cargo("build --release -p benches --bin bench"), BUILD_LIMIT)?;
    let list = "run --release -p benches --bin bench -- --list";
    let list = run_and_read(&mut workspace.cargo(list), SMOKE_LIMIT)?;
    let mut measured = Vec::new();
    for suite in list.split_whitespace() {
        measured.push(format!("{suite}: {} results", smoke_one(workspace, suite)?));
    }
    ensure!(!measured.is_empty(), "the harness lists no suite");
    Ok(Outcome::Passed(measured.join(", ")))
}

fn smoke_one(workspace: &Workspace, suite: &str) -> Result<usize> {
    let folder = workspace.target("ci");
    fs::create_dir_all(&folder)?;
    let record = folder.join(format!("bench-{suite}.json"));
    // A record of an earlier run must not stand in for this one.
    if record.exists() {
        fs::remove_file(&record)?;
    }
    let line = format!("run --release -p benches --bin bench -- {suite} --smoke --json");
    let table = run_and_read(workspace.cargo(&line).arg(&record), SMOKE_LIMIT)?;
    ensure!(!table.trim().is_empty(), "the harness printed nothing for {suite}");
    let text = fs::read_to_string(&record).context("the harness wrote no record")?;
    let measured = results(&text, suite);
    ensure!(measured > 0, "the record holds no result of the suite {suite}");
    Ok(measured)
}

/// Counts the results of one suite in a record.
fn results(record: &str, suite: &str) -> usize {
    let words: String = record.split_whitespace().collect();
    words.matches(&format!("\"id\":\"{suite}/")).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted_whatever_the_spacing() {
        let record = "{\"results\": [{\"id\": \"ring/a\"}, {\"id\":\"ring/b\"}, {\"id\":\"x/a\"}]}";
        assert_eq!(results(record, "ring"), 2, "wrong count");
        assert_eq!(results("{\"results\": []}", "ring"), 0, "counted nothing as something");
    }
}
