//! Every source file starts by saying what it is for.

use super::{
    Problem,
    tree::{Tree, crate_of_source},
};

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let sources = tree.with_extension("rs").filter(|(path, _)| is_ours(path));
    let bare = sources.filter(|(_, text)| !text.starts_with("//! "));
    bare.map(|(path, _)| Problem::new(path, 1, "starts without a `//!` header")).collect()
}

fn is_ours(path: &str) -> bool {
    crate_of_source(path).is_some() || path.starts_with("benches/") || path.starts_with("xtask/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_file_is_found() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! Good.\n"),
            ("crates/a/src/bare.rs", "use x;\n//! Late.\n"),
            ("benches/src/empty.rs", "//!\n"),
            ("crates/a/tests/loom.rs", "fn no_header_needed() {}\n"),
        ]);
        let paths: Vec<String> = check(&tree).into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["benches/src/empty.rs", "crates/a/src/bare.rs"], "wrong files");
    }
}
