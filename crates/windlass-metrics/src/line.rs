//! The memory that one writer owns: a line of words that others may read and nobody else writes.
//!
//! Every counter, gauge and block of this crate is one line. The line is as large as what a
//! processor fetches at once, so that two writers never disturb each other.

use core::fmt;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::Arc;

/// Words of a line.
pub(crate) const WORDS: usize = 16;

/// The last word says whether the writer is gone.
const GONE: usize = WORDS - 1;

/// Words of a line that count something.
pub(crate) const USABLE: usize = GONE;

/// Words on memory of their own.
pub(crate) type Words = CachePadded<[AtomicU64; WORDS]>;

pub(crate) fn words() -> Words {
    CachePadded::new(core::array::from_fn(|_| AtomicU64::new(0)))
}

/// Adds to a word that only the caller writes.
///
/// Wait-free: a load and a store, which is no read-modify-write. Wraps at 2^64.
#[inline(always)]
pub(crate) fn add(word: &AtomicU64, n: u64) {
    // ORDERING: Relaxed. The caller is the only writer, so it reads its own last store; a reader
    // wants this number alone.
    let sum = word.load(Ordering::Relaxed).wrapping_add(n);
    word.store(sum, Ordering::Relaxed);
}

/// The writing end of a line. Not `Clone`: there is one.
pub(crate) struct LineWriter(Arc<Words>);

impl LineWriter {
    pub(crate) fn new() -> Self {
        Self(Arc::new(words()))
    }

    #[inline(always)]
    pub(crate) fn add<const AT: usize>(&mut self, n: u64) {
        const { assert!(AT < USABLE, "a line has 15 words") }
        add(&self.0[AT], n);
    }

    #[inline(always)]
    pub(crate) fn set<const AT: usize>(&mut self, value: u64) {
        const { assert!(AT < USABLE, "a line has 15 words") }
        // ORDERING: Relaxed. A reader wants this number alone.
        self.0[AT].store(value, Ordering::Relaxed);
    }

    #[inline(always)]
    pub(crate) fn get<const AT: usize>(&self) -> u64 {
        const { assert!(AT < USABLE, "a line has 15 words") }
        // ORDERING: Relaxed. It is the own last store.
        self.0[AT].load(Ordering::Relaxed)
    }

    pub(crate) fn reader<const AT: usize>(&self) -> WordReader {
        const { assert!(AT < USABLE, "a line has 15 words") }
        WordReader { line: Arc::clone(&self.0), at: AT }
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        // ORDERING(writer_gone): Release. Whoever sees that the writer is gone sees its last word.
        self.0[GONE].store(1, Ordering::Release);
    }
}

/// A reading end of one word.
#[derive(Clone)]
pub(crate) struct WordReader {
    line: Arc<Words>,
    at: usize,
}

impl WordReader {
    #[inline]
    pub(crate) fn get(&self) -> u64 {
        // ORDERING: Relaxed. Later reads of one thread never see less of a counter than earlier
        // ones, which the coherence of a single word gives.
        self.line[self.at].load(Ordering::Relaxed)
    }

    /// Whether nobody will write again, and the next [`get`](Self::get) is the last number.
    pub(crate) fn is_final(&self) -> bool {
        // ORDERING(writer_gone): Acquire. The words read after this are the last ones.
        self.line[GONE].load(Ordering::Acquire) != 0
    }
}

impl fmt::Debug for WordReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.get(), f)
    }
}
