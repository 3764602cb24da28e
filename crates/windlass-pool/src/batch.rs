//! What has come for a worker, as it sees it.

use core::fmt;

use windlass_sync::atomic::{AtomicBool, Ordering};

use crate::hand::Hand;
use crate::letter::Way;
use crate::worker::Worker;

/// Messages that have come, in order, up to the largest batch of the pool.
///
/// Ends early when the pool aborts. What is not taken comes first in the next batch.
pub struct Batch<'b, W: Worker> {
    hand: &'b mut Hand<W>,
    /// How many more may be taken.
    left: usize,
    taking: &'b mut Taking<W::Message>,
    /// Whether copies are wanted of what is in flight.
    keeps: bool,
    abort: &'b AtomicBool,
}

/// What is known of a batch while it is being handled, also if that panics.
pub(crate) struct Taking<M> {
    /// How many messages were taken.
    pub(crate) taken: u64,
    /// The way of the message in flight, and the copy that was made of it.
    pub(crate) way: Way,
    pub(crate) copy: Option<M>,
}

impl<'b, W: Worker> Batch<'b, W> {
    pub(crate) fn new(
        hand: &'b mut Hand<W>,
        most: usize,
        taking: &'b mut Taking<W::Message>,
        keeps: bool,
        abort: &'b AtomicBool,
    ) -> Self {
        let left = most.min(hand.len());
        Self { hand, left, taking, keeps, abort }
    }

    /// Takes the next message. The one before counts as handled from then on.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would lend out the batch as a whole"
    )]
    #[inline]
    pub fn next(&mut self) -> Option<W::Message> {
        // ORDERING: Relaxed. It hands nothing over, and is seen sooner or later.
        if self.left == 0 || self.abort.load(Ordering::Relaxed) {
            return None;
        }
        self.left -= 1;
        let letter = self.hand.pop_front()?;
        self.taking.taken += 1;
        self.taking.way = (letter.slot, letter.is_high);
        if self.keeps {
            self.taking.copy = W::keep(&letter.message);
        }
        Some(letter.message)
    }

    /// Looks at the next message.
    #[must_use]
    pub fn peek(&self) -> Option<&W::Message> {
        if self.left == 0 { None } else { self.hand.get(0).map(|letter| &letter.message) }
    }

    /// How many messages are left in this batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.left
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl<W: Worker> fmt::Debug for Batch<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("len", &self.left).finish_non_exhaustive()
    }
}
