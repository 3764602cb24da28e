//! Sending by a rule of the user's own.

use alloc::sync::Arc;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use windlass_partition::Slot;

use super::{Sender, Target};
use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::partition_rule::Rule;
use crate::worker::Worker;

/// A [`Sender`] that finds the slot of a key by the rule of the pool; made by
/// [`Pool::sender_by`](crate::Pool::sender_by).
///
/// All that is promised of keys is promised of slots, so the rule changes none of it: the messages of one key
/// stay in order, and its state moves with its slot.
pub struct SenderBy<W: Worker, K: ?Sized> {
    pub(super) sender: Sender<W>,
    rule: Arc<Rule<K>>,
    of: PhantomData<fn(&K)>,
}

impl<W: Worker, K: ?Sized + 'static> SenderBy<W, K> {
    pub(crate) fn new(sender: Sender<W>, rule: Arc<Rule<K>>) -> Self {
        Self { sender, rule, of: PhantomData }
    }

    pub(super) fn target(&self, key: &K) -> Target {
        Target::slot(self.rule.slot(key))
    }

    /// The slot of a key.
    #[must_use]
    pub fn slot(&self, key: &K) -> Slot {
        match Slot::new(self.rule.slot(key)) {
            Some(slot) => slot,
            None => unreachable!("a rule gives slots that are there"),
        }
    }

    /// As [`Sender::send`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send(&mut self, key: &K, message: W::Message) -> Result<(), Closed<W::Message>> {
        let target = self.target(key);
        self.sender.put(target, message)
    }

    /// As [`Sender::send_high`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send`].
    pub fn send_high(&mut self, key: &K, message: W::Message) -> Result<(), Closed<W::Message>> {
        let target = self.target(key).high();
        self.sender.put(target, message)
    }

    /// As [`Sender::try_send`].
    ///
    /// # Errors
    ///
    /// As [`Sender::try_send`].
    pub fn try_send(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        let target = self.target(key);
        self.sender.offer_by_breaker(target, message).into()
    }

    /// As [`Sender::send_timeout`].
    ///
    /// # Errors
    ///
    /// As [`Sender::send_timeout`].
    pub fn send_timeout(
        &mut self,
        key: &K,
        message: W::Message,
        wait: Duration,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        let deadline = self.sender.shared.time.after(wait);
        let target = self.target(key);
        self.sender.put_by_breaker(target, message, deadline)
    }

    /// The sender that this sends by. Its own verbs for keys go by the pool's hash, not by the rule.
    pub fn sender(&mut self) -> &mut Sender<W> {
        &mut self.sender
    }

    /// Another one into the same pool.
    ///
    /// # Errors
    ///
    /// As [`Sender::try_clone`].
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        Ok(Self::new(self.sender.try_clone()?, Arc::clone(&self.rule)))
    }
}

impl<W: Worker> Sender<W> {
    /// Sends to the worker that has the slot, as [`send`](Self::send): for whoever keeps track of slots.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_slot(&mut self, slot: Slot, message: W::Message) -> Result<(), Closed<W::Message>> {
        self.put(Target::of_slot(slot), message)
    }

    /// Sends to the worker that has the slot, or gives the message back, at once.
    ///
    /// # Errors
    ///
    /// As [`try_send`](Self::try_send).
    pub fn try_send_slot(
        &mut self,
        slot: Slot,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.offer_by_breaker(Target::of_slot(slot), message).into()
    }
}

impl<W: Worker, K: ?Sized> fmt::Debug for SenderBy<W, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderBy").field("sender", &self.sender).finish_non_exhaustive()
    }
}
