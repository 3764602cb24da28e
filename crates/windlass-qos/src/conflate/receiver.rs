//! The receiving end.

use alloc::collections::VecDeque;
use core::fmt;
use core::future::Future;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::Arc;

use super::cells::{Spare, State};
use super::seat::add;
use super::shared::Shared;
use crate::error::{RecvError, RecvTimeoutError, TryRecvError};
use crate::listen::Listener;
use crate::stats::{DropReason, Stats};

/// Takes updates out of a conflating buffer: each key that changed once, with its newest update, in the
/// order of the first ones that were unread.
pub struct Receiver<T: Send> {
    side: Side<T>,
    listener: Listener,
}

/// What the receiver has to itself.
struct Side<T> {
    shared: Arc<Shared<T>>,
    /// `None` only while the receiver is dropped.
    spare: Option<Spare>,
    /// The position in the queue.
    head: u64,
    /// Keys that came out of the queue and whose updates did not, in order: a sender had one in its hand.
    put_off: VecDeque<u32>,
}

impl<T: Send> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, wait: Wait) -> Self {
        let put_off = VecDeque::with_capacity(shared.cells.len());
        let spare = shared.spare();
        let side = Side { shared, spare, head: 0, put_off };
        Self { side, listener: Listener::new(0, wait) }
    }

    /// Takes the next key that changed, and its newest update, if there is one. Never waits; lock-free:
    /// it tries again if the key changes at that very moment.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    pub fn try_recv(&mut self) -> Result<(usize, T), TryRecvError> {
        match self.side.look() {
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
        let Self { side, listener } = self;
        let Side { shared, spare, head, put_off } = side;
        let shared: &Shared<T> = shared;
        listener.listen(&shared.bell, move || look(shared, spare.as_mut(), head, put_off))
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
        self.side.shared.close();
    }

    /// Whether updates are refused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.side.shared.is_closed()
    }

    /// How many keys there are: `0..keys`.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.side.shared.cells.len()
    }

    /// Keys with something unread; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.side.shared.len()
    }

    /// Whether nothing is unread; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.side.shared.stats()
    }

    fn wait(&mut self, deadline: Deadline) -> Option<Result<(usize, T), RecvError>> {
        let Self { side: Side { shared, spare, head, put_off }, listener } = self;
        listener.wait(&shared.bell, shared.parties(), deadline, || {
            look(shared, spare.as_mut(), head, put_off)
        })
    }
}

impl<T> Side<T> {
    fn look(&mut self) -> Option<Result<(usize, T), RecvError>> {
        look(&self.shared, self.spare.as_mut(), &mut self.head, &mut self.put_off)
    }
}

/// Looks for an update, or for the end.
fn look<T>(
    shared: &Shared<T>,
    spare: Option<&mut Spare>,
    head: &mut u64,
    put_off: &mut VecDeque<u32>,
) -> Option<Result<(usize, T), RecvError>> {
    let spare = spare?;
    if let Some(found) = take(shared, spare, head, put_off) {
        return Some(Ok(found));
    }
    if !shared.is_over() {
        return None;
    }
    // What was on its way when the buffer closed has arrived before it was over.
    Some(take(shared, spare, head, put_off).ok_or(RecvError::Closed))
}

fn take<T>(
    shared: &Shared<T>,
    spare: &mut Spare,
    head: &mut u64,
    put_off: &mut VecDeque<u32>,
) -> Option<(usize, T)> {
    let fill = shared.queue.entered() - *head + put_off.len() as u64;
    loop {
        for at in 0..put_off.len() {
            if let Some(update) = empty(shared, put_off[at], spare) {
                let key = put_off.remove(at)?;
                return Some(taken(shared, key, update, fill));
            }
        }
        let key = shared.queue.pop(head)?;
        if put_off.is_empty()
            && let Some(update) = empty(shared, key, spare)
        {
            return Some(taken(shared, key, update, fill));
        }
        // Those before it are looked at again: who merged one of them may have entered this one since.
        put_off.push_back(key);
    }
}

/// Empties the cell of a key that came out of the queue; nothing if its update is in a sender's hand.
fn empty<T>(shared: &Shared<T>, key: u32, spare: &mut Spare) -> Option<T> {
    loop {
        let seen = shared.cells.look(key);
        debug_assert!(seen.state() != State::Empty, "a key that was entered has something unread");
        if seen.state() != State::Full {
            return None;
        }
        if let Some(update) = shared.cells.take_if(key, seen, spare, State::Empty) {
            return Some(update);
        }
    }
}

fn taken<T>(shared: &Shared<T>, key: u32, update: T, fill: u64) -> (usize, T) {
    add(&shared.taken, 1);
    // ORDERING: Relaxed. The receiver alone writes it.
    if shared.high_water.load(Ordering::Relaxed) < fill {
        shared.high_water.store(fill, Ordering::Relaxed);
    }
    (key as usize, update)
}

impl<T: Send> Drop for Receiver<T> {
    /// Closes; what is unread goes to nobody.
    fn drop(&mut self) {
        let shared = Arc::clone(&self.side.shared);
        shared.close();
        while let Some(Ok((_, update))) = self.side.look() {
            add(&shared.left, 1);
            shared.dispose(update, DropReason::Left);
        }
        if let Some(spare) = self.side.spare.take() {
            shared.give_back(spare);
        }
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
        crate::metrics::Of::boxed(&self.side.shared, |shared| (shared.cells.len(), shared.stats()))
    }
}
