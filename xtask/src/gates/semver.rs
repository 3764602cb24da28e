//! A change that breaks users needs a version that says so: compared with the last tag.

use crate::{
    crates::Crate,
    process::{read, run},
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::Result;
use std::{process::Command, time::Duration};

const LIMIT: Duration = Duration::from_secs(1200);

pub(crate) fn run_all(workspace: &Workspace) -> Result<Outcome> {
    let tags = read(git(workspace).args(["tag", "--merged", "HEAD", "--sort=-version:refname"]))?;
    let Some(tag) = newest(&tags) else {
        return Ok(Outcome::Idle("no version is tagged yet, nothing to compare with".to_owned()));
    };
    if let Some(missing) = tool::SEMVER.missing() {
        return Ok(missing);
    }
    let mut command = workspace.cargo("semver-checks --baseline-rev");
    command.arg(tag);
    // In a folder of its own, which later runs find again.
    command.env("CARGO_TARGET_DIR", workspace.target("semver"));
    let mut compared = 0;
    for one in Crate::those(workspace.root(), |one| one.is_published)? {
        let manifest = format!("{tag}:crates/{}/Cargo.toml", one.name);
        // A crate that the tag does not have yet breaks nobody.
        if read(git(workspace).args(["cat-file", "-e", &manifest])).is_ok() {
            command.args(["-p", &one.name]);
            compared += 1;
        }
    }
    if compared == 0 {
        return Ok(Outcome::Idle(format!("{tag} has none of these crates")));
    }
    run(&mut command, LIMIT)?;
    Ok(Outcome::Passed(format!("{compared} crates keep the promises of {tag}")))
}

fn git(workspace: &Workspace) -> Command {
    let mut command = Command::new("git");
    command.current_dir(workspace.root());
    command
}

/// The first tag that is a version, `v` and three numbers.
fn newest(tags: &str) -> Option<&str> {
    let is_version = |tag: &&str| {
        let parts: Vec<&str> = tag.strip_prefix('v').unwrap_or_default().split('.').collect();
        parts.len() == 3 && parts.iter().all(|part| part.parse::<u64>().is_ok())
    };
    tags.lines().map(str::trim).find(is_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_count_as_tags_to_compare_with() {
        assert_eq!(newest("wip\nv1.2\nv0.10.0\nv0.2.0\n"), Some("v0.10.0"), "wrong tag");
        assert_eq!(newest("v1.0.0-rc.1\n1.0.0\n"), None, "no released version");
        assert_eq!(newest(""), None, "invented");
    }
}
