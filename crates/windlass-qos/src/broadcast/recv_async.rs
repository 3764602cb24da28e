//! Reading in a task.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::reader::Reader;
use super::view::Ref;
use crate::error::{RecvError, TryRecvError};

/// Waits for the next message; made by [`Reader::recv_async`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct RecvAsync<'r, T: Send + Sync> {
    /// Until it is ready.
    reader: Option<&'r mut Reader<T>>,
    asleep: bool,
}

impl<'r, T: Send + Sync> RecvAsync<'r, T> {
    pub(super) fn new(reader: &'r mut Reader<T>) -> Self {
        Self { reader: Some(reader), asleep: false }
    }

    fn wake_up(&mut self) {
        if let (true, Some(reader)) = (self.asleep, &self.reader) {
            reader.spot.head().bell.cancel(reader.spot.key());
        }
        self.asleep = false;
    }
}

impl<'r, T: Send + Sync> Future for RecvAsync<'r, T> {
    type Output = Result<Ref<'r, T>, RecvError>;

    /// # Panics
    ///
    /// If it is polled again after it was ready.
    #[expect(clippy::expect_used, reason = "the contract of futures")]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let reader = this.reader.as_mut().expect("polled after it was ready");
        let mut found = reader.spot.look();
        if found == Err(TryRecvError::Empty) {
            reader.spot.head().bell.register(reader.spot.key(), cx.waker());
            this.asleep = true;
            // It may have come before the registration.
            found = reader.spot.look();
        }
        let error = match found {
            Err(TryRecvError::Empty) => return Poll::Pending,
            Err(TryRecvError::Closed) => Some(RecvError::Closed),
            Err(TryRecvError::Lagged(n)) => Some(RecvError::Lagged(n)),
            Ok(()) => None,
        };
        this.wake_up();
        let reader = this.reader.take().expect("it was there above");
        Poll::Ready(match error {
            Some(error) => Err(error),
            None => Ok(Ref::new(&mut reader.spot)),
        })
    }
}

impl<T: Send + Sync> Drop for RecvAsync<'_, T> {
    /// Leaves no waker behind: it would keep its task alive.
    fn drop(&mut self) {
        self.wake_up();
    }
}

impl<T: Send + Sync> fmt::Debug for RecvAsync<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvAsync").field("asleep", &self.asleep).finish_non_exhaustive()
    }
}
