//! Finding the workspace and the toolchains, and starting commands for them.

use anyhow::{Context, Result, bail, ensure};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How a verb or a step of `ci` ended, when it did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran, with a line that says what was found.
    Passed(String),
    /// A tool is missing, with a line that says which.
    Skipped(String),
    /// There is nothing to check yet, with a line that says why. Not an error under `--strict`.
    Idle(String),
}

/// The checkout that the verbs work on.
pub(crate) struct Workspace {
    root: PathBuf,
    strict: bool,
}

impl Workspace {
    /// Finds the workspace that this package belongs to.
    pub(crate) fn find(strict: bool) -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).parent().context("xtask has no parent folder")?.to_path_buf();
        ensure!(root.join("Cargo.toml").is_file(), "no Cargo.toml in {}", root.display());
        Ok(Self { root, strict })
    }

    /// The folder of the root manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a missing tool is an error.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// A folder for build products that must not disturb the ordinary ones.
    pub(crate) fn target(&self, name: &str) -> PathBuf {
        let base = env::var_os("CARGO_TARGET_DIR").unwrap_or(OsString::from("target"));
        self.root.join(base).join(name)
    }

    /// Turns a skip into an error when the caller asked to be strict.
    pub(crate) fn accept(&self, outcome: Outcome) -> Result<Outcome> {
        match outcome {
            Outcome::Skipped(why) if self.strict => bail!("skipped under --strict: {why}"),
            other => Ok(other),
        }
    }

    /// Starts a command line for the cargo that runs us.
    pub(crate) fn cargo(&self, line: &str) -> Command {
        let program = env::var_os("CARGO").unwrap_or(OsString::from("cargo"));
        let mut command = Command::new(program);
        command.args(line.split_whitespace()).current_dir(&self.root);
        command
    }

    /// Starts a command line for the cargo of another toolchain.
    pub(crate) fn toolchain_cargo(&self, toolchain: &str, line: &str) -> Command {
        let mut command = Command::new("rustup");
        // Set by the outer cargo for its own toolchain, wrong for the other one.
        for name in ["CARGO", "RUSTC", "RUSTDOC", "LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN"] {
            command.env_remove(name);
        }
        command.env("RUSTUP_AUTO_INSTALL", "0").current_dir(&self.root);
        command.args(["run", toolchain, "cargo"]).args(line.split_whitespace());
        command
    }

    /// Tells which components of a toolchain are missing, in words, or nothing.
    pub(crate) fn missing(&self, toolchain: &str, components: &[&str]) -> Option<String> {
        let mut list = Command::new("rustup");
        list.args(["component", "list", "--installed", "--toolchain", toolchain]);
        list.env("RUSTUP_AUTO_INSTALL", "0").stdin(Stdio::null());
        let installed = match list.output() {
            Err(_) => return Some("rustup is not installed".to_owned()),
            Ok(output) if !output.status.success() => {
                return Some(format!("toolchain {toolchain} is not installed"));
            }
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        };
        let absent = |name: &&&str| !installed.lines().any(|line| line.starts_with(**name));
        let absent: Vec<&str> = components.iter().filter(absent).copied().collect();
        (!absent.is_empty()).then(|| format!("toolchain {toolchain} lacks {}", absent.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_an_error_only_under_strict() {
        let root = PathBuf::new();
        let lax = Workspace { root: root.clone(), strict: false };
        let strict = Workspace { root, strict: true };
        assert!(lax.accept(Outcome::Skipped("no tool".into())).is_ok(), "skip refused");
        assert!(strict.accept(Outcome::Skipped("no tool".into())).is_err(), "skip accepted");
        assert!(strict.accept(Outcome::Passed("all".into())).is_ok(), "pass refused");
        assert!(strict.accept(Outcome::Idle("no tag".into())).is_ok(), "idling refused");
    }
}
