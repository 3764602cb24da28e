//! The README's example is code that the tests compile.
//!
//! Each of its Rust blocks must stand, line for line, in an example file or in the documentation
//! at the root of a crate.

use super::{Problem, markdown, tree::Tree};

const README: &str = "README.md";

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let Some(text) = tree.text(README) else {
        return vec![Problem::new(README, 0, "does not exist")];
    };
    let blocks = markdown::blocks(text, "rust");
    if blocks.is_empty() {
        return vec![Problem::new(README, 0, "shows no Rust example")];
    }
    let compiled: Vec<String> = tree.with_extension("rs").filter_map(compiled).collect();
    let stray = |block: &&(usize, String)| !compiled.iter().any(|text| text.contains(&block.1));
    let stray = blocks.iter().filter(stray);
    let what = "this example is neither in examples/ nor in a crate's documentation";
    stray.map(|(line, _)| Problem::new(README, *line, what)).collect()
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
    (rest == "src/lib.rs").then(|| text.lines().filter_map(line).collect())
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
    fn a_readme_without_example_is_found() {
        let found = check(&Tree::of(&[(README, "# W\n```sh\nls\n```\n")]));
        assert_eq!(found, [Problem::new(README, 0, "shows no Rust example")], "missed");
    }
}
