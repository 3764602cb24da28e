//! Whether something comes as often as it should.

/// How often something did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeadlineMissed {
    /// Periods that passed without it, ever.
    pub total: u64,
    /// Those since somebody last looked.
    pub change: u64,
}

/// Counts the periods in which nothing came.
///
/// A period begins with each time something comes, and with each period that was missed. Time that goes
/// back stands still until it is where it was.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    every: u64,
    /// When it came last.
    last: u64,
    /// The latest time that was seen.
    latest: u64,
    /// Counted up to `last`.
    missed: u64,
    told: u64,
}

impl Watch {
    /// Expects something once every so many nanoseconds, from `now` on.
    pub(super) fn new(every: u64, now: u64) -> Self {
        Self { every: every.max(1), last: now, latest: now, missed: 0, told: 0 }
    }

    /// The same for another party, from `now` on.
    pub(super) fn another(&self, now: u64) -> Self {
        Self::new(self.every, now)
    }

    /// It came.
    pub(super) fn came(&mut self, now: u64) {
        self.missed = self.total(now);
        self.last = self.latest;
    }

    /// Looks how often it did not.
    pub(super) fn look(&mut self, now: u64) -> DeadlineMissed {
        let total = self.total(now);
        let change = total.saturating_sub(self.told);
        self.told = total;
        DeadlineMissed { total, change }
    }

    fn total(&mut self, now: u64) -> u64 {
        self.latest = self.latest.max(now);
        // The end of a period still belongs to it.
        let beyond = (self.latest - self.last).saturating_sub(1);
        self.missed.saturating_add(beyond / self.every)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_period_without_it_counts_once() {
        let mut watch = Watch::new(10, 100);
        assert_eq!(watch.look(110), DeadlineMissed { total: 0, change: 0 }, "at the very end");
        assert_eq!(watch.look(111), DeadlineMissed { total: 1, change: 1 }, "too late");
        assert_eq!(watch.look(120), DeadlineMissed { total: 1, change: 0 }, "told already");
        watch.came(131);
        assert_eq!(watch.look(131), DeadlineMissed { total: 3, change: 2 }, "it came after three");
        assert_eq!(watch.look(141), DeadlineMissed { total: 3, change: 0 }, "counted from there");
    }

    #[test]
    fn time_that_goes_back_stands_still() {
        let mut watch = Watch::new(10, 100);
        assert_eq!(watch.look(125).total, 2, "two periods");
        assert_eq!(watch.look(50), DeadlineMissed { total: 2, change: 0 }, "nothing is taken back");
        watch.came(60);
        assert_eq!(watch.look(124).total, 2, "and nothing added");
        assert_eq!(watch.look(136).total, 3, "until it goes on");
    }

    #[test]
    fn the_longest_and_the_shortest_period_are_fine() {
        let mut watch = Watch::new(0, 0);
        assert_eq!(watch.look(u64::MAX).total, u64::MAX - 1, "as if it were a nanosecond");
        watch.came(u64::MAX);
        let mut watch = Watch::new(u64::MAX, 0);
        assert_eq!(watch.look(u64::MAX).total, 0, "not yet");
    }
}
