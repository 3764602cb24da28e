//! Taking back what was to be sent later.

use core::fmt;

use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};

use super::{Entry, Rhythm, Stand};
use crate::shared::Shared;
use crate::wheel::TimerId;
use crate::worker::Worker;

/// A message that is to be sent once, later; from [`Sender::after`](crate::Sender::after).
///
/// Dropping it changes nothing: the message is sent.
pub struct Scheduled<W: Worker> {
    shared: Arc<Shared<W>>,
    timer: TimerId,
}

impl<W: Worker> Scheduled<W> {
    pub(super) fn new(shared: &Arc<Shared<W>>, timer: TimerId) -> Self {
        Self { shared: Arc::clone(shared), timer }
    }

    /// Takes the message back; nothing if it was due already, or the pool has ended. Takes a lock.
    pub fn cancel(self) -> Option<W::Message> {
        match self.shared.agenda.cancel(self.timer)? {
            Entry::Once(_, message) => Some(message),
            Entry::Every(_) => unreachable!("this names a message that is sent once"),
        }
    }
}

impl<W: Worker> fmt::Debug for Scheduled<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduled").finish_non_exhaustive()
    }
}

/// A message that is sent again and again; from [`Sender::every`](crate::Sender::every).
///
/// Dropping it changes nothing: messages are sent until the pool ends.
pub struct Repeated<W: Worker> {
    shared: Arc<Shared<W>>,
    rhythm: Arc<Rhythm>,
}

impl<W: Worker> Repeated<W> {
    pub(super) fn new(shared: &Arc<Shared<W>>, rhythm: Arc<Rhythm>) -> Self {
        Self { shared: Arc::clone(shared), rhythm }
    }

    /// Sends no more of them. One that is on its way at this moment may still arrive. Takes a lock.
    pub fn cancel(self) {
        self.shared.agenda.end(&self.rhythm);
    }

    /// How many were left out: their mailbox was full or its worker gone, or they came too late.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        // ORDERING: Relaxed. A number to show.
        self.rhythm.skipped.load(Ordering::Relaxed)
    }

    /// Whether no more will be sent: the closure panicked.
    #[must_use]
    pub fn is_over(&self) -> bool {
        *lock(&self.rhythm.stand) == Stand::Over
    }
}

impl<W: Worker> fmt::Debug for Repeated<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeated").field("skipped", &self.skipped()).finish_non_exhaustive()
    }
}
