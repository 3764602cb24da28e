//! What is made of machine words, without unsafe code.

use super::word::Word;

/// A plain value that can be written as words and read from them.
///
/// Implement it for a type of your own by naming its fields. [`Snapshot`](super::Snapshot) calls
/// `from_words` only with words that `to_words` returned, all of one value.
///
/// # Examples
///
/// ```
/// use windlass_qos::register::{Words, snapshot};
///
/// #[derive(Clone, Copy)]
/// struct Pose {
///     at: [f64; 3],
///     stamp: u64,
/// }
///
/// impl Words for Pose {
///     type Array = [u64; 4];
///     fn to_words(self) -> [u64; 4] {
///         let [x, y, z] = self.at.map(f64::to_bits);
///         [x, y, z, self.stamp]
///     }
///     fn from_words([x, y, z, stamp]: [u64; 4]) -> Self {
///         Self { at: [x, y, z].map(f64::from_bits), stamp }
///     }
/// }
///
/// let (mut writer, reader) = snapshot(Pose { at: [0.0; 3], stamp: 0 });
/// writer.write(Pose { at: [1.0; 3], stamp: 7 });
/// assert_eq!(reader.read(10).map(|pose| pose.stamp), Some(7));
/// ```
pub trait Words: Copy {
    /// An array of `u64`.
    type Array: Copy + AsRef<[u64]> + AsMut<[u64]>;

    /// The words of a value.
    fn to_words(self) -> Self::Array;
    /// The value of words.
    fn from_words(words: Self::Array) -> Self;
}

impl<T: Word, const N: usize> Words for [T; N] {
    type Array = [u64; N];

    #[inline]
    fn to_words(self) -> [u64; N] {
        self.map(T::to_bits)
    }

    #[inline]
    fn from_words(words: [u64; N]) -> Self {
        words.map(T::of_bits)
    }
}
