//! How a worker handles what is in its hand.

use alloc::boxed::Box;
use core::mem;
use std::panic::resume_unwind;

use super::Runner;
use crate::batch::{Batch, Taking};
use crate::letter::NO_SLOT;
use crate::quiet::drop_quietly;
use crate::status::Phase;
use crate::worker::Worker;

impl<W: Worker> Runner<W> {
    /// Handles what is in the hand. Returns whether something was.
    pub(super) fn handle_batch(&mut self) -> bool {
        self.is_held_up = false;
        let before = self.hand.len();
        if before == 0 || self.state.is_none() || self.is_paused {
            return false;
        }
        self.status.enter(Phase::Busy);
        let messages = before.min(self.shared.plan.batch);
        self.sampler.note(
            |at| self.hand.get(at).map(|letter| letter.slot),
            messages,
            &self.status.slots,
        );
        let keeps = self.shared.plan.poison.wants_copies();
        let mut taking = Taking { taken: 0, way: (NO_SLOT, false), copy: None };
        let mut hand = mem::take(&mut self.hand);
        let went_well = self.guarded(|state, cx| {
            let shared = cx.shared;
            let most = shared.plan.batch;
            let panics = shared.time.panic(most.min(hand.len()));
            let most = panics.unwrap_or(most);
            let mut batch = Batch::new(&mut hand, most, &mut taking, keeps, &shared.abort);
            if panics != Some(0) {
                state.on_batch(cx, &mut batch);
            }
            if panics.is_some() && batch.is_empty() {
                panic_at_the_next(Batch::<W>::new(&mut hand, 1, &mut taking, keeps, &shared.abort));
            }
        });
        self.hand = hand;
        if went_well {
            // It is of no use any more.
            drop_quietly(taking.copy.take());
        }
        let taken = taking.taken;
        self.copies.count_batch();
        if went_well {
            self.retries = if taken == 0 { self.retries } else { 0 };
            self.status.count_batch(taken);
            self.is_held_up = taken == 0 && !self.is_all_sent();
        } else {
            self.status.count_batch(taken.saturating_sub(1));
            if 0 < taken {
                self.settle_poison(taken, taking);
            }
        }
        true
    }
}

/// A fault that a simulation wants; not told by the panic hook, for there are many.
#[cold]
fn panic_at_the_next<W: Worker>(mut batch: Batch<'_, W>) {
    if let Some(message) = batch.next() {
        drop_quietly(message);
        resume_unwind(Box::new("a fault of the simulation"));
    }
}
