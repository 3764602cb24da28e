//! The queue of [`Guaranteed`](crate::Guaranteed) between one sender and one receiver.
//!
//! Both keep their position to themselves, and a copy of how far the other one was when they last
//! looked. The sender announces messages in the header of the line that they lie in, the receiver stores
//! how far it has taken; both are plain stores. Every verb is wait-free, and nothing is a
//! read-modify-write.
//!
//! # Source
//!
//! Lamport's queue, with cached positions (Rigtorp's `SPSCQueue`). A header word in each line of messages:
//! as in `windlass-ring`. Ideas only.

use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};
use windlass_sync::barrier;

use super::peek::Peek;
use super::rest::drop_rest;
use super::{Limits, Refused, Store, Taken};
use crate::apart::Apart;
use crate::error::BuildError;
use crate::slots::{Filled, Line, PACKED, Vacant, Walk};
use crate::stats::Stats;

/// Blocks that a sender asks for ahead of its writes.
const PREFETCH: usize = 4;

/// Blocks that a receiver asks for ahead of its reads, where it knows that they are filled.
const AHEAD: usize = if cfg!(loom) { 1 } else { 8 };

/// A receiver of fewer blocks does not read ahead: it would meet its sender.
const LEAST: usize = if cfg!(loom) { 3 } else { 4 * AHEAD };

/// Full blocks after which a receiver looks ahead again, when the sender was not there yet.
const PATIENCE: u32 = 8;

/// See the module.
pub(crate) struct IndexQueue<T> {
    sent: Apart<Sent>,
    taken: Apart<Received>,
    line: Line<T, PACKED>,
    capacity: u64,
    /// The position of the first message.
    origin: u64,
    /// Stored after `Sent::closed` was seen by the sender, or what it announced by the closer.
    sealed: AtomicBool,
    has_sender: AtomicBool,
    has_receiver: AtomicBool,
}

/// What the sender writes at every message.
struct Sent {
    /// Messages before this position were accepted, or the last one of them is about to be.
    announced: AtomicU64,
    /// Nothing will be accepted; looked at behind every announcement.
    closed: AtomicBool,
    /// Messages below this position have room. For the sender alone; here and not in its place, which is to be
    /// small.
    limit: AtomicU64,
    /// The most messages that the sender saw in the queue.
    high_water: AtomicU64,
}

/// What the receiver writes at every message.
struct Received {
    /// Messages before this position were taken.
    position: AtomicU64,
    passed_over: AtomicU64,
}

/// The sender's place.
pub(crate) struct IndexTx {
    position: u64,
    /// Messages below this position have room, in the block of `walk`.
    edge: u64,
    walk: Walk,
    gone: bool,
}

/// The receiver's place.
pub(crate) struct IndexRx {
    position: u64,
    /// Messages below this position, in the block of `walk`, are there.
    ready: u64,
    walk: Walk,
    /// Blocks below this position are full.
    known: u64,
    /// Full blocks until it looks ahead again.
    patience: u32,
    /// The message that was looked at last.
    peeked: Filled,
    gone: bool,
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

impl<T: Send> Store<T> for IndexQueue<T> {
    type Tx = IndexTx;
    type Rx = IndexRx;
    const AT_ONCE: bool = Self::PACKS;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        barrier::init();
        let origin = limits.origin;
        Ok(Self {
            sent: Apart(Sent {
                announced: AtomicU64::new(origin),
                closed: AtomicBool::new(false),
                limit: AtomicU64::new(origin),
                high_water: AtomicU64::new(0),
            }),
            taken: Apart(Received {
                position: AtomicU64::new(origin),
                passed_over: AtomicU64::new(0),
            }),
            line: Line::new(limits.capacity, |_| origin)?,
            capacity: limits.capacity as u64,
            origin,
            sealed: AtomicBool::new(false),
            has_sender: AtomicBool::new(false),
            has_receiver: AtomicBool::new(false),
        })
    }

    fn sender(&self) -> Option<IndexTx> {
        // ORDERING(queue_place): Acquire. The next sender goes on where the last one stopped.
        if self.has_sender.swap(true, Ordering::Acquire) {
            return None;
        }
        // ORDERING: Relaxed. Behind the exchange above.
        let position = self.sent.announced.load(Ordering::Relaxed);
        let walk = self.line.walk(position - self.origin, position);
        Some(IndexTx { position, edge: position, walk, gone: false })
    }

