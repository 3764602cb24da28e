//! What a parser is sent: a block of text, and how its words are found.

use std::ops::Range;

/// Whole lines of one source, or a piece of a very long one. Its buffer is used again and again.
pub(crate) struct Block {
    /// The buffer; what is behind `end` means nothing.
    text: Box<[u8]>,
    end: usize,
    /// Where it comes from.
    pub(crate) place: Place,
}

/// Where a block comes from.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Place {
    /// The index of the source.
    pub(crate) source: usize,
    /// The number of the first line in it, counted from 1.
    pub(crate) line: u64,
    /// Whether that line starts here.
    pub(crate) starts: bool,
}

impl Place {
    /// The place behind `text`.
    pub(crate) fn behind(self, text: &[u8]) -> Self {
        Self { line: self.line + line_feeds(text), starts: text.ends_with(b"\n"), ..self }
    }
}

/// The lines of a block, as the totals want them.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    pub(crate) source: usize,
    /// How many start here.
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// How many are whole and not UTF-8.
    pub(crate) invalid: u64,
    /// The first line that is not UTF-8, whole or not.
    pub(crate) first_invalid: Option<u64>,
    /// Lines of which a piece is here that is not UTF-8.
    pub(crate) invalid_pieces: Vec<u64>,
}

impl Block {
    pub(crate) fn new(text: Box<[u8]>, end: usize, place: Place) -> Self {
        debug_assert!(end <= text.len(), "a part of the buffer");
        Self { text, end, place }
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text[..self.end]
    }

    /// The buffer, to be filled again.
    pub(crate) fn into_buffer(self) -> Box<[u8]> {
        self.text
    }

    /// Finds the words. Bytes that are no UTF-8 stand between words.
    pub(crate) fn parse(&self, mut found: impl FnMut(&[u8])) -> Lines {
        let Place { source, starts, .. } = self.place;
        let mut lines = Lines { source, bytes: self.end as u64, ..Lines::default() };
        match std::str::from_utf8(self.text()) {
            Ok(text) => for_each_word(text, |span| found(&text.as_bytes()[span])),
            Err(_) => self.parse_lossy(&mut lines, found),
        }
        let is_cut = self.text().last().is_some_and(|&last| last != b'\n');
        let begun_before = !starts && 0 < self.end;
        lines.lines = line_feeds(self.text()) + u64::from(is_cut) - u64::from(begun_before);
        lines
    }

    #[cold]
    fn parse_lossy(&self, lines: &mut Lines, mut found: impl FnMut(&[u8])) {
        let Place { line, starts, .. } = self.place;
        for (at, text) in (line..).zip(self.text().split_inclusive(|&byte| byte == b'\n')) {
            let mut valid = true;
            for chunk in text.utf8_chunks() {
                for_each_word(chunk.valid(), |span| found(&chunk.valid().as_bytes()[span]));
                valid &= chunk.invalid().is_empty();
            }
            if valid {
                continue;
            }
            lines.first_invalid.get_or_insert(at);
            let is_whole = text.ends_with(b"\n") && (starts || at != line);
            if is_whole {
                lines.invalid += 1;
            } else {
                lines.invalid_pieces.push(at);
            }
        }
    }
}

/// Whether words are made of it.
pub(crate) fn is_of_words(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

/// The same for the letters that are one byte.
static BYTES_OF_WORDS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte as usize] = byte == b'_' || byte.is_ascii_alphanumeric();
        byte += 1;
    }
    table
};

fn for_each_word(text: &str, mut found: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        at = end_of_word(text, at);
        if start < at {
            found(start..at);
        } else {
            // What stands between words: a byte, or a letter of several.
            at += 1;
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
}

/// Where the word that begins here ends; here, if none does.
fn end_of_word(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    loop {
        while at < bytes.len() && BYTES_OF_WORDS[usize::from(bytes[at])] {
            at += 1;
        }
        match text[at..].chars().next() {
            Some(letter) if !letter.is_ascii() && is_of_words(letter) => at += letter.len_utf8(),
            _ => return at,
        }
    }
}

fn line_feeds(text: &[u8]) -> u64 {
    // In pieces whose count fits a byte, which compilers turn into wide instructions.
    let in_piece = |piece: &[u8]| piece.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    text.chunks(255).map(|piece| u64::from(in_piece(piece))).sum()
}
