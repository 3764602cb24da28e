//! Half a word, and which one it is.

use core::fmt;
use core::marker::PhantomData;

use windlass_sync::atomic::{AtomicU64, Ordering};

use super::word::SmallWord;

/// A value of four bytes at most, with its version, read in one load.
///
/// Two writes of the same value are two versions. Versions are counted modulo 2^32. What a thread wrote elsewhere
/// before it wrote here is visible to whoever reads the value.
///
/// # Examples
///
/// ```
/// use windlass_qos::register::Versioned;
///
/// let mode = Versioned::new('a');
/// let before = mode.read();
/// mode.write('a');
/// assert_ne!(mode.read().version, before.version);
/// ```
pub struct Versioned<T: SmallWord> {
    word: AtomicU64,
    of: PhantomData<T>,
}

/// A value and which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionedValue<T> {
    /// The value.
    pub value: T,
    /// How many were written before it, modulo 2^32.
    pub version: u32,
}

impl<T: SmallWord> Versioned<T> {
    /// A first value, of version 0.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { word: AtomicU64::new(value.to_bits()), of: PhantomData }
    }

    /// Replaces the value; returns the version that it got. Lock-free: one exchange without other writers.
    #[inline]
    pub fn write(&self, value: T) -> u32 {
        let bits = value.to_bits();
        // ORDERING: Relaxed. A guess; the exchange decides.
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let version = version_of(word).wrapping_add(1);
            let new = (u64::from(version) << 32) | bits;
            #[cfg(all(test, not(loom)))]
            crate::halt::reached(crate::halt::Place::Looked);
            // ORDERING(register): Release. As `Register::write`. Other end: `read`.
            match self.word.compare_exchange_weak(word, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return version,
                Err(now) => word = now,
            }
        }
    }

    /// The value that was written last. Wait-free: one load.
    #[inline]
    #[must_use]
    pub fn read(&self) -> VersionedValue<T> {
        // ORDERING(register): Acquire. Other end: `write`.
        let word = self.word.load(Ordering::Acquire);
        VersionedValue { value: T::of_bits(word & 0xffff_ffff), version: version_of(word) }
    }
}

const fn version_of(word: u64) -> u32 {
    (word >> 32) as u32
}

impl<T: SmallWord + fmt::Debug> fmt::Debug for Versioned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::sync::Arc;

    use super::*;
    use crate::halt::{Place, halt_at, is_set};

    #[test]
    fn a_writer_that_stopped_before_its_exchange_holds_up_no_other_and_no_reader() {
        let register = Arc::new(Versioned::new(0_u32));
        let other = Arc::clone(&register);
        halt_at(Place::Looked, move || {
            for n in 1..=40 {
                assert_eq!(other.write(n), n, "each is a version");
                assert_eq!(other.read(), VersionedValue { value: n, version: n }, "and is read");
            }
        });
        assert_eq!(register.write(99), 41, "it tries again, behind them");
        assert!(!is_set(), "it was stopped");
        assert_eq!(register.read(), VersionedValue { value: 99, version: 41 }, "and goes on");
    }
}
