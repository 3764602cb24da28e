//! The numbers of a buffer.

/// Why a message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// It was the oldest of a full buffer.
    Overwritten,
    /// The buffer was full and drops the newest.
    Newest,
    /// A receiver asked for the latest and passed over it.
    PassedOver,
    /// A newer one of the same key took its place.
    Conflated,
    /// It was older than its time to live when it was taken.
    Expired,
    /// The last receiver left it behind.
    Left,
}

/// How a buffer is doing, at one moment.
///
/// `accepted == delivered + dropped() + held`, exactly when nobody is at work on the buffer. While others
/// send and receive, each number is read by itself, so the sum can be off by what is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Messages that senders handed over and that were not refused.
    pub accepted: u64,
    /// Messages that receivers got.
    pub delivered: u64,
    /// Dropped because the buffer was full and the oldest made room.
    pub overwritten: u64,
    /// Dropped because the buffer was full and it drops the newest.
    pub newest: u64,
    /// Dropped because a receiver asked for the latest.
    pub passed_over: u64,
    /// Dropped because a newer one of the same key took its place.
    pub conflated: u64,
    /// Dropped because it was older than its time to live.
    pub expired: u64,
    /// Dropped because the last receiver left them behind.
    pub left: u64,
    /// Messages in the buffer, or in the hand of a receiver that peeked at one.
    pub held: u64,
    /// The most messages that were seen in the buffer at once, at most its capacity.
    pub high_water: u64,
}

impl Stats {
    /// Messages that were accepted and will never be delivered.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.overwritten
            + self.newest
            + self.passed_over
            + self.conflated
            + self.expired
            + self.left
    }

    /// Adds those of another buffer.
    #[cfg(all(feature = "metrics", not(loom)))]
    pub(crate) fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.delivered += other.delivered;
        self.overwritten += other.overwritten;
        self.newest += other.newest;
        self.passed_over += other.passed_over;
        self.conflated += other.conflated;
        self.expired += other.expired;
        self.left += other.left;
        self.held += other.held;
        self.high_water += other.high_water;
    }
}
