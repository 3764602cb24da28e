//! Lines and bytes in all, put together from what parsers say of each block.

use std::collections::{BTreeMap, BTreeSet};

use crate::block::Lines;
use crate::input::Source;

/// How it went.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// For each source that is not all UTF-8, what is not.
    invalid: BTreeMap<usize, Invalid>,
}

/// Lines of a source that are not UTF-8.
#[derive(Debug)]
struct Invalid {
    first: u64,
    /// How many of them lay in one block.
    whole: u64,
    /// The others, whose pieces come in any order and count as one line.
    cut: BTreeSet<u64>,
}

impl Invalid {
    fn lines(&self) -> u64 {
        self.whole + self.cut.len() as u64
    }
}

impl Totals {
    /// Adds the lines of a block; blocks come in any order.
    pub(crate) fn add(&mut self, lines: Lines) {
        self.lines += lines.lines;
        self.bytes += lines.bytes;
        let Some(first) = lines.first_invalid else { return };
        let none = Invalid { first, whole: 0, cut: BTreeSet::new() };
        let invalid = self.invalid.entry(lines.source).or_insert(none);
        invalid.first = invalid.first.min(first);
        invalid.whole += lines.invalid;
        invalid.cut.extend(lines.invalid_pieces);
    }

    /// How many lines are not UTF-8.
    pub(crate) fn invalid_lines(&self) -> u64 {
        self.invalid.values().map(Invalid::lines).sum()
    }

    /// What to say about bytes that are not UTF-8.
    pub(crate) fn warnings<'a>(&'a self, sources: &'a [Source]) -> impl Iterator<Item = String> {
        self.invalid.iter().map(|(&source, invalid)| {
            let (path, first) = (sources[source].path().display(), invalid.first);
            let more = if invalid.lines() == 1 { "" } else { ", the first of several" };
            format!("warning: {path}:{first}: not UTF-8{more}; such bytes end a word")
        })
    }
}
