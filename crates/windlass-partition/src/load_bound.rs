//! How much more than its share a member may hold.

use crate::error::BuildError;

/// A factor of at least 1 on the fair share of a member: 1.25 allows a quarter more.
///
/// Kept with 16 bits after the point, rounded up, so that the same loads give the same limits on every
/// platform. Close to 1 keys are passed on far; from about 1.2 they mostly stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadBound(u32);

/// One, with 16 bits after the point.
const ONE: u32 = 1 << 16;

impl LoadBound {
    /// What a member of `steps` out of `all` steps of weight may hold before it is full, when there is
    /// `total` now and one more to come.
    pub(crate) fn limit(self, total: u64, steps: u32, all: u64) -> u64 {
        let share = u128::from(self.0) * (u128::from(total) + 1) * u128::from(steps);
        u64::try_from(share.div_ceil(u128::from(ONE) * u128::from(all))).unwrap_or(u64::MAX)
    }
}

impl TryFrom<f64> for LoadBound {
    type Error = BuildError;

    fn try_from(bound: f64) -> Result<Self, BuildError> {
        if !(1.0..=65_535.0).contains(&bound) {
            return Err(BuildError::BadLoadBound(bound));
        }
        // Exact, since the factor is a power of two.
        let scaled = bound * f64::from(ONE);
        #[expect(clippy::cast_possible_truncation, reason = "below 2^32, see above")]
        #[expect(clippy::cast_sign_loss, reason = "at least 1, see above")]
        let floor = scaled as u32;
        Ok(Self(floor + u32::from(f64::from(floor) < scaled)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bounds_nothing_is_refused() {
        for bound in [0.99, 0.0, -1.0, 65_536.0, f64::INFINITY] {
            assert_eq!(LoadBound::try_from(bound), Err(BuildError::BadLoadBound(bound)), "{bound}");
        }
        assert!(LoadBound::try_from(f64::NAN).is_err(), "not a number");
    }

    #[test]
    fn bounds_round_up() -> Result<(), BuildError> {
        assert_eq!(LoadBound::try_from(1.0 + 1e-6)?, LoadBound(ONE + 1), "less than a step above");
        assert_eq!(LoadBound::try_from(1.5)?, LoadBound(ONE + ONE / 2), "exact");
        Ok(())
    }

    #[test]
    fn limits_round_up_and_leave_room_for_one_more() -> Result<(), BuildError> {
        let fair = LoadBound::try_from(1.0)?;
        assert_eq!(fair.limit(0, 1, 4), 1, "the first one fits anywhere");
        assert_eq!(fair.limit(4, 1, 4), 2, "5 by 4, rounded up");
        assert_eq!(LoadBound::try_from(1.25)?.limit(99, 1, 4), 32, "31.25, rounded up");
        assert_eq!(LoadBound(u32::MAX).limit(u64::MAX, u32::MAX, 1), u64::MAX, "no overflow");
        Ok(())
    }
}
