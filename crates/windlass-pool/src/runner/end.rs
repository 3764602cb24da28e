//! How a worker ends, and what it leaves behind.

use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::{Runner, Step};
use crate::dead::{DeadLetter, DeadReason};
use crate::events::Event;
use crate::letter::{LANES, Letter, Post, System};
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
        let left = self.leave().into_iter().map(|(_, letter)| letter.message).collect();
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
        self.shared.tell(Event::Dead(self.token));
        Step::End
    }

    /// Refuses all further messages, and buries those that are here.
    #[cold]
    pub(super) fn give_up(&mut self) {
        self.receiver.close();
        for (worker, Letter { slot, message, .. }) in self.leave() {
            let (message, reason) = (Some(message), DeadReason::WorkerGone);
            self.shared.dead.add(DeadLetter { message, reason, worker, slot });
        }
        self.status.enter(Phase::Dead);
    }

    /// All messages that are still here, with the worker that each was for.
    pub(super) fn leave(&mut self) -> Vec<(usize, Letter<W::Message>)> {
        self.status.count_unsent(self.links.close());
        self.receiver.listen_to(LANES);
        let Self { worker, hand, holdings, link, receiver, shared, .. } = self;
        let here = hand.drain().chain(holdings.drain()).map(|letter| (*worker, letter));
        let mut left: Vec<_> = here.collect();
        left.extend(link.drain(shared).map(|(to, letter)| (to.unwrap_or(*worker), letter)));
        for (_, post) in receiver.iter() {
            match post {
                Post::Letter(letter) => left.push((*worker, letter)),
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
