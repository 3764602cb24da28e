//! The thread that sends what is due.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use windlass_sync::Deadline;
use windlass_sync::atomic::Ordering;
use windlass_sync::sync::{Arc, lock};

use super::{Entry, Every, Stand};
use crate::dead::{DeadLetter, DeadReason};
use crate::quiet::drop_quietly;
use crate::sender::{Offered, Sender, Target};
use crate::shared::Shared;
use crate::worker::Worker;

/// Sends what is due.
pub(super) struct Clerk<W: Worker> {
    shared: Arc<Shared<W>>,
    sender: Sender<W>,
    /// By worker, whether its mailbox was full in this turn.
    full: Vec<bool>,
    /// Messages that it got rid of, so or so.
    settled: u64,
}

/// What a turn has come to.
pub(super) enum Next {
    /// Nothing is due until then, or until the bell is rung.
    Wait(Deadline),
    /// The pool ends.
    End,
}

impl<W: Worker> Clerk<W> {
    pub(super) fn new(shared: Arc<Shared<W>>) -> Self {
        let sender = Sender::of_worker(&shared);
        Self { shared, sender, full: Vec::new(), settled: 0 }
    }

    pub(super) fn run(mut self) {
        loop {
            match self.turn_now().0 {
                Next::End => return self.leave(),
                Next::Wait(deadline) => {
                    let agenda = &self.shared.agenda;
                    let news = || lock(&agenda.state).has_news.then_some(());
                    self.shared.time.wait_at(&agenda.bell, deadline, news);
                }
            }
        }
    }

    /// Sends what is due at `now`.
    pub(super) fn turn(&mut self, now: u64) -> Next {
        self.forget_full();
        self.send_late();
        self.fire(now)
    }

    pub(super) fn forget_full(&mut self) {
        self.full.clear();
    }

    /// Sends what has become due since the last turn.
    pub(super) fn fire(&mut self, now: u64) -> Next {
        loop {
            let entry = {
                let mut state = lock(&self.shared.agenda.state);
                if state.is_closed {
                    return Next::End;
                }
                let Some(entry) = state.wheel.as_mut().and_then(|wheel| wheel.pop(now)) else {
                    state.has_news = false;
                    let due = state.wheel.as_ref().and_then(super::Wheel::next_due);
                    let due = due.and_then(|due| self.shared.time.at(due));
                    let retry = !state.late.is_empty();
                    let retry = retry.then(|| self.shared.time.now() + LATE_RETRY);
                    let first = [due, retry].into_iter().flatten().min();
                    return Next::Wait(first.map_or_else(Deadline::never, Deadline::at));
                };
                match &entry {
                    Entry::Once(..) => state.is_sending = true,
                    Entry::Every(every) => {
                        state.is_making = true;
                        *lock(&every.rhythm.stand) = Stand::Fires;
                    }
                }
                state.in_hand = 1;
                entry
            };
            match entry {
                Entry::Once(target, message) => self.send_once(target, message),
                Entry::Every(every) => self.send_again(every, now),
            }
        }
    }

    /// Tries again what found no room. What goes to the same place stays in order.
    fn send_late(&mut self) {
        let mut late = {
            let mut state = lock(&self.shared.agenda.state);
            if state.is_closed || state.late.is_empty() {
                return;
            }
            (state.is_sending, state.in_hand) = (true, state.late.len());
            mem::take(&mut state.late)
        };
        let mut kept = VecDeque::new();
        for (target, message) in late.drain(..) {
            if let Err(message) = self.offer(holds_up(&kept, target), target, message) {
                kept.push_back((target, message));
            }
        }
        let mut state = lock(&self.shared.agenda.state);
        (state.is_sending, state.in_hand, state.late) = (false, 0, kept);
    }

    fn send_once(&mut self, target: Target, message: W::Message) {
        // Nobody else puts something there.
        let is_held_up = holds_up(&lock(&self.shared.agenda.state).late, target);
        let offered = self.offer(is_held_up, target, message);
        let mut state = lock(&self.shared.agenda.state);
        if let Err(message) = offered {
            state.late.push_back((target, message));
        }
        (state.is_sending, state.in_hand) = (false, 0);
    }

