//! Building lanes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use windlass_ring::Wait;
use windlass_sync::sync::Arc;

use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::{OnDrop, Shared, Threads, Track};
use super::turn::Turn;
use crate::builder::check;
use crate::error::BuildError;
use crate::level::QosLevel;
use crate::stats::DropReason;
use crate::store::{Choice, Limits};

/// The most lanes that a buffer can have.
const MAX_LANES: usize = 256;

/// What one lane is to be.
#[derive(Debug, Clone, Copy)]
pub struct Lane {
    level: QosLevel,
    capacity: usize,
    budget: u32,
    senders: usize,
}

impl Lane {
    /// A lane of this level for so many messages, with a budget of 1 and one sender.
    #[must_use]
    pub const fn new(level: QosLevel, capacity: usize) -> Self {
        Self { level, capacity, budget: 1, senders: 1 }
    }

    /// It may give so many messages while another lane has something.
    #[must_use]
    pub const fn budget(self, messages: u32) -> Self {
        Self { budget: messages, ..self }
    }

    /// Its sender can be cloned, up to `n` at a time.
    #[must_use]
    pub const fn senders(self, n: usize) -> Self {
        Self { senders: n, ..self }
    }

    fn limits(&self) -> Limits {
        Limits { capacity: self.capacity, senders: self.senders, receivers: 1, origin: 0 }
    }
}

/// Builds lanes; the first one comes first. See [`lanes`](super).
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<T> {
    lanes: Vec<Lane>,
    wait: Wait,
    sender_wait: Wait,
    threads: Option<Threads>,
    on_drop: Option<OnDrop<T>>,
}

impl<T: Send> Builder<T> {
    /// No lanes yet.
    pub fn new() -> Self {
        let (wait, sender_wait) = (Wait::default(), Wait::default());
        Self { lanes: Vec::new(), wait, sender_wait, threads: None, on_drop: None }
    }

    /// Adds a lane behind those there are.
    pub fn lane(mut self, lane: Lane) -> Self {
        self.lanes.push(lane);
        self
    }

    /// How the receiver waits for messages.
    pub fn wait(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// How senders wait for room, on lanes where they do.
    pub fn sender_wait(self, sender_wait: Wait) -> Self {
        Self { sender_wait, ..self }
    }

    /// Says how many threads are at work: with more of them than cores an adaptive wait does not spin.
    ///
    /// Asked whenever somebody is about to wait; to be quick. Without it every sender counts as a thread, and the
    /// receiver, which is too many where a thread has senders of several lanes, or of several buffers.
    pub fn threads(self, threads: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        Self { threads: Some(Box::new(threads)), ..self }
    }

    /// Calls `on_drop` with each message that nobody gets, and why; without it they are dropped.
    ///
    /// It runs on the thread that finds the message; the lanes are free for others meanwhile, and stay in
    /// order if the callback panics. The panic goes on to the caller.
    pub fn on_drop(self, on_drop: impl Fn(T, DropReason) + Send + Sync + 'static) -> Self {
        Self { on_drop: Some(Box::new(on_drop)), ..self }
    }

    /// Allocates the lanes: a sender for each, in order, and the receiver. Nothing allocates afterwards but
    /// cloning a sender.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for no lane or more than 256, for a budget of 0, and for what a buffer is refused for.
    pub fn build(self) -> Result<(Vec<Sender<T>>, Receiver<T>), BuildError> {
        if self.lanes.is_empty() {
            return Err(BuildError::NoLanes);
        }
        if MAX_LANES < self.lanes.len() {
            return Err(BuildError::TooManyLanes { lanes: self.lanes.len(), max: MAX_LANES });
        }
        if let Some(lane) = self.lanes.iter().position(|lane| lane.budget == 0) {
            return Err(BuildError::NoBudget { lane });
        }
        let mut tracks = Vec::with_capacity(self.lanes.len());
        for lane in &self.lanes {
            let limits = lane.limits();
            check(&limits)?;
            let store = lane.level.open(&limits)?;
            tracks.push(Track::new(store, lane.level, lane.senders));
        }
        let turn = Turn::new(self.lanes.iter().map(|lane| lane.budget));
        let shared = Arc::new(Shared::new(tracks.into(), self.threads, self.on_drop));
        let receiver = Receiver::new(Arc::clone(&shared), turn, self.wait)?;
        let lanes = 0..shared.lanes.len();
        let sender = |lane| Sender::first(Arc::clone(&shared), lane, self.sender_wait.clone());
        let senders: Result<Vec<_>, _> = lanes.map(sender).collect();
        Ok((senders?, receiver))
    }
}

impl<T: Send> Default for Builder<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("lanes", &self.lanes).finish_non_exhaustive()
    }
}
