//! What reaches a worker: messages, control messages, orders of the pool, and slots.

use alloc::vec::Vec;

use super::Runner;
use crate::dead::DeadReason;
use crate::events::Event;
use crate::holdings::Sorted;
use crate::letter::{HIGH, Letter, NORMAL, Post, System};
use crate::worker::{Arrived, StopReason, Worker};

impl<W: Worker> Runner<W> {
    pub(super) fn take(&mut self, lane: usize, post: Post<W>) {
        match post {
            Post::Letter(letter) => {
                self.holdings.count(lane, 1);
                if self.shedding.as_ref().is_some_and(|by| by.refuses(lane, letter.sent)) {
                    let way = (letter.slot, letter.is_high);
                    self.bury(way, Some(letter.message), DeadReason::Expired);
                    return self.look_on_for_late();
                }
                match self.holdings.sort(letter) {
                    Sorted::Handle(letter) => self.hand.push_back(letter),
                    Sorted::Kept => {}
                    Sorted::Foreign(Letter { slot, is_high, message, .. }) => {
                        self.bury((slot, is_high), Some(message), DeadReason::Moved);
                    }
                }
            }
            control @ Post::Control(_) if self.state.is_none() => self.deferred.push_back(control),
            Post::Control(control) => {
                self.guarded(|state, cx| state.on_control(cx, control));
            }
            Post::System(order) => self.obey(*order),
        }
    }

    fn obey(&mut self, order: System<W>) {
        match order {
            System::Expect(slots) => {
                self.holdings.expect(&slots);
                self.shared.tell(Event::Expecting(self.token));
            }
            System::Fence(transfers) => {
                let held = |lane| self.receiver.len_of(lane).unwrap_or(0);
                let (high, normal) = (held(HIGH), held(NORMAL));
                self.holdings.put_fence(transfers, high, normal);
            }
            System::Pause => self.is_paused = true,
            System::Resume => self.is_paused = false,
            System::Restart => self.restart(),
            later @ (System::Arrive(_) | System::Call(_) | System::Save(_))
                if self.state.is_none() =>
            {
                self.deferred.push_back(Post::System(later.into()));
            }
            System::Arrive(slots) => self.welcome(slots),
            System::Call(call) => {
                self.guarded(|state, cx| call(state, cx));
            }
            System::Save(save) => self.save(save),
            leave @ (System::Drain | System::Retire) => {
                if matches!(leave, System::Retire) {
                    self.farewell = StopReason::Retired;
                }
                (self.is_draining, self.is_paused, self.resume_at) = (true, false, None);
            }
        }
    }

    /// Gives slots up behind the fence.
    pub(super) fn give_up_slots(&mut self, empty: bool) {
        if !self.hand.is_empty() || self.state.is_none() {
            return;
        }
        let Some(transfers) = self.holdings.reached(empty) else { return };
        let states = transfers.into_iter().map(|transfer| (transfer, self.slot_out(transfer.slot)));
        let states = states.collect();
        self.shared.tell(Event::Out(self.token, states));
    }

    /// Takes slots over, and then what was kept for them.
    fn welcome(&mut self, slots: Vec<(u16, Arrived<W::Slot>)>) {
        let mut numbers = Vec::with_capacity(slots.len());
        let mut slots = slots.into_iter();
        while self.state.is_some()
            && let Some((number, state)) = slots.next()
        {
            numbers.push(number);
            self.slot_in(number, state);
        }
        if 0 < slots.len() {
            // It panicked; the rest is for the next one.
            self.deferred.push_front(Post::System(System::Arrive(slots.collect()).into()));
        }
        let arrived = numbers.len();
        let Self { holdings, hand, .. } = self;
        holdings.arrive(numbers.into_iter(), |letter| hand.push_back(letter));
        self.shared.tell(Event::In(self.token, arrived));
    }
}
