//! The receiving end, which takes as the sender asks.

use core::fmt;
use core::time::Duration;

use windlass_ring::Deadline;
use windlass_sync::sync::Arc;

use super::order::{Asked, Order};
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::level::Reliable;
use crate::receiver::Receiver as Plain;
use crate::stats::{DropReason, Stats};

/// Takes messages out of an adaptive buffer: all in order, or the newest alone.
///
/// Progress and waiting are those of the plain [`Receiver`](crate::Receiver) at [`Reliable`]. `Lagged` is told on
/// every rung.
pub struct Receiver<T: Send> {
    plain: Plain<T, Reliable>,
    order: Arc<Order>,
    /// How it takes now.
    taking: Asked,
    /// Missing messages that were found while the newest was looked for, and not told yet.
    owed: u64,
}

impl<T: Send> Receiver<T> {
    pub(super) fn new(plain: Plain<T, Reliable>, order: Arc<Order>) -> Self {
        Self { plain, order, taking: Asked::FIRST, owed: 0 }
    }

    /// Takes the next message, or the newest, at once.
    ///
    /// # Errors
    ///
    /// [`TryRecvError`].
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(TryRecvError::Lagged(n));
        }
        if self.taking.newest() { self.plain.take_latest() } else { self.plain.try_recv() }
    }

    /// Waits for a message and takes it, or the newest.
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub fn recv(&mut self) -> Result<T, RecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvError::Lagged(n));
        }
        let first = self.plain.recv()?;
        Ok(self.newer(first))
    }

    /// Waits at most so long for a message and takes it, or the newest.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_deadline(Deadline::after(wait))
    }

    /// Waits for a message at most until `deadline` and takes it, or the newest.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`].
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<T, RecvTimeoutError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvTimeoutError::Lagged(n));
        }
        let first = self.plain.recv_deadline(deadline)?;
        Ok(self.newer(first))
    }

    /// Waits for a message and takes it, or the newest. Works with any runtime; dropped before it is done,
    /// it takes nothing.
    ///
    /// # Errors
    ///
    /// [`RecvError`].
    pub async fn recv_async(&mut self) -> Result<T, RecvError> {
        self.answer();
        if let Some(n) = self.owes() {
            return Err(RecvError::Lagged(n));
        }
        let first = self.plain.recv_async().await?;
        Ok(self.newer(first))
    }

    /// Refuses all further messages and wakes the sender. What is in the buffer can still be received.
    pub fn close(&self) {
        self.plain.close();
    }

    /// Whether messages are refused; there may be some left to receive.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.plain.is_closed()
    }

    /// Messages in the buffer; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    /// Whether the buffer is empty; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that can be in the buffer at once, as it was built.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.plain.capacity()
    }

    /// Messages that were accepted and nobody got, so far, for whatever reason.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.stats().dropped()
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.order.correct(self.plain.stats())
    }

    /// Takes as it is asked to, from now on.
    fn answer(&mut self) {
        let asked = self.order.asked();
        if asked != self.taking {
            self.taking = asked;
            self.order.answer(asked);
        }
    }

    /// What has to be told before the next message.
    fn owes(&mut self) -> Option<u64> {
        let owed = core::mem::take(&mut self.owed);
        (owed != 0).then_some(owed)
    }

    /// The newest, if there is one that is newer and it is to be that.
    fn newer(&mut self, first: T) -> T {
        if !self.taking.newest() {
            return first;
        }
        loop {
            match self.plain.take_latest() {
                Ok(newer) => {
                    self.order.count_passed_over();
                    self.plain.dispose(first, DropReason::PassedOver);
                    return newer;
                }
                Err(TryRecvError::Lagged(n)) => self.owed += n,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return first,
            }
        }
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("plain", &self.plain).finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Receiver<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let order = Arc::clone(&self.order);
        crate::metrics::plain(&self.plain.shared, move |stats| order.correct(stats))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use windlass_testkit::block_on;

    use super::*;
    use crate::adaptive::Builder;
    use crate::level::QosLevel;

    /// What a verb gave: a message, or so many that are missing.
    type Got = Result<u64, u64>;

    fn try_recv(rx: &mut Receiver<u64>) -> Got {
        rx.try_recv().map_err(|error| match error {
            TryRecvError::Lagged(n) => n,
            TryRecvError::Empty | TryRecvError::Closed => panic!("{error}"),
        })
    }

    fn recv(rx: &mut Receiver<u64>) -> Got {
        rx.recv().map_err(lagged)
    }

    fn recv_async(rx: &mut Receiver<u64>) -> Got {
        block_on(rx.recv_async()).map_err(lagged)
    }

    fn recv_timeout(rx: &mut Receiver<u64>) -> Got {
        rx.recv_timeout(Duration::ZERO).map_err(|error| match error {
            RecvTimeoutError::Lagged(n) => n,
            RecvTimeoutError::Timeout | RecvTimeoutError::Closed => panic!("{error}"),
        })
    }

    fn lagged(error: RecvError) -> u64 {
        match error {
            RecvError::Lagged(n) => n,
            RecvError::Closed => panic!("{error}"),
        }
    }

    #[test]
    fn what_is_found_missing_behind_the_first_is_told_by_the_next_verb() {
        let finds: [fn(&mut Receiver<u64>) -> Got; 3] = [recv, recv_async, recv_timeout];
        let tells: [fn(&mut Receiver<u64>) -> Got; 4] = [try_recv, recv, recv_async, recv_timeout];
        for find in finds {
            for tell in tells {
                let builder = Builder::new(2).between(QosLevel::RealTime, QosLevel::RealTime);
                let (mut tx, mut rx) = builder.build().expect("there is memory");
                tx.try_send(1).expect("there is room");
                // In the hand, where it stays while others are overwritten behind it.
                assert_eq!(rx.plain.peek(), Ok(&1), "the first");
                (2..=5).for_each(|n| tx.try_send(n).expect("the oldest makes room"));
                assert_eq!(find(&mut rx), Ok(5), "the newest");
                tx.try_send(6).expect("there is room");
                assert_eq!(tell(&mut rx), Err(2), "2 and 3 made room");
                assert_eq!(tell(&mut rx), Ok(6), "told once");
                let stats = rx.stats();
                assert_eq!((stats.overwritten, stats.passed_over), (2, 2), "{stats:?}");
            }
        }
    }
}
