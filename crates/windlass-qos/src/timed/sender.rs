//! The sending end.

use core::fmt;
use core::time::Duration;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::clock::Clock;
use super::numbers::{Numbers, TimeHeld};
use super::watch::{DeadlineMissed, Watch};
use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::level::{Level, Overwrites, Waits};
use crate::paths::{ManySenders, OneToOne, Paths};
use crate::sender::Sender as Plain;
use crate::stats::Stats;

/// A message and when it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamped<T> {
    message: T,
    nanos: u64,
}

impl<T> Stamped<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        self.message
    }

    /// When it was sent, by the clock of the buffer.
    #[must_use]
    pub fn sent_at(&self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    /// The message, and how old it is at this time.
    pub(super) fn at(self, now: u64) -> (T, u64) {
        (self.message, now.saturating_sub(self.nanos))
    }

    /// How old it is at this time.
    pub(super) fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.nanos)
    }
}

/// Stamps messages and puts them into a buffer. Progress and waiting are those of the plain
/// [`Sender`](crate::Sender), see [the crate](crate#progress).
pub struct Sender<T: Send, L: Level, P: Paths = OneToOne, C: Clock = super::StdClock> {
    pub(super) plain: Plain<Stamped<T>, L, P>,
    pub(super) clock: C,
    /// The last stamp.
    pub(super) latest: u64,
    pub(super) watch: Option<Watch>,
    pub(super) numbers: Arc<Numbers>,
}

impl<T: Send, L: Level, P: Paths, C: Clock> Sender<T, L, P, C> {
    /// As [`Sender::send`](crate::Sender::send). The stamp is from before it waits for room.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub fn send(&mut self, message: T) -> Result<(), Closed<T>> {
        let stamped = self.stamp(message);
        self.plain.send(stamped).map_err(|refused| Closed(refused.0.message))?;
        self.sent();
        Ok(())
    }

    /// As [`Sender::try_send`](crate::Sender::try_send).
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let stamped = self.stamp(message);
        self.plain.try_send(stamped).map_err(|refused| match refused {
            TrySendError::Full(stamped) => TrySendError::Full(stamped.message),
            TrySendError::Closed(stamped) => TrySendError::Closed(stamped.message),
        })?;
        self.sent();
        Ok(())
    }

    /// As [`Sender::send_async`](crate::Sender::send_async). Dropped before it is done, it sends nothing and
    /// drops the message.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub async fn send_async(&mut self, message: T) -> Result<(), Closed<T>> {
        let stamped = self.stamp(message);
        let sent = self.plain.send_async(stamped).await;
        sent.map_err(|refused| Closed(refused.0.message))?;
        self.sent();
        Ok(())
    }

    /// How often this sender did not send in time, since it was made; nothing without
    /// [`send_every`](super::Builder::send_every).
    pub fn deadline_missed(&mut self) -> DeadlineMissed {
        let now = self.clock.nanos();
        self.watch.as_mut().map(|watch| watch.look(now)).unwrap_or_default()
    }

    /// How long messages were held.
    #[must_use]
    pub fn time_held(&self) -> TimeHeld {
        self.numbers.time_held()
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.numbers.correct(self.plain.stats())
    }

    /// The sender without a clock, for what has nothing to do with time.
    #[must_use]
    pub fn plain(&self) -> &Plain<Stamped<T>, L, P> {
        &self.plain
    }

    fn stamp(&mut self, message: T) -> Stamped<T> {
        self.latest = self.latest.max(self.clock.nanos());
        Stamped { message, nanos: self.latest }
    }

    /// Something was sent.
    fn sent(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.came(self.latest);
        }
    }
}

impl<T: Send, L: Waits, P: Paths, C: Clock> Sender<T, L, P, C> {
    /// As [`Sender::send_timeout`](crate::Sender::send_timeout). The wait is by the clock of the system.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout(&mut self, message: T, wait: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(message, Deadline::after(wait))
    }

    /// As [`Sender::send_deadline`](crate::Sender::send_deadline). The wait is by the clock of the system.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline(
        &mut self,
        message: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let stamped = self.stamp(message);
        self.plain.send_deadline(stamped, deadline).map_err(|refused| match refused {
            SendTimeoutError::Timeout(stamped) => SendTimeoutError::Timeout(stamped.message),
            SendTimeoutError::Closed(stamped) => SendTimeoutError::Closed(stamped.message),
        })?;
        self.sent();
        Ok(())
    }
}

impl<T: Send, L: Overwrites, P: Paths, C: Clock> Sender<T, L, P, C> {
    /// As [`Sender::force_send`](crate::Sender::force_send).
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub fn force_send(&mut self, message: T) -> Result<Option<T>, Closed<T>> {
        let stamped = self.stamp(message);
        let sent = self.plain.force_send(stamped);
        let evicted = sent.map_err(|refused| Closed(refused.0.message))?;
        self.sent();
        Ok(evicted.map(Stamped::into_inner))
    }
}

impl<T: Send, L: Level, P: ManySenders, C: Clock> Sender<T, L, P, C> {
    /// Another sender into the same buffer. What it should send in time counts from now.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the buffer was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        let plain = self.plain.try_clone()?;
        let latest = self.latest.max(self.clock.nanos());
        Ok(Self {
            plain,
            clock: self.clock.clone(),
            latest,
            watch: self.watch.as_ref().map(|watch| watch.another(latest)),
            numbers: Arc::clone(&self.numbers),
        })
    }
}

impl<T: Send, L: Level, P: ManySenders, C: Clock> Clone for Sender<T, L, P, C> {
    /// Another sender into the same buffer.
    ///
    /// # Panics
    ///
    /// If there are as many as the buffer was built for; [`try_clone`](Sender::try_clone) says so instead.
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(sender) => sender,
            Err(error) => panic!("no further sender: {error}"),
        }
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for Sender<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("plain", &self.plain).finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static, L: Level, P: Paths, C: Clock> crate::metrics::Watch for Sender<T, L, P, C> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let numbers = Arc::clone(&self.numbers);
        crate::metrics::plain(&self.plain.shared, move |stats| numbers.correct(stats))
    }
}
