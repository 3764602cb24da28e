//! The store of the levels at which the oldest makes room: a ring of cells that are exchanged.
//!
//! A sender goes from cell to cell and puts its message into each, whatever is there. What was there comes
//! back to it: an empty slot, or the oldest message. A receiver takes messages out of cells, the oldest
//! first or the freshest first, and leaves empty slots behind. Where it was overtaken it can tell from the
//! lap in the cell by how much. Nobody waits for anybody: a receiver that is suspended while it reads has
//! the message in a slot of its own.
//!
//! | | one sender | many senders |
//! |---|---|---|
//! | `offer` | wait-free: one exchange, none where the cell is empty | lock-free: a claim and one exchange, again if the cell changed |
//! | `take` | lock-free: again only if a sender was a whole lap quicker | the same |
//!
//! At capacity 1 this is a triple buffer.
//!
//! # Limits
//!
//! Laps are told apart in 42 bits: a receiver that does nothing while a sender goes through all cells 2^41
//! times would misjudge what it finds, which takes six months at a capacity of 64 and ten million messages a
//! second.
//!
//! # Source
//!
//! The triple buffer, for slots that are exchanged; cycle tags: SCQ (Nikolaev). Their combination is ours.

mod fifo;
mod freshest;
mod patience;
mod place;
mod receive;
mod seen;
mod send;
mod shared_fifo;
mod stats;

#[cfg(all(test, not(loom)))]
mod tests;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::marker::PhantomData;

use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};
use windlass_sync::sync::{Mutex, lock};

use super::{Limits, Peek, Refused, Store, Taken};
use crate::apart::Apart;
use crate::error::BuildError;
use crate::level::{BestEffort, RealTime, Reliable};
use crate::paths::Paths;
use crate::slots::{Loaded, Pool, Spare};
use crate::stats::Stats;
use place::Place;
use seen::Seen;

/// The most messages that a receiver takes at one visit while it is being overtaken.
const HAND: usize = 8;

/// What a level asks of this store.
pub(crate) trait Manner: Send + Sync + 'static {
    /// Whether the freshest message is taken first.
    const FRESHEST: bool;
    /// Whether receivers are told what is missing.
    const REPORTS: bool;
}

impl Manner for BestEffort {
    const FRESHEST: bool = false;
    const REPORTS: bool = false;
}

impl Manner for Reliable {
    const FRESHEST: bool = false;
    const REPORTS: bool = true;
}

impl Manner for RealTime {
    const FRESHEST: bool = true;
    const REPORTS: bool = false;
}

/// A ring of cells that are exchanged.
pub(crate) struct SwapStore<T, L, P> {
    pool: Pool<T>,
    /// Written by senders.
    sent: Apart<Sent>,
    /// Written by receivers.
    received: Apart<Received>,
    /// Written once, at the close; and by handles that come and go.
    rest: Rest,
    kind: PhantomData<fn() -> (L, P)>,
}

/// What senders write.
struct Sent {
    /// The position of the next message. One sender announces here before it looks whether the store is
    /// closed; several claim here, and the top bit says that it is closed.
    tail: AtomicU64,
    /// Whether a full cell was met.
    was_full: AtomicBool,
    /// Messages that made room, where cursors cannot tell.
    evicted: AtomicU64,
}

/// What receivers write.
struct Received {
    /// The position of the next message to take, the oldest first.
    head: AtomicU64,
    delivered: AtomicU64,
    passed_over: AtomicU64,
    /// Messages in hands.
    in_hand: AtomicU64,
    /// Messages that a receiver had in its hand when it left.
    left: AtomicU64,
    /// Messages that are missing and that a receiver was told of, where cursors cannot tell.
    reported: AtomicU64,
}

struct Rest {
    origin: u64,
    /// One sender: nothing is accepted any more.
    closed: AtomicBool,
    /// One sender: `closed` was seen by it, or what it had announced is seen by whoever sees this.
    sealed: AtomicBool,
    /// Many senders: the position where messages end, once it is known.
    end: AtomicU64,
    /// The most messages that somebody saw who asked for numbers.
    high_water: AtomicU64,
    /// Slots of handles that do not exist now.
    spares: Mutex<Spares>,
}

struct Spares {
    slots: Vec<Spare>,
    senders: usize,
    receivers: usize,
}

/// Not closed yet.
const OPEN: u64 = u64::MAX;

/// The bit of the tail that says that many senders are refused.
const CLOSED: u64 = 1 << 63;

/// What one sender keeps.
pub(crate) struct SwapTx {
    /// The slot for its next message; nothing only in between.
    spare: Option<Spare>,
    /// Where it put its last message, or will put its next one if it is alone.
    at: Place,
    /// Where the receivers were when it last looked.
    head: u64,
    /// Whether it met a full cell.
    was_full: bool,
}

/// What one receiver keeps.
pub(crate) struct SwapRx {
    /// Slots to leave behind; one more than messages in the hand, or as many.
    spares: Vec<Spare>,
    /// Messages that were taken and not delivered.
    hand: VecDeque<Loaded>,
    /// The oldest first: the next position. The freshest first: where it took its last message.
    at: Place,
    /// Messages that were dropped and not reported.
    missed: u64,
    /// One of many: whether it has told what is missing before the next message.
    told: bool,
    /// How far ahead of the oldest it goes when it was overtaken.
    ahead: u64,
    /// Where it last went after it was overtaken.
    jumped_to: u64,
    /// What it has been through, the freshest first.
    seen: Seen,
    delivered: u64,
}

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Slots that one receiver needs.
    const fn hand(capacity: usize) -> usize {
        if L::FRESHEST || P::MANY_RECEIVERS {
            return 1;
        }
        // A small buffer has to cost little, and is gone through before the second message is read.
        1 + if capacity < 64 { 0 } else { HAND }
    }

    #[inline(always)]
    fn capacity(&self) -> usize {
        self.pool.capacity()
    }
}

