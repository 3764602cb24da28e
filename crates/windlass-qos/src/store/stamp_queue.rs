//! The queue of [`Guaranteed`](crate::Guaranteed) for many senders, and for many receivers.
//!
//! A sender claims a position by one exchange on the tail and announces the message in the stamp of its
//! slot. Several receivers claim by one exchange on the head and hand the slot back by its stamp. An only
//! receiver stores its position and leaves the stamps to the senders: a line that both sides write at every
//! message costs them more than all the rest. Nobody waits for anybody: a slot whose sender or receiver
//! was suspended between claim and stamp counts as empty, or full. Offering is lock-free, taking is
//! wait-free for an only receiver and lock-free for several.
//!
//! A position counts slots in its lower bits and laps in its upper ones, with a bit between them by which
//! the tail says that the queue is closed. So a close is one more step of the tail, and exact.
//!
//! # Source
//!
//! Dmitry Vyukov's bounded queue. The bit in the tail: crossbeam's `ArrayQueue`, `concurrent-queue`. Ideas
//! only.

use windlass_sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use windlass_sync::{CachePadded, hint};

use super::peek::Peek;
use super::rest::drop_rest;
use super::{Limits, Refused, Store, Taken};
use crate::error::BuildError;
use crate::slots::{Filled, Line, STAMPED, Vacant};
use crate::stats::Stats;

/// Spin-loop hints of the longest standing back between two parties, as a power of two.
const LONGEST_BACK_OFF: u32 = if cfg!(loom) { 0 } else { 6 };

/// See the module.
pub(crate) struct StampQueue<T> {
    /// The position of the next message that is offered, and whether the queue is closed.
    tail: CachePadded<AtomicU64>,
    /// The position of the next message that is taken.
    head: CachePadded<AtomicU64>,
    line: Line<T, STAMPED>,
    turns: Turns,
    /// Whether one receiver at a time is all there can be.
    single: bool,
    limits: Limits,
    high_water: AtomicU64,
    passed_over: AtomicU64,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    /// Stored behind the bit in the tail, for receivers: looking there costs the senders nothing.
    sealed: AtomicBool,
}

/// How positions count.
#[derive(Clone, Copy)]
struct Turns {
    capacity: u64,
    /// The bit that says: closed. Slots are counted below it, laps above.
    closed: u64,
    /// The position of the first message.
    origin: u64,
}

/// A sender's place.
pub(crate) struct StampTx {
    /// Where the tail is unless somebody else has claimed since.
    tail: u64,
    /// Messages before this position have room, if there is only one receiver.
    limit: u64,
    gone: bool,
}

/// A receiver's place.
pub(crate) struct StampRx {
    /// Where the only receiver is; several look at the shared head.
    position: u64,
    /// The message that was looked at last.
    peeked: Option<Filled>,
    gone: bool,
}

/// What a sender finds at a position.
enum Room {
    /// It is this message's turn.
    Free,
    /// The message of the lap before is there.
    Full,
    /// Another sender claimed it.
    Over,
}

/// What a receiver finds at a position.
enum Turn {
    /// The message is there.
    Filled,
    /// It is not there yet.
    Awaited,
    /// It was taken by another receiver.
    Over,
}

