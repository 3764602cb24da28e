//! `cargo xtask miri`: runs unit and integration tests in the interpreter that finds undefined
//! behaviour.
//!
//! Tests that are too large for it carry `#[cfg_attr(miri, ignore)]` with the reason.

use crate::{
    process::{passed, run_and_read},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, ensure};
use std::time::Duration;

/// The crates that hold `unsafe`, and so have something for Miri to find.
pub(crate) const PACKAGES: [&str; 2] = ["windlass-sync", "windlass-ring"];

/// Run the tests of the crates with unsafe code under Miri (nightly).
#[derive(clap::Args)]
pub(crate) struct Miri {
    /// Only this package (repeatable)
    #[arg(short, long)]
    package: Vec<String>,
    /// How many seeds, that is different schedules, each test runs with
    #[arg(long, default_value_t = 4)]
    seeds: u32,
    /// Leave the integration tests out
    #[arg(long)]
    lib: bool,
    /// Check with tree borrows instead of stacked borrows
    #[arg(long)]
    tree_borrows: bool,
    /// Give up after so many minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Only tests whose name contains this text
    filter: Option<String>,
}

impl Miri {
    /// All tests under one schedule, within a given time.
    pub(crate) fn bounded(minutes: u64) -> Self {
        let package = Vec::new();
        Self { package, seeds: 1, lib: false, tree_borrows: false, minutes, filter: None }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        if let Some(missing) = workspace.missing("nightly", &["miri", "rust-src"]) {
            return Ok(Outcome::Skipped(missing));
        }
        ensure!(self.seeds > 0, "0 seeds check nothing");
        let mut command = workspace.toolchain_cargo("nightly", "miri test --lib");
        if !self.lib {
            command.arg("--tests");
        }
        let all = PACKAGES.map(str::to_owned);
        for package in if self.package.is_empty() { &all[..] } else { &self.package } {
            command.args(["-p", package]);
        }
        command.arg("--").args(&self.filter);
        command.env("CARGO_TARGET_DIR", workspace.target("miri")).env("MIRIFLAGS", self.flags());
        let output = run_and_read(&mut command, Duration::from_secs(60 * self.minutes))?;
        let passed = passed(&output);
        ensure!(passed > 0, "0 tests passed: nothing was checked");
        Ok(Outcome::Passed(format!("{passed} passed, no undefined behaviour found")))
    }

    fn flags(&self) -> String {
        let mut flags = "-Zmiri-strict-provenance".to_owned();
        if self.tree_borrows {
            flags.push_str(" -Zmiri-tree-borrows");
        }
        if self.seeds > 1 {
            flags.push_str(&format!(" -Zmiri-many-seeds=0..{}", self.seeds));
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provenance_is_always_strict() {
        let mut miri = Miri::bounded(1);
        assert_eq!(miri.flags(), "-Zmiri-strict-provenance", "wrong flags");
        miri.seeds = 8;
        miri.tree_borrows = true;
        let flags = "-Zmiri-strict-provenance -Zmiri-tree-borrows -Zmiri-many-seeds=0..8";
        assert_eq!(miri.flags(), flags, "wrong flags");
    }
}
