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

mod place;
mod receive;
mod send;
mod turns;

use alloc::vec::Vec;

use windlass_sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use windlass_sync::{CachePadded, hint};

use super::peek::Peek;
use super::rest::drop_rest;
use super::{Limits, Refused, Store, Taken};
use crate::error::BuildError;
use crate::slots::{Filled, Line, STAMPED};
use crate::stats::Stats;
use place::{enter, leave};
use receive::Turn;
use send::Room;
use turns::Turns;

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
                        // Not where others write the same lines.
                        if failures == 0 {
                            self.prefetch(tail, tx.limit);
                        }
                        return Ok(None);
                    }
                    Err(claimed) => tail = claimed,
                },
                Room::Full => return Err(self.refuse(tail, Refused::Full(message))),
                // ORDERING: Relaxed. The exchange decides.
                Room::Over => tail = self.tail.load(Ordering::Relaxed),
            }
            if tail & self.turns.closed != 0 {
                return Err(self.refuse(tail, Refused::Full(message)));
            }
            back_off(&mut failures);
        }
    }

    #[inline]
    fn offer_run(&self, tx: &mut StampTx, messages: &mut Vec<T>, most: usize) -> usize {
        let (mut sent, mut failures) = (0, 0);
        let most = most.min(messages.len());
        // What the senders know of the room is one position only where there is one receiver.
        while self.single && sent < most {
            let (tail, run) = (tx.tail, self.run(tx, most - sent));
            if run == 0 {
                break;
            }
            match self.claim_run(tail, run as u64) {
                Ok(next) => {
                    self.announce_run(tail, messages, run);
                    tx.tail = next;
                    sent += run;
                }
                Err(claimed) if claimed & self.turns.closed != 0 => break,
                Err(claimed) => {
                    tx.tail = claimed;
                    back_off(&mut failures);
                }
            }
        }
        sent
    }

    #[inline(always)]
    fn take(&self, rx: &mut StampRx) -> Taken<T> {
        // In line as far as it is short: an only receiver that waits looks here again and again.
        if !self.single {
            return self.take_beside_others(rx);
        }
        match self.turn(rx.position) {
            Turn::Filled if !rx.gone => Taken::Message(self.take_alone(rx)),
            _ => self.find_none(rx),
        }
    }

    #[inline(always)]
    fn is_quiet(&self, rx: &StampRx) -> bool {
        // ORDERING: Relaxed, both. Whatever is found is looked at again.
        let is_filled = || self.stamp(rx.position).load(Ordering::Relaxed) == rx.position + 1;
        self.single && !is_filled() && !self.sealed.load(Ordering::Relaxed)
    }

    #[inline]
    fn take_run(
        &self,
        rx: &mut StampRx,
        most: usize,
        into: &mut Vec<T>,
        mut fits: impl FnMut(&T) -> bool,
    ) -> usize {
        if !self.single || rx.gone {
            return 0;
        }
        let mut taken = 0;
        while taken < most {
            // Looked at first, and then moved in one piece, which ends with the lap at the latest.
            let most = (most - taken).min(self.left_of_lap(rx.position));
            let run = self.count_filled(rx.position, most, &mut fits);
            if run == 0 {
                break;
            }
            self.take_counted(rx, run, into);
            taken += run;
            if run < most {
                break;
            }
        }
        taken
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
    fn has_room(&self, tx: &mut StampTx) -> bool {
        if !self.single {
            return self.len() < self.capacity();
        }
        // ORDERING: Relaxed. Out of date at once, unless this is the only sender, who wrote it.
        let tail = self.tail.load(Ordering::Relaxed) & !self.turns.closed;
        matches!(self.room(tx, tail), Room::Free)
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
        // By where the receivers are now: they are not behind what was read, and what was never there is not noted.
        self.note_fill(self.head.load(Ordering::Relaxed), tail);
        Stats {
            accepted: taken + held,
            delivered: taken.saturating_sub(passed_over),
            passed_over,
            held,
            high_water: self.high_water.load(Ordering::Relaxed),
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
    /// The stamp of a position's slot.
    #[inline(always)]
    pub(super) fn stamp(&self, position: u64) -> &AtomicU64 {
        self.line.header(self.line.place(self.turns.index(position)))
    }
}

impl<T> Drop for StampQueue<T> {
    fn drop(&mut self) {
        drop_rest(|| self.take_left());
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