    /// Sends a message, unless its worker has no room or others wait for the same place.
    fn offer(
        &mut self,
        is_held_up: bool,
        target: Target,
        message: W::Message,
    ) -> Result<(), W::Message> {
        let worker = self.sender.worker_of(target);
        if is_held_up || self.full.get(worker).is_some_and(|full| *full) {
            return Err(message);
        }
        match self.sender.offer(target, message) {
            Offered::Sent => {
                self.settled += 1;
                Ok(())
            }
            Offered::Full(message) => {
                let worker = self.sender.worker_of(target);
                if self.full.len() <= worker {
                    self.full.resize(worker + 1, false);
                }
                self.full[worker] = true;
                Err(message)
            }
            Offered::Closed(message) => {
                // It was due, and nobody takes it.
                self.sender.count(1);
                let (reason, worker) = (DeadReason::WorkerGone, self.sender.worker_of(target));
                let ((slot, is_high), message) = (target.way(), Some(message));
                self.shared.dead.add(DeadLetter { message, reason, worker, slot, is_high });
                self.settled += 1;
                Ok(())
            }
        }
    }

    /// Makes a message and sends it. One that finds no room is dropped: the next one comes soon enough.
    fn send_again(&mut self, mut every: Box<Every<W::Message>>, now: u64) {
        self.settled += 1;
        let made = catch_unwind(AssertUnwindSafe(|| (every.make)()));
        let (is_over, is_held_up) = {
            let mut state = lock(&self.shared.agenda.state);
            (state.is_making, state.in_hand) = (false, 1);
            let is_over = state.is_closed || *lock(&every.rhythm.stand) == Stand::Over;
            state.is_sending = !is_over && made.is_ok();
            (is_over, holds_up(&state.late, every.target))
        };
        let message = match made {
            Ok(message) if !is_over => message,
            over => {
                // Cancelled meanwhile, or its closure panicked and is not called again.
                *lock(&every.rhythm.stand) = Stand::Over;
                lock(&self.shared.agenda.state).in_hand = 0;
                drop_quietly(over);
                return drop_quietly(every);
            }
        };
        let worker = self.sender.worker_of(every.target);
        let is_full = self.full.get(worker).is_some_and(|full| *full);
        let offered = match is_full || is_held_up {
            true => Offered::Full(message),
            false => self.sender.offer(every.target, message),
        };
        if let Offered::Full(message) | Offered::Closed(message) = offered {
            every.skip(1);
            drop_quietly(message);
        }
        // Behind by more than one: those are gone, and the rhythm stays.
        let missed = now.saturating_sub(every.due) / every.period;
        every.skip(missed);
        every.due = every.due.saturating_add(every.period.saturating_mul(missed.saturating_add(1)));
        let mut state = lock(&self.shared.agenda.state);
        (state.is_sending, state.in_hand) = (false, 0);
        let is_over = *lock(&every.rhythm.stand) == Stand::Over;
        let refused = if is_over {
            Some(Entry::Every(every))
        } else {
            // Its room was kept, so only a pool that has ended refuses it.
            let due = every.due;
            state
                .put(self.shared.agenda.limit, due, Entry::Every(every))
                .err()
                .map(|refused| refused.into_inner())
        };
        drop(state);
        drop_quietly(refused);
    }

    /// A turn by the clock of the pool; and whether something was sent in it.
    pub(super) fn turn_now(&mut self) -> (Next, bool) {
        let before = self.settled;
        let next = self.turn(self.shared.time.nanos());
        (next, self.settled != before)
    }

    /// The pool was dropped, or has taken what is there.
    pub(super) fn leave(&self) {
        let (wheel, late) = {
            let mut state = lock(&self.shared.agenda.state);
            if state.is_taken {
                return;
            }
            (state.wheel.take(), mem::take(&mut state.late))
        };
        drop_quietly(wheel);
        drop_quietly(late);
    }
}

impl<M> Every<M> {
    fn skip(&self, times: u64) {
        // ORDERING: Relaxed. A number to show.
        self.rhythm.skipped.fetch_add(times, Ordering::Relaxed);
    }
}

/// Whether messages that found no room are to go to the same place.
fn holds_up<M>(late: &VecDeque<(Target, M)>, target: Target) -> bool {
    late.iter().any(|(other, _)| *other == target)
}

/// How long a message that found no room lies at most before it is offered again.
const LATE_RETRY: Duration = Duration::from_millis(1);
