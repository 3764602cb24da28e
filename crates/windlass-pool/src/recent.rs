//! How often something happened lately.

use alloc::collections::VecDeque;

/// Remembers the instants, in nanoseconds, of the last few events within a window.
///
/// Memory for all of them is claimed when it is built.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    instants: VecDeque<u64>,
    limit: usize,
    window: u64,
}

impl Recent {
    /// # Panics
    ///
    /// If `limit` is 0: nothing could be remembered.
    pub(crate) fn new(limit: usize, window: u64) -> Self {
        assert!(0 < limit, "at least one event is remembered");
        Self { instants: VecDeque::with_capacity(limit), limit, window }
    }

    /// Events in the window that ends with `now`: the later ones of all, up to the limit.
    pub(crate) fn count(&mut self, now: u64) -> usize {
        while let Some(&first) = self.instants.front()
            && self.window <= now.saturating_sub(first)
        {
            self.instants.pop_front();
        }
        self.instants.len()
    }

    /// Notes an event, and forgets the oldest one if there is no room.
    pub(crate) fn note(&mut self, now: u64) {
        if self.instants.len() == self.limit {
            self.instants.pop_front();
        }
        self.instants.push_back(now);
    }

    pub(crate) fn forget(&mut self) {
        self.instants.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_leave_the_window_one_by_one() {
        let mut recent = Recent::new(3, 10);
        [1, 2, 5].into_iter().for_each(|at| recent.note(at));
        assert_eq!(recent.count(10), 3, "all within");
        assert_eq!(recent.count(11), 2, "the first is a window away");
        assert_eq!(recent.count(14), 1, "one is left");
        assert_eq!(recent.count(15), 0, "all are gone");
    }

    #[test]
    fn only_the_later_ones_are_remembered() {
        let mut recent = Recent::new(2, 10);
        [1, 2, 5].into_iter().for_each(|at| recent.note(at));
        assert_eq!(recent.count(5), 2, "up to the limit");
        assert_eq!(recent.count(12), 1, "the first was forgotten, the second is too old");
        recent.forget();
        assert_eq!(recent.count(12), 0, "nothing happened");
    }

    #[test]
    fn a_clock_that_steps_back_forgets_nothing() {
        let mut recent = Recent::new(2, 10);
        recent.note(100);
        assert_eq!(recent.count(50), 1, "it has happened");
    }
}
