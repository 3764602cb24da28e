//! Several numbers of one writer on one cache line.

use core::fmt;

use crate::counter::CounterReader;
use crate::gauge::{GaugeReader, HighWaterReader};
use crate::line::{LineWriter, USABLE};

/// Up to fifteen numbers with one writer, on one cache line.
///
/// For a thread that counts several things: it touches one line instead of one for each. The
/// words are named by constants, and a word that does not exist is refused by the compiler. What
/// a word means, its user decides: use each as a counter, as a gauge, or as a high-water mark.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Block;
///
/// const BATCHES: usize = 0;
/// const LARGEST: usize = 1;
///
/// let mut block = Block::new();
/// let largest = block.high_water::<LARGEST>();
/// block.add::<BATCHES>(1);
/// block.raise::<LARGEST>(64);
/// assert_eq!((block.get::<BATCHES>(), largest.get()), (1, 64));
/// ```
///
/// ```compile_fail
/// windlass_metrics::Block::new().add::<15>(1);
/// ```
pub struct Block(LineWriter);

impl Block {
    /// How many numbers a block has.
    pub const WORDS: usize = USABLE;

    /// Makes a block of zeros.
    #[must_use]
    pub fn new() -> Self {
        Self(LineWriter::new())
    }

    /// Adds to a word. Wait-free: a relaxed load and a relaxed store. Wraps at 2^64.
    #[inline(always)]
    pub fn add<const AT: usize>(&mut self, n: u64) {
        self.0.add::<AT>(n);
    }

    /// Sets a word. Wait-free: a relaxed store.
    #[inline(always)]
    pub fn set<const AT: usize>(&mut self, value: i64) {
        self.0.set::<AT>(value.cast_unsigned());
    }

    /// Raises a word to `value`, if it is lower. Wait-free.
    #[inline(always)]
    pub fn raise<const AT: usize>(&mut self, value: u64) {
        if self.0.get::<AT>() < value {
            self.0.set::<AT>(value);
        }
    }

    /// Returns a word.
    #[inline(always)]
    #[must_use]
    pub fn get<const AT: usize>(&self) -> u64 {
        self.0.get::<AT>()
    }

    /// Returns a handle that reads a word as a counter, from any thread.
    #[must_use]
    pub fn counter<const AT: usize>(&self) -> CounterReader {
        CounterReader(self.0.reader::<AT>())
    }

    /// Returns a handle that reads a word as a gauge, from any thread.
    #[must_use]
    pub fn gauge<const AT: usize>(&self) -> GaugeReader {
        GaugeReader(self.0.reader::<AT>())
    }

    /// Returns a handle that reads a word as a high-water mark, from any thread.
    #[must_use]
    pub fn high_water<const AT: usize>(&self) -> HighWaterReader {
        HighWaterReader(self.0.reader::<AT>())
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block { .. }")
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_block_are_apart() {
        let mut block = Block::default();
        let readers = (block.counter::<0>(), block.gauge::<1>(), block.high_water::<14>());
        block.add::<0>(3);
        block.set::<1>(-1);
        block.raise::<14>(8);
        block.raise::<14>(5);
        let seen = (readers.0.get(), readers.1.get(), readers.2.get());
        assert_eq!(seen, (3, -1, 8), "each word has its own number");
    }
}
