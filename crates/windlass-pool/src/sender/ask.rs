//! Asking a worker, and getting its answer.

use core::time::Duration;

use windlass_partition::Key;

use super::{Sender, Target};
use crate::error::SendTimeoutError;
use crate::reply::{Book, Pending, ReplyTo, pair};
use crate::worker::Worker;

impl<W: Worker> Sender<W> {
    /// Asks the worker that has the key, and waits for the answer at most so long.
    ///
    /// The message is made with the place where the answer goes. It waits for room in the mailbox, if
    /// there is none; the answer is waited for by [`Pending::wait`], polled by [`Pending::try_take`], or
    /// awaited. Whatever happens, it resolves once: by an answer, or by an
    /// [`AskError`](crate::reply::AskError) that says why there is none.
    ///
    /// Allocates one cell; [`ask_from`](Self::ask_from) does not.
    ///
    /// A handler that waits for an answer of its own worker waits until the time is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::reply::ReplyTo;
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// type Question = (u64, ReplyTo<u64>);
    ///
    /// let pool = Pool::each(|_| |(n, reply): Question| drop(reply.send(n * n))).build()?;
    /// let mut tx = pool.sender()?;
    /// let answer = tx.ask(&7, Duration::from_secs(5), |reply| (7, reply));
    /// assert_eq!(answer.wait()?, 49);
    /// # let _ = pool.shutdown(Shutdown::drain());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ask<K: Key + ?Sized, R>(
        &mut self,
        key: &K,
        wait: Duration,
        message: impl FnOnce(ReplyTo<R>) -> W::Message,
    ) -> Pending<R> {
        self.ask_at(Target::key(key), pair(self.shared.time.after(wait)), message)
    }

    /// As [`ask`](Self::ask), of one worker.
    pub fn ask_worker<R>(
        &mut self,
        worker: usize,
        wait: Duration,
        message: impl FnOnce(ReplyTo<R>) -> W::Message,
    ) -> Pending<R> {
        self.ask_at(Target::worker(worker), pair(self.shared.time.after(wait)), message)
    }

    /// As [`ask`](Self::ask), without an allocation: the cell for the answer comes out of `book`.
    ///
    /// `None` if as many questions are open as the book has room for.
    pub fn ask_from<K: Key + ?Sized, R>(
        &mut self,
        book: &mut Book<R>,
        key: &K,
        wait: Duration,
        message: impl FnOnce(ReplyTo<R>) -> W::Message,
    ) -> Option<Pending<R>> {
        let halves = book.open(self.shared.time.after(wait))?;
        Some(self.ask_at(Target::key(key), halves, message))
    }

    #[inline]
    fn ask_at<R>(
        &mut self,
        target: Target,
        (reply, mut pending): (ReplyTo<R>, Pending<R>),
        message: impl FnOnce(ReplyTo<R>) -> W::Message,
    ) -> Pending<R> {
        let deadline = pending.deadline();
        match self.put_by_breaker(target, message(reply), deadline) {
            Ok(()) => {}
            Err(SendTimeoutError::Timeout(message) | SendTimeoutError::Closed(message)) => {
                // Before the message is dropped, which says that the worker is gone.
                pending.reject();
                drop(message);
            }
        }
        pending
    }
}
