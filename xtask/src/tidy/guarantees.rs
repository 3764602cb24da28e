//! Every promise names tests, and the tests exist.

use super::{Problem, markdown, rust, tree::Tree};
use std::collections::BTreeSet;

const PAGE: &str = "docs/guarantees.md";
/// The column of the tests, counted from 0: number, promise, tests.
const TESTS: usize = 2;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let Some(page) = tree.text(PAGE) else {
        return vec![Problem::new(PAGE, 0, "does not exist")];
    };
    let sources = tree.with_extension("rs").filter(|(path, _)| path.starts_with("crates/"));
    let known: BTreeSet<String> = sources.flat_map(|(_, text)| rust::tests(text)).collect();
    let mut problems = Vec::new();
    for row in markdown::rows(page) {
        let tests = row.code(TESTS);
        if tests.is_empty() {
            problems.push(Problem::new(PAGE, row.line, "a promise without a test"));
        }
        for test in tests.iter().filter(|test| !known.contains(**test)) {
            problems.push(Problem::new(PAGE, row.line, format!("no test `{test}` exists")));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: &str) -> Vec<String> {
        let page = format!("| n | promise | tests |\n|---|---|---|\n{row}\n");
        let test = ("crates/a/tests/order.rs", "#[test]\nfn keeps_order() {}\nfn helper() {}\n");
        let tree = Tree::of(&[(PAGE, &page), test]);
        check(&tree).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn promises_need_tests_that_exist() {
        assert_eq!(found("| 1 | order | `keeps_order` |"), [] as [&str; 0], "refused");
        assert_eq!(found("| 1 | order | later |"), ["a promise without a test"], "missed");
        assert_eq!(found("| 1 | order | `helper` |"), ["no test `helper` exists"], "missed");
        let missing = "| 1 | order | `keeps_order`, `keeps_all` |";
        assert_eq!(found(missing), ["no test `keeps_all` exists"], "missed");
    }

    #[test]
    fn the_page_itself_must_exist() {
        assert_eq!(check(&Tree::of(&[])), [Problem::new(PAGE, 0, "does not exist")], "missed");
    }
}
