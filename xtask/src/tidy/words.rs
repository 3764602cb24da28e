//! Words that do not belong into the repository, each with what to write instead.

use super::{Problem, tree::Tree};

/// The word, and its replacement. Taken apart, so that this file may contain them.
const BANNED: [(&str, &str); 11] = [
    (concat!("/wo", "rk/"), "a path within the repository"),
    (concat!("/ho", "me/"), "a path within the repository"),
    (concat!("/ro", "ot/"), "a path within the repository"),
    (concat!("/tm", "p/"), "std::env::temp_dir() or a path below target"),
    (concat!("TO", "DO"), "the work itself, or a sentence on the limit as it stands"),
    (concat!("FIX", "ME"), "the work itself, or a sentence on the limit as it stands"),
    (concat!("X", "XX"), "the work itself, or a sentence on the limit as it stands"),
    (concat!("db", "g!("), "an assertion or nothing"),
    (concat!("to", "do!("), "the work itself"),
    (concat!("unimpl", "emented!("), "the work itself"),
    (concat!("Under constr", "uction"), "what the file is for"),
];

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    // The lock file is cargo's.
    for (path, text) in tree.texts().filter(|(path, _)| *path != "Cargo.lock") {
        for (index, line) in text.lines().enumerate() {
            for (word, instead) in BANNED.iter().filter(|(word, _)| contains(line, word)) {
                let what = format!("`{word}`: write {instead}");
                problems.push(Problem::new(path, index + 1, what));
            }
        }
    }
    problems
}

/// Whether a line contains a banned word. A path counts only from its start: addresses have such
/// parts in their middle.
fn contains(line: &str, word: &str) -> bool {
    let in_address = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '.');
    line.match_indices(word).any(|(at, _)| !(word.starts_with('/') && in_address(&line[..at])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_banned_word_is_found() {
        for (word, instead) in BANNED {
            let text = format!("fine\nnot {word} fine\n");
            let found = check(&Tree::of(&[("docs/a.md", &text)]));
            let expected = Problem::new("docs/a.md", 2, format!("`{word}`: write {instead}"));
            assert_eq!(found, [expected], "{word} missed");
        }
    }

    #[test]
    fn ordinary_text_is_fine() {
        let tree = Tree::of(&[(
            "docs/a.md",
            "framework/rooted and debug!(x), todos, https://x.net/home/y\n",
        )]);
        assert_eq!(check(&tree), [], "an ordinary word is refused");
    }
}
