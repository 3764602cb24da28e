//! A number that only grows.

use core::fmt;

use crate::line::{LineWriter, WordReader};

/// Counts events, with one writer.
///
/// The type is the proof of the single writer: counting takes `&mut self`, and there is no `Clone`.
/// A thread that counts has a counter of its own; readers add up as many as there are, see
/// [`Family`](crate::Family). It wraps at 2^64, and differences wrap with it.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Counter;
///
/// let mut sent = Counter::new();
/// let reader = sent.reader();
/// sent.increment();
/// sent.add(2);
/// assert_eq!(reader.get(), 3);
/// ```
pub struct Counter(LineWriter);

impl Counter {
    /// Makes a counter that stands at zero, on a cache line of its own.
    #[must_use]
    pub fn new() -> Self {
        Self(LineWriter::new())
    }

    /// Counts one event.
    ///
    /// Wait-free: a relaxed load and a relaxed store.
    #[inline(always)]
    pub fn increment(&mut self) {
        self.add(1);
    }

    /// Counts `n` events.
    ///
    /// Wait-free: a relaxed load and a relaxed store.
    #[inline(always)]
    pub fn add(&mut self, n: u64) {
        self.0.add::<0>(n);
    }

    /// Returns what was counted so far.
    #[inline(always)]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get::<0>()
    }

    /// Returns a handle that reads the counter from any thread.
    #[must_use]
    pub fn reader(&self) -> CounterReader {
        CounterReader(self.0.reader::<0>())
    }
}

impl Default for Counter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Counter").field(&self.get()).finish()
    }
}

/// Reads a [`Counter`], or a word of a [`Block`](crate::Block), from any thread.
///
/// It keeps the number alive when the writer is gone.
#[derive(Clone, Debug)]
pub struct CounterReader(pub(crate) WordReader);

impl CounterReader {
    /// Returns what was counted so far.
    ///
    /// Wait-free, and the writer does not notice. It has everything that happened before the call;
    /// later calls of the same thread never return less, but for wrapping at 2^64.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.get()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_counter_counts_and_outlives_its_writer() {
        let mut counter = Counter::default();
        let reader = counter.reader();
        counter.add(41);
        counter.increment();
        assert_eq!((counter.get(), reader.get()), (42, 42), "both ends see it");
        drop(counter);
        assert_eq!(reader.clone().get(), 42, "the number stays");
    }

    #[test]
    fn a_counter_wraps() {
        let mut counter = Counter::new();
        counter.add(u64::MAX);
        counter.add(3);
        assert_eq!(counter.get(), 2, "2^64 + 2");
    }

    #[test]
    fn a_writer_has_a_line_of_its_own() {
        let line = size_of::<crate::line::Words>();
        assert!(line >= 128 && line == 8 * crate::line::WORDS, "no space is lost: {line}");
    }
}
