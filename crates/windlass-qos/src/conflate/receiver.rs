//! The receiving end.

use core::fmt;
use core::future::Future;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::sync::Arc;

use super::shared::Shared;
use super::taker::Taker;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::listen::Listener;
use crate::stats::Stats;

/// Takes updates out of a conflating buffer: each key that changed once, with its newest update, in the
/// order of the first ones that were unread.
pub struct Receiver<T: Send> {
    shared: Arc<Shared<T>>,
    /// `None` only while the receiver is dropped.
    taker: Option<Taker>,
    listener: Listener,
}

impl<T: Send> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, wait: Wait) -> Self {
        let taker = shared.spare().map(|spare| Taker::new(spare, shared.cells.len()));
        Self { shared, taker, listener: Listener::new(0, wait) }
    }

    /// Takes the next key that changed, and its newest update, if there is one. Never waits; lock-free:
    /// it tries again if the key changes at that very moment.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    pub fn try_recv(&mut self) -> Result<(usize, T), TryRecvError> {
        match look(&self.shared, &mut self.taker) {
            Some(Ok(found)) => Ok(found),
            Some(Err(_)) => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes the next key that changed, and waits for it.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if nothing will come.
    pub fn recv(&mut self) -> Result<(usize, T), RecvError> {
        match self.wait(Deadline::never()) {
            Some(found) => found,
            None => unreachable!("a wait without a deadline finds something"),
        }
    }

    /// Takes the next key that changed, and waits for it at most so long.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`] or [`RecvTimeoutError::Closed`].
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<(usize, T), RecvTimeoutError> {
        self.recv_deadline(Deadline::after(wait))
    }

    /// Takes the next key that changed, and waits for it at most until `deadline`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`] or [`RecvTimeoutError::Closed`].
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<(usize, T), RecvTimeoutError> {
        match self.wait(deadline) {
            Some(found) => found.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Takes the next key that changed as soon as there is one. Works with any runtime; dropped before it
    /// is done, it takes nothing.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if nothing will come.
    pub fn recv_async(
        &mut self,
    ) -> impl Future<Output = Result<(usize, T), RecvError>> + Send + '_ {
        let Self { shared, taker, listener } = self;
        listener.listen(&shared.bell, || look(shared, taker))
    }

    /// Waits for each update in turn, up to the end.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The updates that are there now.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }

    /// Refuses all further updates; those that were accepted are still received.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether updates are refused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// How many keys there are: `0..keys`.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.shared.cells.len()
    }

    /// Keys with something unread; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether nothing is unread; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    fn wait(&mut self, deadline: Deadline) -> Option<Result<(usize, T), RecvError>> {
        let Self { shared, taker, listener } = self;
        listener.wait(&shared.bell, shared.parties(), deadline, || look(shared, taker))
    }
}

fn look<T>(shared: &Shared<T>, taker: &mut Option<Taker>) -> Option<Result<(usize, T), RecvError>> {
    taker.as_mut()?.look(shared)
}

impl<T: Send> Drop for Receiver<T> {
    /// Closes; what is unread, and what comes behind, goes to nobody.
    fn drop(&mut self) {
        self.shared.close();
        self.shared.remove_receiver(self.taker.take());
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("keys", &self.keys()).field("len", &self.len()).finish()
    }
}

/// Waits for each update in turn; made by [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'r, T: Send>(&'r mut Receiver<T>);

impl<T: Send> Iterator for Iter<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

/// The updates that are there; made by [`Receiver::try_iter`].
#[derive(Debug)]
pub struct TryIter<'r, T: Send>(&'r mut Receiver<T>);

impl<T: Send> Iterator for TryIter<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.try_recv().ok()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Receiver<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        crate::metrics::Of::boxed(&self.shared, |shared| (shared.cells.len(), shared.stats()))
    }
}
