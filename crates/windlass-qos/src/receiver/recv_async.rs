//! Receiving from a task.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::Receiver;
use crate::error::RecvError;
use crate::level::Level;
use crate::paths::Paths;
use crate::store::Taken;

/// Waits for a message; made by [`Receiver::recv_async`].
///
/// Dropped before it is done, it has taken nothing.
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvAsync<'r, T: Send, L: Level, P: Paths> {
    receiver: &'r mut Receiver<T, L, P>,
    asleep: bool,
}

impl<T: Send, L: Level, P: Paths> Receiver<T, L, P> {
    /// Waits for the next message and takes it. Works with any runtime.
    ///
    /// A poll is an attempt, as [`try_recv`](Self::try_recv); one that finds nothing takes a lock to register its task.
    ///
    /// # Errors
    ///
    /// [`RecvError`] as [`recv`](Self::recv).
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
    /// let (mut tx, mut rx) = windlass_qos::best_effort(8)?;
    /// tx.send("hello")?; // from a thread, for example
    /// assert_eq!(rx.recv_async().await?, "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn recv_async(&mut self) -> RecvAsync<'_, T, L, P> {
        RecvAsync { receiver: self, asleep: false }
    }

    /// Takes what is next, or arranges that the task is woken when there may be something.
    pub(crate) fn poll_take(&mut self, asleep: &mut bool, cx: &Context<'_>) -> Poll<Taken<T>> {
        let mut taken = self.take();
        if matches!(taken, Taken::Empty) {
            self.shared.not_empty.register(self.waiting.key, cx.waker());
            *asleep = true;
            taken = self.take();
            if matches!(taken, Taken::Empty) {
                return Poll::Pending;
            }
        }
        self.wake_up(asleep);
        Poll::Ready(taken)
    }

    /// Leaves no waker behind: it would keep its task alive.
    pub(crate) fn wake_up(&self, asleep: &mut bool) {
        if core::mem::take(asleep) {
            self.shared.not_empty.cancel(self.waiting.key);
        }
    }
}

// Nothing in it is ever pinned.
impl<T: Send, L: Level, P: Paths> Unpin for RecvAsync<'_, T, L, P> {}

impl<T: Send, L: Level, P: Paths> Future for RecvAsync<'_, T, L, P> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.receiver.poll_take(&mut this.asleep, cx).map(|taken| match taken {
            Taken::Message(message) => Ok(message),
            Taken::Lagged(n) => Err(RecvError::Lagged(n)),
            Taken::End | Taken::Empty => Err(RecvError::Closed),
        })
    }
}

impl<T: Send, L: Level, P: Paths> Drop for RecvAsync<'_, T, L, P> {
    fn drop(&mut self) {
        self.receiver.wake_up(&mut self.asleep);
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for RecvAsync<'_, T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvAsync").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}
