//! What is sent: values that carry a number and can be added up at the other end.

/// A message that a consumer can check by summing.
pub trait Payload: Clone + Send + Sync + Unpin + 'static {
    /// How many times the number counts in [`sum`](Payload::sum).
    const WORDS: u64;

    /// A message that carries `value` in every word.
    fn of(value: u64) -> Self;

    /// The sum of all words: every byte of the message is read.
    fn sum(&self) -> u64;
}

impl Payload for u64 {
    const WORDS: u64 = 1;

    #[inline]
    fn of(value: u64) -> Self {
        value
    }

    #[inline]
    fn sum(&self) -> u64 {
        *self
    }
}

/// A word behind a pointer, allocated for each message.
impl Payload for Box<u64> {
    const WORDS: u64 = 1;

    #[inline]
    fn of(value: u64) -> Self {
        Self::new(value)
    }

    #[inline]
    fn sum(&self) -> u64 {
        **self
    }
}

/// A message of `N` words of eight bytes.
#[derive(Clone, Copy)]
pub struct Words<const N: usize>(pub(crate) [u64; N]);

impl<const N: usize> Payload for Words<N> {
    const WORDS: u64 = N as u64;

    #[inline]
    fn of(value: u64) -> Self {
        Self([value; N])
    }

    #[inline]
    fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, word| sum.wrapping_add(*word))
    }
}

/// The sum of `P::of(value)` over `0..count`, modulo 2^64.
#[must_use]
pub fn expected_sum<P: Payload>(count: u64) -> u64 {
    let pairs = u128::from(count) * u128::from(count.saturating_sub(1)) / 2;
    let bytes = pairs.to_le_bytes();
    let (low, _) = bytes.split_at(8);
    let low = low.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    low.wrapping_mul(P::WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_sum_matches_a_plain_loop() {
        for count in [0, 1, 2, 7, 1000] {
            let plain: u64 = (0..count).map(|value| Words::<4>::of(value).sum()).sum();
            assert_eq!(expected_sum::<Words<4>>(count), plain, "count {count}");
        }
    }

    #[test]
    fn expected_sum_wraps() {
        let count = u64::from(u32::MAX) * 4;
        let low = (u128::from(count) * u128::from(count - 1) / 2) % (1 << 64);
        assert_eq!(u128::from(expected_sum::<u64>(count)), low, "the low 64 bits");
    }
}
