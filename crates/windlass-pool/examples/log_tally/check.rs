//! Counting once more, on one thread and without a pool.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader};

use crate::block::is_of_words;
use crate::counts::Counts;
use crate::error::{Failure, Problem};
use crate::input::Source;
use crate::run::Outcome;

/// What one thread counts.
#[derive(Default)]
struct Single {
    lines: u64,
    invalid: u64,
    bytes: u64,
    words: HashMap<String, u64>,
}

/// Counts what the pools have counted, and compares.
pub(crate) fn count_again(sources: &[Source], outcome: &Outcome) -> Result<(), Failure> {
    let mut single = Single::default();
    for &index in &outcome.read.counted {
        let source = &sources[index];
        single.count(source).map_err(|error| {
            Failure::Again(Problem::Closed { path: source.path().into(), error })
        })?;
    }
    single.compare(outcome)
}

impl Single {
    fn count(&mut self, source: &Source) -> io::Result<()> {
        let mut input = BufReader::new(source.open()?);
        let mut line = Vec::new();
        while input.read_until(b'\n', &mut line)? != 0 {
            self.lines += 1;
            self.bytes += line.len() as u64;
            self.invalid += u64::from(std::str::from_utf8(&line).is_err());
            let text = String::from_utf8_lossy(&line);
            for word in text.split(|letter| !is_of_words(letter)).filter(|word| !word.is_empty()) {
                match self.words.get_mut(word) {
                    Some(count) => *count += 1,
                    None => drop(self.words.insert(word.to_owned(), 1)),
                }
            }
            line.clear();
        }
        Ok(())
    }

    fn compare(&self, Outcome { totals, parts, .. }: &Outcome) -> Result<(), Failure> {
        let different: usize = parts.iter().map(Counts::distinct).sum();
        same("lines", totals.lines, self.lines)?;
        same("lines that are not UTF-8", totals.invalid_lines(), self.invalid)?;
        same("bytes", totals.bytes, self.bytes)?;
        same("words", parts.iter().map(|part| part.words).sum(), self.words.values().sum())?;
        same("different words", different as u64, self.words.len() as u64)?;
        for (word, count) in parts.iter().flat_map(Counts::iter) {
            let word = String::from_utf8_lossy(word);
            let single = self.words.get(&*word).copied().unwrap_or_default();
            same(&format!("`{word}`"), count, single)?;
        }
        Ok(())
    }
}

fn same(what: &str, pools: u64, single: u64) -> Result<(), Failure> {
    if pools == single {
        return Ok(());
    }
    Err(Failure::Mismatch { what: what.to_owned(), pools, single })
}
