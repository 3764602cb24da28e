//! Telling code from comments and literals in Rust sources.
//!
//! A lexer just large enough for that: the rules need to know whether a word is code.

/// Returns the source with comments and literals blanked out, line for line.
pub(super) fn code(source: &str) -> String {
    let mut rest = source;
    let mut code = String::with_capacity(source.len());
    while let Some(first) = rest.chars().next() {
        let after_word = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = match blank(rest) {
            Some(length) if !(after_word && rest.starts_with(['r', 'b', 'c'])) => length,
            _ => {
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        code.extend(rest[..length].chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = &rest[length..];
    }
    code
}

/// Returns the length of the comment or literal that `rest` starts with.
fn blank(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(block_comment(rest));
    }
    let literal = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let prefix = rest.len() - literal.len();
    let length = match literal.chars().next()? {
        '"' => quoted(literal, '"'),
        'r' => raw_string(literal)?,
        '\'' => character(literal)?,
        _ => return None,
    };
    Some(prefix + length)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|&byte| byte == b'#').count();
    let body = rest[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let found = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(rest.len() - body.len() + found)
}

/// A character literal, unless the quote starts a lifetime.
fn character(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().skip(1);
    match chars.next()?.1 {
        '\\' => Some(quoted(rest, '\'')),
        _ => {
            let (at, end) = chars.next()?;
            (end == '\'').then_some(at + 1)
        }
    }
}

/// Whether a line of code contains `word` as a whole word.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// The names of the tests that a source defines.
pub(super) fn tests(source: &str) -> Vec<String> {
    let code = code(source);
    code.split("#[test]").skip(1).filter_map(first_function).collect()
}

/// The name after the first `fn`.
fn first_function(code: &str) -> Option<String> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
    let mut words = words.filter(|word| !word.is_empty()).skip_while(|word| *word != "fn").skip(1);
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked() {
        let source = "a // x\n/* y /* z */ y */ b \"s \\\" s\" c r#\"t \" t\"# d b'\\'' e 'q' f";
        let words: Vec<String> = code(source).split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["a", "b", "c", "d", "e", "f"], "wrong code");
        assert_eq!(code(source).lines().count(), 2, "lines moved");
    }

    #[test]
    fn lifetimes_and_identifiers_are_code() {
        assert_eq!(code("&'a str"), "&'a str", "a lifetime is no character");
        assert_eq!(code("for r in b {}"), "for r in b {}", "a name is no literal");
        assert_eq!(code("number\"s\""), "number   ", "a name before a string");
        assert_eq!(code("r#type"), "r#type", "a raw name is no string");
    }

    #[test]
    fn tests_are_told_from_helpers_and_comments() {
        let source = "// #[test] fn no()\nfn other() {}\n#[test]\n#[ignore]\nfn yes() {}\n\
            #[test]\npub(crate) fn also() { \"#[test] fn not()\" }\nfn after() {}\n";
        assert_eq!(tests(source), ["yes", "also"], "wrong tests");
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("let x = unsafe { y }", "unsafe"), "missed");
        assert!(!has_word("#![forbid(unsafe_code)]", "unsafe"), "a part is no word");
    }
}