impl<T: Send> Store<T> for StampQueue<T> {
    type Tx = StampTx;
    type Rx = StampRx;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        let turns = Turns::new(limits.capacity as u64, limits.origin);
        Ok(Self {
            tail: CachePadded::new(AtomicU64::new(turns.origin)),
            head: CachePadded::new(AtomicU64::new(turns.origin)),
            line: Line::new(limits.capacity, |index| turns.origin + index)?,
            turns,
            single: limits.receivers == 1,
            limits: *limits,
            high_water: AtomicU64::new(0),
            passed_over: AtomicU64::new(0),
            senders: AtomicUsize::new(0),
            receivers: AtomicUsize::new(0),
            sealed: AtomicBool::new(false),
        })
    }

    fn sender(&self) -> Option<StampTx> {
        enter(&self.senders, self.limits.senders).then(|| {
            // ORDERING: Relaxed. A guess.
            let tail = self.tail.load(Ordering::Relaxed) & !self.turns.closed;
            StampTx { tail, limit: tail, gone: false }
        })
    }

    fn receiver(&self) -> Option<StampRx> {
        enter(&self.receivers, self.limits.receivers).then(|| {
            // ORDERING: Relaxed. Behind the exchange of `enter`.
            let position = self.head.load(Ordering::Relaxed);
            StampRx { position, peeked: None, gone: false }
        })
    }

    fn leave_sender(&self, tx: &mut StampTx) {
        leave(&self.senders, &mut tx.gone);
    }

    fn leave_receiver(&self, rx: &mut StampRx) {
        leave(&self.receivers, &mut rx.gone);
    }

    #[inline]
    fn offer(&self, tx: &mut StampTx, message: T) -> Result<Option<T>, Refused<T>> {
        self.offer_if_room(tx, message)
    }

    #[inline]
    fn offer_if_room(&self, tx: &mut StampTx, message: T) -> Result<Option<T>, Refused<T>> {
        let (mut tail, mut failures) = (tx.tail, 0);
        loop {
            match self.room(tx, tail) {
                Room::Free => match self.claim(tail) {
                    Ok(next) => {
                        self.announce(tail, message);
                        tx.tail = next;
                        return Ok(None);
                    }
                    Err(claimed) => tail = claimed,
                },
                Room::Full => return Err(self.refuse(tail, message)),
                // ORDERING: Relaxed. The exchange decides.
                Room::Over => tail = self.tail.load(Ordering::Relaxed),
            }
            if tail & self.turns.closed != 0 {
                return Err(self.refuse(tail, message));
            }
            back_off(&mut failures);
        }
    }

    #[inline]
    fn take(&self, rx: &mut StampRx) -> Taken<T> {
        if self.single {
            return match self.turn(rx.position) {
                Turn::Filled if !rx.gone => Taken::Message(self.take_alone(rx)),
                _ => self.find_none(rx),
            };
        }
        let mut failures = 0;
        loop {
            let head = rx.position;
            match self.turn(head) {
                Turn::Filled => {
                    rx.position = self.turns.next(head);
                    // ORDERING: Relaxed. As in `offer_if_room`.
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

    fn take_latest(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        // What was taken counts as passed over until it is returned: `passed_over` may panic.
        let count = &self.passed_over;
        // ORDERING: Relaxed, here and below. A number to show.
        count.fetch_add(1, Ordering::Relaxed);
        let mut latest = self.take(rx);
        // Not beyond what is there now, or a quick sender would keep the receiver here.
        for _ in 1..self.turns.capacity {
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
        // ORDERING(stamps_closed): Release. A sender that is refused comes after the close.
        self.tail.fetch_or(self.turns.closed, Ordering::Release);
        // ORDERING(stamps_sealed): Release. Who sees it sees where the tail stays.
        self.sealed.store(true, Ordering::Release);
    }

    #[inline]
    fn is_closed(&self) -> bool {
        // ORDERING: Relaxed. Whoever needs the order looks with `take`.
        self.tail.load(Ordering::Relaxed) & self.turns.closed != 0
    }

    #[inline]
    fn capacity(&self) -> usize {
        self.limits.capacity
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    fn len(&self) -> usize {
        // ORDERING: Relaxed. Out of date at once.
        let head = self.head.load(Ordering::Relaxed);
        // ORDERING: Relaxed. As above.
        let tail = self.tail.load(Ordering::Relaxed);
        self.turns.between(head, tail) as usize
    }

    fn stats(&self) -> Stats {
        // ORDERING: Relaxed, here and below. Numbers to show.
        let head = self.head.load(Ordering::Relaxed);
        let tail = self.tail.load(Ordering::Relaxed);
        let passed_over = self.passed_over.load(Ordering::Relaxed);
        let held = self.turns.between(head, tail);
        let taken = self.turns.count(head);
        Stats {
            accepted: taken + held,
            delivered: taken.saturating_sub(passed_over),
            passed_over,
            held,
            high_water: self.high_water.load(Ordering::Relaxed).max(held),
            ..Stats::default()
        }
    }
}

impl<T: Send> Peek<T> for StampQueue<T> {
    fn peek<'a>(&'a self, rx: &'a mut StampRx) -> Taken<&'a T> {
        assert!(self.single, "another receiver may take what this one looks at");
        match self.turn(rx.position) {
            Turn::Filled if !rx.gone => {
                let at = self.line.place(self.turns.index(rx.position));
                Taken::Message(self.line.peek(rx.peeked.insert(Filled(at))))
            }
            _ => self.find_none(rx),
        }
    }
}

impl<T> StampQueue<T> {
    /// Says what a receiver finds at a position.
    #[inline(always)]
    fn turn(&self, position: u64) -> Turn {
        // ORDERING(stamped): Acquire. The message of this stamp becomes readable.
        let stamp = self.stamp(position).load(Ordering::Acquire);
        match position + 1 {
            filled if stamp == filled => Turn::Filled,
            filled if is_before(stamp, filled) => Turn::Awaited,
            _ => Turn::Over,
        }
    }

    /// Asks whether there is room for a message at a position.
    #[inline(always)]
    fn room(&self, tx: &mut StampTx, tail: u64) -> Room {
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
    fn claim(&self, tail: u64) -> Result<u64, u64> {
        let next = self.turns.next(tail);
        // ORDERING: Relaxed. A claim hands nothing over: the stamps do, and the position of an only
        // receiver.
        self.tail.compare_exchange(tail, next, Ordering::Relaxed, Ordering::Relaxed)?;
        Ok(next)
    }

    /// Asks how far the only receiver is. Says whether there is room at `tail`.
    #[cold]
    fn look_for_room(&self, tx: &mut StampTx, tail: u64) -> bool {
        // ORDERING(head): Acquire. The messages before it were read out of their slots.
        let head = self.head.load(Ordering::Acquire);
        tx.limit = self.turns.a_lap_on(head);
        self.note_fill(head, tail);
        is_before(tail, tx.limit)
    }

    /// Puts a message in at a position that its sender claimed.
    #[inline(always)]
    fn announce(&self, tail: u64, message: T) {
        let at = self.line.place(self.turns.index(tail));
        self.line.put(Vacant(at), message);
        // ORDERING(stamped): Release. The message becomes visible with its stamp.
        self.line.header(at).store(tail + 1, Ordering::Release);
    }

    /// Takes the message that the only receiver found.
    #[inline(always)]
    fn take_alone(&self, rx: &mut StampRx) -> T {
        let message = self.pull(rx.position);
        rx.position = self.turns.next(rx.position);
        // ORDERING(head): Release. The message was read before its slot is filled again.
        self.head.store(rx.position, Ordering::Release);
        message
    }

    /// Takes the message at a position that one of several receivers claimed.
    #[inline(always)]
    fn take_shared(&self, head: u64) -> T {
        let message = self.pull(head);
        // ORDERING(vacated): Release. The message was read before the slot is filled again.
        self.stamp(head).store(self.turns.a_lap_on(head), Ordering::Release);
        message
    }

    /// Takes the message at a position out of its slot.
    #[inline(always)]
    fn pull(&self, position: u64) -> T {
        self.line.pull(Filled(self.line.place(self.turns.index(position))))
    }

    #[inline(always)]
    fn stamp(&self, position: u64) -> &AtomicU64 {
        self.line.header(self.line.place(self.turns.index(position)))
    }

    /// Takes out what is left, when all handles are gone.
    fn take_left(&mut self) -> Option<T> {
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
    fn find_none<M>(&self, rx: &StampRx) -> Taken<M> {
        // ORDERING(stamps_sealed): Acquire. The tail stays where it is seen behind this.
        if !self.sealed.load(Ordering::Acquire) {
            return Taken::Empty;
        }
        // ORDERING: Relaxed. Behind the load above. Whoever claimed before it announces its message.
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == rx.position | self.turns.closed { Taken::End } else { Taken::Empty }
    }

    /// Refuses a message for which there was no room at `tail`, or that came after the close.
    #[cold]
    fn refuse(&self, tail: u64, message: T) -> Refused<T> {
        // ORDERING(stamps_closed): Acquire. Looked at again, because the hot path need not pay for it.
        if self.tail.load(Ordering::Acquire) & self.turns.closed != 0 {
            return Refused::Closed(message);
        }
        // ORDERING: Relaxed. A number to show.
        self.note_fill(self.head.load(Ordering::Relaxed), tail);
        Refused::Full(message)
    }

    /// Notes how full the queue is.
    #[cold]
    fn note_fill(&self, head: u64, tail: u64) {
        let fill = self.turns.between(head, tail);
        // ORDERING: Relaxed, here and below. A number to show.
        if self.high_water.load(Ordering::Relaxed) < fill {
            self.high_water.fetch_max(fill, Ordering::Relaxed);
        }
    }
}

impl<T> Drop for StampQueue<T> {
    fn drop(&mut self) {
        drop_rest(|| self.take_left());
    }
}

impl Turns {
    /// The turns of a queue whose first message has about the position `origin`.
    fn new(capacity: u64, origin: u64) -> Self {
        let closed = (capacity + 1).next_power_of_two();
        Self { capacity, closed, origin: (origin / capacity).wrapping_mul(2 * closed) }
    }

    /// The slot of a position.
    #[inline(always)]
    fn index(self, position: u64) -> u64 {
        position & (self.closed - 1)
    }

    /// The position behind this one.
    #[inline(always)]
    fn next(self, position: u64) -> u64 {
        if self.index(position) + 1 < self.capacity {
            position + 1
        } else {
            self.a_lap_on(position - (self.capacity - 1))
        }
    }

    /// The position of the same slot in the next lap.
    #[inline(always)]
    fn a_lap_on(self, position: u64) -> u64 {
        position.wrapping_add(2 * self.closed)
    }

    /// How many positions there are before this one.
    fn count(self, position: u64) -> u64 {
        let laps = position.wrapping_sub(self.origin) / (2 * self.closed);
        laps.wrapping_mul(self.capacity) + self.index(position)
    }

    /// How many positions there are from `head` to `tail`, at most a lap.
    fn between(self, head: u64, tail: u64) -> u64 {
        let messages = self.count(tail & !self.closed).wrapping_sub(self.count(head));
        // The two are read one after the other: if they do not fit, the later one ran ahead.
        if messages <= self.capacity {
            messages
        } else if is_before(0, messages) {
            self.capacity
        } else {
            0
        }
    }
}

/// Whether one position comes before another, which is less than half of all away.
#[inline(always)]
fn is_before(a: u64, b: u64) -> bool {
    b.wrapping_sub(a).wrapping_sub(1) < u64::MAX / 2
}

/// Counts a handle in, if there may be another.
fn enter(handles: &AtomicUsize, limit: usize) -> bool {
    // ORDERING(stamps_place): Acquire. Who takes a place goes on where the last holder stopped.
    handles
        .fetch_update(Ordering::Acquire, Ordering::Relaxed, |n| (n < limit).then_some(n + 1))
        .is_ok()
}

/// Counts a handle out, once.
fn leave(handles: &AtomicUsize, gone: &mut bool) {
    if !core::mem::replace(gone, true) {
        // ORDERING(stamps_place): Release. What this holder did comes before the next one.
        handles.fetch_sub(1, Ordering::Release);
    }
}

/// Stands back after a claim that another party won: twice as long each time.
#[cold]
fn back_off(failures: &mut u32) {
    for _ in 0..1_u32 << (*failures).min(LONGEST_BACK_OFF) {
        hint::spin_loop();
    }
    *failures += 1;
}
