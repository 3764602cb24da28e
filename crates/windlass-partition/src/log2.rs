//! Logarithms in fixed point, the same on every platform.

/// Bits after the point of a result.
const POINT: u32 = 32;
/// The mantissa's leading bits that choose a line of the table.
const LINES: u32 = 10;

/// The logarithm of `1 + i / 1024`, cut to 32 bits after the point; the last one is 1.
static TABLE: [u64; (1 << LINES) + 1] = table();

const fn table() -> [u64; (1 << LINES) + 1] {
    let mut table = [1_u64 << POINT; (1 << LINES) + 1];
    let mut line = 0;
    while line < 1_usize << LINES {
        table[line] = mantissa(((1 << LINES) + line as u64) << (63 - LINES));
        line += 1;
    }
    table
}

/// The logarithm of a number from 1 to 2 with 63 bits after the point, digit by digit: squaring
/// doubles a logarithm, and whether the square passes 2 is its next binary digit.
const fn mantissa(mut number: u64) -> u64 {
    let mut digits = 0;
    let mut left = POINT;
    while left > 0 {
        let square = (number as u128 * number as u128) >> 63;
        let passes = (square >> 64) as u64;
        digits = (digits << 1) | passes;
        #[expect(clippy::cast_possible_truncation, reason = "below 2^64 after the shift")]
        {
            number = (square >> passes) as u64;
        }
        left -= 1;
    }
    digits
}

/// `-log2(number / 2^64)` with 32 bits after the point; falls or stays as `number` rises.
///
/// Straight lines between 1025 exact values: off by at most 1.7e-7, and, near 2^64, by 0.05 % of
/// itself, in the same direction for neighbours.
#[inline]
pub(crate) fn negative_log2(number: u64) -> u64 {
    let number = number.max(1);
    let zeros = number.leading_zeros();
    let leading_one = number << zeros;
    let line = (leading_one >> (63 - LINES)) as usize & ((1 << LINES) - 1);
    let between = (leading_one << (1 + LINES)) >> POINT;
    let (from, to) = (TABLE[line], TABLE[line + 1]);
    let mantissa = from + (((to - from) * between) >> POINT);
    (u64::from(zeros + 1) << POINT) - mantissa
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        for power in 0..64 {
            assert_eq!(negative_log2(1 << power), (64 - power) << POINT, "2^{power}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "thousands of doubles, which are not under test")]
    fn it_is_near_the_logarithm() {
        let step = u64::MAX / 10_007;
        for number in (1..10_007).map(|i| i * step) {
            let exact = 64.0 - (number as f64).log2();
            let found = negative_log2(number) as f64 / (1_u64 << POINT) as f64;
            assert!((found - exact).abs() < 2e-7, "{number}: {found} instead of {exact}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "200 000 logarithms; the golden vectors go through the same code")]
    fn it_falls_or_stays() {
        let near = |number: u64| (0..200).map(move |i| number.saturating_add(i));
        let knots = (0..1024_u64).map(|line| (1 << 63) + (line << 53) - 100);
        for start in knots.chain([0, 1 << 20, u64::MAX - 200]) {
            let logs: Vec<u64> = near(start).map(negative_log2).collect();
            assert!(logs.is_sorted_by(|a, b| a >= b), "around {start}");
        }
        assert!(negative_log2(u64::MAX) <= 1, "nearly nothing at the end");
    }
}
