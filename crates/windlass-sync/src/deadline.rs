//! A moment until which somebody is willing to wait.

use core::time::Duration;

#[cfg(any(feature = "std", loom))]
use std::time::Instant;

/// A moment after which a wait gives up, or never.
///
/// All arithmetic saturates: a moment too far away to be written down is never.
///
/// Without `std` there is no clock, and the only deadline is [`never`](Self::never). Under loom
/// there is no time: each deadline but `never` has passed when it is made, which makes a timed wait
/// register, look and leave at once.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "std", not(loom)))] {
/// use core::time::Duration;
/// use windlass_sync::Deadline;
///
/// assert!(Deadline::after(Duration::MAX).is_never());
/// assert!(Deadline::after(Duration::ZERO).has_passed());
/// assert_eq!(Deadline::never().remaining(), None);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// `None` is never.
    #[cfg(any(feature = "std", loom))]
    at: Option<Instant>,
    #[cfg(not(any(feature = "std", loom)))]
    at: Option<core::convert::Infallible>,
}

impl Deadline {
    /// Returns the deadline that does not come.
    #[inline]
    #[must_use]
    pub const fn never() -> Self {
        Self { at: None }
    }

    /// Returns the deadline `wait` from now.
    ///
    /// A `wait` that the clock cannot hold gives [`never`](Self::never).
    #[cfg(any(feature = "std", loom))]
    #[must_use]
    pub fn after(wait: Duration) -> Self {
        Self { at: Instant::now().checked_add(wait) }
    }

    /// Returns the deadline at `moment`.
    #[cfg(any(feature = "std", loom))]
    #[inline]
    #[must_use]
    pub const fn at(moment: Instant) -> Self {
        Self { at: Some(moment) }
    }

    /// Returns the moment of this deadline, or `None` if it does not come.
    ///
    /// For whoever has a clock of its own.
    #[cfg(any(feature = "std", loom))]
    #[inline]
    #[must_use]
    pub const fn moment(&self) -> Option<Instant> {
        self.at
    }

    /// Returns whether this deadline does not come.
    #[inline]
    #[must_use]
    pub const fn is_never(&self) -> bool {
        self.at.is_none()
    }

    /// Returns whether the deadline has come.
    ///
    /// Reads the clock, except for [`never`](Self::never). Once true, it stays true.
    #[inline]
    #[must_use]
    pub fn has_passed(&self) -> bool {
        self.remaining().is_some_and(|left| left.is_zero())
    }

    /// Returns the time left, zero once the deadline has come, or `None` if it never comes.
    #[inline]
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        #[cfg(loom)]
        return self.at.map(|_| Duration::ZERO);
        #[cfg(all(feature = "std", not(loom)))]
        return self.at.map(|moment| moment.saturating_duration_since(Instant::now()));
        #[cfg(not(any(feature = "std", loom)))]
        self.at.map(|impossible| match impossible {})
    }
}

#[cfg(all(test, feature = "std", not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn never_does_not_come() {
        let never = Deadline::never();
        assert_eq!(never.moment(), None, "no moment");
        assert!(never.is_never(), "by name");
        assert!(!never.has_passed(), "and in fact");
        assert_eq!(never.remaining(), None, "no time is left of nothing");
    }

    #[test]
    fn what_the_clock_cannot_hold_is_never() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::never(), "saturated");
    }

    #[test]
    fn a_moment_that_has_come_stays_come() {
        let now = Deadline::after(Duration::ZERO);
        assert!(now.moment().is_some_and(|moment| moment <= Instant::now()), "it was");
        assert!(now.has_passed(), "no time was given");
        assert_eq!(now.remaining(), Some(Duration::ZERO), "and none is owed");
        assert!(Deadline::at(Instant::now()).has_passed(), "the present counts as come");
    }

    #[test]
    fn a_moment_far_away_is_ahead() {
        let hour = Duration::from_secs(3_600);
        let later = Deadline::after(hour);
        assert!(!later.is_never() && !later.has_passed(), "an hour is neither");
        assert!(later.remaining().is_some_and(|left| left <= hour), "never more than was given");
    }
}
