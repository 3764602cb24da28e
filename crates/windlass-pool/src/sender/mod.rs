//! Sending messages to workers.

mod ask;
mod batch;
mod batch_async;
mod by;
mod guarded;
mod later;
mod offer;
mod resend;
mod turn;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use windlass_partition::{Key, SLOTS};
use windlass_sync::Deadline;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};

use crate::breaker::Circuit;
use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::letter::Post;
use crate::route::{Place, Routes};
use crate::shared::{Door, Shared};
use crate::shared_queue::{SharedQueue, SharedTx};
use crate::worker::Worker;

pub use batch::Unsent;
pub use by::SenderBy;
pub(crate) use offer::{Offered, Target};
pub use resend::ResendError;
use turn::Turn;

/// Puts messages into the mailboxes of a pool.
///
/// One for each thread that sends; [`try_clone`](Self::try_clone) makes another one. Messages of one sender
/// arrive at each worker in the order in which they were sent, and those for one key in that order also
/// when the key gets another owner meanwhile.
pub struct Sender<W: Worker> {
    shared: Arc<Shared<W>>,
    place: Place,
    /// The table that `doors` and `owners` are of.
    epoch: u64,
    owners: Box<[u16; SLOTS]>,
    doors: Vec<Option<Door<W>>>,
    /// For messages to any worker.
    turn: Turn,
    /// The same, if workers share those.
    shared_tx: Option<SharedTx<W::Message>>,
    is_worker: bool,
    /// Whether messages bear the time at which they were sent.
    stamps: bool,
    /// By worker; none if the pool has no breaker.
    circuits: Vec<Circuit>,
    /// Messages of a batch by worker; empty in between.
    combining: Vec<Vec<Post<W>>>,
    /// What a batch had taken and not sent that was dropped.
    unsent: Vec<W::Message>,
}

impl<W: Worker> Sender<W> {
    /// Sends to the worker that has the key, and waits while its mailbox is full.
    ///
    /// Waits by the pool's wait for senders; never at the levels that overwrite.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back: the pool shuts down, or the worker is gone for good.
    #[inline]
    pub fn send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        self.put(Target::key(key), message)
    }

    /// Sends to one worker, and waits while its mailbox is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also if there is no such worker.
    #[inline]
    pub fn send_to(
        &mut self,
        worker: usize,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        self.put(Target::worker(worker), message)
    }

    /// Sends to any worker, by the rule of [`Builder::spread`](crate::Builder::spread): to each in turn by default, and
    /// then it waits while the mailbox of the next one is full. By the other rules it waits while all are, or while
    /// the queue is that workers share.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_any(&mut self, message: W::Message) -> Result<(), Closed<W::Message>> {
        self.put(Target::any(), message)
    }

    /// As [`send`](Self::send), and the worker handles it before what is not high, within its budgets.
    ///
    /// It overtakes messages of the same key that are not high.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_high<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        self.put(Target::key(key).high(), message)
    }

    /// Sends to the worker that has the key, or gives the message back, at once.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline]
    pub fn try_send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.offer_by_breaker(Target::key(key), message).into()
    }

    /// As [`try_send`](Self::try_send), before what is not high.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline]
    pub fn try_send_high<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.offer_by_breaker(Target::key(key).high(), message).into()
    }

    /// Sends to one worker, or gives the message back, at once.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back; also if there is no such worker.
    #[inline]
    pub fn try_send_to(
        &mut self,
        worker: usize,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.offer_by_breaker(Target::worker(worker), message).into()
    }

    /// Sends to any worker as [`send_any`](Self::send_any), or gives the message back, at once. No breaker is asked.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline]
    pub fn try_send_any(&mut self, message: W::Message) -> Result<(), TrySendError<W::Message>> {
        self.offer(Target::any(), message).into()
    }

    /// Sends to the worker that has the key, and waits at most so long.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
        wait: Duration,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        let deadline = self.shared.time.after(wait);
        self.send_deadline(key, message, deadline)
    }

    /// Sends to the worker that has the key, and waits at most until `deadline`.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        self.put_by_breaker(Target::key(key), message, deadline)
    }

    /// Sends to the worker that has the key as soon as there is room. Works with any runtime; dropped
    /// before it is done, it sends nothing and drops the message.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_async<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        let target = Target::key(key);
        let mut message = message;
        loop {
            match self.offer(target, message) {
                Offered::Sent => return Ok(()),
                Offered::Closed(message) => return Err(Closed(message)),
                Offered::Full(back) => message = back,
            }
            if let Some(door) = self.door(target) {
                door.lane(target.is_high()).room_async().await;
            }
        }
    }

    /// Another sender into the same pool.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManySenders`] if there are as many as the pool was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        Self::of_user(&self.shared)
    }

    /// How many workers there are; may be out of date at once.
    #[must_use]
    pub fn workers(&self) -> usize {
        lock(&self.shared.table).doors.iter().flatten().count()
    }

    pub(crate) fn is_of_same_pool(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn of_user(shared: &Arc<Shared<W>>) -> Result<Self, BuildError> {
        {
            let mut table = lock(&shared.table);
            let max = shared.plan.senders;
            if max <= table.senders {
                return Err(BuildError::TooManySenders { max });
            }
            table.senders += 1;
            // ORDERING: Relaxed. A number to plan waits with.
            shared.sending.fetch_add(1, Ordering::Relaxed);
        }
        Ok(Self::new(shared, false))
    }

    pub(crate) fn of_worker(shared: &Arc<Shared<W>>) -> Self {
        Self::new(shared, true)
    }

    fn new(shared: &Arc<Shared<W>>, is_worker: bool) -> Self {
        let place = Routes::place(&shared.routes);
        let owners = Box::new([0; SLOTS]);
        let stamps = shared.plan.shed.is_some();
        let shared = Arc::clone(shared);
        let epoch = u64::MAX;
        let turn = Turn::new(shared.plan.spread, &shared.numbers);
        let shared_tx = shared.queue.as_ref().and_then(SharedQueue::sender);
        let (doors, circuits, combining) = (Vec::new(), Vec::new(), Vec::new());
        let mut sender = Self {
            shared,
            place,
            epoch,
            owners,
            doors,
            turn,
            shared_tx,
            is_worker,
            stamps,
            circuits,
            combining,
            unsent: Vec::new(),
        };
        sender.refresh();
        sender
    }
}

impl<W: Worker> Drop for Sender<W> {
    fn drop(&mut self) {
        // Before the next sender is let in, which needs these places at the lanes.
        self.doors.clear();
        self.shared_tx = None;
        if !self.is_worker {
            lock(&self.shared.table).senders -= 1;
            // ORDERING: Relaxed. As in `new`.
            self.shared.sending.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl<W: Worker> fmt::Debug for Sender<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("workers", &self.doors.iter().flatten().count())
            .finish_non_exhaustive()
    }
}
