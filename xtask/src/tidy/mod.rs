//! `cargo xtask tidy`: the house rules that no compiler checks.
//!
//! Each rule is a function from the texts of the repository to problems, so that its tests can
//! show it small bad trees.

mod guarantees;
mod headers;
mod lengths;
mod links;
mod manifests;
mod markdown;
mod orderings;
mod readme;
mod rust;
mod strong_orderings;
mod tree;
mod unsafe_code;
mod words;

use crate::workspace::{Outcome, Workspace};
use anyhow::{Result, bail};
use std::fmt;
use tree::Tree;

/// Check the house rules: headers, manifests, unsafe, orderings, lengths, words, links, promises
#[derive(clap::Args)]
pub(crate) struct Tidy {}

impl Tidy {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let tree = Tree::read(workspace.root())?;
        let warnings = warnings(&tree);
        for warning in &warnings {
            println!("warning: {warning}");
        }
        let problems = problems(&tree);
        for problem in &problems {
            println!("{problem}");
        }
        if !problems.is_empty() {
            bail!("{} problems", problems.len());
        }
        let files = tree.texts().count();
        Ok(Outcome::Passed(format!("{files} files tidy, {} warnings", warnings.len())))
    }
}

/// A rule broken at one place.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    line: usize,
    what: String,
}

impl Problem {
    /// `line` counts from 1; 0 stands for the whole file.
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

const RULES: [fn(&Tree) -> Vec<Problem>; 10] = [
    guarantees::check,
    headers::check,
    lengths::check,
    links::check,
    manifests::check,
    orderings::check,
    readme::check,
    strong_orderings::check,
    unsafe_code::check,
    words::check,
];

fn problems(tree: &Tree) -> Vec<Problem> {
    RULES.iter().flat_map(|rule| rule(tree)).collect()
}

fn warnings(tree: &Tree) -> Vec<Problem> {
    [lengths::warn, orderings::warn].iter().flat_map(|rule| rule(tree)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let workspace = Workspace::find(false).unwrap();
        let tree = Tree::read(workspace.root()).unwrap();
        let problems: Vec<String> = problems(&tree).iter().map(Problem::to_string).collect();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }

    #[test]
    fn a_problem_names_its_place() {
        assert_eq!(Problem::new("a.rs", 3, "bad").to_string(), "a.rs:3: bad", "wrong text");
        assert_eq!(Problem::new("a.rs", 0, "bad").to_string(), "a.rs: bad", "wrong text");
    }
}
