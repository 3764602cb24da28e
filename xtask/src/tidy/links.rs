//! Relative links in Markdown point at something.

use super::{Problem, markdown, tree::Tree};

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.with_extension("md") {
        for (line, target) in markdown::links(text) {
            if let Some(what) = broken(tree, path, target) {
                problems.push(Problem::new(path, line, what));
            }
        }
    }
    problems
}

/// Says what is wrong with a link in the file `from`, if anything.
fn broken(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { Some(from.to_owned()) } else { resolve(from, file) };
    let Some(path) = path.filter(|path| tree.has(path)) else {
        return Some(format!("link to `{file}`, which does not exist"));
    };
    let anchors = markdown::anchors(tree.text(&path).unwrap_or_default());
    let found = anchor.is_empty() || anchors.iter().any(|known| known == anchor);
    (!found).then(|| format!("link to `#{anchor}`, which `{path}` does not have"))
}

/// Follows a relative path from a file; nothing if it leaves the repository.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(link: &str) -> Vec<String> {
        let text = format!("# Top\nsee [x]({link})\n");
        let tree = Tree::of(&[("docs/a.md", &text), ("README.md", "## Two words\n")]);
        check(&tree).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn good_links_are_fine() {
        let good = ["../README.md", "../README.md#two-words", "#top", "../docs", "https://x.org/y"];
        for link in good {
            assert_eq!(found(link), [] as [&str; 0], "{link} is refused");
        }
    }

    #[test]
    fn broken_links_are_found() {
        assert_eq!(found("README.md"), ["link to `README.md`, which does not exist"], "missed");
        assert_eq!(found("../../x.md"), ["link to `../../x.md`, which does not exist"], "missed");
        let anchor = "link to `#three`, which `README.md` does not have";
        assert_eq!(found("../README.md#three"), [anchor], "missed");
        assert_eq!(found("#none"), ["link to `#none`, which `docs/a.md` does not have"], "missed");
    }
}
