//! `cargo xtask tsan`: runs the unit tests and the stress tests under the thread sanitizer.
//!
//! The other integration tests ask for what it cannot give: memory beyond its limit, compilers and
//! programs as children. Miri runs those of them that are about memory.
//!
//! The standard library is built with the sanitizer as well: without that it reports races that
//! are none. Fences are invisible to it, hence `windlass_strong_barrier`.

use crate::{
    crates::Crate,
    process::{passed, run_and_read},
    workspace::{Outcome, Workspace},
};
use anyhow::{Context, Result, ensure};
use std::{process::Command, time::Duration};

/// Run the tests of the crates with unsafe code under the thread sanitizer (nightly).
#[derive(clap::Args)]
pub(crate) struct Tsan {
    /// Only this package (repeatable)
    #[arg(short, long)]
    package: Vec<String>,
    /// Give up after so many minutes
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// Only tests whose name contains this text
    filter: Option<String>,
}

impl Tsan {
    /// All tests, within a given time.
    pub(crate) fn bounded(minutes: u64) -> Self {
        Self { package: Vec::new(), minutes, filter: None }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let host = host()?;
        if !has_sanitizer(&host) {
            return Ok(Outcome::Skipped(format!("no ThreadSanitizer for {host}")));
        }
        if let Some(missing) = workspace.missing("nightly", &["rust-src"]) {
            return Ok(Outcome::Skipped(missing));
        }
        let mut command =
            workspace.toolchain_cargo("nightly", "test -Zbuild-std --lib --test stress");
        command.args(["--target", &host]);
        let all = Crate::those(workspace.root(), |one| one.is_unsafe && one.has_test("stress"))?;
        let all: Vec<String> = all.into_iter().map(|one| one.name).collect();
        for package in if self.package.is_empty() { &all } else { &self.package } {
            command.args(["-p", package]);
        }
        command.arg("--").args(&self.filter);
        command.env("CARGO_TARGET_DIR", workspace.target("tsan"));
        command.env("RUSTFLAGS", "-Zsanitizer=thread --cfg windlass_strong_barrier");
        // A test asks for more memory than there is and wants to be told, as by any other allocator.
        command.env("TSAN_OPTIONS", "allocator_may_return_null=1");
        let output = run_and_read(&mut command, Duration::from_secs(60 * self.minutes))?;
        let passed = passed(&output);
        ensure!(passed > 0, "0 tests passed: nothing was checked");
        Ok(Outcome::Passed(format!("{passed} passed, no data race found")))
    }
}

/// The platform this machine builds for by default.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc does not start")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

fn has_sanitizer(host: &str) -> bool {
    let known = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
    known.contains(&host) || host.ends_with("-apple-darwin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_without_sanitizer_are_known() {
        assert!(has_sanitizer("x86_64-unknown-linux-gnu"), "refused");
        assert!(has_sanitizer("aarch64-apple-darwin"), "refused");
        assert!(!has_sanitizer("x86_64-pc-windows-msvc"), "accepted");
    }
}