    fn receiver(&self) -> Option<IndexRx> {
        // ORDERING(queue_place): Acquire. The next receiver goes on where the last one stopped.
        if self.has_receiver.swap(true, Ordering::Acquire) {
            return None;
        }
        // ORDERING: Relaxed. Behind the exchange above.
        let position = self.taken.position.load(Ordering::Relaxed);
        let walk = self.line.walk(position - self.origin, position);
        let (ready, known, patience) = (position, position, 0);
        let peeked = Filled(walk.at(walk.first()));
        Some(IndexRx { position, ready, walk, known, patience, peeked, gone: false })
    }

    fn leave_sender(&self, tx: &mut IndexTx) {
        if !core::mem::replace(&mut tx.gone, true) {
            tx.edge = tx.position;
            // ORDERING(queue_place): Release. What this sender did comes before the next one.
            self.has_sender.store(false, Ordering::Release);
        }
    }

    fn leave_receiver(&self, rx: &mut IndexRx) {
        if !core::mem::replace(&mut rx.gone, true) {
            rx.ready = rx.position;
            // ORDERING(queue_place): Release. What this receiver did comes before the next one.
            self.has_receiver.store(false, Ordering::Release);
        }
    }

    #[inline(always)]
    fn offer(&self, tx: &mut IndexTx, message: T) -> Result<Option<T>, Refused<T>> {
        self.offer_if_room(tx, message)
    }

    #[inline(always)]
    fn offer_if_room(&self, tx: &mut IndexTx, message: T) -> Result<Option<T>, Refused<T>> {
        let position = tx.position;
        if position == tx.edge {
            if tx.gone {
                return Err(Refused::Full(message));
            }
            self.line.go_on(&mut tx.walk, position);
            tx.edge = self.room(position, tx.walk);
            if tx.edge == position {
                return Err(self.refuse(message));
            }
        }
        if !self.announce(position + 1) {
            // No more announcements, which would keep the receiver from seeing the end.
            tx.edge = position;
            return Err(self.retract(position, message));
        }
        self.put(tx, message);
        Ok(None)
    }

    #[inline(always)]
    fn offer_at_once(&self, tx: &mut IndexTx, message: T) -> Result<(), T> {
        if tx.position == tx.edge || !self.announce(tx.position + 1) {
            // What was announced is announced anew by `offer`, or taken back.
            return Err(message);
        }
        self.put(tx, message);
        Ok(())
    }

    #[inline(always)]
    fn take(&self, rx: &mut IndexRx) -> Taken<T> {
        if rx.position == rx.ready
            && let Some(nothing) = self.look_for_messages(rx)
        {
            return nothing;
        }
        Taken::Message(self.pull(rx))
    }

    #[inline(always)]
    fn take_at_once(&self, rx: &mut IndexRx) -> Option<T> {
        (rx.position != rx.ready).then(|| self.pull(rx))
    }

    fn take_latest(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        // What was taken counts as passed over until it is returned: `passed_over` may panic.
        let count = &self.taken.passed_over;
        // ORDERING: Relaxed, here and below. A number to show.
        count.fetch_add(1, Ordering::Relaxed);
        let mut latest = self.take(rx);
        // Not beyond what is there now, or a quick sender would keep the receiver here.
        for _ in 1..self.capacity {
            if !matches!(latest, Taken::Message(_)) {
                break;
            }
            count.fetch_add(1, Ordering::Relaxed);
            let newer = self.take(rx);
            if !matches!(newer, Taken::Message(_)) {
                count.fetch_sub(1, Ordering::Relaxed);
                break;
            }
            if let Taken::Message(older) = core::mem::replace(&mut latest, newer) {
                passed_over(older);
            }
        }
        count.fetch_sub(1, Ordering::Relaxed);
        latest
    }

    fn drain(&mut self, left: &mut dyn FnMut(T)) {
        while let Some(message) = self.take_left() {
            left(message);
        }
    }

    fn close(&self) {
        // ORDERING(queue_refused): Release. A sender that is refused comes after the close.
        self.sent.closed.store(true, Ordering::Release);
        // ORDERING(queue_close): the heavy half. See `announce`.
        barrier::heavy();
        // ORDERING(queue_sealed): Release. Who sees it sees every announcement that will stand.
        self.sealed.store(true, Ordering::Release);
    }

