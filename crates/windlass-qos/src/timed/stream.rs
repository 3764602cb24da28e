//! Receiving as a `Stream`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use super::clock::Clock;
use super::receiver::Receiver;
use crate::error::RecvError;
use crate::level::Level;
use crate::paths::Paths;
use crate::stats::Stats;
use crate::store::Taken;

/// The messages of a timed buffer as a `futures_core::Stream`; made by [`Receiver::stream`].
pub struct Messages<T: Send, L: Level, P: Paths, C: Clock> {
    receiver: Receiver<T, L, P, C>,
    asleep: bool,
}

/// The messages of a timed buffer, and how many are missing where some are; made by [`Messages::reports`].
pub struct Reports<T: Send, L: Level, P: Paths, C: Clock>(Messages<T, L, P, C>);

impl<T: Send, L: Level, P: Paths, C: Clock> Receiver<T, L, P, C> {
    /// As [`Receiver::stream`](crate::Receiver::stream), of messages that have not expired.
    pub fn stream(self) -> Messages<T, L, P, C> {
        Messages { receiver: self, asleep: false }
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Messages<T, L, P, C> {
    /// The same with reports: messages, and [`RecvError::Lagged`] where some are missing, which is no end. What
    /// has expired is not reported.
    pub fn reports(self) -> Reports<T, L, P, C> {
        Reports(self)
    }

    /// How the buffer is doing; what is missing counts as dropped.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.receiver.stats()
    }

    /// What is next, past what has expired.
    fn poll_report(&mut self, cx: &Context<'_>) -> Poll<Option<Result<T, RecvError>>> {
        let Self { receiver, asleep } = self;
        loop {
            return match receiver.plain.poll_take(asleep, cx) {
                Poll::Ready(Taken::Message(stamped)) => match receiver.admit(stamped) {
                    Some(message) => Poll::Ready(Some(Ok(message))),
                    None => continue,
                },
                Poll::Ready(Taken::Lagged(n)) => Poll::Ready(Some(Err(RecvError::Lagged(n)))),
                Poll::Ready(Taken::End | Taken::Empty) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

// Nothing in it is ever pinned.
impl<T: Send, L: Level, P: Paths, C: Clock> Unpin for Messages<T, L, P, C> {}
impl<T: Send, L: Level, P: Paths, C: Clock> Unpin for Reports<T, L, P, C> {}

impl<T: Send, L: Level, P: Paths, C: Clock> Stream for Messages<T, L, P, C> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        loop {
            return match this.poll_report(cx) {
                Poll::Ready(Some(Err(_))) => continue,
                Poll::Ready(Some(Ok(message))) => Poll::Ready(Some(message)),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Stream for Reports<T, L, P, C> {
    type Item = Result<T, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().0.poll_report(cx)
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Drop for Messages<T, L, P, C> {
    fn drop(&mut self) {
        self.receiver.plain.wake_up(&mut self.asleep);
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for Messages<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for Reports<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reports").field(&self.0).finish()
    }
}
