//! Several words that belong together.
//!
//! A sequence number is odd while the words are written. No fences: each word is stored with Release, so who
//! sees a word of a write sees the odd number before it, and loaded with Acquire, so the second look at the
//! number comes after the words.
//!
//! # Source
//!
//! Sequence locks; that the data must be atomic, and what orders them: Boehm, Can seqlocks get along with
//! programming language memory models?

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::hint;
use windlass_sync::sync::Arc;

use super::words::Words;

struct Shared {
    /// Twice the version; odd while the words are written.
    sequence: AtomicU64,
    words: Box<[AtomicU64]>,
}

/// A value of several words: its one writer, and a reader that can be cloned.
#[must_use]
pub fn snapshot<T: Words>(value: T) -> (SnapshotWriter<T>, Snapshot<T>) {
    let first = value.to_words();
    let words = first.as_ref().iter().map(|word| AtomicU64::new(*word)).collect();
    let shared = Arc::new(Shared { sequence: AtomicU64::new(0), words });
    let reader = Snapshot { shared: Arc::clone(&shared), first, of: PhantomData };
    (SnapshotWriter { shared, version: 0, of: PhantomData }, reader)
}

/// Writes a value of several words.
pub struct SnapshotWriter<T: Words> {
    shared: Arc<Shared>,
    version: u64,
    of: PhantomData<fn(T)>,
}

impl<T: Words> SnapshotWriter<T> {
    /// Replaces the value. Wait-free.
    #[inline]
    pub fn write(&mut self, value: T) {
        self.begin(value);
        self.end();
    }

    /// The value is there, and nobody may use it.
    #[inline]
    fn begin(&mut self, value: T) {
        // ORDERING: Relaxed. Each word that is stored below carries it along.
        self.shared.sequence.store(2 * self.version + 1, Ordering::Relaxed);
        for (to, word) in self.shared.words.iter().zip(value.to_words().as_ref()) {
            // ORDERING(overwriting): Release. Who sees this word sees that the number is odd, or a later
            // one. Other end: `Snapshot::try_read`.
            to.store(*word, Ordering::Release);
        }
    }

    #[inline]
    fn end(&mut self) {
        self.version += 1;
        // ORDERING(written): Release. All words are there, and what the writer did before them. Other ends:
        // `Snapshot::try_read`, `version`.
        self.shared.sequence.store(2 * self.version, Ordering::Release);
    }

    /// How many values were written.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl<T: Words> fmt::Debug for SnapshotWriter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotWriter").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Reads a value of several words.
///
/// What the writer wrote elsewhere before it wrote a value is visible to whoever reads that value or a later one,
/// or sees its version.
pub struct Snapshot<T: Words> {
    shared: Arc<Shared>,
    /// The shape of the words.
    first: T::Array,
    of: PhantomData<fn() -> T>,
}

impl<T: Words> Snapshot<T> {
    /// The value, if none was written meanwhile. Wait-free.
    #[inline]
    #[must_use]
    pub fn try_read(&self) -> Option<T> {
        self.try_read_versioned().map(|(value, _)| value)
    }

    /// The value and its version, if none was written meanwhile. Wait-free.
    #[inline]
    #[must_use]
    pub fn try_read_versioned(&self) -> Option<(T, u64)> {
        // ORDERING(written): Acquire. The words are at least those of this number. Other end:
        // `SnapshotWriter::end`.
        let before = self.shared.sequence.load(Ordering::Acquire);
        if !before.is_multiple_of(2) {
            return None;
        }
        let mut words = self.first;
        for (to, word) in words.as_mut().iter_mut().zip(&self.shared.words) {
            // ORDERING(overwriting): Acquire. If this word is of a later write, the number below is too.
            // Other end: `SnapshotWriter::begin`.
            *to = word.load(Ordering::Acquire);
        }
        // ORDERING: Relaxed. Each word that was loaded above came before it.
        let after = self.shared.sequence.load(Ordering::Relaxed);
        (before == after).then(|| (T::from_words(words), before / 2))
    }

    /// The value, in so many attempts. Wait-free; nothing if the writer came between each time.
    #[must_use]
    pub fn read(&self, attempts: u32) -> Option<T> {
        for _ in 0..attempts {
            if let Some(value) = self.try_read() {
                return Some(value);
            }
            hint::spin_loop();
        }
        None
    }

    /// How many values were written; another number means that the value may have changed.
    #[inline]
    #[must_use]
    pub fn version(&self) -> u64 {
        // ORDERING(written): Acquire. What the writer did before this version is visible. That who reads
        // afterwards reads this version or a later one, the coherence of the word would do by itself.
        // Other end: `SnapshotWriter::end`.
        self.shared.sequence.load(Ordering::Acquire) / 2
    }
}

impl<T: Words> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), first: self.first, of: PhantomData }
    }
}

impl<T: Words> fmt::Debug for Snapshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("version", &self.version()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_stopped_in_the_middle_of_a_write_hangs_no_reader() {
        let (mut writer, reader) = snapshot([1_u64, 1]);
        writer.write([2, 2]);
        assert_eq!(reader.try_read_versioned(), Some(([2, 2], 1)), "whole");
        writer.begin([3, 3]);
        assert_eq!((reader.try_read(), reader.read(100)), (None, None), "and they return");
        writer.end();
        assert_eq!(reader.clone().try_read_versioned(), Some(([3, 3], 2)), "whole again");
    }

    #[test]
    fn versions_tell_values_apart() {
        let (mut writer, reader) = snapshot([1.0_f64, 1.0]);
        assert_eq!((writer.version(), reader.version()), (0, 0), "the first one");
        writer.write([1.0, 1.0]);
        assert_eq!((writer.version(), reader.version()), (1, 1), "written again");
    }
}
