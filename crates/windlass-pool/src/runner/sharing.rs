//! What a worker shares with the others.

use super::Runner;
use crate::dead::DeadReason;
use crate::letter::NORMAL;
use crate::shared_queue::SharedRx;
use crate::worker::{StopReason, Worker};

impl<W: Worker> Runner<W> {
    /// Handles some of what it shares, and takes each when it comes to it: none waits in its hand for a slow one.
    /// Whether there was any.
    pub(super) fn handle_shared(&mut self) -> bool {
        let mut worked = false;
        let mut left = self.queue.as_ref().map_or(0, |queue| queue.most);
        while 0 < left && self.takes_shared() && !self.stop && !self.is_aborted() {
            let Some(letter) = self.queue.as_mut().and_then(SharedRx::take) else { break };
            (worked, left) = (true, left - 1);
            self.look_for_late();
            if self.shedding.as_ref().is_some_and(|by| by.refuses(NORMAL, letter.sent)) {
                let way = (letter.slot, letter.is_high);
                self.bury(way, Some(letter.message), DeadReason::Expired);
            } else {
                self.hand.push_back(letter);
                self.handle_batch();
            }
        }
        worked
    }

    /// Whether it takes some of that next. One that left some of its batch has enough to do, and one that retires
    /// would never be done while more comes: the others are there for that.
    pub(super) fn takes_shared(&self) -> bool {
        let stays = self.farewell != StopReason::Retired;
        stays && self.queue.is_some() && self.hand.is_empty() && self.takes_messages()
    }

    /// Whether it may end, as far as that is concerned.
    pub(super) fn shares_no_more(&self) -> bool {
        let is_over = |queue: &SharedRx<W::Message>| queue.is_over;
        self.farewell == StopReason::Retired || self.queue.as_ref().is_none_or(is_over)
    }
}
