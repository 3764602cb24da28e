//! `cargo xtask loom`: runs every crate's `tests/loom.rs` under the model checker.

use crate::{
    crates::Crate,
    process::{passed, run_and_read},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, ensure};
use std::time::Duration;

/// Run the loom models of all crates, or of the named ones.
#[derive(clap::Args)]
pub(crate) struct Loom {
    /// Only this package's models (repeatable)
    #[arg(short, long)]
    package: Vec<String>,
    /// How many involuntary switches of thread loom tries within one execution
    #[arg(long, default_value_t = 2)]
    preemptions: u32,
    /// Give up after so many minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Only models whose name contains this text
    filter: Option<String>,
}

impl Loom {
    /// All models, within a given time.
    pub(crate) fn bounded(minutes: u64) -> Self {
        Self { package: Vec::new(), preemptions: 2, minutes, filter: None }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let mut packages = self.package.clone();
        if packages.is_empty() {
            let models = Crate::those(workspace.root(), |one| one.has_test("loom"))?;
            packages.extend(models.into_iter().map(|one| one.name));
        }
        let mut command = workspace.cargo("test --profile loom --test loom");
        for package in &packages {
            command.args(["-p", package]);
        }
        command.args(["--", "--format", "pretty"]).args(&self.filter);
        // A target folder of its own: other flags would rebuild everything, both ways.
        command.env("CARGO_TARGET_DIR", workspace.target("loom"));
        command.env("RUSTFLAGS", "--cfg loom -C debug-assertions");
        command.env("LOOM_MAX_PREEMPTIONS", self.preemptions.to_string());
        let output = run_and_read(&mut command, Duration::from_secs(60 * self.minutes))?;
        let passed = passed(&output);
        ensure!(passed > 0, "0 models passed: nothing was checked");
        Ok(Outcome::Passed(format!("{passed} models passed")))
    }
}
