//! The half of an ask that the asker keeps.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::AskError;
use super::cell::Cell;
use crate::time::has_passed;

/// An answer that is under way.
///
/// It resolves once, in one of the ways that the [module](super) lists. To whoever looks again after
/// that it says [`AskError::Cancelled`]. Dropping it cancels: the worker sees that nobody waits.
///
/// It is a future, of any runtime. It is woken by what the worker does and not by the deadline: polled
/// after the deadline, it resolves to [`AskError::Timeout`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use windlass_pool::reply::{AskError, pair};
/// use windlass_ring::Deadline;
///
/// let (reply, mut pending) = pair(Deadline::after(Duration::from_secs(5)));
/// assert_eq!(pending.try_take(), None, "not yet");
/// assert!(pending.cancel(), "in time");
/// assert!(!reply.is_wanted());
/// assert_eq!(reply.send(7), Err(7), "comes back");
/// assert_eq!(pending.wait(), Err(AskError::Cancelled));
/// ```
#[must_use = "dropping it cancels the question"]
pub struct Pending<R> {
    cell: Arc<Cell<R>>,
}

impl<R> Pending<R> {
    pub(super) fn new(cell: Arc<Cell<R>>) -> Self {
        Self { cell }
    }

    /// Waits for the answer, until the deadline at most.
    ///
    /// Blocking: spins and then sleeps, by the strategy of the book that it comes from.
    ///
    /// # Errors
    ///
    /// As the [module](super) lists them.
    #[inline]
    pub fn wait(self) -> Result<R, AskError> {
        self.cell.wait();
        self.cell.leave(AskError::Timeout)
    }

    /// Takes the answer if it is there; `None` while the question is open.
    ///
    /// Does not wait for the worker. Reads the clock if there is no answer.
    #[inline]
    pub fn try_take(&mut self) -> Option<Result<R, AskError>> {
        let over = self.cell.is_settled() || has_passed(self.deadline());
        over.then(|| self.cell.leave(AskError::Timeout))
    }

    /// Takes the question back; `false` if an answer or a failure came before, which can be taken.
    ///
    /// After it, whoever looks gets [`AskError::Cancelled`], and the worker its answer back.
    pub fn cancel(&mut self) -> bool {
        self.cell.fail(AskError::Cancelled)
    }

    /// Notes that the message was refused; `false` if something else was decided before.
    ///
    /// For whoever sends the message and finds no room for it. To be called before the message
    /// with the port is dropped, since that says [`AskError::Gone`].
    pub fn reject(&mut self) -> bool {
        self.cell.fail(AskError::Rejected)
    }

    /// Returns until when this waits.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Deadline {
        self.cell.deadline()
    }
}

impl<R> Future for Pending<R> {
    type Output = Result<R, AskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(outcome) = this.try_take() {
            return Poll::Ready(outcome);
        }
        if this.cell.listen(cx.waker()) {
            return Poll::Pending;
        }
        Poll::Ready(this.cell.leave(AskError::Timeout))
    }
}

impl<R> Drop for Pending<R> {
    #[inline]
    fn drop(&mut self) {
        if !self.cell.has_left() {
            // An answer that nobody takes is dropped here, outside the lock.
            drop(self.cell.leave(AskError::Cancelled));
        }
    }
}

impl<R> fmt::Debug for Pending<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}
