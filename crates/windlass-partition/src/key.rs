//! What can be a key, and why `core::hash::Hash` is not enough.

use alloc::string::String;
use alloc::vec::Vec;

use crate::hash;

/// A value whose hash is the same in every process, on every platform, for ever.
///
/// The standard library's `Hash` is refused on purpose: it feeds a hasher with lengths as wide as the
/// platform's pointers and with slices of integers in the platform's byte order, and may change with
/// the compiler. What is kept under such a hash is lost by the next build. Here each type says itself
/// which bytes count.
///
/// * Integers, `bool` and `char` hash by value: `7_u8`, `7_u64` and `7_usize` are the same key.
///   Negative numbers are their sign extension to 64 bits. 128 bits hash as two halves.
/// * Byte slices, arrays and vectors, and strings, hash their bytes by XXH3; `"a"` and `b"a"` are the
///   same key.
/// * Pairs and triples hash their parts in order.
///
/// # Examples
///
/// A key of your own names the parts that decide where it goes:
///
/// ```
/// use windlass_partition::{Key, Modulo, Partitioner};
///
/// struct Order {
///     account: u64,
///     amount: f64,
/// }
///
/// impl Key for Order {
///     fn stable_hash(&self, seed: u64) -> u64 {
///         self.account.stable_hash(seed)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let shards = Modulo::new(8)?;
/// let order = Order { account: 42, amount: 1.5 };
/// assert_eq!(shards.partition(&order), shards.partition(&42_u64));
/// # Ok(())
/// # }
/// ```
///
/// The standard `Hash` alone does not do:
///
/// ```compile_fail
/// use windlass_partition::{Modulo, Partitioner};
///
/// #[derive(Hash)]
/// struct Account(u64);
///
/// let partition = Modulo::new(8).unwrap().partition(&Account(42));
/// ```
#[diagnostic::on_unimplemented(
    note = "say which of its parts decide, by `impl Key`: `std::hash::Hash` is not stable, and not asked"
)]
pub trait Key {
    /// The hash of this key under a seed: a pure function of the two.
    fn stable_hash(&self, seed: u64) -> u64;
}

macro_rules! integers {
    ($($integer:ty),*) => {
        $(impl Key for $integer {
            #[inline]
            #[allow(
                clippy::cast_lossless,
                clippy::cast_sign_loss,
                reason = "every width is taken to 64 bits, with its sign"
            )]
            fn stable_hash(&self, seed: u64) -> u64 {
                hash::integer(*self as u64, seed)
            }
        })*
    };
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, bool, char);

impl Key for u128 {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the two halves, one after the other")]
    fn stable_hash(&self, seed: u64) -> u64 {
        ((*self >> 64) as u64, *self as u64).stable_hash(seed)
    }
}

impl Key for i128 {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        self.cast_unsigned().stable_hash(seed)
    }
}

impl Key for [u8] {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::bytes(self, seed)
    }
}

impl<const N: usize> Key for [u8; N] {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::bytes(self, seed)
    }
}

impl Key for Vec<u8> {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::bytes(self, seed)
    }
}

impl Key for str {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::bytes(self.as_bytes(), seed)
    }
}

impl Key for String {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::bytes(self.as_bytes(), seed)
    }
}

impl<K: Key + ?Sized> Key for &K {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        (**self).stable_hash(seed)
    }
}

impl<A: Key, B: Key> Key for (A, B) {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::pair(self.0.stable_hash(seed), self.1.stable_hash(seed))
    }
}

impl<A: Key, B: Key, C: Key> Key for (A, B, C) {
    #[inline]
    fn stable_hash(&self, seed: u64) -> u64 {
        hash::pair((&self.0, &self.1).stable_hash(seed), self.2.stable_hash(seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_width_are_the_same_key() {
        let expected = 7_u64.stable_hash(1);
        let hashes = [
            7_u8.stable_hash(1),
            7_i16.stable_hash(1),
            7_u32.stable_hash(1),
            7_usize.stable_hash(1),
            <&u64 as Key>::stable_hash(&&7, 1),
        ];
        assert!(hashes.iter().all(|hash| *hash == expected), "by value: {hashes:x?}");
        assert_eq!((-7_i8).stable_hash(1), (-7_i64).stable_hash(1), "the sign is extended");
    }

    #[test]
    fn bytes_and_text_are_the_same_key() {
        let expected = "abc".stable_hash(1);
        let owned = (String::from("abc").stable_hash(1), b"abc".to_vec().stable_hash(1));
        assert_eq!(owned, (expected, expected), "owned");
        let borrowed = (b"abc".stable_hash(1), b"abc".as_slice().stable_hash(1));
        assert_eq!(borrowed, (expected, expected), "borrowed");
    }

    #[test]
    fn the_parts_of_a_key_count_in_order() {
        assert_ne!((1, 2).stable_hash(0), (2, 1).stable_hash(0), "a pair");
        assert_ne!((1, 2, 3).stable_hash(0), (1, 3, 2).stable_hash(0), "a triple");
        assert_ne!(1_u128.stable_hash(0), (1_u128 << 64).stable_hash(0), "two halves");
        assert_eq!((-1_i128).stable_hash(0), u128::MAX.stable_hash(0), "as it lies");
    }

    #[test]
    fn a_seed_changes_the_hash() {
        assert_ne!(1_u64.stable_hash(0), 1_u64.stable_hash(1), "an integer");
        assert_ne!("a".stable_hash(0), "a".stable_hash(1), "text");
    }
}
