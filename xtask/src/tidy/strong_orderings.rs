//! Every operation stronger than Relaxed names the edge it is an end of.

use super::{
    Problem, rust,
    tree::{Tree, crate_of_source},
};

const STRONG: [&str; 4] = ["Acquire", "Release", "AcqRel", "SeqCst"];

/// How far above the operation its comment may start.
const REACH: usize = 8;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let sources = tree.with_extension("rs").filter(|(path, _)| crate_of_source(path).is_some());
    sources.flat_map(|(path, text)| unnamed(path, text)).collect()
}

fn unnamed(path: &str, text: &str) -> Vec<Problem> {
    let code = rust::code(text);
    let code: Vec<&str> = code.lines().collect();
    let lines: Vec<&str> = text.lines().collect();
    let mut problems = Vec::new();
    for (index, line) in code.iter().enumerate() {
        // Tests stand at the end of a file.
        if line.starts_with("mod tests {") {
            break;
        }
        let strong = STRONG.iter().find(|word| rust::has_word(line, word));
        // An import does nothing, and a compiler fence orders nothing between threads.
        let Some(strong) = strong.filter(|_| !is_import(line) && !line.contains("compiler_fence"))
        else {
            continue;
        };
        let above = &lines[index.saturating_sub(REACH)..=index];
        if !above.iter().any(|line| line.contains("ORDERING(")) {
            problems.push(Problem::new(path, index + 1, format!("{strong} without ORDERING(..)")));
        }
    }
    problems
}

fn is_import(line: &str) -> bool {
    line.split_whitespace().any(|word| word == "use")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let tree = Tree::of(&[("crates/a/src/b.rs", text)]);
        check(&tree).into_iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn a_strong_operation_without_a_name_is_found() {
        assert_eq!(found("x.load(Ordering::Acquire)\n"), [1], "missed");
        let relaxed = "// ORDERING: Relaxed. A hint.\nx.load(Relaxed);\nx.store(1, Release);\n";
        assert_eq!(found(relaxed), [3], "missed");
        let far = format!("// ORDERING(a): Release.\n{}x.store(1, Release);\n", "y\n".repeat(8));
        assert_eq!(found(&far), [10], "a comment far above is taken for its own");
    }

    #[test]
    fn what_is_named_or_harmless_is_fine() {
        let named =
            "// ORDERING(a): Release. All is seen\n// by its reader.\nx.store(1, Release);\n";
        assert_eq!(found(named), [] as [usize; 0], "refused");
        let harmless = "use Ordering::SeqCst;\ncompiler_fence(SeqCst);\n// SeqCst\n";
        assert_eq!(found(harmless), [] as [usize; 0], "refused");
        let test = "#[cfg(test)]\nmod tests {\n    x.load(Acquire)\n}\n";
        assert_eq!(found(test), [] as [usize; 0], "tests are refused");
    }
}
