//! The examples of the READMEs are code that the tests compile.
//!
//! Each of their Rust blocks must stand, line for line, in an example file or in the documentation
//! at the root of a crate; there, lines that readers are not shown do not count. A README that a Rust
//! file takes in as a test needs no more.

use super::{Problem, markdown, tree::Tree};

const README: &str = "README.md";

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let Some(text) = tree.text(README) else {
        return vec![Problem::new(README, 0, "does not exist")];
    };
    if markdown::blocks(text, "rust").is_empty() {
        return vec![Problem::new(README, 0, "shows no Rust example")];
    }
    let compiled: Vec<String> = tree.with_extension("rs").filter_map(compiled).collect();
    let what = "this example is neither in examples/ nor in a crate's documentation";
    let mut problems = Vec::new();
    let is_test = |path: &str| {
        let name = format!("{path}\"");
        path != README && tree.with_extension("rs").any(|(_, text)| text.contains(&name))
    };
    for (path, text) in tree.texts().filter(|(path, _)| is_readme(path) && !is_test(path)) {
        for (line, block) in markdown::blocks(text, "rust") {
            if !compiled.iter().any(|text| text.contains(&block)) {
                problems.push(Problem::new(path, line, what));
            }
        }
    }
    problems
}

/// The README of the project, or that of a crate.
fn is_readme(path: &str) -> bool {
    path == README || (path.starts_with("crates/") && path.ends_with("/README.md"))
}

/// The text of a file in which an example may stand.
fn compiled((path, text): (&str, &str)) -> Option<String> {
    let rest = path.strip_prefix("crates/")?.split_once('/')?.1;
    if rest.starts_with("examples/") {
        return Some(text.to_owned());
    }
    let line = |line: &str| {
        let line = line.strip_prefix("//!")?;
        Some(line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n")
    };
    let is_shown = |line: &String| !line.starts_with("# ") || !line.contains([';', '{', '(', '}']);
    let shown = || text.lines().filter_map(line).filter(is_shown).collect();
    (rest == "src/lib.rs").then(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "# W\n```rust\nlet a = 1;\n\nlet b = 2;\n```\n";

    #[test]
    fn an_example_may_stand_in_a_file_or_in_documentation() {
        let file = ("crates/a/examples/x.rs", "//! X.\nlet a = 1;\n\nlet b = 2;\n");
        assert_eq!(check(&Tree::of(&[(README, BLOCK), file])), [], "refused");
        let docs =
            ("crates/a/src/lib.rs", "//! ```\n//! let a = 1;\n//!\n//! let b = 2;\n//! ```\n");
        assert_eq!(check(&Tree::of(&[(README, BLOCK), docs])), [], "refused");
    }

    #[test]
    fn a_stray_example_is_found() {
        let other = ("crates/a/examples/x.rs", "let a = 1;\nlet b = 2;\n");
        let private = ("crates/a/src/x.rs", "let a = 1;\n\nlet b = 2;\n");
        let found = check(&Tree::of(&[(README, BLOCK), other, private]));
        assert_eq!(found.len(), 1, "missed");
        assert_eq!(found[0].line, 3, "wrong line");
    }

    #[test]
    fn the_readme_of_a_crate_is_looked_at() {
        let root = ("crates/a/examples/x.rs", "let a = 1;\n\nlet b = 2;\n");
        let hidden =
            ("crates/b/src/lib.rs", "//! ```\n//! # fn main() {\n//! let c = 3;\n//! # }\n");
        let good = ("crates/b/README.md", "```rust\nlet c = 3;\n```\n");
        assert_eq!(check(&Tree::of(&[(README, BLOCK), root, hidden, good])), [], "refused");
        let stray = ("crates/b/README.md", "\n```rust\nlet d = 4;\n```\n");
        let found = check(&Tree::of(&[(README, BLOCK), root, hidden, stray]));
        let places: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.line)).collect();
        assert_eq!(places, [("crates/b/README.md", 3)], "missed");
        let test = ("docs/book/src/lib.rs", "pool: \"../../../crates/b/README.md\"\n");
        assert_eq!(check(&Tree::of(&[(README, BLOCK), root, hidden, stray, test])), [], "tested");
    }

    #[test]
    fn a_readme_without_example_is_found() {
        let found = check(&Tree::of(&[(README, "# W\n```sh\nls\n```\n")]));
        assert_eq!(found, [Problem::new(README, 0, "shows no Rust example")], "missed");
    }
}
