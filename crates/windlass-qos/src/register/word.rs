//! What fits in a machine word, without unsafe code.

/// A plain value of eight bytes at most. This trait is sealed.
pub trait Word: sealed::Word + Copy + Send + Sync + 'static {}

/// A plain value of four bytes at most. This trait is sealed.
pub trait SmallWord: Word {}

pub(super) mod sealed {
    /// To bits and back; what is not used is 0.
    pub trait Word: Sized {
        fn to_bits(self) -> u64;
        /// Only ever called with what `to_bits` returned.
        fn of_bits(bits: u64) -> Self;
    }
}

use sealed::Word as Bits;

macro_rules! numbers {
    ($($number:ty as $unsigned:ty),*) => {$(
        impl Bits for $number {
            #[inline]
            #[allow(clippy::cast_lossless, clippy::cast_sign_loss, reason = "bits, whatever the type")]
            fn to_bits(self) -> u64 {
                self as $unsigned as u64
            }
            #[inline]
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_possible_wrap,
                reason = "the bits that were put in"
            )]
            fn of_bits(bits: u64) -> Self {
                bits as Self
            }
        }
        impl Word for $number {}
    )*};
}

numbers!(u8 as u8, u16 as u16, u32 as u32, u64 as u64, usize as usize);
numbers!(i8 as u8, i16 as u16, i32 as u32, i64 as u64, isize as usize);

impl Bits for bool {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(self)
    }
    #[inline]
    fn of_bits(bits: u64) -> Self {
        bits != 0
    }
}

impl Bits for char {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(u32::from(self))
    }
    #[inline]
    fn of_bits(bits: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the bits that were put in")]
        Self::from_u32(bits as u32).unwrap_or(Self::REPLACEMENT_CHARACTER)
    }
}

impl Bits for f32 {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(Self::to_bits(self))
    }
    #[inline]
    fn of_bits(bits: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the bits that were put in")]
        Self::from_bits(bits as u32)
    }
}

impl Bits for f64 {
    #[inline]
    fn to_bits(self) -> u64 {
        Self::to_bits(self)
    }
    #[inline]
    fn of_bits(bits: u64) -> Self {
        Self::from_bits(bits)
    }
}

impl Word for bool {}
impl Word for char {}
impl Word for f32 {}
impl Word for f64 {}

/// Elements side by side, the first one in the lowest bits.
macro_rules! arrays {
    ($($element:ty, $n:literal, $bits:literal);*) => {$(
        impl Bits for [$element; $n] {
            #[inline]
            fn to_bits(self) -> u64 {
                self.iter().rev().fold(0, |bits, element| (bits << $bits) | Bits::to_bits(*element))
            }
            #[inline]
            fn of_bits(bits: u64) -> Self {
                core::array::from_fn(|i| Bits::of_bits((bits >> (i * $bits)) & ((1 << $bits) - 1)))
            }
        }
        impl Word for [$element; $n] {}
    )*};
}

arrays!(u8, 2, 8; u8, 3, 8; u8, 4, 8; u8, 5, 8; u8, 6, 8; u8, 7, 8; u8, 8, 8);
arrays!(i8, 2, 8; i8, 4, 8; i8, 8, 8; bool, 2, 8; bool, 4, 8; bool, 8, 8);
arrays!(u16, 2, 16; u16, 3, 16; u16, 4, 16; i16, 2, 16; i16, 3, 16; i16, 4, 16);
arrays!(u32, 2, 32; i32, 2, 32; f32, 2, 32);

/// Both halves, of four bytes at most each.
impl<A: SmallWord, B: SmallWord> Bits for (A, B) {
    #[inline]
    fn to_bits(self) -> u64 {
        (self.1.to_bits() << 32) | self.0.to_bits()
    }
    #[inline]
    fn of_bits(bits: u64) -> Self {
        (A::of_bits(bits & 0xffff_ffff), B::of_bits(bits >> 32))
    }
}

impl<A: SmallWord, B: SmallWord> Word for (A, B) {}

macro_rules! small {
    ($($small:ty),*) => { $(impl SmallWord for $small {})* };
}

small!(u8, i8, u16, i16, u32, i32, bool, char, f32);
small!([u8; 2], [u8; 3], [u8; 4], [i8; 2], [i8; 4], [bool; 2], [bool; 4], [u16; 2], [i16; 2]);

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn back<T: Word + PartialEq + core::fmt::Debug>(values: &[T]) {
        for value in values {
            assert_eq!(T::of_bits(value.to_bits()), *value, "to bits and back");
        }
    }

    fn fits<T: SmallWord>(values: &[T]) {
        assert!(values.iter().all(|value| value.to_bits() < 1 << 32), "four bytes");
    }

    #[test]
    fn values_come_back_from_their_bits() {
        back(&[u64::MAX, 0, 1 << 63]);
        back(&[i64::MIN, -1, i64::MAX]);
        back(&[usize::MAX]);
        back(&[isize::MIN]);
        back(&[true, false]);
        back(&['\0', char::MAX, '\u{d7ff}']);
        back(&[f64::MIN, -0.0, f64::INFINITY]);
        back(&[[u8::MAX, 0, 1, 2, 3, 4, 5, u8::MAX]]);
        back(&[[i16::MIN, -1, i16::MAX, 0]]);
        back(&[[f32::MIN, f32::MAX]]);
        back(&[[true, false]]);
        back(&[(i32::MIN, 'x'), (-1, char::MAX)]);
        assert!(f64::of_bits(Bits::to_bits(f64::NAN)).is_nan(), "bit by bit");
        fits(&[-1_i8, i8::MIN]);
        fits(&[-1_i32, i32::MIN]);
        fits(&[f32::MIN, f32::NAN]);
        fits(&[[-1_i16, -1]]);
        fits(&[[u8::MAX; 4]]);
    }
}
