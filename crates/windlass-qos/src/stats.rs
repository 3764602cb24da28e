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
    /// Messages in the buffer, or in the hand of a receiver.
    ///
    /// A receiver has one in its hand that peeked at it; at the levels that overwrite also one that is being
    /// overtaken, up to nine where the capacity is 64 or more. There what is in a hand has made room, so this may
    /// exceed the capacity by as much.
    pub held: u64,
    /// The most messages that were seen in the buffer at once; those in hands do not count.
    ///
    /// At most the capacity, and exactly that once a sender found the buffer full. It never goes back. Apart from that
    /// it is a sample: whoever asks for the numbers notes what is there, and at [`Guaranteed`](crate::Guaranteed) with
    /// one receiver senders do whenever they have to look how far it is, at least once for each `capacity`
    /// messages. So it may be less than there was, even 0, where no sender found the buffer full and nobody asked while
    /// messages were in it.
    ///
    /// At [`RealTime`](crate::RealTime) taking a fresh message makes no room for an older one: a buffer whose oldest had
    /// to make room counts as full, though some places were empty.
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
