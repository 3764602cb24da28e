//! Waiting for room.

use core::time::Duration;

use windlass_ring::Deadline;

use super::Sender;
use crate::bell::Bell;
use crate::error::{SendTimeoutError, TrySendError};
use crate::level::{Level, Waits};
use crate::paths::Paths;
use crate::stats::DropReason;
use crate::store::{Refused, Store};

impl<T: Send, L: Level, P: Paths> Sender<T, L, P> {
    /// Waits until there is room, and puts the message there.
    #[cold]
    #[inline(never)]
    pub(crate) fn wait_and_put(
        &mut self,
        message: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        let Self { shared, tx, waiting, .. } = self;
        let Some(bell) = shared.not_full.get() else {
            return Err(SendTimeoutError::Timeout(message));
        };
        let mut message = Some(message);
        let found = waiting.wait_at(bell, shared.parties(), deadline, || {
            match shared.store.offer_if_room(tx, message.take()?) {
                Ok(passed) => Some(Ok(passed)),
                Err(Refused::Closed(refused)) => Some(Err(SendTimeoutError::Closed(refused))),
                Err(Refused::Full(refused)) => {
                    message = Some(refused);
                    None
                }
            }
        });
        shared.ring();
        match (found, message) {
            (Some(Ok(passed)), _) => {
                if let Some(passed) = passed {
                    shared.dispose(passed, DropReason::Overwritten);
                }
                Ok(())
            }
            (Some(Err(refused)), _) => Err(refused),
            (None, Some(message)) => Err(SendTimeoutError::Timeout(message)),
            (None, None) => unreachable!("a look that takes the message finds something"),
        }
    }

    /// Waits until there is room or the buffer is closed; `false` if the deadline has passed. Another sender may
    /// be quicker then. Where the level overwrites there is room always.
    ///
    /// Blocking, unless the level overwrites.
    pub fn wait_for_room(&mut self, deadline: Deadline) -> bool {
        let Self { shared, waiting, .. } = self;
        let waits = !shared.qos.overwrites();
        let Some(bell) = shared.not_full.get().filter(|_| waits) else { return true };
        let has_room = || {
            let is_full = shared.store.capacity() <= shared.store.len();
            (!is_full || shared.store.is_closed()).then_some(())
        };
        waiting.wait_at(bell, shared.parties(), deadline, has_room).is_some()
    }
}

impl<T: Send, L: Waits, P: Paths> Sender<T, L, P> {
    /// Puts a message in, and waits for room at most so long.
    ///
    /// A [`QosLevel`](crate::QosLevel) that overwrites does not wait. Blocking where there is no room, otherwise as
    /// [`try_send`](Self::try_send).
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout(&mut self, message: T, wait: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_deadline(message, Deadline::after(wait))
    }

    /// Puts a message in, and waits for room at most until `deadline`.
    ///
    /// A [`QosLevel`](crate::QosLevel) that overwrites does not wait. Blocking where there is no room, otherwise as
    /// [`try_send`](Self::try_send).
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline(
        &mut self,
        message: T,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<T>> {
        match self.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(message)) => self.wait_and_put(message, deadline),
            Err(TrySendError::Closed(message)) => Err(SendTimeoutError::Closed(message)),
        }
    }
}
