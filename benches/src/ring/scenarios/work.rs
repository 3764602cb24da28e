//! What the stages of a graph compute: the workloads of the LMAX performance tests.

/// The first stage of the pipeline adds the second operand.
#[inline]
#[must_use]
pub fn step_one(operand: u64) -> u64 {
    operand.wrapping_add(777)
}

/// The second stage of the pipeline adds a constant to what the first one wrote.
#[inline]
#[must_use]
pub fn step_two(first: u64) -> u64 {
    first.wrapping_add(3)
}

/// The third stage counts a bit; the value itself is added so that every event is checked.
#[inline]
#[must_use]
pub fn step_three(second: u64) -> u64 {
    second.wrapping_add(u64::from(second & 4 == 4))
}

/// What the whole pipeline makes of one operand.
#[must_use]
pub fn pipeline(operand: u64) -> u64 {
    step_three(step_two(step_one(operand)))
}

/// Whether the number is one for `Fizz`.
#[inline]
#[must_use]
pub fn fizz(value: u64) -> bool {
    value.is_multiple_of(3)
}

/// Whether the number is one for `Buzz`.
#[inline]
#[must_use]
pub fn buzz(value: u64) -> bool {
    value.is_multiple_of(5)
}

/// The joining stage counts each kind of number in its own bits.
#[inline]
#[must_use]
pub fn fizz_buzz(fizz: bool, buzz: bool) -> u64 {
    match (fizz, buzz) {
        (true, true) => 1 << 40,
        (true, false) => 1 << 20,
        (false, true) => 1 << 10,
        (false, false) => 1,
    }
}

/// What the whole diamond makes of one number.
#[must_use]
pub fn diamond(value: u64) -> u64 {
    fizz_buzz(fizz(value), buzz(value))
}
