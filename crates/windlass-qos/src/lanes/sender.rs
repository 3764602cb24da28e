//! The sending end of one lane.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::sync::Arc;

use super::shared::{Shared, Track, Tx};
use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::level::QosLevel;
use crate::listen::Listener;
use crate::stats::{DropReason, Stats};
use crate::store::{Refused, Store};

/// Puts messages into one lane.
///
/// When the last sender of a lane is dropped that lane closes; the receiver ends when all lanes have. When the receiver
/// is dropped, messages come back; what senders were just putting in is dropped by one of them.
pub struct Sender<T: Send> {
    shared: Arc<Shared<T>>,
    lane: usize,
    tx: Tx<T>,
    listener: Listener,
}

impl<T: Send> Sender<T> {
    pub(super) fn first(
        shared: Arc<Shared<T>>,
        lane: usize,
        wait: Wait,
    ) -> Result<Self, BuildError> {
        let track = &shared.lanes[lane];
        let tx = track.store.sender().ok_or(BuildError::NoHandles)?;
        let listener = Listener::new(track.key(), wait);
        Ok(Self { shared, lane, tx, listener })
    }

    /// Puts a message in. On a [`Guaranteed`](QosLevel::Guaranteed) lane it waits for room; on others it
    /// never waits.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub fn send(&mut self, message: T) -> Result<(), Closed<T>> {
        match self.send_deadline(message, Deadline::never()) {
            Ok(()) => Ok(()),
            Err(refused) => Err(Closed(refused.into_inner())),
        }
    }

    /// Puts a message in, or gives it back, at once.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline]
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        let Self { shared, lane, tx, .. } = self;
        offer(shared, *lane, tx, message).map_err(|refused| match refused {
            Refused::Full(message) => TrySendError::Full(message),
            Refused::Closed(message) => TrySendError::Closed(message),
        })
    }

    /// Puts messages from the front of a list in, as many as find room, at most `most`; they lie in the lane
    /// in one piece, as far as one claim goes. Returns how many. The first that is refused stays in front.
    ///
    /// Never waits. At levels other than [`Guaranteed`](QosLevel::Guaranteed) it puts nothing in.
    pub fn try_send_run(&mut self, messages: &mut Vec<T>, most: usize) -> usize {
        let Self { shared, lane, tx, .. } = self;
        let sent = shared.lanes[*lane].store.offer_run(tx, messages, most);
        shared.ring();
        sent
    }

    /// Puts a message in, and waits for room at most so long.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout(&mut self, message: T, wait: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(message, Deadline::after(wait))
    }

    /// Puts a message in, and waits for room at most until `deadline`.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline(
        &mut self,
        message: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let Self { shared, lane, tx, listener } = self;
        let mut message = Some(message);
        let bell = &shared.lanes[*lane].not_full;
        let sent = listener.wait(bell, shared.parties(), deadline, || {
            let offered = message.take()?;
            settled(offer(shared, *lane, tx, offered), &mut message)
        });
        match (sent, message) {
            (Some(Ok(())), _) => Ok(()),
            (Some(Err(Closed(message))), _) => Err(SendTimeoutError::Closed(message)),
            (None, Some(message)) => Err(SendTimeoutError::Timeout(message)),
            (None, None) => unreachable!("a look that takes the message finds something"),
        }
    }

    /// Puts a message in as soon as there is room. Works with any runtime; dropped before it is done, it
    /// sends nothing and drops the message.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back.
    pub fn send_async(
        &mut self,
        message: T,
    ) -> impl Future<Output = Result<(), Closed<T>>> + Send + '_ {
        let Self { shared, lane, tx, listener } = self;
        let (shared, lane): (&Shared<T>, usize) = (shared, *lane);
        let mut message = Some(message);
        listener.listen(&shared.lanes[lane].not_full, move || {
            let offered = message.take()?;
            settled(offer(shared, lane, tx, offered), &mut message)
        })
    }

    /// Waits until a message would find room, or the lane is closed, at most until `deadline`; `false` if
    /// neither came about. Another sender may be quicker to use the room.
    pub fn wait_for_room(&mut self, deadline: Deadline) -> bool {
        let Self { shared, lane, listener, .. } = self;
        let track = &shared.lanes[*lane];
        let found = listener.wait(&track.not_full, shared.parties(), deadline, || track.has_room());
        found.is_some()
    }

    /// As [`wait_for_room`](Self::wait_for_room), for a task, without end. Works with any runtime.
    pub fn room_async(&mut self) -> impl Future<Output = ()> + Send + '_ {
        let track = &self.shared.lanes[self.lane];
        self.listener.listen(&track.not_full, || track.has_room())
    }

    /// Whether a message would find room now; at a level that overwrites, without overwriting one. It stays so for the
    /// only sender of the lane; another one may be quicker to use the room. Never waits.
    pub fn has_room(&mut self) -> bool {
        let Self { shared, lane, tx, .. } = self;
        shared.lanes[*lane].store.has_room(tx)
    }

    /// Refuses all further messages of this lane; the receiver drains it.
    pub fn close(&self) {
        self.shared.close(self.lane);
    }

    /// Whether messages are refused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.track().store.is_closed()
    }

    /// The number of the lane; 0 comes first.
    #[must_use]
    pub fn lane(&self) -> usize {
        self.lane
    }

    /// The level of the lane.
    #[must_use]
    pub fn level(&self) -> QosLevel {
        self.track().level
    }

    /// Messages in the lane; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.track().store.len()
    }

    /// Whether the lane is empty; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Messages that can be in the lane at once.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.track().store.capacity()
    }

    /// How the lane is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.track().stats()
    }

    /// Another sender into the same lane.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the lane was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        self.shared.add_sender(self.lane);
        let Some(tx) = self.track().store.sender() else {
            self.shared.remove_sender(self.lane);
            let max = self.track().most_senders;
            return Err(BuildError::TooManyHandles { handles: max + 1, max });
        };
        let listener = self.listener.another(self.track().key());
        Ok(Self { shared: Arc::clone(&self.shared), lane: self.lane, tx, listener })
    }

    fn track(&self) -> &Track<T> {
        &self.shared.lanes[self.lane]
    }
}

