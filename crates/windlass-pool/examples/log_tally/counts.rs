//! Counting words.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::word::Word;

/// A word and how often it came: what a parser sends to a counter.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) hash: u64,
    pub(crate) word: Word,
    pub(crate) count: u64,
}

/// How often words came.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// How many there were in all.
    pub(crate) words: u64,
    by_hash: HashMap<u64, (Word, u64), BuildHasherDefault<Hashed>>,
    /// Words whose hash another one had first.
    others: HashMap<Word, (u64, u64)>,
}

impl Counts {
    /// Counts a word; allocates only for long ones that are new, and when there are many new ones.
    #[inline]
    pub(crate) fn add(&mut self, hash: u64, word: &[u8]) {
        self.words += 1;
        let (first, count) = self.by_hash.entry(hash).or_insert_with(|| (word.into(), 0));
        if first.bytes() == word {
            *count += 1;
        } else {
            self.others.entry(word.into()).or_insert((hash, 0)).1 += 1;
        }
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn merge(&mut self, Counted { hash, word, count }: Counted) {
        self.words += count;
        match self.by_hash.get_mut(&hash) {
            None => drop(self.by_hash.insert(hash, (word, count))),
            Some((first, sum)) if *first == word => *sum += count,
            Some(_) => self.others.entry(word).or_insert((hash, 0)).1 += count,
        }
    }

    /// Takes everything out; the room stays.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Counted> {
        self.words = 0;
        let first = self.by_hash.drain();
        let first = first.map(|(hash, (word, count))| Counted { hash, word, count });
        let others = self.others.drain();
        first.chain(others.map(|(word, (hash, count))| Counted { hash, word, count }))
    }

    /// How many different ones there were.
    pub(crate) fn distinct(&self) -> usize {
        self.by_hash.len() + self.others.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let first = self.by_hash.values().map(|(word, count)| (word.bytes(), *count));
        first.chain(self.others.iter().map(|(word, (_, count))| (word.bytes(), *count)))
    }
}

/// The `k` most frequent words of all parts; of equally frequent ones, the first by their bytes.
pub(crate) fn top(parts: &[Counts], k: usize) -> Vec<(&[u8], u64)> {
    let mut all: Vec<(&[u8], u64)> = parts.iter().flat_map(Counts::iter).collect();
    let order = |one: &(&[u8], u64), other: &(&[u8], u64)| {
        (Reverse(one.1), one.0).cmp(&(Reverse(other.1), other.0))
    };
    if k < all.len() {
        all.select_nth_unstable_by(k, order);
        all.truncate(k);
    }
    all.sort_unstable_by(order);
    all
}

/// Takes a hash as it is.
#[derive(Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are hashes")
    }
}
