//! What one sender writes and others read: whether it is at work, and what it counted.

use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A sender's words, which nobody else writes while it has them.
#[derive(Default)]
pub(super) struct Seat {
    taken: AtomicBool,
    /// Set while a message is on its way, so that the end does not come before it.
    at_work: AtomicBool,
    accepted: AtomicU64,
    conflated: AtomicU64,
}

impl Seat {
    /// Takes the seat for a sender, unless another one has it.
    pub(super) fn take(&self) -> bool {
        // ORDERING(conflate_seat): Acquire. What the last sender counted here is known. Relaxed would do too, as long
        // as both take the lock of spare slots, the last one before it leaves and the next one behind this: that
        // order of the lock is the only one in which this sees the seat free. It stays, for the lock is about
        // something else, and this happens once for each sender.
        self.taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Gives it back.
    pub(super) fn leave(&self) {
        // ORDERING(conflate_seat): Release. The next sender goes on counting from here.
        self.taken.store(false, Ordering::Release);
    }

    /// Says that a message is on its way. A barrier and a look at the end follow.
    pub(super) fn begin(&self) {
        // ORDERING: Relaxed. The barrier that follows decides what is seen.
        self.at_work.store(true, Ordering::Relaxed);
    }

    /// Says that it arrived, or was refused.
    pub(super) fn end(&self) {
        // ORDERING(conflate_end): Release. Whoever sees it finds the key in the queue.
        self.at_work.store(false, Ordering::Release);
    }

    /// Whether a message is on its way.
    pub(super) fn is_at_work(&self) -> bool {
        // ORDERING(conflate_end): Acquire. What was sent before it stopped is in the queue.
        self.at_work.load(Ordering::Acquire)
    }

    /// Counts a message that was accepted, and those that it replaced.
    pub(super) fn count(&self, accepted: u64, conflated: u64) {
        add(&self.accepted, accepted);
        add(&self.conflated, conflated);
    }

    pub(super) fn accepted(&self) -> u64 {
        // ORDERING: Relaxed. A number for statistics; joining a thread makes it exact.
        self.accepted.load(Ordering::Relaxed)
    }

    pub(super) fn conflated(&self) -> u64 {
        // ORDERING: Relaxed. As in `accepted`.
        self.conflated.load(Ordering::Relaxed)
    }
}

/// Adds to a number that has one writer.
pub(super) fn add(number: &AtomicU64, n: u64) {
    // ORDERING: Relaxed, and no read-modify-write. There is one writer at a time.
    number.store(number.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
}
