//! What the dependencies are allowed to be: `deny.toml` says it, `cargo deny` looks.
//!
//! Known weaknesses are a step of their own, since their list comes from the network and what it
//! says changes without a change here.

use crate::{
    process::{run, run_quietly},
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::{Result, ensure};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// Licences, duplicates and sources.
pub(crate) fn rules(workspace: &Workspace) -> Result<Outcome> {
    if let Some(missing) = tool::DENY.missing() {
        return Ok(missing);
    }
    let line = "deny --workspace --all-features check --hide-inclusion-graph bans licenses sources";
    run(&mut workspace.cargo(line), LIMIT)?;
    Ok(Outcome::Passed("licences, duplicates and sources as deny.toml wants them".to_owned()))
}

/// Known weaknesses of dependencies.
pub(crate) fn advisories(workspace: &Workspace) -> Result<Outcome> {
    if let Some(missing) = tool::DENY.missing() {
        return Ok(missing);
    }
    let line = "deny --workspace --all-features check --hide-inclusion-graph advisories";
    let (success, text) = run_quietly(&mut workspace.cargo(line), LIMIT)?;
    if !success && is_unreachable(&text) {
        return Ok(Outcome::Skipped("the list of known weaknesses cannot be had".to_owned()));
    }
    print!("{text}");
    ensure!(success, "a dependency has a known weakness");
    Ok(Outcome::Passed("no known weakness".to_owned()))
}

/// Tells a list that cannot be fetched from a weakness that was found.
fn is_unreachable(text: &str) -> bool {
    text.contains("failed to fetch advisory database") || text.contains("failed to load advisory")
}
