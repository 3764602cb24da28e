//! Counting words, each stage its own part of them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::mpsc::Sender;

use windlass_ring::{Batch, Flow, Handler, Shared};

use crate::line::Line;

/// A stage that counts the words whose hashes fall to it.
pub(crate) struct Tally {
    part: u64,
    parts: u64,
    counts: Counts,
    done: Sender<Counts>,
}

impl Tally {
    /// The stage of number `part` of `parts`; sends its counts to `done` when it ends.
    pub(crate) fn new(part: usize, parts: usize, done: Sender<Counts>) -> Self {
        Self { part: part as u64, parts: parts as u64, counts: Counts::default(), done }
    }
}

impl Handler<Line, Shared> for Tally {
    fn on_batch(&mut self, batch: &mut Batch<'_, Line, Shared>) -> Flow {
        batch.for_each(|line, _| {
            for (hash, word) in line.words() {
                // Bits from the middle: the maps look at both ends.
                if (hash >> 24) % self.parts == self.part {
                    self.counts.add(hash, word);
                }
            }
        });
        Flow::Continue
    }

    fn on_shutdown(&mut self) {
        // Nobody waits for it only if the program is on its way out.
        let _unheard = self.done.send(std::mem::take(&mut self.counts));
    }
}

/// How often words came.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// How many there were in all.
    pub(crate) words: u64,
    by_hash: HashMap<u64, Counted, BuildHasherDefault<Hashed>>,
    /// Words whose hash another one had first.
    others: HashMap<Box<[u8]>, u64>,
}

#[derive(Debug)]
struct Counted {
    word: Box<[u8]>,
    count: u64,
}

impl Counts {
    /// Counts a word; allocates only when it is new.
    fn add(&mut self, hash: u64, word: &[u8]) {
        self.words += 1;
        let first = self.by_hash.entry(hash);
        let first = first.or_insert_with(|| Counted { word: word.into(), count: 0 });
        if *first.word == *word {
            first.count += 1;
        } else {
            *self.others.entry(word.into()).or_default() += 1;
        }
    }

    /// How many different ones there were.
    pub(crate) fn distinct(&self) -> usize {
        self.by_hash.len() + self.others.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let first = self.by_hash.values().map(|counted| (&*counted.word, counted.count));
        first.chain(self.others.iter().map(|(word, count)| (&**word, *count)))
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
