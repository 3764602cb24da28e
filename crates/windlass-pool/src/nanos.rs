//! Times as this crate counts them.

use core::time::Duration;

/// Nanoseconds, or the most that there are: 584 years.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_beyond_the_last_one_are_the_last_one() {
        assert_eq!(nanos(Duration::new(2, 3)), 2_000_000_003, "nanoseconds");
        assert_eq!(nanos(Duration::from_nanos(u64::MAX)), u64::MAX, "the last one");
        assert_eq!(nanos(Duration::MAX), u64::MAX, "beyond");
    }
}
