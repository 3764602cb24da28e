//! How much a member can take, relative to others.

use crate::error::WeightError;

/// How much of the keys a member should get, relative to the other members.
///
/// A fixed-point number with 16 bits after the point, above 0 and below 65 536, so that what follows
/// from weights is the same on every platform.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Weight, WeightError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert_eq!(Weight::try_from(1.0)?, Weight::ONE);
/// assert_eq!(Weight::try_from(3)?, Weight::try_from(3.0)?);
/// assert_eq!(Weight::try_from(0), Err(WeightError::Zero));
/// assert_eq!(Weight::try_from(f64::NAN), Err(WeightError::NotANumber));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

/// Bits after the point.
const POINT: u32 = 16;

impl Weight {
    /// The weight of a member that was given none.
    pub const ONE: Self = Self(1 << POINT);

    /// The weight in steps of 2^-16; at least 1.
    #[must_use]
    #[inline]
    pub const fn steps(self) -> u32 {
        self.0
    }

    /// `count` of something for each unit of weight, rounded, at least 1.
    pub(crate) fn times(self, count: u32) -> u64 {
        let exact = u64::from(self.0) * u64::from(count);
        ((exact + (1 << (POINT - 1))) >> POINT).max(1)
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<u32> for Weight {
    type Error = WeightError;

    fn try_from(weight: u32) -> Result<Self, WeightError> {
        match weight {
            0 => Err(WeightError::Zero),
            1..=0xFFFF => Ok(Self(weight << POINT)),
            _ => Err(WeightError::TooLarge),
        }
    }
}

impl TryFrom<f64> for Weight {
    type Error = WeightError;

    /// Rounds to the nearest step of 2^-16.
    fn try_from(weight: f64) -> Result<Self, WeightError> {
        if weight.is_nan() {
            return Err(WeightError::NotANumber);
        }
        // Scaling by a power of two is exact, so every platform rounds the same number.
        let steps = weight * f64::from(1_u32 << POINT) + 0.5;
        if steps >= f64::from(u32::MAX) {
            return Err(WeightError::TooLarge);
        }
        if weight < 0.0 {
            return Err(WeightError::Negative);
        }
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 2^32, see above")]
        #[expect(clippy::cast_sign_loss, reason = "not negative, see above")]
        match steps as u32 {
            0 if weight > 0.0 => Err(WeightError::TooSmall),
            0 => Err(WeightError::Zero),
            steps => Ok(Self(steps)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_weight_is_refused() {
        for (weight, error) in [
            (0.0, WeightError::Zero),
            (-0.0, WeightError::Zero),
            (1e-9, WeightError::TooSmall),
            (-1.0, WeightError::Negative),
            (f64::NEG_INFINITY, WeightError::Negative),
            (f64::NAN, WeightError::NotANumber),
            (f64::INFINITY, WeightError::TooLarge),
            (65_536.0, WeightError::TooLarge),
        ] {
            assert_eq!(Weight::try_from(weight), Err(error), "{weight}");
        }
        assert_eq!(Weight::try_from(65_536_u32), Err(WeightError::TooLarge), "an integer");
    }

    #[test]
    fn weights_round_to_the_nearest_step() {
        let third = Weight::try_from(1.0 / 3.0);
        assert_eq!(third, Ok(Weight(21_845)), "a third of 65 536");
        assert_eq!(third.map(|weight| weight.times(10)), Ok(3), "3.33");
        assert_eq!(Weight::try_from(1.0 + 0.75 / 65_536.0), Ok(Weight(65_537)), "upwards");
        assert_eq!(Weight(1).times(10), 1, "at least one");
    }
}
