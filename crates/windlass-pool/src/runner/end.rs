//! How a worker ends, and what it leaves behind.

use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::{Runner, Step};
use crate::dead::DeadReason;
use crate::events::Event;
use crate::letter::{LANES, Letter, Post, System};
use crate::orphans::Orphans;
use crate::quiet::drop_quietly;
use crate::status::Phase;
use crate::trace;
use crate::worker::{StopReason, Worker};

impl<W: Worker> Runner<W> {
    /// Ends as the pool wants it.
    #[cold]
    pub(super) fn end(&mut self, reason: StopReason) -> Step {
        if let Some(state) = self.state.take() {
            self.say_stop(state, reason);
        }
        if !self.is_leaving {
            trace::worker_stopped(self.name(), reason);
        }
        if reason == StopReason::Asked {
            return self.die();
        }
        self.flush();
        if reason != StopReason::Aborted && !self.links.is_empty() {
            // What it sent at last goes on before the thread ends.
            self.is_leaving = true;
            return Step::Wait(self.wait_until());
        }
        self.receiver.close();
        let mut left = self.link.drain(&self.shared);
        left.extend(self.leave().into_iter().map(|letter| letter.message));
        self.status.enter(Phase::Ended);
        self.shared.tell(Event::Ended(self.token, left));
        Step::End
    }

    pub(super) fn say_stop(&self, state: W, reason: StopReason) {
        self.status.enter_call();
        drop_quietly(catch_unwind(AssertUnwindSafe(|| state.on_stop(reason))));
        self.status.leave_call();
    }

    /// Ends for good on its own: nobody will handle what is there.
    #[cold]
    pub(super) fn die(&mut self) -> Step {
        self.give_up();
        let owed = self.holdings.owed().into_iter();
        let owed: Vec<_> = owed.map(|transfer| (transfer, self.slot_out(transfer.slot))).collect();
        if !owed.is_empty() {
            self.shared.tell(Event::Out(self.token, owed));
        }
        // Nothing comes that could end a wait.
        (self.is_dying, self.is_closed) = (true, true);
        (self.next_tick, self.resume_at) = (None, None);
        self.flush();
        let estate = match self.shared.plan.orphans {
            Orphans::Stay => Vec::new(),
            Orphans::Move => self.copies.take_all(),
        };
        self.shared.tell(Event::Gone(self.token, estate));
        self.pass_away()
    }

    /// Sends what it had sent before it was gone; the thread ends when all of it has gone, or the pool aborts.
    ///
    /// Its own mailbox is closed by now, so nobody waits for it; and whoever it waits for takes messages without
    /// waiting for anybody.
    pub(super) fn pass_away(&mut self) -> Step {
        if self.is_aborted() {
            let left = self.link.drain(&self.shared);
            self.shared.tell(Event::Ended(self.token, left));
            return Step::End;
        }
        self.flush();
        if !self.link.is_empty() {
            return Step::Wait(self.wait_until());
        }
        self.shared.tell(Event::Dead(self.token));
        Step::End
    }

    /// Refuses all further messages, and buries those that are here.
    #[cold]
    pub(super) fn give_up(&mut self) {
        self.receiver.close();
        for Letter { slot, is_high, message, .. } in self.leave() {
            self.bury((slot, is_high), Some(message), DeadReason::WorkerGone);
        }
        self.status.enter(Phase::Dead);
    }

    /// All messages to it that are still here.
    fn leave(&mut self) -> Vec<Letter<W::Message>> {
        self.status.count_unsent(self.links.close());
        self.receiver.listen_to(LANES);
        let Self { hand, holdings, link, receiver, shared, .. } = self;
        let mut left: Vec<_> = hand.drain().chain(holdings.drain()).collect();
        left.extend(link.drain_timers(shared));
        for (_, post) in receiver.iter() {
            match post {
                Post::Letter(letter) => left.push(letter),
                // Somebody waits for these slots.
                Post::System(order) => match *order {
                    System::Fence(transfers) => holdings.put_fence(transfers, 0, 0),
                    other => drop_quietly(other),
                },
                Post::Control(control) => drop_quietly(control),
            }
        }
        left
    }
}
