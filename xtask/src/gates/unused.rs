//! Dependencies that a manifest names and no source does.

use crate::{
    process::run,
    tool,
    workspace::{Outcome, Workspace},
};
use anyhow::Result;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

pub(crate) fn run_all(workspace: &Workspace) -> Result<Outcome> {
    if let Some(missing) = tool::MACHETE.missing() {
        return Ok(missing);
    }
    // It takes this variable for a sign that it was not started by cargo.
    run(workspace.cargo("machete").env_remove("CARGO_PKG_NAME"), LIMIT)?;
    Ok(Outcome::Passed("every dependency is used".to_owned()))
}
