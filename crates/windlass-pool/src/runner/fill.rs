//! What a worker takes into its hand.

use windlass_qos::TryRecvError;

use super::Runner;
use crate::letter::{LANES, ORDERS, Post, UNPAUSED};
use crate::worker::Worker;

/// What taking messages has come to.
pub(super) struct Filled {
    /// Whether anything came.
    pub(super) worked: bool,
    /// Whether there was nothing more in the mailbox.
    pub(super) is_empty: bool,
}

/// Control messages in a row before the worker looks after all else that it has to do.
const CONTROLS: u32 = 16;

impl Filled {
    /// Something is in the hand, and there may be more.
    pub(super) fn some() -> Self {
        Self { worked: true, is_empty: false }
    }
}

impl<W: Worker> Runner<W> {
    /// Takes messages into the hand, up to a batch; and does what is not a message.
    pub(super) fn fill(&mut self) -> Filled {
        self.look_for_late();
        let mut worked = false;
        let hears_all = self.takes_messages();
        let (mut is_empty, mut controls) = (false, 0);
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
                    worked = true;
                    if matches!(post, Post::Letter(_)) {
                        self.take_more(lane, post);
                        continue;
                    }
                    // What was sent before it is handled before it.
                    self.handle_batch();
                    let is_control = matches!(post, Post::Control(_));
                    self.take(lane, post);
                    controls += 1;
                    if !is_control || controls == CONTROLS || !self.goes_on() {
                        break;
                    }
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

    /// Takes what came out of a lane, and if it is a message those behind it too. Whether it is one.
    pub(super) fn take_more(&mut self, lane: usize, post: Post<W>) -> bool {
        let is_letter = matches!(post, Post::Letter(_));
        self.take(lane, post);
        if is_letter {
            self.fill_more(lane);
        }
        is_letter
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

    /// Looks how late it is, if that matters.
    pub(super) fn look_for_late(&mut self) {
        if let Some(shedding) = &mut self.shedding {
            shedding.look(self.shared.time, &self.receiver);
            shedding.left = self.shared.plan.batch;
        }
    }

    /// Looks again behind a message that came too late: there may be no pressure any more.
    #[cold]
    pub(super) fn look_on_for_late(&mut self) {
        if let Some(shedding) = &mut self.shedding {
            let left = shedding.left.saturating_sub(1);
            shedding.look(self.shared.time, &self.receiver);
            shedding.left = left;
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
        // One whose slot is not the worker's stays there, and is taken by itself.
        let is_mine = |post: &Post<W>| match post {
            Post::Letter(letter) => holdings.is_mine(letter.slot),
            Post::System(_) | Post::Control(_) => false,
        };
        let taken = receiver.try_recv_more(most, hand.end(), is_mine);
        holdings.count(lane, taken as u64);
    }

    /// Whether nothing that it was told has a say in what it does next.
    fn goes_on(&self) -> bool {
        self.state.is_some() && !self.stop && !self.is_aborted() && self.is_all_sent()
    }

    pub(super) fn takes_messages(&self) -> bool {
        !self.is_paused && self.state.is_some() && (self.is_draining || !self.holdings.is_crowded())
    }
}
