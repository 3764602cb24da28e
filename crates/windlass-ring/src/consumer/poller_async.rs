//! Consuming from a task.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::poller::Poller;
use super::seat::Found;
use crate::access::Access;
use crate::error::Closed;
use crate::graph::Blocker;

/// Waits until a poller has something to take; made by [`Poller::ready`].
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct Ready<'p, E, A: Access> {
    poller: &'p mut Poller<E, A>,
    /// Where the task sleeps, if it does.
    asleep: Option<Blocker>,
}

impl<E, A: Access> Poller<E, A> {
    /// Waits until there is something to take, which [`poll`](Self::poll) then takes. Works with
    /// any runtime.
    ///
    /// # Errors
    ///
    /// [`Closed`] if nothing will come any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn run<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let mut future = std::pin::pin!(future);
    /// #     loop {
    /// #         if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut cx) { return done; }
    /// #     }
    /// # }
    /// # run(async {
    /// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
    /// producer.publish(|event| *event = 3)?;
    /// drop(producer);
    /// while poller.ready().await.is_ok() {
    ///     poller.poll()?.for_each(|event, _| assert_eq!(*event, 3));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn ready(&mut self) -> Ready<'_, E, A> {
        Ready { poller: self, asleep: None }
    }

    /// Looks for events; without any, arranges that the task is woken when it makes sense to look
    /// again, and notes where in `asleep`.
    fn poll_found(&mut self, asleep: &mut Option<Blocker>, cx: &Context<'_>) -> Poll<Found> {
        loop {
            self.wake_up(asleep);
            let (ring, seat) = self.parts();
            if let Some(found) = seat.look(ring) {
                return Poll::Ready(found);
            }
            let Some(blocker) = seat.blocker(ring) else { continue };
            ring.bell(blocker).register(seat.key(), cx.waker());
            *asleep = Some(blocker);
            if let Some(found) = seat.look(ring) {
                self.wake_up(asleep);
                return Poll::Ready(found);
            }
            if seat.blocker(ring) == Some(blocker) {
                return Poll::Pending;
            }
        }
    }

    fn wake_up(&mut self, asleep: &mut Option<Blocker>) {
        if let Some(blocker) = asleep.take() {
            let (ring, seat) = self.parts();
            ring.bell(blocker).cancel(seat.key());
        }
    }
}

impl<E, A: Access> Future for Ready<'_, E, A> {
    type Output = Result<(), Closed<()>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match this.poller.poll_found(&mut this.asleep, cx) {
            Poll::Ready(Found::Until(_)) => Poll::Ready(Ok(())),
            Poll::Ready(Found::End) => Poll::Ready(Err(Closed(()))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<E, A: Access> Drop for Ready<'_, E, A> {
    fn drop(&mut self) {
        let mut asleep = self.asleep.take();
        self.poller.wake_up(&mut asleep);
    }
}

#[cfg(feature = "stream")]
pub use stream::Events;

#[cfg(feature = "stream")]
mod stream {
    use super::{Access, Blocker, Context, Found, Pin, Poll, Poller};
    use crate::access::{Exclusive, Shared};
    use crate::consumer::{At, Batch};

    /// The events of a ring as a `Stream`; made by [`Poller::stream`].
    #[derive(Debug)]
    pub struct Events<E, A: Access, F> {
        poller: Poller<E, A>,
        take: F,
        asleep: Option<Blocker>,
    }

    impl<E> Poller<E, Shared> {
        /// Consumes as a `Stream` of what `take` makes of each event.
        pub fn stream<T, F>(self, take: F) -> Events<E, Shared, F>
        where
            F: FnMut(&E, At) -> T + Unpin,
        {
            Events { poller: self, take, asleep: None }
        }
    }

    impl<E> Poller<E, Exclusive> {
        /// Consumes as a `Stream` of what `take` makes of each event; it may move it out.
        ///
        /// ```
        /// # use std::task::{Context, Poll, Waker};
        /// use futures_core::Stream;
        ///
        /// let (mut producer, poller) = windlass_ring::one_to_one(8, String::new)?;
        /// producer.publish(|event| event.push_str("hello"))?;
        /// drop(producer);
        ///
        /// let mut greetings = Box::pin(poller.stream(|event, _| std::mem::take(event)));
        /// let mut cx = Context::from_waker(Waker::noop());
        /// assert_eq!(greetings.as_mut().poll_next(&mut cx), Poll::Ready(Some("hello".into())));
        /// assert_eq!(greetings.as_mut().poll_next(&mut cx), Poll::Ready(None));
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn stream<T, F>(self, take: F) -> Events<E, Exclusive, F>
        where
            F: FnMut(&mut E, At) -> T + Unpin,
        {
            Events { poller: self, take, asleep: None }
        }
    }

    impl<E, A: Access, F> Events<E, A, F> {
        fn poll_one<T>(
            &mut self,
            cx: &Context<'_>,
            one: impl FnOnce(&mut Batch<'_, E, A>, &mut F) -> Option<T>,
        ) -> Poll<Option<T>> {
            match self.poller.poll_found(&mut self.asleep, cx) {
                Poll::Ready(Found::Until(_)) => match self.poller.poll() {
                    Ok(mut batch) => Poll::Ready(one(&mut batch, &mut self.take)),
                    Err(_) => Poll::Ready(None),
                },
                Poll::Ready(Found::End) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        }
    }

    impl<E, A: Access, F> Drop for Events<E, A, F> {
        /// Leaves no waker behind: it would keep its task alive.
        fn drop(&mut self) {
            self.poller.wake_up(&mut self.asleep);
        }
    }

    impl<E, T, F: FnMut(&E, At) -> T + Unpin> futures_core::Stream for Events<E, Shared, F> {
        type Item = T;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
            self.poll_one(cx, |batch, take| {
                let mut taken = None;
                batch.take_while(|event, at| {
                    taken = Some(take(event, at));
                    false
                });
                taken
            })
        }
    }

    impl<E, T, F: FnMut(&mut E, At) -> T + Unpin> futures_core::Stream for Events<E, Exclusive, F> {
        type Item = T;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
            self.poll_one(cx, |batch, take| {
                let mut taken = None;
                batch.take_while_mut(|event, at| {
                    taken = Some(take(event, at));
                    false
                });
                taken
            })
        }
    }
}
