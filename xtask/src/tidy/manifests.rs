//! Every member takes the workspace's lints, and its folder is named as its package.

use super::{Problem, tree::Tree};
use toml::{Table, Value};

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    tree.members().into_iter().flat_map(|folder| member(tree, folder)).collect()
}

fn member(tree: &Tree, folder: &str) -> Vec<Problem> {
    let path = format!("{folder}/Cargo.toml");
    let table: Table = match tree.text(&path).unwrap_or_default().parse() {
        Ok(table) => table,
        Err(error) => return vec![Problem::new(&path, 0, format!("no TOML: {error}"))],
    };
    let mut problems = Vec::new();
    let lints = table.get("lints").and_then(|lints| lints.get("workspace"));
    if lints.and_then(Value::as_bool) != Some(true) {
        problems.push(Problem::new(&path, 0, "lacks `[lints] workspace = true`"));
    }
    let name = table.get("package").and_then(|package| package.get("name"));
    let name = name.and_then(Value::as_str).unwrap_or_default();
    if folder.rsplit('/').next() != Some(name) {
        problems.push(Problem::new(&path, 0, format!("package `{name}` in folder `{folder}`")));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = Tree::of(&[("crates/a/Cargo.toml", text)]);
        check(&tree).into_iter().map(|problem| problem.what).collect()
    }

    #[test]
    fn missing_lints_are_found() {
        let lacks = ["lacks `[lints] workspace = true`"];
        assert_eq!(found("[package]\nname = \"a\"\n"), lacks, "missed");
        let refused = "[package]\nname = \"a\"\n[lints]\nworkspace = false\n";
        assert_eq!(found(refused), lacks, "missed");
        let good = "[package]\nname = \"a\"\n[lints]\nworkspace = true\n";
        assert_eq!(found(good), [] as [&str; 0], "a good manifest is refused");
    }

    #[test]
    fn a_folder_of_another_name_is_found() {
        let other = "[package]\nname = \"b\"\n[lints]\nworkspace = true\n";
        assert_eq!(found(other), ["package `b` in folder `crates/a`"], "missed");
    }
}