    #[inline]
    fn is_closed(&self) -> bool {
        // ORDERING: Relaxed. Whoever needs the order looks with `take`.
        self.sealed.load(Ordering::Relaxed)
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    fn capacity(&self) -> usize {
        self.capacity as usize
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    fn len(&self) -> usize {
        // ORDERING: Relaxed. Out of date at once.
        let taken = self.taken.position.load(Ordering::Relaxed);
        // ORDERING: Relaxed. As above.
        let sent = self.sent.announced.load(Ordering::Relaxed);
        sent.saturating_sub(taken).min(self.capacity) as usize
    }

    fn stats(&self) -> Stats {
        // ORDERING: Relaxed, here and below. Numbers to show.
        let taken = self.taken.position.load(Ordering::Relaxed);
        let sent = self.sent.announced.load(Ordering::Relaxed);
        let passed_over = self.taken.passed_over.load(Ordering::Relaxed);
        let held = sent.saturating_sub(taken);
        Stats {
            accepted: sent - self.origin,
            delivered: (taken - self.origin).saturating_sub(passed_over),
            passed_over,
            held,
            high_water: self.sent.high_water.load(Ordering::Relaxed).max(held).min(self.capacity),
            ..Stats::default()
        }
    }
}

impl<T: Send> Peek<T> for IndexQueue<T> {
    fn peek<'a>(&'a self, rx: &'a mut IndexRx) -> Taken<&'a T> {
        if rx.position == rx.ready
            && let Some(nothing) = self.look_for_messages(rx)
        {
            return nothing;
        }
        rx.peeked = Filled(rx.walk.at(rx.position));
        Taken::Message(self.line.peek(&rx.peeked))
    }
}

impl<T> IndexQueue<T> {
    /// Whether several messages share a block. Otherwise there is more to do for each than to put it in.
    const PACKS: bool = Line::<T, PACKED>::PER_BLOCK > 1;

    /// Announces the messages before a position. Says whether that stands.
    #[inline(always)]
    fn announce(&self, next: u64) -> bool {
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
    fn put(&self, tx: &mut IndexTx, message: T) {
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
    fn room(&self, position: u64, walk: Walk) -> u64 {
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
    fn refuse(&self, message: T) -> Refused<T> {
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
    fn retract(&self, position: u64, message: T) -> Refused<T> {
        // ORDERING: Relaxed. The bell that the end rings orders it.
        self.sent.announced.store(position, Ordering::Relaxed);
        // ORDERING: Relaxed. Only the sender reads it.
        self.sent.limit.store(position, Ordering::Relaxed);
        self.refuse(message)
    }

    /// Asks how far the sender is in the block that comes next. Says what there is if there is no message.
    #[inline(always)]
    fn look_for_messages<M>(&self, rx: &mut IndexRx) -> Option<Taken<M>> {
        if rx.gone {
            return Some(Taken::Empty);
        }
        let begins = self.line.go_on(&mut rx.walk, rx.position);
        let end = Line::<T, PACKED>::end(rx.walk);
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
        filled.min(Line::<T, PACKED>::end(walk)).max(position)
    }

    /// In a full block, asks for one that comes later and is full too; says below which position all are, and how
    /// long to wait before looking for more.
    ///
    /// A receiver that is behind would wait for one line after the other. The sender fills them in order: where
    /// a message is in a block, those before it are full.
    #[inline(always)]
    fn read_ahead(&self, walk: Walk, known: u64, patience: u32) -> (u64, u32) {
        if !Self::PACKS || self.line.blocks() < LEAST {
            return (known, patience);
        }
        let ahead = self.line.further(walk, AHEAD);
        if Line::<T, PACKED>::end(ahead) <= known {
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
        let beside = if known <= Line::<T, PACKED>::end(walk) { 1 } else { AHEAD };
        for blocks in beside..=AHEAD {
            self.line.prefetch_read(self.line.further(walk, blocks));
        }
        (far.first(), 0)
    }

    /// Takes the message out that is known to be there.
    #[inline(always)]
    fn pull(&self, rx: &mut IndexRx) -> T {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        let message = self.line.pull(Filled(rx.walk.at(rx.position)));
        rx.position += 1;
        // ORDERING(taken): Release. The slot was read before it is filled again.
        self.taken.position.store(rx.position, Ordering::Release);
        message
    }

    /// Takes out what is left, when all handles are gone.
    fn take_left(&mut self) -> Option<T> {
        // ORDERING: Relaxed, here and below. Nobody else has the queue any more.
        let position = self.taken.position.load(Ordering::Relaxed);
        let at = self.line.locate(position - self.origin);
        // Only what is in its slot: a handle may have been forgotten at any point.
        if self.line.header(at).load(Ordering::Relaxed) <= position {
            return None;
        }
        self.taken.position.store(position + 1, Ordering::Relaxed);
        Some(self.line.pull(Filled(at)))
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

impl<T> Drop for IndexQueue<T> {
    fn drop(&mut self) {
        drop_rest(|| self.take_left());
    }
}
