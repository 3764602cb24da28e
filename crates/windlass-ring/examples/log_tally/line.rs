//! The event: a line, and where its words are.

use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

/// A line as it lies in the ring. Its buffers stay with the slot, so that filling it allocates
/// only while they grow.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// The bytes, with the line feed.
    text: Vec<u8>,
    words: Vec<Word>,
    /// Where it comes from.
    pub(crate) place: Place,
    /// Whether all bytes are UTF-8; known when it was parsed.
    pub(crate) valid: bool,
}

/// Where a line comes from.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Place {
    /// The index of the source.
    pub(crate) source: usize,
    /// The number of the line in it, counted from 1.
    pub(crate) line: u64,
    /// Whether the line starts here; very long ones come in pieces.
    pub(crate) starts: bool,
}

impl Place {
    /// The place behind `text`.
    pub(crate) fn behind(self, text: &[u8]) -> Self {
        let ended = text.ends_with(b"\n");
        Self { line: self.line + u64::from(ended), starts: ended, ..self }
    }
}

/// A word of a line.
#[derive(Debug)]
struct Word {
    span: Range<usize>,
    hash: u64,
}

impl Line {
    /// Takes the place of the line that was here a lap ago.
    pub(crate) fn fill(&mut self, text: &[u8], place: Place) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.place = place;
    }

    /// Finds the words. Bytes that are no UTF-8 stand between words.
    pub(crate) fn parse(&mut self, hashes: &RandomState) {
        self.words.clear();
        self.valid = true;
        let mut at = 0;
        for chunk in self.text.utf8_chunks() {
            for_each_word(chunk.valid(), |span| {
                let hash = hashes.hash_one(&chunk.valid().as_bytes()[span.clone()]);
                self.words.push(Word { span: at + span.start..at + span.end, hash });
            });
            self.valid &= chunk.invalid().is_empty();
            at += chunk.valid().len() + chunk.invalid().len();
        }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The hashes and words, once it is parsed.
    pub(crate) fn words(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.words.iter().map(|word| (word.hash, &self.text[word.span.clone()]))
    }
}

/// Whether words are made of it.
pub(crate) fn is_of_words(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn for_each_word(text: &str, mut found: impl FnMut(Range<usize>)) {
    let mut start = None;
    for (at, letter) in text.char_indices() {
        if is_of_words(letter) {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            found(start..at);
        }
    }
    if let Some(start) = start {
        found(start..text.len());
    }
}
