//! Which messages come too late to be handled.

use core::time::Duration;

use windlass_qos::lanes::Receiver;

use crate::letter::{HIGH, NORMAL};
use crate::nanos::nanos;
use crate::time::Time;

/// Not to handle what has waited for too long; see [`Builder::shed`](crate::Builder::shed).
///
/// ```
/// use std::time::Duration;
///
/// use windlass_pool::Shed;
///
/// // Under pressure only, and what is high much later.
/// let shed = Shed::older_than(Duration::from_millis(50))
///     .high_older_than(Duration::from_secs(2))
///     .above(75);
/// # let _ = shed;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it is for `Builder::shed`"]
pub struct Shed {
    normal: Duration,
    high: Option<Duration>,
    above: u32,
}

impl Shed {
    /// Sheds normal messages that have waited for so long; none that are high.
    ///
    /// Ages are known to about a millisecond, up to 52 days.
    pub const fn older_than(age: Duration) -> Self {
        Self { normal: age, high: None, above: 0 }
    }

    /// Sheds also high messages, of this age. Never younger ones than normal messages: those go first.
    pub const fn high_older_than(self, age: Duration) -> Self {
        Self { high: Some(age), ..self }
    }

    /// Sheds only while one of the two lanes of the mailbox is filled above so many percent.
    pub const fn above(self, percent: u32) -> Self {
        Self { above: percent, ..self }
    }

    /// From which age on, by lane.
    fn limit(&self, lane: usize) -> Option<u64> {
        let limit = match lane {
            NORMAL => self.normal,
            HIGH => self.high?.max(self.normal),
            _ => return None,
        };
        Some(nanos(limit))
    }
}

/// When a message was put into a mailbox, about; of a pool that sheds.
pub(crate) fn stamp(time: Time) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "ages are differences")]
    let stamp = (time.nanos() >> UNIT) as u32;
    stamp
}

/// A unit of age is 2^20 ns.
const UNIT: u32 = 20;

/// What a worker goes by for a while.
pub(crate) struct Shedding {
    shed: Shed,
    capacity: usize,
    now: u32,
    is_pressed: bool,
    /// How many more may be shed before the worker has to look at other things.
    pub(crate) left: usize,
}

impl Shedding {
    pub(crate) fn new(shed: Shed, capacity: usize) -> Self {
        Self { shed, capacity, now: 0, is_pressed: false, left: 0 }
    }

    /// Looks at the clock and into the mailbox.
    pub(crate) fn look<T: Send>(&mut self, time: Time, receiver: &Receiver<T>) {
        self.now = stamp(time);
        let held = |lane| receiver.len_of(lane).unwrap_or(0);
        let most = held(HIGH).max(held(NORMAL));
        let mark = self.capacity as u128 * u128::from(self.shed.above);
        self.is_pressed = self.shed.above == 0 || mark < most as u128 * 100;
    }

    /// Whether a message of this lane comes too late.
    pub(crate) fn refuses(&self, lane: usize, sent: u32) -> bool {
        if !self.is_pressed {
            return false;
        }
        // Stamped behind the look at the clock: it is new.
        let age = self.now.wrapping_sub(sent);
        let age = if age <= u32::MAX / 2 { u64::from(age) << UNIT } else { 0 };
        self.shed.limit(lane).is_some_and(|limit| limit <= age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::{CONTROL, SYSTEM};

    fn at(shed: Shed, now: u32) -> Shedding {
        Shedding { now, is_pressed: true, ..Shedding::new(shed, 4) }
    }

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn normal_messages_are_shed_before_high_ones() {
        let shed = Shed::older_than(MILLI * 10).high_older_than(MILLI * 5);
        for (age, normal, high) in [(9, false, false), (10, true, true), (11, true, true)] {
            let by = at(shed, 1_000 + age);
            assert_eq!(by.refuses(NORMAL, 1_000), normal, "normal at {age}");
            assert_eq!(by.refuses(HIGH, 1_000), high, "high at {age}, never before normal");
        }
        let by = at(Shed::older_than(MILLI * 10).high_older_than(MILLI * 20), 1_015);
        assert!(by.refuses(NORMAL, 1_000) && !by.refuses(HIGH, 1_000), "high ones later");
        let by = at(Shed::older_than(Duration::ZERO), 1_000);
        assert!(by.refuses(NORMAL, 0) && !by.refuses(HIGH, 0), "high ones never by default");
        assert!(!by.refuses(CONTROL, 0) && !by.refuses(SYSTEM, 0), "and no others");
    }

    #[test]
    fn ages_are_right_when_stamps_begin_anew_or_lie_ahead() {
        let shed = Shed::older_than(MILLI * 10);
        assert!(at(shed, 5).refuses(NORMAL, u32::MAX - 5), "11 units old");
        assert!(!at(shed, 4).refuses(NORMAL, u32::MAX), "5 units old");
        assert!(!at(shed, 4).refuses(NORMAL, 6), "stamped behind the look");
    }
}
