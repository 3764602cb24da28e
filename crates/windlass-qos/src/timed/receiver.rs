//! The receiving end.

use core::fmt;
use core::time::Duration;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::clock::Clock;
use super::numbers::{Numbers, TimeHeld};
use super::sender::Stamped;
use super::watch::{DeadlineMissed, Watch};
use crate::error::{BuildError, RecvError, RecvTimeoutError, TryRecvError};
use crate::level::{Level, Overwrites};
use crate::paths::{ManyReceivers, OneToOne, Paths};
use crate::receiver::Receiver as Plain;
use crate::stats::{DropReason, Stats};

/// Takes messages out of a buffer, those that have not expired. Progress and waiting are those of the plain
/// [`Receiver`](crate::Receiver), see [the crate](crate#progress).
///
/// A message that has expired goes to the callback of the plain builder, as
/// [`Expired`](DropReason::Expired), or is dropped; then the verb goes on to the next one.
pub struct Receiver<T: Send, L: Level, P: Paths = OneToOne, C: Clock = super::StdClock> {
    pub(super) plain: Plain<Stamped<T>, L, P>,
    pub(super) clock: C,
    /// Nanoseconds that a message may be old.
    pub(super) time_to_live: u64,
    pub(super) last_age: u64,
    pub(super) watch: Option<Watch>,
    pub(super) numbers: Arc<Numbers>,
}

impl<T: Send, L: Level, P: Paths, C: Clock> Receiver<T, L, P, C> {
    /// As [`Receiver::try_recv`](crate::Receiver::try_recv).
    ///
    /// # Errors
    ///
    /// [`TryRecvError`]; [`Empty`](TryRecvError::Empty) also if all that was there has expired.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        loop {
            let stamped = self.plain.try_recv()?;
            if let Some(message) = self.admit(stamped) {
                return Ok(message);
            }
        }
    }

    /// As [`Receiver::recv`](crate::Receiver::recv).
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub fn recv(&mut self) -> Result<T, RecvError> {
        loop {
            let stamped = self.plain.recv()?;
            if let Some(message) = self.admit(stamped) {
                return Ok(message);
            }
        }
    }

    /// As [`Receiver::recv_timeout`](crate::Receiver::recv_timeout). The wait is by the clock of the system.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(wait))
    }

    /// As [`Receiver::recv_deadline`](crate::Receiver::recv_deadline). The wait is by the clock of the
    /// system.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        loop {
            let stamped = self.plain.recv_deadline(deadline)?;
            if let Some(message) = self.admit(stamped) {
                return Ok(message);
            }
        }
    }

    /// As [`Receiver::recv_async`](crate::Receiver::recv_async). Dropped before it is done, it has taken
    /// nothing but what has expired.
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub async fn recv_async(&mut self) -> Result<T, RecvError> {
        loop {
            let stamped = self.plain.recv_async().await?;
            if let Some(message) = self.admit(stamped) {
                return Ok(message);
            }
        }
    }

    /// How old the last message was when this receiver got it.
    #[must_use]
    pub fn last_age(&self) -> Duration {
        Duration::from_nanos(self.last_age)
    }

    /// How often this receiver got nothing in time, since it was made; nothing without
    /// [`receive_every`](super::Builder::receive_every). What has expired does not count as got.
    pub fn deadline_missed(&mut self) -> DeadlineMissed {
        let now = self.clock.nanos();
        self.watch.as_mut().map(|watch| watch.look(now)).unwrap_or_default()
    }

    /// How long messages were held.
    #[must_use]
    pub fn time_held(&self) -> TimeHeld {
        self.numbers.time_held()
    }

    /// Messages of this buffer that were accepted and nobody got, so far, for whatever reason.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.stats().dropped()
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.numbers.correct(self.plain.stats())
    }

    /// The receiver without a clock, for what has nothing to do with time.
    #[must_use]
    pub fn plain(&self) -> &Plain<Stamped<T>, L, P> {
        &self.plain
    }

    /// Lets a message pass, unless it has expired.
    pub(super) fn admit(&mut self, stamped: Stamped<T>) -> Option<T> {
        let now = self.clock.nanos();
        if self.time_to_live < stamped.age(now) {
            self.numbers.expired();
            self.plain.dispose(stamped, DropReason::Expired);
            return None;
        }
        let (message, age) = stamped.at(now);
        self.last_age = age;
        self.numbers.delivered(age);
        if let Some(watch) = &mut self.watch {
            watch.came(now);
        }
        Some(message)
    }
}

impl<T: Send, L: Overwrites, P: Paths, C: Clock> Receiver<T, L, P, C> {
    /// As [`Receiver::take_latest`](crate::Receiver::take_latest).
    ///
    /// # Errors
    ///
    /// [`TryRecvError`]; [`Empty`](TryRecvError::Empty) also if the latest has expired.
    pub fn take_latest(&mut self) -> Result<T, TryRecvError> {
        let stamped = self.plain.take_latest()?;
        self.admit(stamped).ok_or(TryRecvError::Empty)
    }
}

impl<T: Send, L: Level, P: ManyReceivers, C: Clock> Receiver<T, L, P, C> {
    /// Another receiver from the same buffer: each message goes to one of them. What it should get in time
    /// counts from now.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the buffer was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        let now = self.clock.nanos();
        Ok(Self {
            plain: self.plain.try_clone()?,
            clock: self.clock.clone(),
            time_to_live: self.time_to_live,
            last_age: 0,
            watch: self.watch.as_ref().map(|watch| watch.another(now)),
            numbers: Arc::clone(&self.numbers),
        })
    }
}

impl<T: Send, L: Level, P: ManyReceivers, C: Clock> Clone for Receiver<T, L, P, C> {
    /// Another receiver from the same buffer: each message goes to one of them.
    ///
    /// # Panics
    ///
    /// If there are as many as the buffer was built for; [`try_clone`](Receiver::try_clone) says so
    /// instead.
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(receiver) => receiver,
            Err(error) => panic!("no further receiver: {error}"),
        }
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for Receiver<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("plain", &self.plain).finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static, L: Level, P: Paths, C: Clock> crate::metrics::Watch
    for Receiver<T, L, P, C>
{
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let numbers = Arc::clone(&self.numbers);
        crate::metrics::plain(&self.plain.shared, move |stats| numbers.correct(stats))
    }
}
