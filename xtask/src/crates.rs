//! Which crates there are, and what of each is checked: read from their folders, typed nowhere.
//!
//! So a new crate takes part in every step that is for its kind as soon as it is there.

use anyhow::{Context, Result, ensure};
use std::{fs, path::Path};

/// A package below `crates/`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    pub(crate) name: String,
    /// Whether it is meant for users.
    pub(crate) is_published: bool,
    /// Whether it can do without the standard library.
    pub(crate) is_no_std: bool,
    /// Whether it may hold `unsafe`: its root does not forbid it.
    pub(crate) is_unsafe: bool,
    /// The names of its integration tests.
    pub(crate) tests: Vec<String>,
    /// The names of its examples.
    pub(crate) examples: Vec<String>,
    /// The names of its features.
    pub(crate) features: Vec<String>,
    /// What a published manifest should say and this one does not.
    pub(crate) lacks: Vec<&'static str>,
}

/// What the manifest of a published crate says beside name and version.
const TOLD: [&str; 5] = ["description", "license", "keywords", "categories", "rust-version"];

impl Crate {
    /// Reads all crates of the workspace in the order of their names.
    pub(crate) fn all(root: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in entries(&root.join("crates"))? {
            if entry.join("Cargo.toml").is_file() {
                found.push(Self::read(&entry)?);
            }
        }
        ensure!(!found.is_empty(), "no crates in {}", root.display());
        Ok(found)
    }

    /// Those of [`all`](Self::all) that a step is for; an error if that is none.
    pub(crate) fn those(root: &Path, wanted: fn(&Self) -> bool) -> Result<Vec<Self>> {
        let mut found = Self::all(root)?;
        found.retain(wanted);
        ensure!(!found.is_empty(), "no crate to check");
        Ok(found)
    }

    pub(crate) fn has_test(&self, name: &str) -> bool {
        self.tests.iter().any(|test| test == name)
    }

    fn read(folder: &Path) -> Result<Self> {
        let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
        let lib = fs::read_to_string(folder.join("src/lib.rs")).unwrap_or_default();
        let manifest: toml::Table = manifest.parse()?;
        let package = manifest.get("package");
        let name = package.and_then(|package| package.get("name")).and_then(toml::Value::as_str);
        let publish = package.and_then(|package| package.get("publish"));
        let features = manifest.get("features").and_then(toml::Value::as_table);
        let told = |key: &str| package.is_some_and(|package| package.get(key).is_some());
        let attributes: Vec<&str> = lib.lines().filter(|line| line.starts_with("#![")).collect();
        let has = |word: &str| attributes.iter().any(|line| line.contains(word));
        Ok(Self {
            name: name.with_context(|| format!("{} has no name", folder.display()))?.to_owned(),
            is_published: publish.and_then(toml::Value::as_bool) != Some(false),
            is_no_std: has("no_std"),
            is_unsafe: !has("forbid(unsafe_code)"),
            tests: targets(&folder.join("tests"))?,
            examples: targets(&folder.join("examples"))?,
            features: features.map(|table| table.keys().cloned().collect()).unwrap_or_default(),
            lacks: TOLD.into_iter().filter(|key| !told(key)).collect(),
        })
    }
}

/// Finds targets as cargo does: files, and folders with a `main.rs`.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in entries(folder)? {
        let is_file = entry.extension().is_some_and(|extension| extension == "rs");
        if is_file || entry.join("main.rs").is_file() {
            found.extend(entry.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let read = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut entries = Vec::new();
    for entry in read {
        entries.push(entry?.path());
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn named(name: &str) -> Crate {
        let all = Crate::all(Workspace::find(false).unwrap().root()).unwrap();
        all.into_iter().find(|one| one.name == name).unwrap()
    }

    #[test]
    fn crates_are_known_by_what_their_files_say() {
        let kind = |name: &str| {
            let found = named(name);
            (found.is_published, found.is_no_std, found.is_unsafe)
        };
        assert_eq!(kind("windlass-sync"), (true, true, true), "published, no_std, unsafe");
        assert_eq!(kind("windlass-ring"), (true, true, true), "no_std by a feature");
        assert_eq!(kind("windlass-partition"), (true, true, false), "forbids unsafe");
        assert_eq!(kind("windlass-testkit"), (false, false, false), "not published");
    }

    #[test]
    fn features_are_those_of_the_manifest() {
        assert_eq!(named("windlass-sync").features, ["default", "std"], "wrong features");
        assert_eq!(named("windlass-partition").features, [] as [&str; 0], "invented");
        assert!(named("windlass-testkit").lacks.contains(&"keywords"), "missed");
    }

    #[test]
    fn tests_are_files_and_folders_with_a_main() {
        let ring = named("windlass-ring");
        assert!(ring.has_test("model") && ring.has_test("stress"), "missed");
        let partition = named("windlass-partition");
        assert!(!partition.has_test("mapping"), "a module is no test of its own");
    }

    #[test]
    fn none_to_check_is_an_error() {
        let root = Workspace::find(false).unwrap().root().to_owned();
        assert!(Crate::those(&root, |_| false).is_err(), "checked nothing");
    }
}
