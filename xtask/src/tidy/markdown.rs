//! The parts of Markdown that the rules look at: tables, code blocks, links and anchors.

/// A row of a table, header and ruler left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Counts from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// The texts between backticks in one cell.
    pub(super) fn code(&self, cell: usize) -> Vec<&str> {
        let text = self.cells.get(cell).map_or("", String::as_str);
        text.split('`').skip(1).step_by(2).collect()
    }
}

/// Lists the body rows of all tables.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_ruler = |line: &str| line.starts_with("|-") || line.starts_with("| -");
    let mut rows = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let header = lines.get(index + 1).is_some_and(|next| is_ruler(next));
        if !line.starts_with('|') || is_ruler(line) || header {
            continue;
        }
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        rows.push(Row { line: index + 1, cells: cells.collect() });
    }
    rows
}

/// Lists the fenced blocks marked as `language`, each with the line it starts on.
pub(super) fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(bool, usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                let wanted = info.split(',').next().is_some_and(|word| word.trim() == language);
                open = Some((wanted, index + 2, String::new()));
            }
            (Some(_), Some(_)) => {
                blocks.extend(open.take().filter(|block| block.0).map(|block| (block.1, block.2)));
            }
            (Some((_, _, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// Lists the targets of inline links outside code, each with its line.
pub(super) fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (index, line) in prose(text) {
        // Every second piece of a line stands between backticks.
        for piece in line.split('`').step_by(2) {
            let targets = piece.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            links.extend(targets.map(|(target, _)| (index + 1, target)));
        }
    }
    links
}

/// Lists the anchors that a link into the text may name.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    for (_, line) in prose(text) {
        if line.starts_with('#') {
            anchors.push(slug(line.trim_start_matches('#')));
        }
        let named = line.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
        anchors.extend(named.map(|(name, _)| name.to_owned()));
    }
    anchors
}

/// The lines outside fenced blocks, with their index.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The anchor that hosts of Markdown give to a heading.
fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_leave_header_and_ruler_out() {
        let rows = rows("text\n\n| a | b |\n|---|---|\n| `x`, `y` | z |\n");
        assert_eq!(rows.len(), 1, "wrong rows");
        assert_eq!((rows[0].line, rows[0].cells.len()), (5, 2), "wrong place or cells");
        assert_eq!(rows[0].code(0), ["x", "y"], "wrong code");
        assert_eq!(rows[0].code(1), [] as [&str; 0], "code invented");
        assert_eq!(rows[0].code(7), [] as [&str; 0], "a missing cell is empty");
    }

    #[test]
    fn blocks_are_chosen_by_language() {
        let text = "```sh\nls\n```\n```rust,no_run\nlet x;\n```\n```rust\nlet y;\n```\n";
        let found = blocks(text, "rust");
        assert_eq!(found, [(5, "let x;\n".into()), (8, "let y;\n".into())], "wrong blocks");
    }

    #[test]
    fn links_in_code_are_no_links() {
        let text = "[a](b.md) `[c](d.md)` [e](f.md)\n```\n[g](h.md)\n```\n[i](j.md)\n";
        assert_eq!(links(text), [(1, "b.md"), (1, "f.md"), (5, "j.md")], "wrong links");
    }

    #[test]
    fn headings_and_named_anchors_are_found() {
        let text = "## Vyukov's queue, 2007\n<a id=\"lmax\"></a>\n```\n# no heading\n```\n";
        assert_eq!(anchors(text), ["vyukovs-queue-2007", "lmax"], "wrong anchors");
    }
}
