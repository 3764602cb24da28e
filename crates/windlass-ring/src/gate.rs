//! External gates.

use core::fmt;

use alloc::string::ToString;

use windlass_sync::sync::Arc;

use crate::error::GateError;
use crate::sequence::Sequence;
use crate::state::State;

/// The handle of whoever moves a gate: the stages after it see an event when the gate has passed
/// it.
///
/// Dropping the gate poisons the ring, because the stages after it could neither go on nor end;
/// a party that is done with it calls [`open`](Self::open).
///
/// # Source
///
/// Asked for in disruptor-rs as a marker of what a log has synced.
#[must_use = "a gate that is dropped poisons the ring"]
pub struct Gate<E> {
    ring: Arc<State<E>>,
    index: usize,
    opened: bool,
}

impl<E> Gate<E> {
    pub(crate) fn new(ring: Arc<State<E>>, index: usize) -> Self {
        Self { ring, index, opened: false }
    }

    /// Lets everything before `sequence` pass. Lock-free.
    ///
    /// Only what is published without a gap passes: a claim may still be given up, and its
    /// sequences come again with other events, which nobody let pass. Stages behind the gate see
    /// what this thread did before. Takes time in proportion to the number of events that pass.
    ///
    /// # Errors
    ///
    /// - [`GateError::Backwards`] if the gate is further already.
    /// - [`GateError::NotYet`] if `sequence` lies beyond what is published; the gate stays.
    pub fn advance_to(&self, sequence: Sequence) -> Result<(), GateError> {
        let at = self.position();
        if sequence < at {
            return Err(GateError::Backwards { at });
        }
        let next = Sequence::new(self.ring.published_until(at.get(), sequence.get()));
        if next < sequence {
            return Err(GateError::NotYet { next });
        }
        let node = self.ring.graph.node(self.index);
        if let Some(cursor) = node.cursor() {
            cursor.raise(sequence.get());
        }
        node.released.notify();
        Ok(())
    }

    /// The first sequence that does not pass.
    #[must_use]
    pub fn position(&self) -> Sequence {
        Sequence::new(self.ring.graph.node(self.index).last_position())
    }

    /// Takes the gate away: from now on everything passes.
    pub fn open(mut self) {
        self.opened = true;
        self.leave();
    }

    fn leave(&self) {
        let node = self.ring.graph.node(self.index);
        node.note_left_at(self.position().get());
        let _last = self.ring.graph.leave(self.index);
    }
}

impl<E> Drop for Gate<E> {
    fn drop(&mut self) {
        if self.opened {
            return;
        }
        let ended = self.ring.life.is_sealed() && self.ring.head.claimed() <= self.position().get();
        if !ended {
            let name = &self.ring.graph.node(self.index).name;
            self.ring.poison(name, None, "the gate was dropped, not opened".to_string());
        }
        self.leave();
    }
}

impl<E> fmt::Debug for Gate<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("position", &self.position()).finish_non_exhaustive()
    }
}
