//! Not trying a worker for a while that refused too often.

use windlass_sync::Deadline;

use super::{Offered, Sender, Target};
use crate::breaker::{Breaker, Circuit};
use crate::error::SendTimeoutError;
use crate::worker::Worker;

impl<W: Worker> Sender<W> {
    /// Puts a message in, or gives it back, at once.
    #[inline]
    pub(super) fn offer_by_breaker(
        &mut self,
        target: Target,
        message: W::Message,
    ) -> Offered<W::Message> {
        if self.shared.plan.breaker.is_none() {
            return self.offer(target, message);
        }
        self.guarded(target, message, Self::offer, |offered| matches!(offered, Offered::Sent))
            .unwrap_or_else(Offered::Full)
    }

    /// Puts a message in, and waits for room until `deadline`.
    #[inline]
    pub(super) fn put_by_breaker(
        &mut self,
        target: Target,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        if self.shared.plan.breaker.is_none() {
            return self.put_until(target, message, deadline);
        }
        let put = |this: &mut Self, target, message| this.put_until(target, message, deadline);
        self.guarded(target, message, put, Result::is_ok)
            .unwrap_or_else(|message| Err(SendTimeoutError::Timeout(message)))
    }

    /// Calls `put` if the circuit of the worker lets it, and tells the circuit how that went.
    #[cold]
    fn guarded<R>(
        &mut self,
        target: Target,
        message: W::Message,
        put: impl FnOnce(&mut Self, Target, W::Message) -> R,
        went_well: impl FnOnce(&R) -> bool,
    ) -> Result<R, W::Message> {
        let worker = self.worker_of(target);
        if let Some(breaker) = &self.shared.plan.breaker {
            while self.circuits.len() < self.doors.len() {
                self.circuits.push(circuit(breaker));
            }
        }
        let now = self.now();
        if !self.circuits.get_mut(worker).is_none_or(|circuit| circuit.allow(now)) {
            return Err(message);
        }
        let outcome = put(self, target, message);
        let now = self.now();
        if let Some(circuit) = self.circuits.get_mut(worker) {
            circuit.note(now, went_well(&outcome));
        }
        Ok(outcome)
    }

    fn now(&self) -> u64 {
        self.shared.time.nanos()
    }
}

/// A breaker is checked when the pool is built.
fn circuit(breaker: &Breaker) -> Circuit {
    match breaker.circuit() {
        Ok(circuit) => circuit,
        Err(error) => unreachable!("it was checked: {error}"),
    }
}
