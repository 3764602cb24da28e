//! Sending as a `Sink`.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_sink::Sink;

use super::Sender;
use crate::error::{Closed, TrySendError};
use crate::level::Level;
use crate::paths::Paths;

/// A sender as a `futures_sink::Sink`; made by [`Sender::sink`].
///
/// Other senders may take the room that there was, so a message that was started may stand outside of a
/// full buffer until the sink is flushed, or made ready for the next one; one at most. Dropped with such
/// a message, the sink drops it; [`into_parts`](Self::into_parts) takes it back.
pub struct Outlet<T: Send, L: Level, P: Paths> {
    /// Nothing once it is closed.
    sender: Option<Sender<T, L, P>>,
    started: Option<T>,
    asleep: bool,
}

impl<T: Send, L: Level, P: Paths> Sender<T, L, P> {
    /// This sender as a `Sink`. Closing the sink drops the sender.
    ///
    /// ```
    /// # use std::pin::Pin;
    /// # use std::task::{Context, Poll, Waker};
    /// use futures_sink::Sink;
    ///
    /// let (tx, mut rx) = windlass_qos::guaranteed(8)?;
    /// let mut sink = tx.sink();
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert_eq!(Pin::new(&mut sink).poll_ready(&mut cx), Poll::Ready(Ok(())));
    /// Pin::new(&mut sink).start_send("hello")?;
    /// assert_eq!(Pin::new(&mut sink).poll_close(&mut cx), Poll::Ready(Ok(())));
    /// assert_eq!(rx.recv()?, "hello");
    /// assert!(rx.recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sink(self) -> Outlet<T, L, P> {
        Outlet { sender: Some(self), started: None, asleep: false }
    }
}

impl<T: Send, L: Level, P: Paths> Outlet<T, L, P> {
    /// The sender, unless it is closed, and the message that was started and did not get in yet.
    #[must_use]
    pub fn into_parts(mut self) -> (Option<Sender<T, L, P>>, Option<T>) {
        self.wake_up();
        (self.sender.take(), self.started.take())
    }

    fn wake_up(&mut self) {
        if let Some(sender) = &mut self.sender {
            sender.wake_up(&mut self.asleep);
        }
    }

    /// Puts in what was started, and wakes the task when there may be room for it.
    fn poll_started(&mut self, cx: &Context<'_>) -> Poll<Result<(), Closed<T>>> {
        match &mut self.sender {
            Some(sender) => {
                sender.poll_send(&mut self.started, &mut self.asleep, cx, Sender::try_send)
            }
            None => Poll::Ready(Ok(())),
        }
    }
}

// Nothing in it is ever pinned.
impl<T: Send, L: Level, P: Paths> Unpin for Outlet<T, L, P> {}

impl<T: Send, L: Level, P: Paths> Sink<T> for Outlet<T, L, P> {
    type Error = Closed<T>;

    /// Ready when nothing stands outside of the buffer. A closed buffer refuses when the next is started.
    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed<T>>> {
        self.get_mut().poll_started(cx)
    }

    fn start_send(self: Pin<&mut Self>, message: T) -> Result<(), Closed<T>> {
        let this = self.get_mut();
        let Some(sender) = &mut this.sender else { return Err(Closed(message)) };
        match sender.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(message)) => {
                assert!(this.started.is_none(), "a sink is made ready before each message");
                this.started = Some(message);
                Ok(())
            }
            Err(TrySendError::Closed(message)) => Err(Closed(message)),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed<T>>> {
        self.get_mut().poll_started(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed<T>>> {
        let this = self.get_mut();
        let flushed = this.poll_started(cx);
        if flushed.is_ready() {
            this.sender = None;
        }
        flushed
    }
}

impl<T: Send, L: Level, P: Paths> Drop for Outlet<T, L, P> {
    fn drop(&mut self) {
        self.wake_up();
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for Outlet<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").field("sender", &self.sender).finish_non_exhaustive()
    }
}
