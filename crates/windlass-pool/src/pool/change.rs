//! Changes of a pool while messages flow: more or fewer workers, and slots that go from one to another.

use core::time::Duration;

use super::Pool;
use crate::balance::{Balance, Rebalanced};
use crate::changes::Kind;
use crate::controller::Controller;
use crate::error::ChangeError;
use crate::trace::{self, Scope};
use crate::worker::Worker;

impl<W: Worker> Pool<W> {
    /// Changes the number of workers while messages flow, and waits until that is done.
    ///
    /// Slots move as few as can be, each with its state; the messages of a key stay in order. Blocking, for
    /// as long as old owners need for what is in their mailboxes.
    ///
    /// New workers are built first, while the others go on. That is not counted by `wait` but by
    /// [`Builder::init_timeout`]: if their factories are not done within that, the change fails by
    /// [`BuildError::InitTimeout`], which names a worker whose factory hangs, and the pool is as it was. The thread of
    /// that one is left to itself, and ends when its factory returns.
    ///
    /// [`Builder::init_timeout`]: crate::Builder::init_timeout
    /// [`BuildError::InitTimeout`]: crate::BuildError::InitTimeout
    ///
    /// # Errors
    ///
    /// [`ChangeError`]. After a [`Timeout`](ChangeError::Timeout) the change goes on all the same; see
    /// [`settle`](Self::settle).
    pub fn resize(&self, workers: usize, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::Resize, |controller| {
            trace::resize_began(&self.shared.plan.name, workers);
            controller.resize(&self.shared, workers, deadline)
        })
    }

    /// Gives one slot (below 4,096) to one worker, with its state, and waits until that is done.
    ///
    /// # Errors
    ///
    /// As [`resize`](Self::resize).
    pub fn move_slot(&self, slot: usize, worker: usize, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::MoveSlot, |controller| {
            trace::move_slot_began(&self.shared.plan.name, slot, worker);
            controller.move_slot(&self.shared, slot, worker, deadline)
        })
    }

    /// Moves slots from busy workers to others, by what came for each slot since the last decision; in one
    /// change, each with its state, and waits until that is done.
    ///
    /// What came is observed by a sample of one message in sixteen. A slot that moved rests for some
    /// decisions, nothing moves without a gain, and what moves never makes the busiest worker busier: so a
    /// hot slot is not moved to and fro. It is named, since only its keys could be split. High and normal
    /// messages count alike, and those without a key do not.
    ///
    /// # Errors
    ///
    /// As [`resize`](Self::resize).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::{Balance, Outcome, Pool};
    ///
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
    /// let done = pool.rebalance(Balance::default(), Duration::from_secs(5))?;
    /// assert_eq!(done.outcome, Outcome::TooFewMessages);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rebalance(&self, rules: Balance, wait: Duration) -> Result<Rebalanced, ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.change(Kind::Rebalance, |controller| {
            trace::rebalance_began(&self.shared.plan.name);
            controller.rebalance(&self.shared, &rules, deadline)
        })
    }

    /// Waits for the end of a change that was not done in time.
    ///
    /// # Errors
    ///
    /// [`ChangeError::Timeout`] if it is still not done.
    pub fn settle(&self, wait: Duration) -> Result<(), ChangeError> {
        let deadline = self.shared.time.after(wait);
        self.shared.control(|controller| controller.finish(&self.shared, deadline))
    }

    fn change<R>(
        &self,
        kind: Kind,
        change: impl FnOnce(&mut Controller<W>) -> Result<R, ChangeError>,
    ) -> Result<R, ChangeError> {
        let name = &self.shared.plan.name;
        Scope::of_change(name, kind).within(|| {
            let changed = self.shared.control(change);
            changed.inspect_err(|error| trace::change_failed(name, kind, error))
        })
    }
}
