//! Building an adaptive buffer.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use windlass_ring::Wait;
use windlass_sync::sync::Arc;

use super::controller::{Controller, Rules};
use super::order::Order;
use super::receiver::Receiver;
use super::sender::{Rung, Sender};
use crate::builder::Builder as Plain;
use crate::error::BuildError;
use crate::level::{QosLevel, Reliable};
use crate::stats::DropReason;

/// From the strictest level to the loosest.
const LEVELS: [QosLevel; 3] = [QosLevel::Guaranteed, QosLevel::Reliable, QosLevel::RealTime];

/// Builds an adaptive buffer, between one sender and one receiver. See [`adaptive`](super).
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<T> {
    plain: Plain<T, Reliable>,
    capacity: usize,
    smallest_budget: usize,
    strictest: QosLevel,
    loosest: QosLevel,
    rules: Rules,
}

impl<T: Send> Builder<T> {
    /// A buffer for so many messages that goes from guaranteed to real time, by the default rules.
    pub fn new(capacity: usize) -> Self {
        Self {
            // A sender that waits is told of room.
            plain: Plain::new(Reliable, capacity).wait_then_overwrite(Duration::ZERO),
            capacity,
            smallest_budget: capacity,
            strictest: QosLevel::Guaranteed,
            loosest: QosLevel::RealTime,
            rules: Rules::default(),
        }
    }

    /// It stays between these levels: guaranteed, reliable, real time. Best effort is no rung of its own: the
    /// buffer does at reliable what it would do there, and says what is missing besides.
    pub fn between(self, strictest: QosLevel, loosest: QosLevel) -> Self {
        Self { strictest, loosest, ..self }
    }

    /// On the guaranteed level it begins with a budget of so many messages, and doubles it before it goes on
    /// to another level; by itself it begins with the capacity.
    ///
    /// A small budget holds the sender up early, so that messages are not held long.
    pub fn smallest_budget(self, messages: usize) -> Self {
        Self { smallest_budget: messages, ..self }
    }

    /// By which rules it changes.
    pub fn rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// How the receiver waits for messages.
    pub fn wait(self, wait: Wait) -> Self {
        Self { plain: self.plain.wait(wait), ..self }
    }

    /// How the sender waits for room, where it does.
    pub fn sender_wait(self, wait: Wait) -> Self {
        Self { plain: self.plain.sender_wait(wait), ..self }
    }

    /// Calls `on_drop` with each message that nobody gets, and why; without it they are dropped.
    pub fn on_drop(self, on_drop: impl Fn(T, DropReason) + Send + Sync + 'static) -> Self {
        Self { plain: self.plain.on_drop(on_drop), ..self }
    }

    /// Allocates the buffer. Nothing allocates afterwards.
    ///
    /// # Errors
    ///
    /// [`BuildError::NoRung`] for a level that it cannot have, [`ContradictoryRules`](BuildError::ContradictoryRules)
    /// for rules or levels that contradict themselves, and what a buffer is refused for.
    pub fn build(self) -> Result<(Sender<T>, Receiver<T>), BuildError> {
        let ladder = self.ladder()?;
        if !self.rules.are_sound() {
            return Err(BuildError::ContradictoryRules);
        }
        let (sender, receiver) = self.plain.build()?;
        let order = Arc::new(Order::default());
        let controller = Controller::new(self.rules, ladder.len());
        let sender = Sender::new(sender, Arc::clone(&order), controller, ladder.into());
        Ok((sender, Receiver::new(receiver, order)))
    }

    /// The rungs, from the strictest on.
    fn ladder(&self) -> Result<Vec<Rung>, BuildError> {
        let place =
            |level| LEVELS.iter().position(|at| *at == level).ok_or(BuildError::NoRung { level });
        // Nothing if they are the wrong way round.
        let levels = LEVELS.get(place(self.strictest)?..=place(self.loosest)?).unwrap_or_default();
        let mut budget = self.smallest_budget.min(self.capacity);
        if levels.is_empty() || (budget == 0 && self.capacity != 0) {
            return Err(BuildError::ContradictoryRules);
        }
        let mut rungs = Vec::new();
        while self.strictest == QosLevel::Guaranteed && budget < self.capacity {
            rungs.push(Rung { level: QosLevel::Guaranteed, budget });
            budget = budget.saturating_mul(2);
        }
        rungs.extend(levels.iter().map(|level| Rung { level: *level, budget: self.capacity }));
        Ok(rungs)
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("strictest", &self.strictest)
            .field("loosest", &self.loosest)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
