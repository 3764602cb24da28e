//! The turns behind the last receiver by themselves: without a bell that orders what they have to.

use windlass_sync::EventCount;

use crate::late::Late;

/// Turns of a buffer whose last receiver leaves.
pub struct Turns {
    late: Late,
    bell: EventCount,
}

impl Turns {
    /// The last receiver is still there.
    #[expect(clippy::new_without_default, reason = "for models only")]
    pub fn new() -> Self {
        Self { late: Late::default(), bell: EventCount::new(0) }
    }

    /// The last receiver leaves; `between` is what it does before it takes.
    pub fn leave(&self, between: impl FnOnce(), take: impl FnMut()) {
        let turn = self.late.begin(&self.bell);
        between();
        turn.finish(take);
    }

    /// A sender asks, and takes if it is its turn.
    pub fn ask(&self, take: impl FnMut()) {
        if let Some(turn) = self.late.ask() {
            turn.finish(take);
        }
    }
}
