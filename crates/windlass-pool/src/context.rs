//! What a worker can do from inside a handler.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use windlass_partition::{Key, Slot};
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::Arc;

use crate::error::TrySendError;
use crate::letter::{Letter, NO_SLOT};
use crate::links::Links;
use crate::nanos::nanos;
use crate::outbox::{Outbox, Took};
use crate::schedule::{self, Scheduled};
use crate::sender::{Sender, Target};
use crate::shared::Shared;
use crate::wheel::{Full, TimerId, Wheel};
use crate::worker::Worker;

/// A worker's view of itself and its pool; handed to each handler.
pub struct Context<'c, W: Worker> {
    pub(crate) worker: usize,
    pub(crate) restarts: u64,
    pub(crate) stop: &'c mut bool,
    pub(crate) link: &'c mut Link<W>,
    pub(crate) links: &'c Links,
    pub(crate) shared: &'c Arc<Shared<W>>,
}

/// Names a message that is to come later, to the worker that sent it to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer(TimerId);

/// What a worker sends to its own pool, itself included.
///
/// It never waits, or two workers with full mailboxes that send to each other would wait for ever. What
/// finds no room lies in an outbox of limited size, in order, and is sent between batches.
pub(crate) struct Link<W: Worker> {
    sender: Option<Sender<W>>,
    outbox: Outbox<W>,
    /// Whether the pool was told that something lies there.
    lies: bool,
    /// What it sends to itself later.
    timers: Wheel<W::Message>,
}

impl<W: Worker> Link<W> {
    pub(crate) fn new(most: usize, timers: usize) -> Self {
        Self {
            sender: None,
            outbox: Outbox::new(most),
            lies: false,
            timers: Wheel::with_limit(timers),
        }
    }

    fn send(
        &mut self,
        shared: &Arc<Shared<W>>,
        target: Target,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        let sender = self.sender.get_or_insert_with(|| Sender::of_worker(shared));
        if matches!(self.outbox.send(sender, target, message)?, Took::Lies) {
            if !self.lies {
                self.lies = true;
                shared.late.lies();
            }
            sender.count(1);
        }
        Ok(())
    }

    /// Counts messages as accepted that do not go through a mailbox.
    fn accept(&mut self, shared: &Arc<Shared<W>>, messages: u64) {
        if 0 < messages {
            self.sender.get_or_insert_with(|| Sender::of_worker(shared)).count(messages);
        }
    }

    /// When the next message to itself is due.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.timers.next_due()
    }

    /// The next message to itself that is due; accepted only now.
    pub(crate) fn due(&mut self, shared: &Arc<Shared<W>>, now: u64) -> Option<Letter<W::Message>> {
        let message = self.timers.pop(now)?;
        self.accept(shared, 1);
        Some(Letter::new((NO_SLOT, false), 0, message))
    }

    /// Sends what is in the outbox, as far as there is room. When the pool closes, what is left is put where the others
    /// take it. Calls `refused` with what nobody takes any more. Whether any message is gone from there.
    pub(crate) fn flush(
        &mut self,
        shared: &Shared<W>,
        mut refused: impl FnMut(Target, W::Message),
    ) -> bool {
        let Self { sender, outbox, .. } = self;
        let Some(sender) = sender else { return false };
        let moved = outbox.flush(
            |target, message| sender.offer_again(target, message),
            |target, message| {
                if let Err(message) = shared.late.put(target, message) {
                    refused(target, message);
                }
            },
        );
        self.note(shared);
        moved
    }

    /// Says so when nothing lies there any more.
    fn note(&mut self, shared: &Shared<W>) {
        if self.lies && self.outbox.is_empty() {
            self.lies = false;
            shared.late.lies_no_more();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    /// What could not be sent.
    pub(crate) fn drain(&mut self, shared: &Shared<W>) -> Vec<W::Message> {
        let unsent = self.outbox.drain().map(|(_, message)| message).collect();
        self.note(shared);
        unsent
    }

    /// What it sent to itself and was not due.
    pub(crate) fn drain_timers(
        &mut self,
        shared: &Arc<Shared<W>>,
    ) -> impl Iterator<Item = Letter<W::Message>> + '_ {
        self.accept(shared, self.timers.len() as u64);
        self.timers.drain().map(|message| Letter::new((NO_SLOT, false), 0, message))
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
    /// What lies there when this worker ends, or when the pool closes, is handled all the same, as long as the worker
    /// lives that it is for and the time of the shutdown is not over; if it is over it is undelivered. When the pool
    /// closes it is handled behind what is in the mailboxes, high messages too.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back, if the outbox is full too or the pool shuts down.
    pub fn send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.link.send(self.shared, Target::key(key), message)
    }

    /// Sends to whoever has the slot, as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_slot(
        &mut self,
        slot: Slot,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.link.send(self.shared, Target::of_slot(slot), message)
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

    /// Sends to this worker itself, but not before `delay` is over.
    ///
    /// It waits with this worker, not with a key, and survives a panic of the worker. What has not come when
    /// the pool ends is undelivered.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] gives the message back, if as many wait as the pool was built for; see
    /// [`Builder::timers`](crate::Builder::timers).
    pub fn after(
        &mut self,
        delay: Duration,
        message: W::Message,
    ) -> Result<Timer, TrySendError<W::Message>> {
        let due = nanos(self.shared.time.elapsed().saturating_add(delay));
        let scheduled = self.link.timers.schedule(due, message);
        scheduled.map(Timer).map_err(|Full(message)| TrySendError::Full(message))
    }

    /// Sends to whoever has the key, but not before `delay` is over; see
    /// [`Sender::after`](crate::Sender::after). Takes a lock.
    ///
    /// It does not wait with this worker: it follows the key, and comes also when this worker has ended.
    ///
    /// # Errors
    ///
    /// As [`Sender::after`](crate::Sender::after).
    pub fn after_key<K: Key + ?Sized>(
        &mut self,
        key: &K,
        delay: Duration,
        message: W::Message,
    ) -> Result<Scheduled<W>, TrySendError<W::Message>> {
        schedule::after(self.shared, Target::key(key), delay, message)
    }

    /// Takes a message back that was to come [`after`](Self::after) a while; nothing if it has come.
    pub fn cancel(&mut self, timer: Timer) -> Option<W::Message> {
        self.link.timers.cancel(timer.0)
    }

    /// Ends this worker behind the batch. Its messages then lie among the dead letters; what it has sent to others
    /// of its pool goes on.
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
