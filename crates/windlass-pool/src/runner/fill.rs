//! What a worker takes into its hand.

use alloc::vec::Vec;

use windlass_qos::TryRecvError;

use super::Runner;
use crate::dead::DeadReason;
use crate::holdings::Sorted;
use crate::letter::{LANES, Letter, ORDERS, Post, UNPAUSED};
use crate::worker::Worker;

/// What taking messages has come to.
pub(super) struct Filled {
    /// Whether anything came.
    pub(super) worked: bool,
    /// Whether there was nothing more in the mailbox.
    pub(super) is_empty: bool,
}

impl<W: Worker> Runner<W> {
    /// Takes messages into the hand, up to a batch; and does what is not a message.
    pub(super) fn fill(&mut self) -> Filled {
        self.look_for_late();
        let mut worked = false;
        let hears_all = self.takes_messages();
        let mut is_empty = false;
        self.receiver.listen_to(match (hears_all, self.state.is_some()) {
            (true, _) => LANES,
            (false, true) => UNPAUSED,
            (false, false) => ORDERS,
        });
        while self.hand.len() < self.shared.plan.batch
            && self.shedding.as_ref().is_none_or(|shedding| 0 < shedding.left)
        {
            match self.receiver.try_recv() {
                Ok((lane, post)) => {
                    let is_letter = matches!(post, Post::Letter(_));
                    worked = true;
                    if is_letter {
                        self.take(lane, post);
                        self.fill_more(lane);
                        continue;
                    }
                    // What was sent before it is handled before it.
                    self.handle_batch();
                    self.take(lane, post);
                    break;
                }
                Err(TryRecvError::Lagged(_)) => worked = true,
                Err(TryRecvError::Empty) => {
                    is_empty = hears_all;
                    break;
                }
                Err(TryRecvError::Closed) => {
                    (self.is_closed, is_empty) = (true, hears_all);
                    break;
                }
            }
        }
        if is_empty && self.takes_late() {
            worked |= self.take_late();
        }
        Filled { worked, is_empty }
    }

    /// Puts into the hand what the worker sent to itself for now.
    pub(super) fn fire(&mut self) {
        if self.is_paused || self.link.next_due().is_none() {
            return;
        }
        let now = self.shared.time.nanos();
        while self.hand.len() < self.shared.plan.batch
            && let Some(letter) = self.link.due(&self.shared, now)
        {
            self.hand.push_back(letter);
        }
    }

    /// Takes further messages of a lane into the hand, as many as fit and as its budget allows.
    fn fill_more(&mut self, lane: usize) {
        if self.shedding.is_some() {
            // Each is looked at by itself.
            return;
        }
        let Self { receiver, holdings, hand, shared, .. } = self;
        let most = shared.plan.batch.saturating_sub(hand.len());
        let mut foreign = Vec::new();
        receiver.try_recv_more(most, |post| {
            let Post::Letter(letter) = post else { unreachable!("letters alone lie in this lane") };
            holdings.count(lane, 1);
            match holdings.sort(letter) {
                Sorted::Handle(letter) => hand.push_back(letter),
                Sorted::Kept => {}
                Sorted::Foreign(letter) => foreign.push(letter),
            }
        });
        for Letter { slot, is_high, message, .. } in foreign {
            self.bury((slot, is_high), Some(message), DeadReason::Moved);
        }
    }

    pub(super) fn takes_messages(&self) -> bool {
        !self.is_paused && self.state.is_some() && (self.is_draining || !self.holdings.is_crowded())
    }
}
