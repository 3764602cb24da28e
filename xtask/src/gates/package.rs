//! `cargo xtask package`: what users would download is complete, holds nothing else, and builds.

use crate::{
    crates::Crate,
    process::{read, run},
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, bail};
use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Package the published crates, and check what is in the packages
#[derive(clap::Args)]
pub(crate) struct Package {}

const LIMIT: Duration = Duration::from_secs(1200);

/// What every package has.
const NEEDED: [&str; 5] =
    ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];
/// What cargo adds.
const ADDED: [&str; 3] = ["Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];
/// Where sources and what they read may stand, and how their names end.
const FOLDERS: [&str; 4] = ["src/", "examples/", "tests/", "data/"];
const ENDINGS: [&str; 5] = [".rs", ".stderr", ".csv", ".txt", ".md"];

impl Package {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let crates = Crate::those(workspace.root(), |one| one.is_published)?;
        let mut problems = Vec::new();
        for one in &crates {
            let line = format!("package --list --allow-dirty -p {}", one.name);
            let list = read(&mut workspace.cargo(&line))?;
            let found = one.lacks.iter().map(|key| format!("Cargo.toml lacks `{key}`"));
            let found = found.chain(contents(&list));
            problems.extend(found.map(|what| format!("{}: {what}", one.name)));
        }
        if !problems.is_empty() {
            problems.iter().for_each(|problem| println!("{problem}"));
            bail!("{} problems in packages", problems.len());
        }
        // Each is unpacked and built from what is in the package, with the others from theirs.
        let mut command = workspace.cargo("package --allow-dirty");
        for one in &crates {
            command.args(["-p", &one.name]);
        }
        // A folder of this run alone: by its path cargo remembers what it unpacked from there, and versions do not change
        // between releases. Otherwise a package may be built with the others as they were in an earlier run.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let folder = workspace.target(&format!("package-{}", since.as_millis()));
        let done = run(command.env("CARGO_TARGET_DIR", &folder), LIMIT);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        done?;
        Ok(Outcome::Passed(format!("{} packages are complete and build", crates.len())))
    }
}

/// Says what a list of files lacks, and what should not be on it.
fn contents(list: &str) -> Vec<String> {
    let names: Vec<&str> = list.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    let lacks = NEEDED.iter().filter(|name| !names.contains(name));
    let is_known = |name: &&&str| {
        let in_folder = FOLDERS.iter().any(|folder| name.starts_with(folder));
        let is_source = in_folder && ENDINGS.iter().any(|ending| name.ends_with(ending));
        is_source || NEEDED.contains(name) || ADDED.contains(name)
    };
    let strays = names.iter().filter(|name| !is_known(name));
    let lacks = lacks.map(|name| format!("{name} is not in the package"));
    lacks.chain(strays.map(|name| format!("{name} does not belong into the package"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = ".cargo_vcs_info.json\nCargo.lock\nCargo.toml\nCargo.toml.orig\n\
        LICENSE-APACHE\nLICENSE-MIT\nREADME.md\nsrc/lib.rs\nsrc/a/b.rs\ntests/t/x.stderr\n";

    #[test]
    fn a_complete_package_is_fine() {
        assert_eq!(contents(GOOD), [] as [&str; 0], "refused");
    }

    #[test]
    fn what_a_package_lacks_is_found() {
        for name in NEEDED {
            let list = GOOD.replace(&format!("{name}\n"), "");
            assert_eq!(contents(&list), [format!("{name} is not in the package")], "missed");
        }
    }

    #[test]
    fn strays_are_found() {
        for stray in ["notes.md", "src/core.dump", "target/x.rs", ".env", "src/a.rs.orig"] {
            let list = format!("{GOOD}{stray}\n");
            let expected = format!("{stray} does not belong into the package");
            assert_eq!(contents(&list), [expected], "missed");
        }
    }
}
