//! The version in the root manifest, and where members name each other with it.

use super::version::Version;
use anyhow::{Context, Result, anyhow, ensure};
use toml::{Table, Value};

/// The version that all members share.
pub(super) fn version(manifest: &str) -> Result<Version> {
    let table: Table = manifest.parse()?;
    let version = at(&table, &["workspace", "package", "version"]).and_then(Value::as_str);
    version.context("the workspace has no version")?.parse().map_err(|error: String| anyhow!(error))
}

/// The same manifest with another version; comments and layout stay as they are.
pub(super) fn with_version(manifest: &str, version: Version) -> Result<String> {
    let mut section = "";
    let mut changed = String::new();
    for line in manifest.lines() {
        section = if line.starts_with('[') { line.trim() } else { section };
        let is_ours = match section {
            "[workspace.package]" => line.starts_with("version"),
            "[workspace.dependencies]" => line.contains("path = "),
            _ => false,
        };
        let replaced = if is_ours { replaced(line, version) } else { None };
        changed.push_str(&replaced.unwrap_or_else(|| line.to_owned()));
        changed.push('\n');
    }
    // Read again, so that another layout than expected is not half a release.
    ensure!(self::version(&changed)? == version, "the version is not on a line of its own");
    let table: Table = changed.parse()?;
    let dependencies = at(&table, &["workspace", "dependencies"]).and_then(Value::as_table);
    for (name, value) in dependencies.context("no dependencies of the workspace")? {
        let named = value.get("version").and_then(Value::as_str);
        let is_ours = value.get("path").is_some();
        let is_behind = named.is_some_and(|named| named != version.to_string());
        ensure!(!(is_ours && is_behind), "{name} keeps its version");
    }
    Ok(changed)
}

/// A line with what stands between the quotes behind `version` replaced.
fn replaced(line: &str, version: Version) -> Option<String> {
    let (before, rest) = line.split_once("version = \"")?;
    let (_, after) = rest.split_once('"')?;
    Some(format!("{before}version = \"{version}\"{after}"))
}

/// The lines that differ, before and after.
pub(super) fn changes(before: &str, after: &str) -> String {
    let differ = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    differ.map(|(before, after)| format!("- {before}\n+ {after}\n")).collect()
}

fn at<'t>(table: &'t Table, path: &[&str]) -> Option<&'t Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.88\"\n\n\
        [workspace.dependencies]\n# Ours.\na = { path = \"crates/a\", version = \"0.1.0\" }\n\
        kit = { path = \"crates/kit\" }\nother = \"0.1.0\"\nmore = { version = \"0.1.0\" }\n";

    #[test]
    fn only_our_versions_change() {
        let changed = with_version(MANIFEST, "0.2.0".parse().unwrap()).unwrap();
        let expected = "- version = \"0.1.0\"\n+ version = \"0.2.0\"\n\
            - a = { path = \"crates/a\", version = \"0.1.0\" }\n\
            + a = { path = \"crates/a\", version = \"0.2.0\" }\n";
        assert_eq!(changes(MANIFEST, &changed), expected, "wrong lines");
    }

    #[test]
    fn a_layout_that_is_not_understood_is_refused() {
        let version: Version = "0.2.0".parse().unwrap();
        let spread = MANIFEST.replace(
            "a = { path = \"crates/a\", version = \"0.1.0\" }",
            "[workspace.dependencies.a]\npath = \"crates/a\"\nversion = \"0.1.0\"",
        );
        assert!(with_version(&spread, version).is_err(), "half a release");
        assert!(with_version("[workspace]\n", version).is_err(), "no version");
    }
}
