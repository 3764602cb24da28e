//! The sending end, which decides.

use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::controller::{Controller, Decision, Observation};
use super::order::{Asked, Order};
use crate::error::{Closed, SendTimeoutError, TrySendError};
use crate::level::{QosLevel, Reliable};
use crate::sender::Sender as Plain;
use crate::stats::Stats;

/// What a buffer does on one rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rung {
    pub(super) level: QosLevel,
    /// Messages that may be in the buffer where it refuses.
    pub(super) budget: usize,
}

/// Puts messages into an adaptive buffer, and changes its level.
///
/// On a rung that overwrites progress is that of the plain [`Sender`](crate::Sender) at [`Reliable`]. On one that
/// refuses [`try_send`](Self::try_send) does not wait, and the other verbs that send wait for room.
pub struct Sender<T: Send> {
    plain: Plain<T, Reliable>,
    order: Arc<Order>,
    controller: Controller,
    ladder: Box<[Rung]>,
    /// The rung in force.
    rung: usize,
    /// How the receiver was last asked to take.
    asked: Asked,
    /// Messages that were accepted.
    accepted: u64,
    /// How many of them were accepted before a looser rung was wanted.
    mark: u64,
    refused: u64,
    /// The numbers at the end of the last window.
    seen: Stats,
}

impl<T: Send> Sender<T> {
    pub(super) fn new(
        plain: Plain<T, Reliable>,
        order: Arc<Order>,
        controller: Controller,
        ladder: Box<[Rung]>,
    ) -> Self {
        let mut sender = Self {
            plain,
            order,
            controller,
            ladder,
            rung: 0,
            asked: Asked::FIRST,
            accepted: 0,
            mark: 0,
            refused: 0,
            seen: Stats::default(),
        };
        sender.ask();
        sender
    }

    /// Puts a message in, or gives it back, at once.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: `Full` on a rung that refuses, or until a looser one is in
    /// force.
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        self.settle();
        let sent = if self.level().overwrites() {
            self.plain.try_send(message)
        } else if self.has_room() {
            self.plain.try_send_into_room(message)
        } else if self.plain.is_closed() {
            Err(TrySendError::Closed(message))
        } else {
            Err(TrySendError::Full(message))
        };
        match &sent {
            Ok(()) => self.accepted += 1,
            Err(refused) => self.refused += u64::from(refused.is_full()),
        }
        sent
    }

    /// Puts a message in; on a rung that refuses it waits for room.
    ///
    /// The budget does not hold it up: it waits for the buffer as it was built.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub fn send(&mut self, message: T) -> Result<(), Closed<T>> {
        let sent = self.send_deadline(message, Deadline::never());
        sent.map_err(|refused| Closed(refused.into_inner()))
    }

    /// Puts a message in; on a rung that refuses it waits for room at most so long, as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout(&mut self, message: T, wait: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(message, Deadline::after(wait))
    }

    /// Puts a message in; on a rung that refuses it waits for room at most until `deadline`, as
    /// [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline(
        &mut self,
        message: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.try_send(message) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(message)) => return Err(SendTimeoutError::Closed(message)),
            Err(TrySendError::Full(message)) => self.plain.wait_and_put(message, deadline)?,
        }
        self.accepted += 1;
        Ok(())
    }

    /// Puts a message in, on a rung that refuses as soon as there is room, as [`send`](Self::send). Works with
    /// any runtime. Dropped before it is done, it sends nothing and drops the message.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub async fn send_async(&mut self, message: T) -> Result<(), Closed<T>> {
        match self.try_send(message) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Closed(message)) => return Err(Closed(message)),
            Err(TrySendError::Full(message)) => self.plain.wait_and_put_async(message).await?,
        }
        self.accepted += 1;
        Ok(())
    }

    /// Ends a window: looks at what happened since the last call, and decides.
    pub fn adapt(&mut self) -> Decision {
        let stats = self.stats();
        let lost = |stats: &Stats| stats.overwritten + stats.passed_over;
        let window = Observation {
            accepted: stats.accepted.saturating_sub(self.seen.accepted),
            lost: lost(&stats).saturating_sub(lost(&self.seen)),
            refused: core::mem::take(&mut self.refused),
            held: stats.held,
            capacity: self.budget() as u64,
        };
        self.seen = stats;
        let decision = self.controller.observe(&window);
        match decision {
            Decision::Keep => {}
            Decision::Loosen => self.mark = self.accepted,
            Decision::Tighten => {}
        }
        self.ask();
        self.settle();
        decision
    }

    /// The level that is in force.
    #[must_use]
    pub fn level(&self) -> QosLevel {
        self.ladder[self.rung].level
    }

    /// The level that is wanted, and comes into force as soon as what was accepted allows it.
    #[must_use]
    pub fn wanted(&self) -> QosLevel {
        self.ladder[self.controller.rung()].level
    }

    /// Messages that may be in the buffer on the rung in force.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.ladder[self.rung].budget
    }

    /// Refuses all further messages; the receiver drains the buffer.
    pub fn close(&self) {
        self.plain.close();
    }

    /// Whether messages are refused for good.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.plain.is_closed()
    }

    /// Messages in the buffer; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    /// Whether the buffer is empty; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that can be in the buffer at once, as it was built; [`budget`](Self::budget) says how many
    /// may be now.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.plain.capacity()
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.order.correct(self.plain.stats())
    }

    fn has_room(&self) -> bool {
        self.plain.len() < self.budget()
    }

    /// Goes to the rung that is wanted as far as what was accepted allows.
    fn settle(&mut self) {
        while self.rung != self.controller.rung() {
            let looser = self.rung < self.controller.rung();
            let next = if looser { self.rung + 1 } else { self.rung - 1 };
            // Messages leave in the order in which they came, so those that are left, in the buffer or in the
            // hand of the receiver, are the last ones.
            let gone = || self.plain.stats().held <= self.accepted - self.mark;
            let ready = if looser {
                self.ladder[next].level == self.level() || gone()
            } else {
                newest(self.ladder[next].level) || self.order.is_answered(self.asked)
            };
            if !ready {
                return;
            }
            self.rung = next;
            self.ask();
        }
    }

    /// Asks the receiver to take the newest alone, if that is in force and still wanted, or all in order.
    fn ask(&mut self) {
        let newest = newest(self.level()) && newest(self.wanted());
        if self.asked.newest() != newest {
            self.asked = self.asked.next(newest);
            self.order.ask(self.asked);
        }
    }
}

/// Whether the newest alone is received.
fn newest(level: QosLevel) -> bool {
    level == QosLevel::RealTime
}

impl<T: Send> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("level", &self.level())
            .field("wanted", &self.wanted())
            .field("budget", &self.budget())
            .finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Sender<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let order = Arc::clone(&self.order);
        crate::metrics::plain(&self.plain.shared, move |stats| order.correct(stats))
    }
}
