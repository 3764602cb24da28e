//! Events that count how often they were made and dropped.

use std::sync::Arc;

use windlass_sync::atomic::{AtomicUsize, Ordering};

/// Counts the [`Tallied`] values that it made.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Tally {
    /// A tally of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a value that is counted.
    #[must_use]
    pub fn make(&self) -> Tallied {
        // ORDERING: Relaxed. Tests read it after they have joined the other threads.
        self.0.made.fetch_add(1, Ordering::Relaxed);
        Tallied { tally: self.clone(), dropped: false }
    }

    /// How many were made.
    #[must_use]
    pub fn made(&self) -> usize {
        // ORDERING: Relaxed. As in `make`.
        self.0.made.load(Ordering::Relaxed)
    }

    /// How many were dropped.
    #[must_use]
    pub fn dropped(&self) -> usize {
        // ORDERING: Relaxed. As in `make`.
        self.0.dropped.load(Ordering::Relaxed)
    }
}

/// A value whose destructor is counted, and must not run twice.
#[derive(Debug)]
pub struct Tallied {
    tally: Tally,
    dropped: bool,
}

impl Drop for Tallied {
    fn drop(&mut self) {
        assert!(!std::mem::replace(&mut self.dropped, true), "a value is dropped once");
        // ORDERING: Relaxed. As in `make`.
        self.tally.0.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_and_drops_are_counted() {
        let tally = Tally::new();
        let (first, second) = (tally.make(), tally.make());
        drop(first);
        assert_eq!((tally.made(), tally.dropped()), (2, 1), "one is left");
        drop(second);
        assert_eq!((tally.made(), tally.dropped()), (2, 2), "none is left");
    }
}
