//! Files stay short enough to be read at one sitting.

use super::{Problem, tree::Tree};

const LIMIT: usize = 800;
const WISH: usize = 400;

/// No source is longer than the hard limit.
pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    longer(tree, LIMIT, usize::MAX).collect()
}

/// A source above the wished length is worth splitting.
pub(super) fn warn(tree: &Tree) -> Vec<Problem> {
    longer(tree, WISH, LIMIT).collect()
}

fn longer(tree: &Tree, above: usize, upto: usize) -> impl Iterator<Item = Problem> {
    let lengths = tree.with_extension("rs").map(|(path, text)| (path, text.lines().count()));
    let found = lengths.filter(move |&(_, lines)| above < lines && lines <= upto);
    found.map(move |(path, lines)| Problem::new(path, 0, format!("{lines} lines, above {above}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_warn_and_longer_ones_fail() {
        let [short, long, longest] = [400, 401, 801].map(|lines| "x\n".repeat(lines));
        let tree = Tree::of(&[("a.rs", &short), ("b.rs", &long), ("c.rs", &longest)]);
        assert_eq!(check(&tree), [Problem::new("c.rs", 0, "801 lines, above 800")], "wrong");
        assert_eq!(warn(&tree), [Problem::new("b.rs", 0, "401 lines, above 400")], "wrong");
    }
}
