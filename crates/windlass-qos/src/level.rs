//! The levels: what becomes of a message for which there is no room.

use core::fmt;
use core::str::FromStr;

use crate::store::Choice;

/// A level: [`BestEffort`], [`Reliable`], [`Guaranteed`] or [`RealTime`]. This trait is sealed.
///
/// [`QosLevel`] is one too, chosen when the program runs.
#[expect(
    private_bounds,
    reason = "sealed: levels are chosen here, and mapped to stores in one place"
)]
pub trait Level: Choice + Copy + fmt::Debug + Send + Sync + 'static {
    /// Which level it is.
    fn qos(self) -> QosLevel;
}

/// A level at which the oldest message makes room, so that a sender never waits.
pub trait Overwrites: Level {}

/// A level at which a sender may wait for room: [`Guaranteed`], and [`QosLevel`] when it is that.
pub trait Waits: Level {}

/// The oldest makes room; what is lost is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BestEffort;

/// The oldest makes room; the receiver is told in line how many are missing.
///
/// That is those that made room. What was dropped otherwise, as the newest or since it had expired, is counted alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reliable;

/// Nothing is lost: a full buffer refuses, or the sender waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Guaranteed;

/// The oldest makes room; the receiver gets the freshest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RealTime;

/// A level that is chosen when the program runs, from a configuration for example.
///
/// It is named in a configuration as here, in snake case: `best_effort`, `real_time`.
///
/// A buffer of such a level has what all four have, and the waits of [`Guaranteed`]. It has no
/// [`force_send`](crate::Sender::force_send): `send` overwrites where the level does, and
/// [`on_drop`](crate::Builder::on_drop) gets what made room. And it has no
/// [`take_latest`](crate::Receiver::take_latest): take all that is there, and keep the newest. Where that does not
/// do, choose between buffers of the four types by a `match`.
///
/// ```
/// use windlass_qos::{Builder, QosLevel};
///
/// for level in QosLevel::ALL {
///     let (mut tx, mut rx) = Builder::new(level, 3).build()?;
///     tx.send_many(1..=3)?;
///     let all: Vec<i32> = rx.drain().collect();
///     let newest = if level == QosLevel::RealTime { all.first() } else { all.last() };
///     assert_eq!(newest, Some(&3));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QosLevel {
    /// [`BestEffort`].
    BestEffort,
    /// [`Reliable`].
    Reliable,
    /// [`Guaranteed`].
    Guaranteed,
    /// [`RealTime`].
    RealTime,
}

impl QosLevel {
    /// All levels.
    pub const ALL: [Self; 4] = [Self::BestEffort, Self::Reliable, Self::Guaranteed, Self::RealTime];

    /// Its name in a configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BestEffort => "best_effort",
            Self::Reliable => "reliable",
            Self::Guaranteed => "guaranteed",
            Self::RealTime => "real_time",
        }
    }

    /// Whether the oldest message makes room when it is full.
    #[must_use]
    pub const fn overwrites(self) -> bool {
        !matches!(self, Self::Guaranteed)
    }
}

impl fmt::Display for QosLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`QosLevel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such level: write best_effort, reliable, guaranteed or real_time")
    }
}

impl core::error::Error for UnknownLevel {}

impl FromStr for QosLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL.into_iter().find(|level| level.name() == text).ok_or(UnknownLevel)
    }
}

impl Level for BestEffort {
    fn qos(self) -> QosLevel {
        QosLevel::BestEffort
    }
}

impl Level for Reliable {
    fn qos(self) -> QosLevel {
        QosLevel::Reliable
    }
}

impl Level for Guaranteed {
    fn qos(self) -> QosLevel {
        QosLevel::Guaranteed
    }
}

impl Level for RealTime {
    fn qos(self) -> QosLevel {
        QosLevel::RealTime
    }
}

impl Level for QosLevel {
    fn qos(self) -> QosLevel {
        self
    }
}

impl Waits for Guaranteed {}
impl Waits for QosLevel {}
impl Overwrites for BestEffort {}
impl Overwrites for Reliable {}
impl Overwrites for RealTime {}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_by_their_names() {
        for level in QosLevel::ALL {
            assert_eq!(level.to_string().parse(), Ok(level), "its own name");
        }
        assert_eq!("Reliable".parse::<QosLevel>(), Err(UnknownLevel), "snake case only");
    }
}
