//! The two hash functions under every scheme, and how a hash becomes a number below `n`.
//!
//! Fixed for ever: what is computed here decides where stored state lies. A change of any bit needs a
//! new [`HASH_VERSION`] and, beside it, the old functions.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The version of the functions from keys to hashes, and of the schemes above them.
///
/// Version 1: bytes by XXH3 (64 bits, seeded, one-shot); integers by the finaliser of
/// `SplitMix64` over `(key ^ seed) + 0x9E3779B97F4A7C15`.
///
/// # Source
///
/// `splitmix`, `xxh3` in `docs/references.md`.
pub const HASH_VERSION: u32 = 1;

/// The seed where none is given: the bytes of `WINDLASS`, read as a big-endian number.
pub const DEFAULT_SEED: u64 = 0x5749_4E44_4C41_5353;

/// 2^64 by the golden ratio, odd: the step of `SplitMix64`.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
const MIX_FIRST: u64 = 0xBF58_476D_1CE4_E5B9;
const MIX_SECOND: u64 = 0x94D0_49BB_1331_11EB;

/// Hashes an integer: a bijection, two multiplications.
#[inline]
pub(crate) const fn integer(key: u64, seed: u64) -> u64 {
    let mut z = (key ^ seed).wrapping_add(GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(MIX_FIRST);
    z = (z ^ (z >> 27)).wrapping_mul(MIX_SECOND);
    z ^ (z >> 31)
}

/// Hashes bytes.
#[inline]
pub(crate) fn bytes(key: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(key, seed)
}

/// A hash of two that are hashes already; the order counts.
#[inline]
pub(crate) const fn pair(first: u64, second: u64) -> u64 {
    integer(first.rotate_left(32) ^ second, first)
}

/// Mixes what is mixed already with a salt: less work, good high bits.
#[inline]
pub(crate) const fn salted(hash: u64, salt: u64) -> u64 {
    let z = (hash ^ salt).wrapping_mul(MIX_FIRST);
    (z ^ (z >> 32)).wrapping_mul(MIX_SECOND)
}

/// A number below `n` by multiplication instead of division, out of bits 25 to 56.
///
/// A hash table inside a worker takes its buckets from the low bits and its tags from the top seven.
/// Neither is used here, so the keys of one partition do not crowd together in such a table.
#[inline]
pub(crate) const fn reduce(hash: u64, n: u32) -> u32 {
    let middle = (hash << 7) >> 32;
    // Both factors are below 2^32, so the product fits and its upper half is below `n`.
    ((middle * n as u64) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_the_published_sequence() {
        // The first outputs of SplitMix64 from state 0: its state advances by GAMMA.
        let outputs = [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F];
        for (step, output) in (0_u64..).zip(outputs) {
            assert_eq!(integer(GAMMA.wrapping_mul(step), 0), output, "output {step}");
        }
    }

    #[test]
    fn bytes_follow_the_published_function() {
        // XXH3 of nothing, seed 0, as its reference prints it.
        assert_eq!(bytes(b"", 0), 0x2D06_8005_38D3_94C2, "the empty input");
    }

    #[test]
    fn a_reduced_hash_ignores_the_bits_of_a_hash_table() {
        let tags_and_buckets = (0x7F << 57) | ((1 << 25) - 1);
        for n in [1, 2, 3, 1000, u32::MAX] {
            assert_eq!(reduce(tags_and_buckets, n), 0, "n {n}: only bits 25 to 56 count");
            assert_eq!(reduce(u64::MAX, n), n - 1, "n {n}: the largest hash");
        }
    }

    #[test]
    fn a_pair_is_not_its_reverse() {
        assert_ne!(pair(1, 2), pair(2, 1), "the order counts");
    }
}
