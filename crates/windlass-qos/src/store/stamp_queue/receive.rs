//! Taking messages out, and what a receiver finds that finds none.

use alloc::vec::Vec;

use windlass_sync::atomic::Ordering;

use super::turns::is_before;
use super::{StampQueue, StampRx, back_off};
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

    /// How many slots there are from a position to the end of its lap.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    pub(super) fn left_of_lap(&self, position: u64) -> usize {
        (self.turns.capacity - self.turns.index(position)) as usize
    }

    /// Counts messages in a row that are there and of which `fits` says so; at most `most`, of one lap.
    #[inline(always)]
    pub(super) fn count_filled(
        &self,
        first: u64,
        most: usize,
        mut fits: impl FnMut(&T) -> bool,
    ) -> usize {
        let (slots, index) = (self.line.slots(), self.turns.index(first));
        for n in 0..most {
            let at = self.line.place(index + n as u64);
            // ORDERING(stamped): Acquire. As in `turn`. Nobody but the only receiver takes what is filled.
            let stamp = slots.header(at).load(Ordering::Acquire);
            if stamp != first + n as u64 + 1 || !fits(slots.peek(&Filled(at))) {
                return n;
            }
        }
        most
    }

    /// Takes so many messages of one lap that the only receiver has counted.
    #[inline(always)]
    pub(super) fn take_counted(&self, rx: &mut StampRx, count: usize, into: &mut Vec<T>) {
        let first = self.line.place(self.turns.index(rx.position));
        self.line.slots().pull_all(Filled(first), count, into);
        rx.position = self.turns.next(rx.position + (count as u64 - 1));
        // ORDERING(head): Release. As in `take_alone`.
        self.head.store(rx.position, Ordering::Release);
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

    /// Takes a message where several receivers do.
    pub(super) fn take_beside_others(&self, rx: &mut StampRx) -> Taken<T> {
        let mut failures = 0;
        loop {
            let head = rx.position;
            match self.turn(head) {
                Turn::Filled => {
                    rx.position = self.turns.next(head);
                    // ORDERING: Relaxed. As in `claim`.
                    match self.head.compare_exchange(
                        head,
                        rx.position,
                        Ordering::Relaxed,
                        Ordering::Relaxed,
                    ) {
                        Ok(_) => return Taken::Message(self.take_shared(head)),
                        Err(taken) => rx.position = taken,
                    }
                }
                Turn::Awaited => return self.find_none(rx),
                // ORDERING: Relaxed. The exchange decides.
                Turn::Over => rx.position = self.head.load(Ordering::Relaxed),
            }
            back_off(&mut failures);
        }
    }

    /// Says what a receiver finds that found no message.
    #[inline(always)]
    pub(super) fn find_none<M>(&self, rx: &StampRx) -> Taken<M> {
        // ORDERING(stamps_sealed): Acquire. The tail stays where it is seen behind this.
        if self.sealed.load(Ordering::Acquire) { self.find_end(rx) } else { Taken::Empty }
    }

    /// The same behind a close.
    #[cold]
    fn find_end<M>(&self, rx: &StampRx) -> Taken<M> {
        // ORDERING: Relaxed. Behind the load of `find_none`. Whoever claimed before it announces its message.
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == rx.position | self.turns.closed { Taken::End } else { Taken::Empty }
    }
}
