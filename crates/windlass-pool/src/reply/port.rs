//! The half of an ask that goes with the message.

use core::fmt;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::AskError;
use super::cell::Cell;
use crate::time::has_passed;

/// Where the answer goes; part of a message.
///
/// It is one word large. Dropping it unanswered tells the asker [`AskError::Gone`], so that no asker
/// waits for a worker that is not there any more. One that is forgotten leaves the asker to its deadline.
///
/// # Examples
///
/// ```
/// use windlass_pool::reply::{AskError, pair};
/// use windlass_ring::Deadline;
///
/// let (reply, pending) = pair(Deadline::never());
/// assert_eq!(reply.send("yes"), Ok(()));
/// assert_eq!(pending.wait(), Ok("yes"));
///
/// let (reply, pending) = pair::<u8>(Deadline::never());
/// drop(reply);
/// assert_eq!(pending.wait(), Err(AskError::Gone));
/// ```
pub struct ReplyTo<R> {
    cell: Arc<Cell<R>>,
}

impl<R> ReplyTo<R> {
    pub(super) fn new(cell: Arc<Cell<R>>) -> Self {
        Self { cell }
    }

    /// Answers.
    ///
    /// Takes a lock that is held for a few instructions, and makes a system call only if the asker sleeps.
    /// The clock is not read: an answer behind the deadline arrives if the asker has not looked since.
    ///
    /// # Errors
    ///
    /// The answer comes back if the asker has cancelled or has run out of time.
    #[inline]
    pub fn send(self, answer: R) -> Result<(), R> {
        self.cell.answer(answer)
    }

    /// Refuses to answer, which the asker is told as [`AskError::Rejected`].
    pub fn reject(self) {
        self.cell.fail(AskError::Rejected);
    }

    /// Says whether somebody still wants the answer; if not, the work for it can be spared.
    ///
    /// `false` if the asker has cancelled, has run out of time, or will since its deadline has passed.
    /// Once `false`, it stays so. `true` may be outdated at once. Wait-free; reads the clock.
    #[must_use]
    #[inline]
    pub fn is_wanted(&self) -> bool {
        !self.cell.is_settled() && !has_passed(self.deadline())
    }

    /// Returns until when the asker waits.
    #[must_use]
    #[inline]
    pub fn deadline(&self) -> Deadline {
        self.cell.deadline()
    }
}

impl<R> Drop for ReplyTo<R> {
    #[inline]
    fn drop(&mut self) {
        // What this port has decided itself it sees here.
        if !self.cell.is_settled() {
            self.cell.fail(AskError::Gone);
        }
    }
}

impl<R> fmt::Debug for ReplyTo<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyTo").field("deadline", &self.deadline()).finish_non_exhaustive()
    }
}
