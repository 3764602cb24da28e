//! Taking messages out, and what a receiver finds that finds none.

use windlass_sync::atomic::Ordering;

use super::turns::is_before;
use super::{StampQueue, StampRx};
use crate::slots::Filled;
use crate::store::Taken;

/// What a receiver finds at a position.
pub(super) enum Turn {
    /// The message is there.
    Filled,
    /// It is not there yet.
    Awaited,
    /// It was taken by another receiver.
    Over,
}

/// Gives back what an only receiver has taken when it is dropped.
pub(super) struct Passed<'q, T> {
    pub(super) queue: &'q StampQueue<T>,
    pub(super) rx: &'q mut StampRx,
}

impl<T> Drop for Passed<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // ORDERING(head): Release. The messages were read before their slots are filled again.
        self.queue.head.store(self.rx.position, Ordering::Release);
    }
}

impl<T> StampQueue<T> {
    /// Says what a receiver finds at a position.
    #[inline(always)]
    pub(super) fn turn(&self, position: u64) -> Turn {
        // ORDERING(stamped): Acquire. The message of this stamp becomes readable.
        let stamp = self.stamp(position).load(Ordering::Acquire);
        match position + 1 {
            filled if stamp == filled => Turn::Filled,
            filled if is_before(stamp, filled) => Turn::Awaited,
            _ => Turn::Over,
        }
    }

    /// Takes the message that the only receiver found.
    #[inline(always)]
    pub(super) fn take_alone(&self, rx: &mut StampRx) -> T {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        let message = self.pull(rx.position);
        rx.position = self.turns.next(rx.position);
        // ORDERING(head): Release. The message was read before its slot is filled again.
        self.head.store(rx.position, Ordering::Release);
        message
    }

    /// Takes the message at a position that one of several receivers claimed.
    #[inline(always)]
    pub(super) fn take_shared(&self, head: u64) -> T {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Taking);
        let message = self.pull(head);
        // ORDERING(vacated): Release. The message was read before the slot is filled again.
        self.stamp(head).store(self.turns.a_lap_on(head), Ordering::Release);
        message
    }

    /// Takes the message at a position out of its slot.
    #[inline(always)]
    pub(super) fn pull(&self, position: u64) -> T {
        self.line.pull(Filled(self.line.place(self.turns.index(position))))
    }

    /// Takes out what is left, when all handles are gone.
    pub(super) fn take_left(&mut self) -> Option<T> {
        // ORDERING: Relaxed, here and below. Nobody else has the queue any more.
        let head = self.head.load(Ordering::Relaxed);
        // Only what is in its slot: a handle may have been forgotten at any point.
        if !matches!(self.turn(head), Turn::Filled) {
            return None;
        }
        self.head.store(self.turns.next(head), Ordering::Relaxed);
        Some(self.pull(head))
    }

    /// Says what a receiver finds that found no message.
    #[cold]
    pub(super) fn find_none<M>(&self, rx: &StampRx) -> Taken<M> {
        // ORDERING(stamps_sealed): Acquire. The tail stays where it is seen behind this.
        if !self.sealed.load(Ordering::Acquire) {
            return Taken::Empty;
        }
        // ORDERING: Relaxed. Behind the load above. Whoever claimed before it announces its message.
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == rx.position | self.turns.closed { Taken::End } else { Taken::Empty }
    }
}
