//! Positions that count slots in their lower bits and laps in their upper ones.
//!
//! The bit between them is the tail's: it says that the queue is closed.

/// How positions count.
#[derive(Clone, Copy)]
pub(super) struct Turns {
    pub(super) capacity: u64,
    /// The bit that says: closed. Slots are counted below it, laps above.
    pub(super) closed: u64,
    /// The position of the first message.
    pub(super) origin: u64,
}

impl Turns {
    /// The turns of a queue whose first message has about the position `origin`.
    pub(super) fn new(capacity: u64, origin: u64) -> Self {
        let closed = (capacity + 1).next_power_of_two();
        Self { capacity, closed, origin: (origin / capacity).wrapping_mul(2 * closed) }
    }

    /// The slot of a position.
    #[inline(always)]
    pub(super) fn index(self, position: u64) -> u64 {
        position & (self.closed - 1)
    }

    /// The position behind this one.
    #[inline(always)]
    pub(super) fn next(self, position: u64) -> u64 {
        if self.index(position) + 1 < self.capacity {
            position + 1
        } else {
            self.a_lap_on(position - (self.capacity - 1))
        }
    }

    /// The position of the same slot in the next lap.
    #[inline(always)]
    pub(super) fn a_lap_on(self, position: u64) -> u64 {
        position.wrapping_add(2 * self.closed)
    }

    /// How many positions there are before this one.
    pub(super) fn count(self, position: u64) -> u64 {
        // A power of two, which the compiler does not know; and this is asked for each run of messages.
        let laps = position.wrapping_sub(self.origin) >> (self.closed.trailing_zeros() + 1);
        laps.wrapping_mul(self.capacity) + self.index(position)
    }

    /// How many positions there are from `head` to `tail`, at most a lap.
    pub(super) fn between(self, head: u64, tail: u64) -> u64 {
        let messages = self.count(tail & !self.closed).wrapping_sub(self.count(head));
        // The two are read one after the other: if they do not fit, the later one ran ahead.
        if messages <= self.capacity {
            messages
        } else if is_before(0, messages) {
            self.capacity
        } else {
            0
        }
    }
}

/// Whether one position comes before another, which is less than half of all away.
#[inline(always)]
pub(super) fn is_before(a: u64, b: u64) -> bool {
    b.wrapping_sub(a).wrapping_sub(1) < u64::MAX / 2
}
