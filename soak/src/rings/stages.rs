//! What a stage does: it notes what it sees, takes some back, and panics where it is planned.

use std::panic::resume_unwind;

use windlass_ring::{Batch, Flow, Handler, PanicPolicy, Shared};
use windlass_sync::sync::{Arc, Mutex, lock};

use super::Log;
use super::gate::Watched;
use crate::account::Message;
use crate::plan::{Dice, Pace};

/// A stage that notes what it sees, and panics where it is planned.
pub(super) struct Notes {
    pub(super) log: Log,
    pub(super) pace: Pace,
    pub(super) dice: Dice,
    pub(super) policy: PanicPolicy,
    /// The place of the last panic: one that gets the event again must not panic again.
    pub(super) panicked: Arc<Mutex<u64>>,
    /// Panics at about each so many events; 0 for never.
    pub(super) every: u64,
    /// Takes some of a batch back now and then.
    pub(super) rewinds: bool,
    /// What the gate before it let pass; nothing if there is none.
    pub(super) gate: Option<Arc<Watched>>,
}

impl Handler<Message, Shared> for Notes {
    fn on_batch(&mut self, batch: &mut Batch<'_, Message, Shared>) -> Flow {
        if self.rewinds && self.dice.one_in(8) {
            let mut taken = self.dice.size(1, 4);
            batch.take_while(|_, _| {
                taken -= 1;
                0 < taken
            });
            // Nothing of that was released, or noted.
            return Flow::Rewind;
        }
        batch.for_each(|message, at| {
            self.dice.dawdle(self.pace);
            let sequence = at.sequence.get();
            if let Some(gate) = &self.gate {
                gate.look(sequence);
            }
            let panics = self.every != 0 && (sequence * 31 + 7).is_multiple_of(self.every);
            let again = core::mem::replace(&mut *lock(&self.panicked), sequence) == sequence;
            if panics && !again && matches!(self.policy, PanicPolicy::Restart { .. }) {
                resume_unwind(Box::new("planned"));
            }
            lock(&self.log).push((sequence, *message));
            if panics && self.policy == PanicPolicy::Skip {
                resume_unwind(Box::new("planned"));
            }
        });
        Flow::Continue
    }
}
