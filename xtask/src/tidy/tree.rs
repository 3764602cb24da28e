//! The texts of the repository, in memory.

use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// What is built or belongs to git, at the top level.
const NOT_OURS: [&str; 2] = [".git", "target"];

/// All files below the root, by their path with `/` between the names.
#[derive(Default)]
pub(super) struct Tree {
    texts: BTreeMap<String, String>,
    /// Files and folders, for links that point at them.
    paths: BTreeSet<String>,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let top = prefix.is_empty();
            if top && NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            let path = if top { name } else { format!("{prefix}/{name}") };
            if entry.file_type()?.is_dir() {
                self.read_folder(&entry.path(), &path)?;
            } else if let Ok(text) = fs::read_to_string(entry.path()) {
                // What is not UTF-8 is no text of ours, but may be linked to.
                self.texts.insert(path.clone(), text);
            }
            self.paths.insert(path);
        }
        Ok(())
    }

    /// Makes a tree of the given texts.
    #[cfg(test)]
    pub(super) fn of(texts: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in texts {
            tree.texts.insert((*path).to_owned(), (*text).to_owned());
            let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
            tree.paths.extend(ends.map(|end| path[..end].to_owned()));
        }
        tree
    }

    /// The path and text of every file.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The path and text of the files whose name ends in `.extension`.
    pub(super) fn with_extension(&self, extension: &str) -> impl Iterator<Item = (&str, &str)> {
        let extension = format!(".{extension}");
        self.texts().filter(move |(path, _)| path.ends_with(&extension))
    }

    /// The text of one file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether a file or folder of this name exists.
    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// The folders of the workspace's members.
    pub(super) fn members(&self) -> Vec<&str> {
        let manifests = self.texts().filter_map(|(path, _)| path.strip_suffix("/Cargo.toml"));
        manifests.filter(|folder| folder.split('/').count() <= 2).collect()
    }
}

/// Tells whether `path` lies in the `src` of a crate, and names the crate.
pub(super) fn crate_of_source(path: &str) -> Option<&str> {
    let (name, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    rest.starts_with("src/").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_count_as_paths() {
        let tree = Tree::of(&[("crates/a/Cargo.toml", ""), ("README.md", "")]);
        assert!(tree.has("crates/a") && tree.has("README.md"), "path missing");
        assert!(!tree.has("crates/b"), "path invented");
        assert_eq!(tree.members(), ["crates/a"], "wrong members");
    }

    #[test]
    fn sources_are_told_from_tests() {
        assert_eq!(crate_of_source("crates/a/src/lib.rs"), Some("a"), "missed");
        assert_eq!(crate_of_source("crates/a/tests/loom.rs"), None, "a test is no source");
        assert_eq!(crate_of_source("xtask/src/main.rs"), None, "no crate of ours");
    }
}
