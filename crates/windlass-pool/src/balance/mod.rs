//! Moving slots by what was observed.

mod counts;
mod decide;

use alloc::vec::Vec;
use core::time::Duration;

use windlass_partition::Slot;

pub(crate) use counts::{Sampler, SlotCounts};
pub(crate) use decide::{Decision, Observed, decide};

/// What a rebalance may do; see [`Pool::rebalance`](crate::Pool::rebalance).
///
/// ```
/// use windlass_pool::Balance;
///
/// let gentle = Balance::default().moves(8).above(1.5).rest(10);
/// # let _ = gentle;
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use = "it is for `Pool::rebalance`"]
pub struct Balance {
    moves: usize,
    above: f64,
    gain: f64,
    least: u64,
    rest: u8,
}

impl Default for Balance {
    fn default() -> Self {
        Self { moves: 64, above: 1.1, gain: 0.05, least: 10_000, rest: 3 }
    }
}

impl Balance {
    /// The most slots that move at once; 64 by default.
    pub const fn moves(self, slots: usize) -> Self {
        Self { moves: slots, ..self }
    }

    /// Moves nothing up to this imbalance, which is the load of the busiest worker by that of the average;
    /// 1.1 by default.
    pub const fn above(self, imbalance: f64) -> Self {
        Self { above: imbalance, ..self }
    }

    /// By how much the imbalance has to become less, or nothing moves; 0.05 by default.
    pub const fn gain(self, gain: f64) -> Self {
        Self { gain, ..self }
    }

    /// Decides nothing before so many messages with a key were observed; 10,000 by default.
    pub const fn least(self, messages: u64) -> Self {
        Self { least: messages, ..self }
    }

    /// For so many decisions a slot stays where it is once it has moved; 3 by default.
    pub const fn rest(self, decisions: u8) -> Self {
        Self { rest: decisions, ..self }
    }
}

/// What a rebalance has come to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rebalanced {
    /// What moved, by slot.
    pub moved: Vec<SlotMove>,
    /// Why nothing moved, if nothing did.
    pub outcome: Outcome,
    /// The load of the busiest worker by that of the average, as it was; 1 is perfect.
    pub before: f64,
    /// The same with the owners of now.
    pub after: f64,
    /// About how many messages with a key were observed since the last decision.
    pub messages: u64,
    /// Slots that have more than the share of a worker each, the busiest first. One worker is all that a slot
    /// can have; such keys want to be split.
    pub hot: Vec<Slot>,
    /// How long the change took.
    pub took: Duration,
}

/// Whether slots moved, or why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Slots moved.
    Moved,
    /// Too few messages came since the last decision; those that came count for the next one.
    TooFewMessages,
    /// The load is even enough.
    Even,
    /// No slot that may move makes it better by enough.
    NothingHelps,
}

/// A slot that got another owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SlotMove {
    /// The slot.
    pub slot: Slot,
    /// The worker that had it.
    pub from: usize,
    /// The worker that has it.
    pub to: usize,
}
