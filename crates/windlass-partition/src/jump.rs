//! Jump consistent hash: no memory, minimal moves, the last partition is the only one to go.

use crate::error::BuildError;
use crate::hash::DEFAULT_SEED;
use crate::key::Key;
use crate::member::count;
use crate::partitioner::Partitioner;

// The mapping is defined by products and quotients of IEEE doubles, each rounded once. The x87 unit
// rounds to 80 bits first; there, a few keys in a billion would go elsewhere.
#[cfg(all(target_arch = "x86", not(target_feature = "sse2")))]
compile_error!("windlass-partition needs SSE2 on x86: without it, jump hash has other results");

/// Spreads keys evenly over partitions that grow and shrink at the end only.
///
/// From `n` to `n + 1` partitions one key in `n + 1` moves, to the new one; back again, the same ones
/// return. No memory; a look-up takes about `ln n` steps. Other partitions than the last cannot be
/// taken out: use a [`SlotTable`](crate::SlotTable) or [`Rendezvous`](crate::Rendezvous) for that.
///
/// Version 1: the published algorithm over the key's hash ([`HASH_VERSION`](crate::HASH_VERSION)).
///
/// # Source
///
/// `jump-2014` in `docs/references.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    n: u32,
    seed: u64,
}

impl Jump {
    /// Over `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or above 2^31 - 1, where the algorithm ends.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        Ok(Self { n: count(n, i32::MAX as usize)?, seed: DEFAULT_SEED })
    }

    /// The same under another seed: another mapping.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The partition of a hash that was made elsewhere, as other implementations give it.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let jump = windlass_partition::Jump::new(1024)?;
    /// assert_eq!(jump.of_hash(256), 520);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn of_hash(&self, hash: u64) -> usize {
        /// The multiplier of the generator that the paper uses.
        const STEP: u64 = 2_862_933_555_777_941_757;
        let n = f64::from(self.n);
        let mut state = hash;
        let mut last = 0.0;
        loop {
            state = state.wrapping_mul(STEP).wrapping_add(1);
            let draw = (state >> 33) as u32;
            // At most 2^31 - 1 by 2^31: below 2^62, and what does not end the loop is below n.
            let next = (last + 1.0) * (f64::from(1_u32 << 31) / (f64::from(draw) + 1.0));
            #[expect(clippy::cast_possible_truncation, reason = "below 2^31 where it is used")]
            #[expect(clippy::cast_sign_loss, reason = "not negative")]
            if next >= n {
                return last as u32 as usize;
            } else {
                last = f64::from(next as u32);
            }
        }
    }
}

impl<K: Key + ?Sized> Partitioner<K> for Jump {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        self.of_hash(key.stable_hash(self.seed))
    }

    fn partitions(&self) -> usize {
        self.n as usize
    }
}
