//! Copies of all slots of a pool.

use alloc::vec::Vec;
use core::fmt;

/// What [`Pool::snapshot`](crate::Pool::snapshot) gives and [`Builder::restore`](crate::Builder::restore) takes.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Saved<S> {
    /// What is kept, by the number of the slot. Slots for which nothing is kept are left out.
    pub slots: Vec<(u16, S)>,
    /// Workers that did not answer in time, or are gone: what they keep is not here.
    pub missing: Vec<usize>,
}

impl<S> Saved<S> {
    /// Whether all workers answered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

impl<S> Default for Saved<S> {
    fn default() -> Self {
        Self { slots: Vec::new(), missing: Vec::new() }
    }
}

impl<S> FromIterator<(u16, S)> for Saved<S> {
    fn from_iter<I: IntoIterator<Item = (u16, S)>>(slots: I) -> Self {
        Self { slots: slots.into_iter().collect(), missing: Vec::new() }
    }
}

impl<S> fmt::Debug for Saved<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slots, missing } = self;
        f.debug_struct("Saved").field("slots", &slots.len()).field("missing", missing).finish()
    }
}
