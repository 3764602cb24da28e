//! The sender's side: what is announced, where there is room, and taking back.

use windlass_sync::atomic::Ordering;
use windlass_sync::barrier;

use super::IndexQueue;
use crate::slots::{Line, PACKED, Vacant, Walk};
use crate::store::Refused;

/// Blocks whose lines a sender takes at once, at most.
const GROUP: usize = 8;

/// Lines that are taken at once, about: blocks of several lines are fewer.
const LINES: usize = 16;

/// A queue has so many groups at least: its receiver needs lines as well.
const GROUPS: usize = if cfg!(loom) { 2 } else { 8 };

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
    pub(super) fn put(&self, tx: &mut IndexTx, position: u64, message: T) {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        let at = tx.walk.at(position);
        let header = self.line.header(at);
        self.line.put(Vacant(at), message);
        tx.position = position + 1;
        // ORDERING(queued): Release. The message becomes visible to whoever acquires the header.
        header.store(tx.position, Ordering::Release);
    }

    /// Up to where there is room in the block.
    #[inline(always)]
    pub(super) fn room(&self, position: u64, walk: Walk) -> u64 {
        // ORDERING: Relaxed. Only the sender writes it.
        let mut limit = self.sent.limit.load(Ordering::Relaxed);
        if position == limit {
            limit = self.look_for_room(position);
        }
        limit.min(self.line.end(walk))
    }

    /// Takes the lines of several blocks from the one in hand on, or of several messages from that at `position` on if they
    /// share none, once those that it took are used up.
    ///
    /// The receiver has read them, and stores leave a core in order: each line would be waited for on its own. As in
    /// `windlass-ring`.
    #[inline(always)]
    pub(super) fn take_lines(&self, walk: Walk, position: u64) {
        let first = if Line::<T, PACKED>::ONE_BLOCK { position } else { walk.first() };
        // ORDERING: Relaxed. Only the sender writes and reads it.
        if self.sent.lines.load(Ordering::Relaxed) <= first {
            self.take_group(walk, first);
        }
    }

    #[inline(never)]
    fn take_group(&self, walk: Walk, first: u64) {
        let group = (LINES / Line::<T, PACKED>::LINES).clamp(2, GROUP);
        let group = group.min(self.line.units() / GROUPS);
        // ORDERING: Relaxed, here and below. Only the sender writes and reads them.
        let room = self.sent.limit.load(Ordering::Relaxed).saturating_sub(first);
        // Only lines that the receiver is done with: the others would be taken from it.
        let free = usize::try_from(room).unwrap_or(usize::MAX) / Line::<T, PACKED>::UNIT;
        let taken = group.min(free).max(1);
        if 1 < taken {
            let at = walk.at(first);
            self.line.take_lines(at, taken);
            if 2 * group <= free {
                (group..2 * group).for_each(|ahead| self.line.prefetch(at, ahead));
            }
        }
        let behind = (taken * Line::<T, PACKED>::UNIT) as u64;
        self.sent.lines.store(first + behind, Ordering::Relaxed);
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
    pub(super) fn refuse(&self, refused: Refused<T>) -> Refused<T> {
        // ORDERING(queue_refused): Acquire. Who is refused comes after the close.
        if self.sent.closed.load(Ordering::Acquire) {
            Refused::Closed(refused.into_inner())
        } else {
            refused
        }
    }

    /// Takes an announcement back, since the queue is closed.
    ///
    /// A receiver may have seen it and wait for the message. The end wakes it.
    #[cold]
    #[inline(never)]
    pub(super) fn retract(&self, position: u64, refused: Refused<T>) -> Refused<T> {
        // ORDERING: Relaxed. The bell that the end rings orders it.
        self.sent.announced.store(position, Ordering::Relaxed);
        // ORDERING: Relaxed. Only the sender reads it.
        self.sent.limit.store(position, Ordering::Relaxed);
        self.refuse(refused)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use windlass_sync::atomic::Ordering;

    use super::GROUP;
    use crate::store::{Limits, Refused, Store, index_queue::IndexQueue};

    fn queue<T: Send>(capacity: usize) -> IndexQueue<T> {
        IndexQueue::new(&Limits { capacity, senders: 1, receivers: 1, origin: 0 })
            .expect("a capacity that is allowed")
    }

    /// The position up to which lines were taken, after each message.
    fn taken<T: Send + Default>(queue: &IndexQueue<T>, messages: u64) -> Vec<u64> {
        let mut tx = queue.sender().expect("the first one");
        let sent = (0..messages).map(|n| {
            let sent = match n % 2 {
                0 => queue.offer_at_once(&mut tx, T::default()).or_else(|message| {
                    queue.offer(&mut tx, message).map(drop).map_err(Refused::into_inner)
                }),
                _ => queue.offer(&mut tx, T::default()).map(drop).map_err(Refused::into_inner),
            };
            assert!(sent.is_ok(), "there is room");
            queue.sent.lines.load(Ordering::Relaxed)
        });
        let mut taken: Vec<u64> = sent.collect();
        taken.dedup();
        taken
    }

    #[test]
    fn lines_are_taken_by_groups_of_those_that_are_free() {
        let group = 7 * GROUP as u64;
        let all = taken(&queue::<u64>(1024), 1024);
        // 146 blocks are full; the last one is not, and so is not asked for.
        let groups: Vec<u64> = (1..=18).map(|n| n * group).chain([146 * 7, 147 * 7]).collect();
        assert_eq!(all, groups, "eight blocks each time, and what is left at the end");
    }

    #[test]
    fn lines_of_large_messages_are_taken_by_groups_too() {
        let group = GROUP as u64;
        let all = taken(&queue::<[u64; 8]>(64), 64);
        assert_eq!(all, (1..=8).map(|n| n * group).collect::<Vec<u64>>(), "by the message");
    }

    #[test]
    fn a_small_queue_has_no_lines_to_spare() {
        assert_eq!(
            taken(&queue::<u64>(64), 64),
            (1..=10).map(|n| 7 * n).collect::<Vec<u64>>(),
            "one by one"
        );
    }
}
