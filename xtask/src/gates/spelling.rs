//! British spelling in texts, comments and names, but for the exceptions in `_typos.toml`.

use crate::{
    process::run,
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::Result;
use std::{process::Command, time::Duration};

const LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn run_all(workspace: &Workspace) -> Result<Outcome> {
    if let Some(missing) = tool::TYPOS.missing() {
        return Ok(missing);
    }
    run(Command::new("typos").current_dir(workspace.root()), LIMIT)?;
    Ok(Outcome::Passed("no word is misspelt".to_owned()))
}