/// Puts a message in by the level of the lane.
#[inline(always)]
fn offer<T: Send>(
    shared: &Shared<T>,
    lane: usize,
    tx: &mut Tx<T>,
    message: T,
) -> Result<(), Refused<T>> {
    let offered = shared.lanes[lane].store.offer(tx, message);
    shared.ring();
    if let Some(evicted) = offered? {
        shared.dispose(evicted, DropReason::Overwritten);
    }
    Ok(())
}

/// Whether the wait for room is over. A message that is still waiting goes back.
fn settled<T>(
    offered: Result<(), Refused<T>>,
    message: &mut Option<T>,
) -> Option<Result<(), Closed<T>>> {
    match offered {
        Ok(()) => Some(Ok(())),
        Err(Refused::Closed(refused)) => Some(Err(Closed(refused))),
        Err(Refused::Full(refused)) => {
            *message = Some(refused);
            None
        }
    }
}

impl<T: Send> Clone for Sender<T> {
    /// Another sender into the same lane.
    ///
    /// # Panics
    ///
    /// If there are as many as the lane was built for; [`try_clone`](Sender::try_clone) says so instead.
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(sender) => sender,
            Err(error) => panic!("no further sender: {error}"),
        }
    }
}

impl<T: Send> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.lanes[self.lane].store.leave_sender(&mut self.tx);
        self.shared.remove_sender(self.lane);
    }
}

impl<T: Send> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("lane", &self.lane)
            .field("level", &self.level())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Sender<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        let lane = self.lane;
        crate::metrics::Of::boxed(&self.shared, move |shared: &Shared<T>| {
            let track = &shared.lanes[lane];
            (track.store.capacity(), track.stats())
        })
    }
}
