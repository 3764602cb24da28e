//! What the pool and its workers tell each other.

use alloc::vec::Vec;

use windlass_sync::Deadline;
use windlass_sync::sync::Arc;

use super::{Controller, Seat, Standing};
use crate::error::{BuildError, ChangeError};
use crate::events::Event;
use crate::letter::{Post, System, Transfer};
use crate::quiet::drop_quietly;
use crate::shared::{MOST_ORDERS, Shared};
use crate::worker::{Arrived, Worker};

impl<W: Worker> Controller<W> {
    /// Gives a worker an order of a user, unless too many wait for it already.
    pub(crate) fn order(&mut self, worker: usize, order: System<W>) -> Result<(), ChangeError> {
        let waiting = self.seats.get(worker).map_or(0, |seat| seat.system.len());
        if MOST_ORDERS <= waiting {
            return Err(ChangeError::Timeout { waiting_for: [worker].into() });
        }
        if self.tell(worker, order) { Ok(()) } else { Err(ChangeError::NoSuchWorker { worker }) }
    }

    /// Tells a worker something, if it is there. There is always room for what the pool itself has to say.
    pub(super) fn tell(&mut self, worker: usize, order: System<W>) -> bool {
        let Some(seat) = self.seats.get_mut(worker) else { return false };
        match seat.system.try_send(Post::System(order.into())) {
            Ok(()) => true,
            Err(refused) => {
                drop_quietly(refused);
                false
            }
        }
    }

    /// Listens to workers until `done`; `false` if that did not come in time.
    pub(crate) fn settle(
        &mut self,
        shared: &Arc<Shared<W>>,
        deadline: Deadline,
        done: impl Fn(&Self) -> bool,
    ) -> Result<bool, BuildError> {
        while !done(self) {
            let Some(event) = shared.next_event(deadline) else {
                return Ok(done(self));
            };
            self.hear(event)?;
        }
        Ok(true)
    }

    /// Notes what a worker says.
    pub(crate) fn hear(&mut self, event: Event<W>) -> Result<(), BuildError> {
        match event {
            Event::Ready(token) => self.stand(token, Standing::Running),
            Event::Failed(token, reason) => {
                self.stand(token, Standing::Ended);
                if let Some(worker) = self.seats.iter().position(|seat| seat.token == token) {
                    return Err(BuildError::Init { worker, reason });
                }
            }
            Event::Expecting(token) => {
                if let Some(seat) = self.seat(token) {
                    seat.expecting = false;
                }
            }
            Event::Out(token, states) => {
                if let Some(seat) = self.seat(token) {
                    seat.owes = seat.owes.saturating_sub(states.len());
                }
                self.forward(states);
            }
            Event::In(token, slots) => {
                if let Some(seat) = self.seat(token) {
                    seat.is_owed = seat.is_owed.saturating_sub(slots);
                }
            }
            Event::Ended(token, left) => {
                self.tally.undelivered.extend(left);
                self.stand(token, Standing::Ended);
            }
            Event::Gone(token, estate) => {
                self.stand(token, Standing::Gone);
                if let Some(seat) = self.seat(token) {
                    seat.estate = estate.into_iter().collect();
                }
            }
            Event::Dead(token) => self.stand(token, Standing::Ended),
        }
        Ok(())
    }

    /// Sends the state of slots to their new owners.
    pub(super) fn forward(&mut self, states: Vec<(Transfer, Arrived<W::Slot>)>) {
        let mut by_owner: Vec<Vec<(u16, Arrived<W::Slot>)>> = Vec::new();
        by_owner.resize_with(self.seats.len(), Vec::new);
        for (transfer, state) in states {
            if let Some(of) = by_owner.get_mut(usize::from(transfer.to)) {
                of.push((transfer.slot, state));
            }
        }
        for (worker, states) in by_owner.into_iter().enumerate() {
            if !states.is_empty() {
                self.tell(worker, System::Arrive(states));
            }
        }
    }

    /// The seat of a worker that was not given up meanwhile.
    fn seat(&mut self, token: u64) -> Option<&mut Seat<W>> {
        self.seats.iter_mut().find(|seat| seat.token == token)
    }

    fn stand(&mut self, token: u64, standing: Standing) {
        if let Some(seat) = self.seat(token) {
            seat.standing = standing;
            if matches!(standing, Standing::Gone | Standing::Ended) {
                (seat.expecting, seat.owes, seat.is_owed) = (false, 0, 0);
            }
        }
    }
}
