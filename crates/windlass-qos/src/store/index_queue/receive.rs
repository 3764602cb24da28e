//! The receiver's side: what is there, what comes behind it, and the end.

use windlass_sync::atomic::Ordering;

use super::IndexQueue;
use crate::slots::{Filled, Line, PACKED, Walk};
use crate::store::Taken;

/// Blocks that a receiver asks for ahead of its reads, where it knows that they are filled.
const AHEAD: usize = if cfg!(loom) { 1 } else { 8 };

/// A receiver of fewer blocks does not read ahead: it would meet its sender.
const LEAST: usize = if cfg!(loom) { 3 } else { 4 * AHEAD };

/// Full blocks after which a receiver looks ahead again, when the sender was not there yet.
const PATIENCE: u32 = 8;

/// The receiver's place.
pub(crate) struct IndexRx {
    pub(super) position: u64,
    /// Messages below this position, in the block of `walk`, are there.
    pub(super) ready: u64,
    pub(super) walk: Walk,
    /// Blocks below this position are full.
    pub(super) known: u64,
    /// Full blocks until it looks ahead again.
    pub(super) patience: u32,
    /// The message that was looked at last.
    pub(super) peeked: Filled,
    pub(super) gone: bool,
}

/// What there is instead of a message.
enum Nothing {
    /// Nothing now.
    Yet,
    /// Nothing, and nothing will come.
    Else,
    /// There is one: it came since the look before.
    AtAll,
}

impl<T> IndexQueue<T> {
    /// Asks how far the sender is in the block that comes next. Says what there is if there is no message.
    #[inline(always)]
    pub(super) fn look_for_messages<M>(&self, rx: &mut IndexRx) -> Option<Taken<M>> {
        if rx.gone {
            return Some(Taken::Empty);
        }
        let begins = self.line.go_on(&mut rx.walk, rx.position);
        let end = self.line.end(rx.walk);
        rx.ready = if rx.position < rx.known { end } else { self.look(rx.position, rx.walk) };
        if begins && rx.ready == end {
            (rx.known, rx.patience) = self.read_ahead(rx.walk, rx.known, rx.patience);
        }
        if rx.ready == rx.position {
            match self.find_none(rx.position, rx.walk) {
                Nothing::Yet => return Some(Taken::Empty),
                Nothing::Else => return Some(Taken::End),
                Nothing::AtAll => rx.ready = self.look(rx.position, rx.walk),
            }
        }
        None
    }

    /// Up to where there are messages in the block.
    #[inline(always)]
    fn look(&self, position: u64, walk: Walk) -> u64 {
        // ORDERING(queued): Acquire. The messages below this position become readable.
        let filled = self.line.header(walk.at(position)).load(Ordering::Acquire);
        // A sender that is a lap ahead may have begun to refill the block: then all the rest is there. One that
        // has not come to it left there what it wrote a lap ago.
        filled.min(self.line.end(walk)).max(position)
    }

    /// In a full block, asks for one that comes later and is full too; says below which position all are, and how
    /// long to wait before looking for more.
    ///
    /// A receiver that is behind would wait for one line after the other. The sender fills them in order: where
    /// a message is in a block, those before it are full.
    #[inline(always)]
    fn read_ahead(&self, walk: Walk, known: u64, patience: u32) -> (u64, u32) {
        if Line::<T, PACKED>::ONE_BLOCK || self.line.blocks() < LEAST {
            return (known, patience);
        }
        let ahead = self.line.further(walk, AHEAD);
        if self.line.end(ahead) <= known {
            self.line.prefetch_read(ahead);
            return (known, patience);
        }
        if patience != 0 {
            return (known, patience - 1);
        }
        let far = self.line.further(walk, 2 * AHEAD);
        if self.look(far.first(), far) == far.first() {
            return (known, PATIENCE);
        }
        let beside = if known <= self.line.end(walk) { 1 } else { AHEAD };
        for blocks in beside..=AHEAD {
            self.line.prefetch_read(self.line.further(walk, blocks));
        }
        (far.first(), 0)
    }

    /// Takes the message out that is known to be there.
    #[inline(always)]
    pub(super) fn pull(&self, rx: &mut IndexRx) -> T {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        let message = self.line.pull(Filled(rx.walk.at(rx.position)));
        rx.position += 1;
        // ORDERING(taken): Release. The slot was read before it is filled again.
        self.taken.position.store(rx.position, Ordering::Release);
        message
    }

    /// Says what there is for a receiver that saw no message.
    #[cold]
    #[inline(never)]
    fn find_none(&self, position: u64, walk: Walk) -> Nothing {
        // ORDERING(queue_sealed): Acquire. Every announcement that will stand becomes visible.
        if !self.sealed.load(Ordering::Acquire) {
            return Nothing::Yet;
        }
        // What was accepted last may have come since the look before.
        if self.look(position, walk) != position {
            return Nothing::AtAll;
        }
        // ORDERING: Relaxed. Behind the load above.
        let all = self.sent.announced.load(Ordering::Relaxed) == position;
        if all { Nothing::Else } else { Nothing::Yet }
    }
}