impl<T: Send, L: Manner, P: Paths> Store<T> for SwapStore<T, L, P> {
    type Tx = SwapTx;
    type Rx = SwapRx;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        let &Limits { capacity, senders, receivers, origin } = limits;
        let spares = senders + receivers * Self::hand(capacity);
        let start = Place::of(origin, capacity);
        let first_lap = |index| start.lap + u64::from(index < start.index);
        let (pool, slots) = Pool::new(capacity, spares, first_lap)?;
        Ok(Self {
            pool,
            sent: Apart(Sent {
                tail: AtomicU64::new(origin),
                was_full: AtomicBool::new(false),
                evicted: AtomicU64::new(0),
            }),
            received: Apart(Received {
                head: AtomicU64::new(origin),
                delivered: AtomicU64::new(0),
                passed_over: AtomicU64::new(0),
                in_hand: AtomicU64::new(0),
                left: AtomicU64::new(0),
                reported: AtomicU64::new(0),
            }),
            rest: Rest {
                origin,
                closed: AtomicBool::new(false),
                sealed: AtomicBool::new(false),
                end: AtomicU64::new(OPEN),
                high_water: AtomicU64::new(0),
                spares: Mutex::new(Spares { slots, senders, receivers }),
            },
            kind: PhantomData,
        })
    }

    fn sender(&self) -> Option<SwapTx> {
        let mut spares = lock(&self.rest.spares);
        spares.senders = spares.senders.checked_sub(1)?;
        let spare = spares.slots.pop();
        let at = Place::of(self.tail(), self.capacity());
        Some(SwapTx { spare, at, head: self.rest.origin, was_full: false })
    }

    fn receiver(&self) -> Option<SwapRx> {
        let most = Self::hand(self.capacity());
        let mut spares = lock(&self.rest.spares);
        spares.receivers = spares.receivers.checked_sub(1)?;
        let keep = spares.slots.len() - most;
        let mut slots = Vec::with_capacity(most);
        slots.extend(spares.slots.drain(keep..));
        Some(SwapRx {
            spares: slots,
            hand: VecDeque::with_capacity(most),
            at: Place::of(self.head(), self.capacity()),
            missed: 0,
            told: false,
            ahead: 0,
            jumped_to: 0,
            seen: Seen::default(),
            // ORDERING: Relaxed. Behind the lock, as what the last one on this place stored.
            delivered: self.received.delivered.load(Ordering::Relaxed),
        })
    }

    fn leave_sender(&self, tx: &mut SwapTx) {
        let mut spares = lock(&self.rest.spares);
        spares.senders += 1;
        spares.slots.extend(tx.spare.take());
    }

    fn leave_receiver(&self, rx: &mut SwapRx) {
        let held = self.empty_hand(rx);
        {
            let mut spares = lock(&self.rest.spares);
            spares.receivers += 1;
            spares.slots.append(&mut rx.spares);
        }
        // Last of all, for it may panic.
        drop(held);
    }

    #[inline(always)]
    fn offer(&self, tx: &mut SwapTx, message: T) -> Result<Option<T>, Refused<T>> {
        if P::MANY_SENDERS {
            self.offer_among_many(tx, message)
        } else {
            self.offer_alone(tx, message)
        }
    }

    fn offer_if_room(&self, tx: &mut SwapTx, message: T) -> Result<Option<T>, Refused<T>> {
        if P::MANY_SENDERS {
            self.offer_room_among_many(tx, message)
        } else if self.has_room(tx, tx.at) || self.refuses() {
            self.offer_alone(tx, message)
        } else {
            self.note_full(tx);
            Err(Refused::Full(message))
        }
    }

    #[inline(always)]
    fn take(&self, rx: &mut SwapRx) -> Taken<T> {
        self.take_next(rx)
    }

    fn take_latest(&self, rx: &mut SwapRx, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        if L::FRESHEST {
            self.freshest_only(rx, passed_over)
        } else {
            self.last_only(rx, passed_over)
        }
    }

    fn sweep(&self, rx: &mut SwapRx, passed_over: &mut dyn FnMut(T)) {
        if !L::FRESHEST && !P::MANY_RECEIVERS {
            self.sweep_passed(rx, passed_over);
        }
    }

    fn drain(&mut self, left: &mut dyn FnMut(T)) {
        let capacity = self.capacity();
        let mut at = Place::of(self.tail(), capacity);
        for _ in 0..capacity {
            if let Some(message) = self.pool.take_out(at.index) {
                left(message);
            }
            at.step(capacity);
        }
    }

    fn close(&self) {
        self.close_for_senders();
    }

    fn is_closed(&self) -> bool {
        self.refuses()
    }

    fn capacity(&self) -> usize {
        self.pool.capacity()
    }

    fn len(&self) -> usize {
        self.count_cells()
    }

    fn in_hand(&self, rx: &SwapRx) -> usize {
        rx.hand.len()
    }

    fn stats(&self) -> Stats {
        self.count()
    }
}

impl<T: Send, L: Manner, P: Paths> Peek<T> for SwapStore<T, L, P> {
    fn peek<'a>(&'a self, rx: &'a mut SwapRx) -> Taken<&'a T> {
        self.look_at_next(rx)
    }
}
