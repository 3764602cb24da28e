//! Publishing from a task.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::giving_way::GivingWay;
use super::go_on::go_on;
use super::held::Held;
use super::producer_of::ProducerOf;
use super::sequencer::Sequencer;
use crate::error::Closed;
use crate::graph::Blocker;
use crate::head::Refusal;
use crate::sequence::Sequence;

/// Publishes one event when there is room; made by [`ProducerOf::publish_async`].
///
/// Dropped before it is done, it publishes nothing.
#[must_use = "a future does nothing unless it is awaited"]
#[derive(Debug)]
pub struct PublishAsync<'p, E, S: Sequencer, F> {
    producer: &'p mut ProducerOf<E, S>,
    write: Option<F>,
    /// Where the task sleeps, if it does.
    asleep: Option<Blocker>,
}

impl<E, S: Sequencer> ProducerOf<E, S> {
    /// Writes one event and publishes it, as soon as there is room. Works with any runtime.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives `write` back, not called.
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
    /// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
    /// producer.publish_async(|event| *event = 9).await?;
    /// poller.ready().await?;
    /// assert_eq!(poller.poll()?.next(), Some(&9));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn publish_async<F: FnOnce(&mut E)>(&mut self, write: F) -> PublishAsync<'_, E, S, F> {
        PublishAsync { producer: self, write: Some(write), asleep: None }
    }
}

impl<E, S: Sequencer, F> PublishAsync<'_, E, S, F> {
    fn wake_up(&mut self) {
        if let Some(blocker) = self.asleep.take() {
            let (ring, _, key) = self.producer.parts();
            ring.bell(blocker).cancel(key);
        }
    }
}

// Nothing in it is ever pinned.
impl<E, S: Sequencer, F> Unpin for PublishAsync<'_, E, S, F> {}

impl<E, S: Sequencer, F: FnOnce(&mut E)> Future for PublishAsync<'_, E, S, F> {
    type Output = Result<Sequence, Closed<F>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            this.wake_up();
            let (ring, sequencer, key) = this.producer.parts();
            let blocker = ring.holds_up(1);
            let mut claimed = sequencer.try_claim(ring, 1, GivingWay::Never);
            if let (Err(Refusal::Full), Some(blocker)) = (&claimed, blocker) {
                ring.bell(blocker).register(key, cx.waker());
                this.asleep = Some(blocker);
                claimed = sequencer.try_claim(ring, 1, GivingWay::Never);
            }
            match claimed {
                Ok(claimed) => {
                    let at = claimed.at;
                    let mut held = Held::<E, S>::new(ring, claimed);
                    let Some(write) = this.write.take() else { return Poll::Pending };
                    write(held.only_slot());
                    held.mark();
                    let sequence = go_on(ring, sequencer, at, 1);
                    this.wake_up();
                    return Poll::Ready(Ok(sequence));
                }
                Err(Refusal::Closed) => {
                    let Some(write) = this.write.take() else { return Poll::Pending };
                    this.wake_up();
                    return Poll::Ready(Err(Closed(write)));
                }
                Err(Refusal::Full) if blocker.is_some() && ring.holds_up(1) == blocker => {
                    return Poll::Pending;
                }
                // Another consumer became the slowest: wait for that one.
                Err(Refusal::Full) => {}
            }
        }
    }
}

impl<E, S: Sequencer, F> Drop for PublishAsync<'_, E, S, F> {
    fn drop(&mut self) {
        self.wake_up();
    }
}
