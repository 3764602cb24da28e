//! The sender's side: what is announced, where there is room, and taking back.

use windlass_sync::atomic::Ordering;
use windlass_sync::barrier;

use super::IndexQueue;
use crate::slots::{Line, PACKED, Vacant, Walk};
use crate::store::Refused;

/// Blocks that a sender asks for ahead of its writes.
const PREFETCH: usize = 4;

/// The sender's place.
pub(crate) struct IndexTx {
    pub(super) position: u64,
    /// Messages below this position have room, in the block of `walk`.
    pub(super) edge: u64,
    pub(super) walk: Walk,
    pub(super) gone: bool,
}

impl<T> IndexQueue<T> {
    /// Announces the messages before a position. Says whether that stands.
    #[inline(always)]
    pub(super) fn announce(&self, next: u64) -> bool {
        // ORDERING: Relaxed. The barrier orders it.
        self.sent.announced.store(next, Ordering::Relaxed);
        // ORDERING(queue_close): the light half. Either whoever sees the queue sealed sees this
        // announcement, or the queue is seen closed here.
        barrier::light();
        // ORDERING: Relaxed. The barrier orders it.
        !self.sent.closed.load(Ordering::Relaxed)
    }

    /// Puts a message in that is announced.
    #[inline(always)]
    pub(super) fn put(&self, tx: &mut IndexTx, message: T) {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        let at = tx.walk.at(tx.position);
        let header = self.line.header(at);
        self.line.put(Vacant(at), message);
        tx.position += 1;
        // ORDERING(queued): Release. The message becomes visible to whoever acquires the header.
        header.store(tx.position, Ordering::Release);
    }

    /// Up to where there is room in the block; asks for a line that the receiver is done with.
    #[inline(always)]
    pub(super) fn room(&self, position: u64, walk: Walk) -> u64 {
        // ORDERING: Relaxed. Only the sender writes it.
        let mut limit = self.sent.limit.load(Ordering::Relaxed);
        if position == limit {
            limit = self.look_for_room(position);
        }
        let ahead = (PREFETCH + 1) * Line::<T, PACKED>::PER_BLOCK;
        if position == walk.first() && position + ahead as u64 <= limit {
            self.line.prefetch(walk.at(position), PREFETCH);
        }
        limit.min(Line::<T, PACKED>::end(walk))
    }

    /// Asks how far the receiver is. Says up to where there is room.
    #[cold]
    fn look_for_room(&self, position: u64) -> u64 {
        // ORDERING(taken): Acquire. The slots of messages before this position may be filled again.
        let taken = self.taken.position.load(Ordering::Acquire);
        let fill = position - taken;
        // ORDERING: Relaxed, here and below. A number to show, and the only sender writes it.
        if self.sent.high_water.load(Ordering::Relaxed) < fill {
            self.sent.high_water.store(fill, Ordering::Relaxed);
        }
        // ORDERING: Relaxed. A hint: what is announced behind it is checked again.
        if self.sent.closed.load(Ordering::Relaxed) {
            return position;
        }
        let limit = taken + self.capacity;
        // ORDERING: Relaxed. Only the sender reads it.
        self.sent.limit.store(limit, Ordering::Relaxed);
        limit
    }

    /// Says why a message is refused for which there was no room.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&self, message: T) -> Refused<T> {
        // ORDERING(queue_refused): Acquire. Who is refused comes after the close.
        if self.sent.closed.load(Ordering::Acquire) {
            Refused::Closed(message)
        } else {
            Refused::Full(message)
        }
    }

    /// Takes an announcement back, since the queue is closed.
    ///
    /// A receiver may have seen it and wait for the message. The end wakes it.
    #[cold]
    #[inline(never)]
    pub(super) fn retract(&self, position: u64, message: T) -> Refused<T> {
        // ORDERING: Relaxed. The bell that the end rings orders it.
        self.sent.announced.store(position, Ordering::Relaxed);
        // ORDERING: Relaxed. Only the sender reads it.
        self.sent.limit.store(position, Ordering::Relaxed);
        self.refuse(message)
    }
}
