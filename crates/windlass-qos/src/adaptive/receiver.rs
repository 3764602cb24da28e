//! The receiving end, which takes as the sender asks.

use core::fmt;
use core::time::Duration;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::order::{Asked, Order};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::level::Reliable;
use crate::receiver::Receiver as Plain;
use crate::stats::{DropReason, Stats};

/// Takes messages out of an adaptive buffer: all in order, or the newest alone.
pub struct Receiver<T: Send> {
    plain: Plain<T, Reliable>,
    order: Arc<Order>,
    /// How it takes now.
    taking: Asked,
    /// Missing messages that were found while the newest was looked for, and not told yet.
    owed: u64,
}

impl<T: Send> Receiver<T> {
    pub(super) fn new(plain: Plain<T, Reliable>, order: Arc<Order>) -> Self {
        Self { plain, order, taking: Asked::FIRST, owed: 0 }
    }

    /// Takes the next message, or the newest, at once.
    ///
    /// # Errors
    ///
    /// [`TryRecvError`].
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(TryRecvError::Lagged(n));
        }
        if self.taking.newest() { self.plain.take_latest() } else { self.plain.try_recv() }
    }

    /// Waits for a message and takes it, or the newest.
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub fn recv(&mut self) -> Result<T, RecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvError::Lagged(n));
        }
        let first = self.plain.recv()?;
        Ok(self.newer(first))
    }

    /// Waits at most so long for a message and takes it, or the newest.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<T, RecvTimeoutError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvTimeoutError::Lagged(n));
        }
        let first = self.plain.recv_deadline(Deadline::after(wait))?;
        Ok(self.newer(first))
    }

    /// Waits for a message and takes it, or the newest. Works with any runtime; dropped before it is done,
    /// it takes nothing.
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub async fn recv_async(&mut self) -> Result<T, RecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvError::Lagged(n));
        }
        let first = self.plain.recv_async().await?;
        Ok(self.newer(first))
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.order.correct(self.plain.stats())
    }

    /// Takes as it is asked to, from now on.
    fn answer(&mut self) {
        let asked = self.order.asked();
        if asked != self.taking {
            self.taking = asked;
            self.order.answer(asked);
        }
    }

    /// What has to be told before the next message.
    fn owes(&mut self) -> Option<u64> {
        let owed = core::mem::take(&mut self.owed);
        (owed != 0).then_some(owed)
    }

    /// The newest, if there is one that is newer and it is to be that.
    fn newer(&mut self, first: T) -> T {
        if !self.taking.newest() {
            return first;
        }
        loop {
            match self.plain.take_latest() {
                Ok(newer) => {
                    self.order.count_passed_over();
                    self.plain.dispose(first, DropReason::PassedOver);
                    return newer;
                }
                Err(TryRecvError::Lagged(n)) => self.owed += n,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return first,
            }
        }
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("plain", &self.plain).finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Receiver<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let order = Arc::clone(&self.order);
        crate::metrics::plain(&self.plain.shared, move |stats| order.correct(stats))
    }
}
