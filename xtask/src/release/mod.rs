//! `cargo xtask release`: everything that a release needs, but for publishing.
//!
//! One version stands in one manifest, so the edits are small. Why not a tool of others:
//! `docs/decisions/0017-release-verb.md`.

mod changelog;
mod manifest;
mod version;

use crate::{
    ci::Ci,
    gates::package::Package,
    process::{read, run},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, ensure};
use std::{fs, path::PathBuf, process::Command, time::Duration};
use version::{Version, today};

const LIMIT: Duration = Duration::from_secs(300);

/// Prepare a release: versions, changelog, checks, packages, tag. Publishes nothing.
#[derive(clap::Args)]
pub(crate) struct Release {
    /// The version, as 0.2.0
    version: Version,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave the checks out, but for the packages
    #[arg(long)]
    no_ci: bool,
    /// Commit, and tag the commit
    #[arg(long)]
    tag: bool,
}

/// What is to be written, and said.
struct Plan {
    version: Version,
    manifest: String,
    changelog: String,
    message: String,
}

impl Release {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let plan = self.plan(workspace)?;
        if self.dry_run {
            let manifest = fs::read_to_string(path(workspace, "Cargo.toml"))?;
            print!("{}", manifest::changes(&manifest, &plan.manifest));
            println!("{}", self.steps(&plan.version).join("\n"));
            println!("\nThe message of the tag:\n\n{}", plan.message);
            return Ok(Outcome::Passed("nothing was done".to_owned()));
        }
        fs::write(path(workspace, "Cargo.toml"), &plan.manifest)?;
        fs::write(path(workspace, "CHANGELOG.md"), &plan.changelog)?;
        run(&mut workspace.cargo("update --workspace --offline"), LIMIT)?;
        let checked = self.check(workspace);
        checked.map_err(|error| error.context("to go back: git restore ."))?;
        let message = &plan.message;
        if !self.tag {
            println!("\nThe message of the tag:\n\n{message}");
            return Ok(Outcome::Passed(format!("{} is prepared, not committed", plan.version)));
        }
        let title = format!("Release {}", plan.version);
        let tag = plan.version.tag();
        run(git(workspace).args(["commit", "--all", "--message", &title]), LIMIT)?;
        run(
            git(workspace).args([
                "tag",
                "--annotate",
                "--cleanup=whitespace",
                &tag,
                "--message",
                message,
            ]),
            LIMIT,
        )?;
        Ok(Outcome::Passed(format!("{tag} is tagged; to publish: cargo publish --workspace")))
    }

    /// Everything that can be refused before something is changed.
    fn plan(&self, workspace: &Workspace) -> Result<Plan> {
        let (version, tag) = (self.version, self.version.tag());
        let manifest = fs::read_to_string(path(workspace, "Cargo.toml"))?;
        let changelog = fs::read_to_string(path(workspace, "CHANGELOG.md"))?;
        let current = manifest::version(&manifest)?;
        ensure!(current <= version, "{version} is older than {current}");
        let tags = read(git(workspace).args(["tag", "--list", &tag]))?;
        ensure!(tags.trim().is_empty(), "{tag} is tagged already");
        let changed = read(git(workspace).args(["status", "--porcelain"]))?;
        ensure!(self.dry_run || changed.trim().is_empty(), "not committed:\n{changed}");
        let notes = changelog::unreleased(&changelog)?;
        Ok(Plan {
            version,
            manifest: manifest::with_version(&manifest, version)?,
            changelog: changelog::released(&changelog, version, &today()?)?,
            message: format!("Windlass {version}\n\n{notes}"),
        })
    }

    fn check(&self, workspace: &Workspace) -> Result<Outcome> {
        if self.no_ci {
            return Package {}.run(workspace);
        }
        // A release must not pass because a tool was missing.
        Ci::all().run(&Workspace::find(true)?)
    }

    fn steps(&self, version: &Version) -> Vec<String> {
        let checks = if self.no_ci { "the packages" } else { "everything, missing tools included" };
        let mut steps = vec![
            format!("CHANGELOG.md: what is unreleased becomes {version}"),
            "Cargo.lock: the members' versions".to_owned(),
            format!("checked: {checks}"),
        ];
        if self.tag {
            steps.push(format!("committed, and tagged as {}", version.tag()));
        }
        steps
    }
}

fn path(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.root().join(name)
}

fn git(workspace: &Workspace) -> Command {
    let mut command = Command::new("git");
    command.current_dir(workspace.root());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_release_of_this_repository_can_be_planned() {
        let workspace = Workspace::find(false).unwrap();
        let manifest = fs::read_to_string(path(&workspace, "Cargo.toml")).unwrap();
        let next: Version = "999.0.0".parse().unwrap();
        let changed = manifest::with_version(&manifest, next).unwrap();
        assert_eq!(manifest::version(&changed).unwrap(), next, "the version");
        let lines = manifest::changes(&manifest, &changed).lines().count();
        assert!(lines > 2, "its crates name each other");
        let changelog = fs::read_to_string(path(&workspace, "CHANGELOG.md")).unwrap();
        assert!(changelog::released(&changelog, next, "2000-01-01").is_ok(), "the changelog");
    }
}
