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

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
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
        let quick = if self.n <= QUICK { quick(hash, self.n) } else { None };
        quick.unwrap_or_else(|| published(hash, self.n)) as usize
    }
}

/// The multiplier of the generator that the paper uses.
const STEP: u64 = 2_862_933_555_777_941_757;

/// Advances the generator and draws 31 bits, plus one.
#[inline]
fn draw(state: &mut u64) -> u32 {
    *state = state.wrapping_mul(STEP).wrapping_add(1);
    let bits = (*state >> 33) as u32;
    bits + 1
}

/// The algorithm as it is published, in doubles.
fn published(hash: u64, n: u32) -> u32 {
    let mut state = hash;
    let mut last = 0_u32;
    loop {
        // At most 2^31 - 1 by 2^31: below 2^62, and what does not end the loop is below n.
        let next = (f64::from(last) + 1.0) * (f64::from(1_u32 << 31) / f64::from(draw(&mut state)));
        if next >= f64::from(n) {
            return last;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below n")]
        #[expect(clippy::cast_sign_loss, reason = "not negative")]
        {
            last = next as u32;
        }
    }
}

/// The largest `n` of [`quick`].
const QUICK: u32 = 1 << 16;

/// The same in integers, or `None` where they do not tell for certain what doubles say.
///
/// Each round of the published loop waits for the one before it through a product and two conversions,
/// and ends by a quotient. Here it waits for one product, the division runs ahead, and the end is told
/// without it. That end is exact but where both sides are equal: they are whole and below 2^48, so
/// unequal ones differ by more than doubles round. The ratio is cut to 32 bits after the point, so the
/// product is short of the true one by less than 2^16 units; only where that could pass a whole number,
/// once in 2^16, the doubles decide. Below the cut product they never are: a double holds the cut ratio,
/// so theirs is not less.
#[inline]
fn quick(hash: u64, n: u32) -> Option<u32> {
    const DOUBT: u32 = u32::MAX << 16;
    let n = u64::from(n);
    let mut state = hash;
    let mut last = 0_u64;
    loop {
        let drawn = u64::from(draw(&mut state));
        let (reached, end) = ((last + 1) << 31, n * drawn);
        #[expect(clippy::cast_possible_truncation, reason = "below n")]
        if reached >= end {
            return (reached > end).then_some(last as u32);
        }
        // The product is below n, so below 2^16, before the point.
        let product = (last + 1) * ((1 << 63) / drawn);
        #[expect(clippy::cast_possible_truncation, reason = "what is after the point")]
        let fraction = product as u32;
        if fraction >= DOUBT {
            return None;
        }
        last = product >> 32;
    }
}

impl<K: Key + ?Sized> Partitioner<K> for Jump {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        self.of_hash(key.stable_hash(self.seed))
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_say_what_doubles_say() {
        let (mut doubts, mut checked) = (0, 0);
        let rounds = if cfg!(miri) { 50 } else { 100_000 };
        for n in [1, 2, 3, 10, 64, 1000, 1 << 12, QUICK - 1, QUICK] {
            for hash in (0..rounds).map(|i| crate::hash::integer(i, u64::from(n))) {
                let quick = quick(hash, n);
                doubts += usize::from(quick.is_none());
                checked += 1;
                let exact = published(hash, n);
                assert_eq!(quick.unwrap_or(exact), exact, "hash {hash} of {n}");
            }
        }
        assert!(doubts * 500 < checked || cfg!(miri), "{doubts} doubts in {checked}");
    }

    /// What undoes a multiplication by this odd number.
    fn inverse(odd: u64) -> u64 {
        let mut inverse = odd;
        // Newton: each round doubles the right bits.
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        inverse
    }

    /// The hash after which the generator draws this.
    fn before(drawn: u64) -> u64 {
        ((drawn << 33) | 0x1234_5678).wrapping_sub(1).wrapping_mul(inverse(STEP))
    }

    #[test]
    #[cfg_attr(
        miri,
        ignore = "thousands of divisions; the golden vectors go through the same code"
    )]
    fn ratios_near_whole_numbers_are_told_right() {
        for divisor in (1..2000_u64).chain([1 << 14, 1 << 20, (1 << 31) - 1]) {
            let near = (1_u64 << 31) / divisor;
            for drawn in (near.saturating_sub(3)..near + 3).filter(|drawn| *drawn < 1 << 31) {
                for n in [2, 100, 4096, QUICK] {
                    let hash = before(drawn);
                    let exact = published(hash, n);
                    let quick = quick(hash, n).unwrap_or(exact);
                    assert_eq!(quick, exact, "hash {hash} of {n}, first draw {drawn}");
                    assert!(exact < n, "hash {hash} of {n}: {exact}");
                }
            }
        }
    }

    #[test]
    #[cfg_attr(
        miri,
        ignore = "thousands of divisions; the golden vectors go through the same code"
    )]
    fn ties_are_told_as_doubles_round_them() {
        // By real numbers the second jump from `m - 1` ends at n exactly; doubles may fall short of it.
        let (mut short, mut ties) = (0, 0);
        for n in [64_u32, 1 << 12, QUICK] {
            for m in [3_u32, 7, 48, 49, 57].map(u64::from) {
                let drawn = (m << 31) / u64::from(n) - 1;
                let jumps_to_m = |low: &u64| {
                    let second = before(drawn).wrapping_add(low.wrapping_mul(inverse(STEP)));
                    (1 << 31) / ((second >> 33) + 1) == m - 1
                };
                let Some(low) = (0..20_000).find(jumps_to_m) else { continue };
                let second = before(drawn).wrapping_add(low.wrapping_mul(inverse(STEP)));
                let hash = second.wrapping_sub(1).wrapping_mul(inverse(STEP));
                let exact = published(hash, n);
                assert_eq!(quick(hash, n).unwrap_or(exact), exact, "hash {hash} of {n}");
                short += u32::from(u64::from(exact) != m - 1);
                ties += 1;
            }
        }
        assert!(ties > 10 && short > 0, "{ties} ties, of which doubles take {short} for none");
    }
}
