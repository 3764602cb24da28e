//! `cargo xtask api`: what the published crates offer is written down below `docs/api`, so that
//! every change of it is seen in a review.

use crate::{
    crates::Crate,
    process::read,
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::{Context, Result, bail, ensure};
use std::{fs, path::PathBuf};

/// Compare what the published crates offer with the listings below docs/api (nightly)
#[derive(clap::Args)]
pub(crate) struct Api {
    /// Write the listings instead
    #[arg(long)]
    bless: bool,
    /// Only this package (repeatable)
    #[arg(short, long)]
    package: Vec<String>,
}

impl Api {
    /// All listings, compared.
    pub(crate) fn check() -> Self {
        Self { bless: false, package: Vec::new() }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let mut crates = Crate::those(workspace.root(), |one| one.is_published)?;
        crates.retain(|one| self.package.is_empty() || self.package.contains(&one.name));
        ensure!(!crates.is_empty(), "no such crate is published");
        if let Some(missing) = tool::PUBLIC_API.missing() {
            let bare = bare(workspace, &crates);
            bare.iter().for_each(|name| println!("{name} has no listing below docs/api"));
            return Ok(missing);
        }
        if let Some(missing) = workspace.missing("nightly", &["rustc"]) {
            return Ok(Outcome::Skipped(missing));
        }
        let mut changed = Vec::new();
        for one in &crates {
            let now = listing(workspace, &one.name)?;
            let path = page(workspace, &one.name);
            if self.bless {
                fs::create_dir_all(path.parent().context("a page has a folder")?)?;
                fs::write(&path, &now)?;
                continue;
            }
            // One that was never written is as different as can be.
            let before = fs::read_to_string(&path).unwrap_or_default();
            let lines = difference(&before, &now);
            if !lines.is_empty() {
                println!("{}:\n{}", one.name, lines.join("\n"));
                changed.push(one.name.as_str());
            }
        }
        if !changed.is_empty() {
            let names = changed.join(", ");
            bail!("{names}: changed; if it is meant, cargo xtask api --bless writes it down");
        }
        let word = if self.bless { "written" } else { "as written down" };
        Ok(Outcome::Passed(format!("{} listings {word}", crates.len())))
    }
}

/// The crates whose listing was never written.
fn bare<'c>(workspace: &Workspace, crates: &'c [Crate]) -> Vec<&'c str> {
    let bare = crates.iter().filter(|one| !page(workspace, &one.name).is_file());
    bare.map(|one| one.name.as_str()).collect()
}

fn page(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.root().join(format!("docs/api/{name}.txt"))
}

/// What a crate offers with all its features, one item a line. What the compiler derives, and what
/// every type has, is left out.
fn listing(workspace: &Workspace, name: &str) -> Result<String> {
    let line = format!("public-api -p {name} --all-features -sss --color never");
    let mut command = workspace.toolchain_cargo("nightly", &line);
    // The documentation of another compiler: ours must not be built anew after it.
    read(command.env("CARGO_TARGET_DIR", workspace.target("api")))
}

/// Lists what went and what came, with a minus and a plus. An item that only moved is none.
fn difference(before: &str, now: &str) -> Vec<String> {
    let left = |from: &str, other: &str, sign: char| -> Vec<String> {
        let mut others: Vec<&str> = other.lines().collect();
        let lines = from.lines().filter(|line| {
            let found = others.iter().position(|other| other == line);
            found.map(|at| others.swap_remove(at)).is_none()
        });
        lines.map(|line| format!("{sign} {line}")).collect()
    };
    let mut lines = left(before, now, '-');
    lines.extend(left(now, before, '+'));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_came_is_shown() {
        let before = "pub fn a::x()\npub fn a::y()\n";
        let now = "pub fn a::y()\npub fn a::x(u8)\n";
        assert_eq!(difference(before, now), ["- pub fn a::x()", "+ pub fn a::x(u8)"], "wrong");
        assert_eq!(difference(before, before), [] as [&str; 0], "invented");
    }

    #[test]
    fn an_item_that_is_there_once_more_is_a_change() {
        let twice = "pub fn a::x()\npub fn a::x()\n";
        assert_eq!(difference("pub fn a::x()\n", twice), ["+ pub fn a::x()"], "missed");
    }
}
