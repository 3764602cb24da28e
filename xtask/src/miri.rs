//! `cargo xtask miri`: runs unit and integration tests in the interpreter that finds undefined
//! behaviour.
//!
//! Tests that are too large for it carry `#[cfg_attr(miri, ignore)]` with the reason, and loops are
//! shorter under `cfg!(miri)`. Beside them run the golden vectors of the partitioners, on a platform
//! unlike this one: what they promise is the same mapping everywhere. The interpreter runs one thread at a time, so the test binaries run
//! side by side, as many as there are cores.

use crate::{
    crates::Crate,
    process::{passed, run, run_and_read_as},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, bail, ensure};
use std::{
    process::Command,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

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

/// The tests of mappings and formats that are the same everywhere.
const GOLDEN: &str = "golden";

/// A platform with pointers of 32 bits and the high byte first.
const FOREIGN: &str = "powerpc-unknown-linux-gnu";

/// One test binary: its package, and how cargo selects it.
#[derive(Debug, PartialEq, Eq)]
struct Binary {
    package: String,
    target: Vec<String>,
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
        let end = Instant::now() + Duration::from_secs(60 * self.minutes);
        let crates = Crate::those(workspace.root(), |one| one.is_unsafe || one.has_test(GOLDEN))?;
        let binaries = self.binaries(&crates)?;
        // Built first and together: cargo lets only one build at a time.
        let mut build = self.command(workspace, "miri test --no-run --lib --tests");
        for one in crates.iter().filter(|one| binaries.iter().any(|it| it.package == one.name)) {
            build.args(["-p", &one.name]);
        }
        run(&mut build, left(end))?;

        let all = binaries.len();
        let queue = Mutex::new(binaries.into_iter());
        let done = thread::scope(|scope| {
            let work = || {
                let mut done = Vec::new();
                loop {
                    // A statement of its own, so that the lock is not held while a test runs.
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some(binary) = next else { return done };
                    done.push(self.run_one(workspace, &binary, end));
                }
            };
            let workers: Vec<_> = (0..self.workers()).map(|_| scope.spawn(work)).collect();
            let done = workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default());
            done.collect::<Vec<Result<u64>>>()
        });
        ensure!(done.len() == all, "{} of {all} binaries were run", done.len());
        let failed: Vec<String> =
            done.iter().filter_map(|one| Some(format!("{:#}", one.as_ref().err()?))).collect();
        if !failed.is_empty() {
            bail!("{}", failed.join("; "));
        }
        let passed: u64 = done.into_iter().flatten().sum();
        ensure!(passed > 0, "0 tests passed: nothing was checked");
        Ok(Outcome::Passed(format!("{passed} passed, no undefined behaviour found")))
    }

    /// The binaries of the chosen crates, but for the loom models, which are empty without loom.
    fn binaries(&self, crates: &[Crate]) -> Result<Vec<Binary>> {
        let unknown = |name: &&String| !crates.iter().any(|one| one.name == **name);
        if let Some(name) = self.package.iter().find(unknown) {
            bail!("{name} has neither unsafe code nor golden vectors, or is no crate here");
        }
        let mut binaries = Vec::new();
        for one in crates {
            if !self.package.is_empty() && !self.package.contains(&one.name) {
                continue;
            }
            let binary = |target: &[&str]| Binary {
                package: one.name.clone(),
                target: target.iter().map(|word| (*word).to_owned()).collect(),
            };
            if one.is_unsafe {
                binaries.push(binary(&["--lib"]));
                let tests = one.tests.iter().filter(|name| !self.lib && *name != "loom");
                binaries.extend(tests.map(|name| binary(&["--test", name])));
            }
            if one.has_test(GOLDEN) && !self.lib {
                // The longest one, so it begins first.
                binaries.insert(0, binary(&["--target", FOREIGN, "--test", GOLDEN]));
            }
        }
        Ok(binaries)
    }

    fn run_one(&self, workspace: &Workspace, binary: &Binary, end: Instant) -> Result<u64> {
        let mut command = self.command(workspace, "miri test --quiet");
        command.args(["-p", &binary.package]).args(&binary.target);
        command.args(["--", "--format", "pretty"]).args(&self.filter);
        let name = format!("{} {}", binary.package, binary.target.last().map_or("", |it| it));
        let output = run_and_read_as(&name, &mut command, left(end));
        Ok(passed(&output.map_err(|error| error.context(name))?))
    }

    fn command(&self, workspace: &Workspace, line: &str) -> Command {
        let mut command = workspace.toolchain_cargo("nightly", line);
        command.arg("--all-features");
        command.env("CARGO_TARGET_DIR", workspace.target("miri")).env("MIRIFLAGS", self.flags());
        command
    }

    /// With several seeds the interpreter itself takes all cores.
    fn workers(&self) -> usize {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        if self.seeds > 1 { 1 } else { cores }
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

fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages() -> Vec<Crate> {
        let of = |name: &str, tests: &[&str]| Crate {
            name: name.to_owned(),
            is_published: true,
            is_no_std: true,
            is_unsafe: name != "c",
            tests: tests.iter().map(|name| (*name).to_owned()).collect(),
            examples: vec![],
            features: Vec::new(),
            lacks: Vec::new(),
        };
        vec![of("a", &["loom", "stress"]), of("b", &["model"]), of("c", &["golden", "other"])]
    }

    fn words(miri: &Miri) -> Vec<String> {
        let binaries = miri.binaries(&packages()).unwrap();
        binaries.iter().map(|one| format!("{} {}", one.package, one.target.join(" "))).collect()
    }

    #[test]
    fn every_binary_but_the_models_is_run() {
        let mut miri = Miri::bounded(1);
        let foreign = format!("c --target {FOREIGN} --test golden");
        let all = [&foreign, "a --lib", "a --test stress", "b --lib", "b --test model"];
        assert_eq!(words(&miri), all, "wrong binaries");
        miri.lib = true;
        assert_eq!(words(&miri), ["a --lib", "b --lib"], "wrong binaries");
        miri.package = vec!["b".to_owned()];
        assert_eq!(words(&miri), ["b --lib"], "wrong binaries");
        miri.package = vec!["d".to_owned()];
        assert!(miri.binaries(&packages()).is_err(), "a crate that is none");
    }

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
