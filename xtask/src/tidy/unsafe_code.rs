//! `unsafe` stays where the design puts it.
//!
//! The word is looked for in code, so that a crate cannot lift the lint on the quiet.

use super::{
    Problem, rust,
    tree::{Tree, crate_of_source},
};

/// Where the word may stand.
const ALLOWED: [&str; 3] =
    ["crates/windlass-sync/src/", "crates/windlass-ring/src/slots/", "crates/windlass-qos/src/slots/"];

/// The crates that have such a place. Their tests may use it too: loom's cells hand out pointers.
const CRATES: [&str; 3] = ["windlass-sync", "windlass-ring", "windlass-qos"];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = words(tree);
    problems.extend(roots(tree));
    problems
}

fn words(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.with_extension("rs").filter(|(path, _)| !is_allowed(path)) {
        for (index, line) in rust::code(text).lines().enumerate() {
            if rust::has_word(line, "unsafe") {
                let what = format!("unsafe outside of {}", ALLOWED.join(" and "));
                problems.push(Problem::new(path, index + 1, what));
            }
        }
    }
    problems
}

fn is_allowed(path: &str) -> bool {
    let of_crate = |name| path.strip_prefix("crates/").is_some_and(|rest| rest.starts_with(name));
    let is_test = crate_of_source(path).is_none() && CRATES.into_iter().any(of_crate);
    is_test || ALLOWED.iter().any(|place| path.starts_with(place))
}

/// The roots of all other packages forbid it outright.
fn roots(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for folder in tree.members() {
        if CRATES.iter().any(|name| folder.ends_with(name)) {
            continue;
        }
        for root in ["src/lib.rs", "src/main.rs"].map(|root| format!("{folder}/{root}")) {
            if tree.text(&root).is_some_and(|text| !rust::code(text).contains(FORBID)) {
                problems.push(Problem::new(&root, 0, format!("lacks `{FORBID}`")));
            }
        }
    }
    problems
}

const FORBID: &str = "#![forbid(unsafe_code)]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_at_the_wrong_place_is_found() {
        let bad = "fn f() {}\nfn g() { unsafe { h() } }\n";
        let tree = Tree::of(&[
            ("crates/windlass-sync/src/cell.rs", bad),
            ("crates/windlass-ring/src/slots/lines.rs", bad),
            ("crates/windlass-ring/tests/loom.rs", bad),
            ("crates/windlass-ring/src/builder.rs", bad),
            ("benches/src/clock.rs", bad),
        ]);
        let places: Vec<(String, usize)> =
            check(&tree).into_iter().map(|problem| (problem.path, problem.line)).collect();
        let expected = ["benches/src/clock.rs", "crates/windlass-ring/src/builder.rs"];
        assert_eq!(places, expected.map(|path| (path.to_owned(), 2)), "wrong places");
    }

    #[test]
    fn the_word_in_a_comment_is_no_code() {
        let tree = Tree::of(&[("crates/a/src/b.rs", "// no unsafe\nlet s = \"unsafe\";\n")]);
        assert_eq!(check(&tree), [], "a comment is refused");
    }

    #[test]
    fn a_root_without_the_attribute_is_found() {
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", ""),
            ("crates/a/src/lib.rs", "//! #![forbid(unsafe_code)]\n"),
            ("crates/b/Cargo.toml", ""),
            ("crates/b/src/lib.rs", "//! Good.\n#![forbid(unsafe_code)]\n"),
            ("crates/windlass-sync/Cargo.toml", ""),
            ("crates/windlass-sync/src/lib.rs", "//! Good.\n"),
        ]);
        let lacks = format!("lacks `{FORBID}`");
        assert_eq!(check(&tree), [Problem::new("crates/a/src/lib.rs", 0, lacks)], "wrong");
    }
}
