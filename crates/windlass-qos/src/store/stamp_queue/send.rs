//! Putting messages in, and refusing them.

use alloc::vec::Vec;

use windlass_sync::atomic::Ordering;

use super::turns::is_before;
use super::{StampQueue, StampTx};
use crate::slots::{Line, STAMPED, Vacant};
use crate::store::Refused;

/// Lines ahead of the tail that a sender asks for.
const PREFETCH: usize = 4;

/// What a sender finds at a position.
pub(super) enum Room {
    /// It is this message's turn.
    Free,
    /// The message of the lap before is there.
    Full,
    /// Another sender claimed it.
    Over,
}

impl<T> StampQueue<T> {
    /// Asks whether there is room for a message at a position.
    #[inline(always)]
    pub(super) fn room(&self, tx: &mut StampTx, tail: u64) -> Room {
        if self.single {
            if is_before(tail, tx.limit) || self.look_for_room(tx, tail) {
                return Room::Free;
            }
            return Room::Full;
        }
        // ORDERING(vacated): Acquire. The message of the lap before was read out of the slot.
        let turn = self.stamp(tail).load(Ordering::Acquire);
        if turn == tail {
            Room::Free
        } else if is_before(turn, tail) {
            // The message of the lap before is still there, or on its way in or out.
            Room::Full
        } else {
            Room::Over
        }
    }

    /// Claims a position, unless another sender has. Returns where the tail is then.
    #[inline(always)]
    pub(super) fn claim(&self, tail: u64) -> Result<u64, u64> {
        let next = self.turns.next(tail);
        // ORDERING: Relaxed. A claim hands nothing over: the stamps do, and the position of an only
        // receiver.
        self.tail.compare_exchange(tail, next, Ordering::Relaxed, Ordering::Relaxed)?;
        Ok(next)
    }

    /// How many messages have room from the tail on, at most `most`, and not beyond the end of the lap.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    pub(super) fn run(&self, tx: &mut StampTx, most: usize) -> usize {
        let tail = tx.tail;
        if !is_before(tail, tx.limit) && !self.look_for_room(tx, tail) {
            return 0;
        }
        let lap = self.turns.capacity - self.turns.index(tail);
        self.turns.between(tail, tx.limit).min(lap).min(most as u64) as usize
    }

    /// Claims so many positions, of one lap, as [`claim`](Self::claim).
    #[inline(always)]
    pub(super) fn claim_run(&self, tail: u64, run: u64) -> Result<u64, u64> {
        let next = self.turns.next(tail + (run - 1));
        // ORDERING: Relaxed. As in `claim`.
        self.tail.compare_exchange(tail, next, Ordering::Relaxed, Ordering::Relaxed)?;
        Ok(next)
    }

    /// Asks how far the only receiver is. Says whether there is room at `tail`.
    #[cold]
    pub(super) fn look_for_room(&self, tx: &mut StampTx, tail: u64) -> bool {
        // ORDERING(head): Acquire. The messages before it were read out of their slots.
        let head = self.head.load(Ordering::Acquire);
        tx.limit = self.turns.a_lap_on(head);
        self.note_fill(head, tail);
        is_before(tail, tx.limit)
    }

    /// Puts a message in at a position that its sender claimed.
    #[inline(always)]
    pub(super) fn announce(&self, tail: u64, message: T) {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        let at = self.line.place(self.turns.index(tail));
        self.line.put(Vacant(at), message);
        // ORDERING(stamped): Release. The message becomes visible with its stamp.
        self.line.header(at).store(tail + 1, Ordering::Release);
    }

    /// Puts the first messages of a list in, at positions of one lap that their sender claimed.
    #[inline(always)]
    pub(super) fn announce_run(&self, tail: u64, messages: &mut Vec<T>, run: usize) {
        let first = self.line.place(self.turns.index(tail));
        self.line.slots().put_all(Vacant(first), messages, run, |stamp, n| {
            #[cfg(all(test, not(loom)))]
            crate::halt::reached(crate::halt::Place::Claimed);
            // ORDERING(stamped): Release. As in `announce`.
            stamp.store(tail + n as u64 + 1, Ordering::Release);
        });
    }

    /// Asks for a line that an only receiver is done with, as far as that is known.
    #[inline(always)]
    pub(super) fn prefetch(&self, tail: u64, limit: u64) {
        let ahead = const { Line::<T, STAMPED>::blocks_in(PREFETCH) };
        if self.single && is_before(tail.wrapping_add(ahead as u64), limit) {
            self.line.prefetch(self.line.place(self.turns.index(tail)), ahead);
        }
    }

    /// Refuses a message for which there was no room at `tail`, or that came after the close.
    #[cold]
    pub(super) fn refuse(&self, tail: u64, refused: Refused<T>) -> Refused<T> {
        // ORDERING(stamps_closed): Acquire. Looked at again, because the hot path need not pay for it.
        if self.tail.load(Ordering::Acquire) & self.turns.closed != 0 {
            return Refused::Closed(refused.into_inner());
        }
        // ORDERING: Relaxed. A number to show.
        self.note_fill(self.head.load(Ordering::Relaxed), tail);
        refused
    }

    /// Notes how full the queue is.
    #[cold]
    pub(super) fn note_fill(&self, head: u64, tail: u64) {
        let fill = self.turns.between(head, tail);
        // ORDERING: Relaxed, here and below. A number to show.
        if self.high_water.load(Ordering::Relaxed) < fill {
            self.high_water.fetch_max(fill, Ordering::Relaxed);
        }
    }
}
