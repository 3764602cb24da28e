//! Sending from a task.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Sender;
use crate::bell::Bell;
use crate::error::{Closed, TrySendError};
use crate::level::Level;
use crate::paths::Paths;

/// Puts one message in when there is room; made by [`Sender::send_async`].
///
/// Dropped before it is done, it sends nothing, and drops the message; [`into_message`](Self::into_message)
/// takes it back.
#[must_use = "a future does nothing unless it is awaited"]
pub struct SendAsync<'s, T: Send, L: Level, P: Paths> {
    sender: &'s mut Sender<T, L, P>,
    message: Option<T>,
    asleep: bool,
    /// Waits for room whatever the level.
    into_room: bool,
}

impl<T: Send, L: Level, P: Paths> Sender<T, L, P> {
    /// Puts a message in, as soon as there is room at [`Guaranteed`](crate::Guaranteed), at once at the
    /// other levels. Works with any runtime.
    ///
    /// A poll is an attempt, as [`try_send`](Self::try_send); one that finds no room takes a lock to register its task.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop {
    /// #         if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut cx) { return done; }
    /// #     }
    /// # }
    /// # block_on(async {
    /// let (mut tx, mut rx) = windlass_qos::guaranteed(1)?;
    /// tx.send_async("hello").await?;
    /// assert_eq!(rx.recv_async().await?, "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn send_async(&mut self, message: T) -> SendAsync<'_, T, L, P> {
        SendAsync { sender: self, message: Some(message), asleep: false, into_room: false }
    }

    /// Puts a message in as soon as there is room, whatever the level.
    pub(crate) fn wait_and_put_async(&mut self, message: T) -> SendAsync<'_, T, L, P> {
        SendAsync { sender: self, message: Some(message), asleep: false, into_room: true }
    }

    /// Puts the message in, or leaves it where it is and arranges that the task is woken when there may
    /// be room. Ready with the message if it was refused for good.
    pub(super) fn poll_send(
        &mut self,
        message: &mut Option<T>,
        asleep: &mut bool,
        cx: &Context<'_>,
        put: impl Fn(&mut Self, T) -> Result<(), TrySendError<T>>,
    ) -> Poll<Result<(), Closed<T>>> {
        for registered in [false, true] {
            if registered {
                // There is a bell wherever a full buffer refuses.
                let Some(bell) = self.shared.not_full.get() else { break };
                bell.register(self.waiting.key, cx.waker());
                *asleep = true;
            }
            let Some(offered) = message.take() else { return Poll::Ready(Ok(())) };
            let sent = put(self, offered);
            match sent {
                Err(TrySendError::Full(refused)) => *message = Some(refused),
                Ok(()) => {
                    self.wake_up(asleep);
                    return Poll::Ready(Ok(()));
                }
                Err(TrySendError::Closed(refused)) => {
                    self.wake_up(asleep);
                    return Poll::Ready(Err(Closed(refused)));
                }
            }
        }
        Poll::Pending
    }

    /// Leaves no waker behind: it would keep its task alive.
    pub(super) fn wake_up(&self, asleep: &mut bool) {
        if let (true, Some(bell)) = (core::mem::take(asleep), self.shared.not_full.get()) {
            bell.cancel(self.waiting.key);
        }
    }
}

impl<T: Send, L: Level, P: Paths> SendAsync<'_, T, L, P> {
    /// Gives up, and gives the message back unless it was sent.
    #[must_use = "the message would be lost"]
    pub fn into_message(mut self) -> Option<T> {
        self.message.take()
    }
}

// Nothing in it is ever pinned.
impl<T: Send, L: Level, P: Paths> Unpin for SendAsync<'_, T, L, P> {}

impl<T: Send, L: Level, P: Paths> Future for SendAsync<'_, T, L, P> {
    type Output = Result<(), Closed<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { sender, message, asleep, into_room } = self.get_mut();
        if *into_room {
            sender.poll_send(message, asleep, cx, Sender::try_send_into_room)
        } else {
            sender.poll_send(message, asleep, cx, Sender::try_send)
        }
    }
}

impl<T: Send, L: Level, P: Paths> Drop for SendAsync<'_, T, L, P> {
    fn drop(&mut self) {
        self.sender.wake_up(&mut self.asleep);
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for SendAsync<'_, T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendAsync").field("sender", &self.sender).finish_non_exhaustive()
    }
}
