//! Every named edge has two ends, a row in the memory model, and a loom model.

use super::{
    Problem, markdown, rust,
    tree::{Tree, crate_of_source},
};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = "docs/memory-model.md";
/// Columns of the table, counted from 0: label, release, acquire, protects, model, mutation.
const LABEL: usize = 0;
const MODEL: usize = 4;
const MUTATION: usize = 5;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let Some(page) = tree.text(PAGE) else {
        return vec![Problem::new(PAGE, 0, "does not exist")];
    };
    let places = labels(tree);
    let rows = markdown::rows(page);
    let mut problems = Vec::new();
    for (label, places) in &places {
        let (path, line) = places[0];
        if places.len() < 2 {
            let what = format!("ORDERING({label}) has only one end");
            problems.push(Problem::new(path, line, what));
        }
        let count = rows.iter().filter(|row| row.code(LABEL).contains(label)).count();
        if count != 1 {
            let what = format!("ORDERING({label}) has {count} rows in {PAGE}, not one");
            problems.push(Problem::new(path, line, what));
        }
    }
    let models = models(tree);
    for row in &rows {
        for label in row.code(LABEL).iter().filter(|label| !places.contains_key(**label)) {
            problems.push(Problem::new(PAGE, row.line, format!("no ORDERING({label}) in code")));
        }
        if row.code(MODEL).is_empty() {
            problems.push(Problem::new(PAGE, row.line, "an edge without a loom model"));
        }
        for model in row.code(MODEL).iter().filter(|model| !models.contains(**model)) {
            problems.push(Problem::new(PAGE, row.line, format!("no loom model `{model}`")));
        }
    }
    problems
}

/// A model that no mutation breaks may check nothing.
pub(super) fn warn(tree: &Tree) -> Vec<Problem> {
    let rows = markdown::rows(tree.text(PAGE).unwrap_or_default());
    let bare = |row: &markdown::Row| row.cells.get(MUTATION).is_none_or(String::is_empty);
    let bare = rows.into_iter().filter(bare);
    bare.map(|row| Problem::new(PAGE, row.line, "no mutation is known to break it")).collect()
}

/// Where each label stands in the comments of the crates.
fn labels(tree: &Tree) -> BTreeMap<&str, Vec<(&str, usize)>> {
    let mut labels: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for (path, text) in tree.with_extension("rs") {
        if crate_of_source(path).is_none() {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            for label in labels_of(line) {
                labels.entry(label).or_default().push((path, index + 1));
            }
        }
    }
    labels
}

/// The labels in a line's comment; documentation may speak of labels without being an end.
fn labels_of(line: &str) -> impl Iterator<Item = &str> {
    let comment = line.split_once("//").map_or("", |(_, comment)| comment);
    let comment = if comment.starts_with(['/', '!']) { "" } else { comment };
    let lists = comment.split("ORDERING(").skip(1).filter_map(|rest| rest.split_once(')'));
    lists.flat_map(|(list, _)| list.split(',').map(str::trim))
}

/// The loom models of all crates.
fn models(tree: &Tree) -> BTreeSet<String> {
    let is_loom = |path: &str| {
        let test = path.strip_prefix("crates/").and_then(|rest| rest.split_once("/tests/"));
        test.is_some_and(|(_, file)| file.starts_with("loom.rs") || file.starts_with("loom/"))
    };
    let tests = tree.with_extension("rs").filter(|(path, _)| is_loom(path));
    tests.flat_map(|(_, text)| rust::tests(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEES: &str = "#[test]\nfn sees_all() {}\n";
    const ENDS: &str = "// ORDERING(seen): Release.\nx\n    // ORDERING(seen): Acquire.\ny\n";
    const ROW: &str = "| `seen` | a | b | c | `sees_all` | Relaxed store |";

    fn tree(source: &str, row: &str, model: &str) -> Tree {
        let head = "| label | release | acquire | protects | model | mutation |\n|---|\n";
        Tree::of(&[
            (PAGE, &format!("{head}{row}\n")),
            ("crates/a/src/lib.rs", source),
            ("crates/a/tests/loom/ring.rs", model),
        ])
    }

    fn found(source: &str, row: &str, model: &str) -> Vec<String> {
        check(&tree(source, row, model)).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn labels_stand_in_comments_only() {
        let labels = |line| labels_of(line).collect::<Vec<_>>();
        assert_eq!(
            labels("x(); // ORDERING(a): one. ORDERING(b, c): two."),
            ["a", "b", "c"],
            "lost"
        );
        assert_eq!(labels("/// Form: `ORDERING(label)`."), [] as [&str; 0], "taken from a doc");
        assert_eq!(labels("let s = \"ORDERING(a)\";"), [] as [&str; 0], "taken from code");
    }

    #[test]
    fn a_complete_edge_is_fine() {
        assert_eq!(found(ENDS, ROW, SEES), [] as [&str; 0], "refused");
    }

    #[test]
    fn a_single_end_is_found() {
        let what = found("// ORDERING(seen): Release.\n", ROW, SEES);
        assert_eq!(what, ["ORDERING(seen) has only one end"], "missed");
    }

    #[test]
    fn a_missing_or_doubled_row_is_found() {
        let none = ["ORDERING(seen) has 0 rows in docs/memory-model.md, not one"];
        assert_eq!(found(ENDS, "", SEES), none, "missed");
        let twice = ["ORDERING(seen) has 2 rows in docs/memory-model.md, not one"];
        assert_eq!(found(ENDS, &format!("{ROW}\n{ROW}"), SEES), twice, "missed");
    }

    #[test]
    fn a_row_without_code_is_found() {
        let what = found("", ROW, SEES);
        assert_eq!(what, ["no ORDERING(seen) in code"], "missed");
    }

    #[test]
    fn a_missing_model_is_found() {
        assert_eq!(found(ENDS, ROW, "fn sees_all() {}"), ["no loom model `sees_all`"], "missed");
        let bare = "| `seen` | a | b | c | later | Relaxed store |";
        assert_eq!(found(ENDS, bare, ""), ["an edge without a loom model"], "missed");
    }

    #[test]
    fn a_row_without_mutation_warns() {
        assert_eq!(warn(&tree(ENDS, ROW, "")), [], "warned");
        assert_eq!(warn(&tree(ENDS, "| `seen` | a | b | c | `m` | |", "")).len(), 1, "missed");
    }
}
