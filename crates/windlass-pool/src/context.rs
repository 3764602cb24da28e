//! What a worker can do from inside a handler.

use alloc::collections::VecDeque;
use core::fmt;

use windlass_partition::Key;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::Arc;

use crate::error::TrySendError;
use crate::letter::Letter;
use crate::sender::{Offered, Sender, Target, slot_of};
use crate::shared::Shared;
use crate::worker::Worker;

/// A worker's view of itself and its pool; handed to each handler.
pub struct Context<'c, W: Worker> {
    pub(crate) worker: usize,
    pub(crate) restarts: u64,
    pub(crate) stop: &'c mut bool,
    pub(crate) link: &'c mut Link<W>,
    pub(crate) shared: &'c Arc<Shared<W>>,
}

/// What a worker sends to its own pool, itself included.
///
/// It never waits, or two workers with full mailboxes that send to each other would wait for ever. What
/// finds no room lies in an outbox of limited size, in order, and is sent between batches.
pub(crate) struct Link<W: Worker> {
    sender: Option<Sender<W>>,
    outbox: VecDeque<(Target, W::Message)>,
    most: usize,
}

/// Room that is made at once; for more, when it is needed.
const MOST_AT_ONCE: usize = 1 << 16;

impl<W: Worker> Link<W> {
    pub(crate) fn new(most: usize) -> Self {
        Self { sender: None, outbox: VecDeque::with_capacity(most.min(MOST_AT_ONCE)), most }
    }

    fn send(
        &mut self,
        shared: &Arc<Shared<W>>,
        target: Target,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        let message = if self.outbox.is_empty() {
            let sender = self.sender.get_or_insert_with(|| Sender::of_worker(shared));
            match sender.offer(target, message) {
                Offered::Sent => return Ok(()),
                Offered::Closed(message) => return Err(TrySendError::Closed(message)),
                Offered::Full(message) => message,
            }
        } else {
            message
        };
        if self.outbox.len() < self.most {
            self.outbox.push_back((target, message));
            if let Some(sender) = &mut self.sender {
                sender.count_outboxed();
            }
            Ok(())
        } else {
            Err(TrySendError::Full(message))
        }
    }

    /// Sends what is in the outbox, as far as there is room. Calls `refused` with what nobody takes any
    /// more.
    pub(crate) fn flush(&mut self, mut refused: impl FnMut(W::Message)) {
        let Self { sender, outbox, .. } = self;
        let Some(sender) = sender else { return };
        while let Some((target, message)) = outbox.pop_front() {
            match sender.offer_again(target, message) {
                Offered::Sent => {}
                Offered::Full(message) => return outbox.push_front((target, message)),
                Offered::Closed(message) => refused(message),
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    /// What could not be sent.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Letter<W::Message>> + '_ {
        let letter = |(_, message)| Letter { slot: crate::letter::NO_SLOT, message };
        self.outbox.drain(..).map(letter)
    }
}

impl<W: Worker> Context<'_, W> {
    /// The number of this worker, from 0.
    #[must_use]
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// How often this worker was built anew.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Sends to whoever has the key, this worker itself perhaps. Never waits.
    ///
    /// Messages of one worker arrive in the order in which it sent them. What finds no room goes by way of
    /// the worker's outbox, so that no two workers ever wait for each other.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back, if the outbox is full too or the pool shuts down.
    pub fn send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.link.send(self.shared, Target::Slot(slot_of(key)), message)
    }

    /// Sends to one worker, as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also if there is no such worker.
    pub fn send_to(
        &mut self,
        worker: usize,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.link.send(self.shared, Target::worker(worker), message)
    }

    /// Ends this worker behind the batch. Its messages then lie among the dead letters.
    pub fn stop(&mut self) {
        *self.stop = true;
    }

    /// Whether the pool aborts: what is not handled at once is not wanted any more.
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        // ORDERING: Relaxed. It hands nothing over.
        self.shared.abort.load(Ordering::Relaxed)
    }
}

impl<W: Worker> fmt::Debug for Context<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, restarts, .. } = self;
        f.debug_struct("Context")
            .field("worker", worker)
            .field("restarts", restarts)
            .finish_non_exhaustive()
    }
}
