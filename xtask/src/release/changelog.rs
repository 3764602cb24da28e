//! What is unreleased in the changelog gets a version and a date.

use super::version::Version;
use anyhow::{Context, Result, ensure};

const UNRELEASED: &str = "## Unreleased";

/// What stands below the heading, without it.
pub(super) fn unreleased(changelog: &str) -> Result<&str> {
    let (_, behind) = split(changelog)?;
    let end = behind.find("\n## ").unwrap_or(behind.len());
    let notes = behind[..end].trim();
    ensure!(!notes.is_empty(), "nothing is unreleased");
    Ok(notes)
}

/// The changelog with a heading for the version between the one for what comes next and the notes.
pub(super) fn released(changelog: &str, version: Version, date: &str) -> Result<String> {
    let taken = format!("## {version} ");
    ensure!(!changelog.lines().any(|line| line.starts_with(&taken)), "{version} has notes already");
    unreleased(changelog)?;
    let (before, behind) = split(changelog)?;
    Ok(format!("{before}{UNRELEASED}\n\n## {version} - {date}\n{behind}"))
}

fn split(changelog: &str) -> Result<(&str, &str)> {
    let heading = format!("{UNRELEASED}\n");
    changelog.split_once(&heading).with_context(|| format!("no heading `{UNRELEASED}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## Unreleased\n\n### a\n\n- New.\n\n## 0.1.0 - 2026-01-01\n\n- First.\n";

    #[test]
    fn notes_move_below_a_dated_heading() {
        assert_eq!(unreleased(CHANGELOG).unwrap(), "### a\n\n- New.", "wrong notes");
        let after = released(CHANGELOG, "0.2.0".parse().unwrap(), "2026-02-01").unwrap();
        let expected = "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-02-01\n\n### a\n\n- New.\n\n\
            ## 0.1.0 - 2026-01-01\n\n- First.\n";
        assert_eq!(after, expected, "wrong text");
        assert!(unreleased(&after).is_err(), "released twice");
    }

    #[test]
    fn a_changelog_that_does_not_fit_is_refused() {
        let version = "0.1.0".parse().unwrap();
        assert!(released(CHANGELOG, version, "2026-02-01").is_err(), "the version is there");
        assert!(released("# Changelog\n", version, "2026-02-01").is_err(), "no heading");
    }
}
