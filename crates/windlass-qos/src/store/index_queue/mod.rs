//! The queue of [`Guaranteed`](crate::Guaranteed) between one sender and one receiver.
//!
//! Both keep their position to themselves, and a copy of how far the other one was when they last
//! looked. The sender announces messages in the header of the line that they lie in, or in one header for all if
//! they share no lines; the receiver stores how far it has taken. Both are plain stores. Every verb is wait-free, and
//! nothing is a read-modify-write.
//!
//! # Source
//!
//! Lamport's queue, with cached positions (Rigtorp's `SPSCQueue`). A header word in each line of messages:
//! as in `windlass-ring`. Ideas only.

mod receive;
mod send;

use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};
use windlass_sync::barrier;

use super::peek::Peek;
use super::rest::drop_rest;
use super::{Limits, Refused, Store, Taken};
use crate::apart::Apart;
use crate::error::BuildError;
use crate::slots::{Filled, Line, PACKED};
use crate::stats::Stats;

pub(crate) use receive::IndexRx;
pub(crate) use send::IndexTx;

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
    /// The lines of blocks that begin below this position were taken. For the sender alone.
    lines: AtomicU64,
    /// The most messages that the sender saw in the queue.
    high_water: AtomicU64,
    /// The most that somebody saw who asked for numbers. Here, where there is room.
    most_seen: AtomicU64,
}

/// What the receiver writes at every message.
struct Received {
    /// Messages before this position were taken.
    position: AtomicU64,
    passed_over: AtomicU64,
}

impl<T: Send> Store<T> for IndexQueue<T> {
    type Tx = IndexTx;
    type Rx = IndexRx;
    const AT_ONCE: bool = true;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        barrier::init();
        let origin = limits.origin;
        Ok(Self {
            sent: Apart(Sent {
                announced: AtomicU64::new(origin),
                closed: AtomicBool::new(false),
                limit: AtomicU64::new(origin),
                lines: AtomicU64::new(origin),
                high_water: AtomicU64::new(0),
                most_seen: AtomicU64::new(0),
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
        let begins = position == tx.edge;
        if begins {
            if tx.gone {
                return Err(Refused::Full(message));
            }
            self.line.go_on(&mut tx.walk, position);
            tx.edge = self.room(position, tx.walk);
            if tx.edge == position {
                return Err(self.refuse(Refused::Full(message)));
            }
        }
        if !self.announce(position + 1) {
            // No more announcements, which would keep the receiver from seeing the end.
            tx.edge = position;
            return Err(self.retract(position, Refused::Full(message)));
        }
        self.put(tx, position, message);
        if begins || Line::<T, PACKED>::ONE_BLOCK {
            // Behind the message: nobody waits for it meanwhile.
            self.take_lines(tx.walk, position);
        }
        Ok(None)
    }

    #[inline(always)]
    fn offer_at_once(&self, tx: &mut IndexTx, message: T) -> Result<(), T> {
        let position = tx.position;
        if position == tx.edge || !self.announce(position + 1) {
            // What was announced is announced anew by `offer`, or taken back.
            return Err(message);
        }
        self.put(tx, position, message);
        if Line::<T, PACKED>::ONE_BLOCK {
            self.take_lines(tx.walk, position);
        }
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
        // By where the receiver is now: it is not behind what was read, and what was never there is not noted.
        let now = self.taken.position.load(Ordering::Relaxed);
        let seen = sent.saturating_sub(now).min(self.capacity);
        if self.sent.most_seen.load(Ordering::Relaxed) < seen {
            self.sent.most_seen.fetch_max(seen, Ordering::Relaxed);
        }
        let most_seen = self.sent.most_seen.load(Ordering::Relaxed);
        Stats {
            accepted: sent - self.origin,
            delivered: (taken - self.origin).saturating_sub(passed_over),
            passed_over,
            held,
            high_water: self.sent.high_water.load(Ordering::Relaxed).max(most_seen),
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
}

impl<T> Drop for IndexQueue<T> {
    fn drop(&mut self) {
        drop_rest(|| self.take_left());
    }
}
