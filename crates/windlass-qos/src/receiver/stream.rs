//! Receiving as a `Stream`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use super::Receiver;
use crate::error::RecvError;
use crate::level::Level;
use crate::paths::Paths;
use crate::stats::Stats;
use crate::store::Taken;

/// The messages of a buffer as a `futures_core::Stream`; made by [`Receiver::stream`].
pub struct Messages<T: Send, L: Level, P: Paths> {
    receiver: Receiver<T, L, P>,
    asleep: bool,
}

/// The messages of a buffer, and how many are missing where some are; made by [`Messages::reports`].
pub struct Reports<T: Send, L: Level, P: Paths>(Messages<T, L, P>);

impl<T: Send, L: Level, P: Paths> Receiver<T, L, P> {
    /// Receives as a `Stream` of messages, as [`iter`](Self::iter) does.
    ///
    /// To be told in line where messages are missing, as [`Reliable`](crate::Reliable) tells it, use
    /// [`reports`](Messages::reports).
    ///
    /// ```
    /// # use std::pin::Pin;
    /// # use std::task::{Context, Poll, Waker};
    /// use futures_core::Stream;
    /// use windlass_qos::RecvError;
    ///
    /// let (mut tx, rx) = windlass_qos::reliable(1)?;
    /// tx.send_many(["lost", "hello"])?;
    /// drop(tx);
    /// let mut stream = rx.stream().reports();
    /// let mut cx = Context::from_waker(Waker::noop());
    /// let mut next = || Pin::new(&mut stream).poll_next(&mut cx);
    /// assert_eq!(next(), Poll::Ready(Some(Err(RecvError::Lagged(1)))));
    /// assert_eq!(next(), Poll::Ready(Some(Ok("hello"))));
    /// assert_eq!(next(), Poll::Ready(None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stream(self) -> Messages<T, L, P> {
        Messages { receiver: self, asleep: false }
    }
}

impl<T: Send, L: Level, P: Paths> Messages<T, L, P> {
    /// The same with reports: messages, and [`RecvError::Lagged`] where some are missing, which is no end.
    pub fn reports(self) -> Reports<T, L, P> {
        Reports(self)
    }

    /// How the buffer is doing; what is missing counts as dropped.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.receiver.stats()
    }
}

// Nothing in it is ever pinned.
impl<T: Send, L: Level, P: Paths> Unpin for Messages<T, L, P> {}
impl<T: Send, L: Level, P: Paths> Unpin for Reports<T, L, P> {}

impl<T: Send, L: Level, P: Paths> Stream for Messages<T, L, P> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Self { receiver, asleep } = self.get_mut();
        loop {
            return match receiver.poll_take(asleep, cx) {
                Poll::Ready(Taken::Lagged(_)) => continue,
                Poll::Ready(Taken::Message(message)) => Poll::Ready(Some(message)),
                Poll::Ready(Taken::End | Taken::Empty) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}

impl<T: Send, L: Level, P: Paths> Stream for Reports<T, L, P> {
    type Item = Result<T, RecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T, RecvError>>> {
        let Messages { receiver, asleep } = &mut self.get_mut().0;
        receiver.poll_take(asleep, cx).map(|taken| match taken {
            Taken::Message(message) => Some(Ok(message)),
            Taken::Lagged(n) => Some(Err(RecvError::Lagged(n))),
            Taken::End | Taken::Empty => None,
        })
    }
}

impl<T: Send, L: Level, P: Paths> Drop for Messages<T, L, P> {
    fn drop(&mut self) {
        self.receiver.wake_up(&mut self.asleep);
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Messages<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Reports<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reports").field(&self.0).finish()
    }
}
