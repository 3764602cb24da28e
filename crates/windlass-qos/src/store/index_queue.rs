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
use crate::slots::{Filled, Line, PACKED, Place, Vacant};
use crate::stats::Stats;

/// Blocks that a sender asks for ahead of its writes.
const PREFETCH: usize = 4;

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
    /// Messages below this position have room.
    limit: u64,
    at: Place,
    gone: bool,
}

/// The receiver's place.
pub(crate) struct IndexRx {
    position: u64,
    /// Messages below this position, in the block of `at`, are there.
    ready: u64,
    at: Place,
    /// The message that was looked at last.
    peeked: Filled,
    gone: bool,
}

impl<T: Send> Store<T> for IndexQueue<T> {
    type Tx = IndexTx;
    type Rx = IndexRx;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        barrier::init();
        let origin = limits.origin;
        Ok(Self {
            sent: Apart(Sent {
                announced: AtomicU64::new(origin),
                closed: AtomicBool::new(false),
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
        let at = self.line.locate(position - self.origin);
        Some(IndexTx { position, limit: position, at, gone: false })
    }

    fn receiver(&self) -> Option<IndexRx> {
        // ORDERING(queue_place): Acquire. The next receiver goes on where the last one stopped.
        if self.has_receiver.swap(true, Ordering::Acquire) {
            return None;
        }
        // ORDERING: Relaxed. Behind the exchange above.
        let position = self.taken.position.load(Ordering::Relaxed);
        let at = self.line.locate(position - self.origin);
        Some(IndexRx { position, ready: position, at, peeked: Filled(at), gone: false })
    }

    fn leave_sender(&self, tx: &mut IndexTx) {
        if !core::mem::replace(&mut tx.gone, true) {
            tx.limit = tx.position;
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
        if tx.position == tx.limit && !self.look_for_room(tx) {
            return Err(self.refuse(message));
        }
        let position = tx.position;
        let next = position + 1;
        // ORDERING: Relaxed. The barrier orders it.
        self.sent.announced.store(next, Ordering::Relaxed);
        // ORDERING(queue_close): the light half. Either whoever sees the queue sealed sees this
        // announcement, or the queue is seen closed here.
        barrier::light();
        // ORDERING: Relaxed. The barrier orders it.
        if self.sent.closed.load(Ordering::Relaxed) {
            return Err(self.retract(tx, message));
        }
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        let at = tx.at;
        self.line.put(Vacant(at), message);
        // ORDERING(queued): Release. The message becomes visible to whoever acquires the header.
        self.line.header(at).store(next, Ordering::Release);
        tx.position = next;
        tx.at = self.line.next(at);
        if Line::<T, PACKED>::begins_block(tx.at) {
            self.prefetch(tx);
        }
        Ok(None)
    }

    #[inline(always)]
    fn take(&self, rx: &mut IndexRx) -> Taken<T> {
        if rx.position == rx.ready
            && !self.look_for_messages(rx)
            && let Some(nothing) = self.find_none(rx)
        {
            return nothing;
        }
        Taken::Message(self.pull(rx))
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
        // ORDERING(queue_close): the heavy half. See `offer_if_room`.
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
            && !self.look_for_messages(rx)
            && let Some(nothing) = self.find_none(rx)
        {
            return nothing;
        }
        rx.peeked = Filled(rx.at);
        Taken::Message(self.line.peek(&rx.peeked))
    }
}

impl<T> IndexQueue<T> {
    /// Asks how far the receiver is. Says whether there is room.
    #[cold]
    fn look_for_room(&self, tx: &mut IndexTx) -> bool {
        // ORDERING(taken): Acquire. The slots of messages before this position may be filled again.
        let taken = self.taken.position.load(Ordering::Acquire);
        let fill = tx.position - taken;
        // ORDERING: Relaxed, here and below. A number to show, and the only sender writes it.
        if self.sent.high_water.load(Ordering::Relaxed) < fill {
            self.sent.high_water.store(fill, Ordering::Relaxed);
        }
        // ORDERING: Relaxed. A hint: what is announced behind it is checked again.
        if !tx.gone && !self.sent.closed.load(Ordering::Relaxed) {
            tx.limit = taken + self.capacity;
        }
        tx.position < tx.limit
    }

    /// Says why a message is refused for which there was no room.
    #[cold]
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
    fn retract(&self, tx: &mut IndexTx, message: T) -> Refused<T> {
        // ORDERING: Relaxed. The bell that the end rings orders it.
        self.sent.announced.store(tx.position, Ordering::Relaxed);
        // No more announcements, which would keep the receiver from seeing the end.
        tx.limit = tx.position;
        self.refuse(message)
    }

    /// Asks for lines that the receiver is done with.
    #[inline(always)]
    fn prefetch(&self, tx: &IndexTx) {
        let ahead = (PREFETCH + 1) * Line::<T, PACKED>::PER_BLOCK;
        if tx.position + ahead as u64 <= tx.limit {
            self.line.prefetch(tx.at, PREFETCH);
        }
    }

    /// Asks how far the sender is in the block that comes next. Says whether there is a message.
    #[inline(always)]
    fn look_for_messages(&self, rx: &mut IndexRx) -> bool {
        // ORDERING(queued): Acquire. The messages below this position become readable.
        let filled = self.line.header(rx.at).load(Ordering::Acquire);
        // A sender that is a lap ahead may have begun to refill the block: then all the rest is there.
        let ready = filled.saturating_sub(rx.position).min(Line::<T, PACKED>::left_in_block(rx.at));
        if rx.gone {
            return false;
        }
        rx.ready = rx.position + ready;
        ready != 0
    }

    /// Takes the message out that is known to be there.
    #[inline(always)]
    fn pull(&self, rx: &mut IndexRx) -> T {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        let at = rx.at;
        let message = self.line.pull(Filled(at));
        rx.position += 1;
        rx.at = self.line.next(at);
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

    /// Says what a receiver finds that saw no message; nothing if there is one after all.
    #[cold]
    fn find_none<M>(&self, rx: &mut IndexRx) -> Option<Taken<M>> {
        // ORDERING(queue_sealed): Acquire. Every announcement that will stand becomes visible.
        if !self.sealed.load(Ordering::Acquire) {
            return Some(Taken::Empty);
        }
        // What was accepted last may have come since the look before.
        if self.look_for_messages(rx) {
            return None;
        }
        // ORDERING: Relaxed. Behind the load above.
        let all = self.sent.announced.load(Ordering::Relaxed) == rx.position;
        Some(if all { Taken::End } else { Taken::Empty })
    }
}

impl<T> Drop for IndexQueue<T> {
    fn drop(&mut self) {
        drop_rest(|| self.take_left());
    }
}
