//! What the handles of a conflating buffer share, and how it ends.
//!
//! An update is accepted or refused as a whole though it takes several steps. A sender says that it is at
//! work and then looks whether the buffer is closed; whoever closes says so and then passes the heavy side
//! of the barrier. So a sender that missed the close is seen at work, and the end waits for it.

use alloc::boxed::Box;
use alloc::vec::Vec;

use windlass_sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::{CachePadded, EventCount, barrier};

use super::cells::{Cells, Spare, State};
use super::queue::KeyQueue;
use super::seat::{Seat, add};
use super::taker::Taker;
use crate::error::BuildError;
use crate::late::Late;
use crate::stats::{DropReason, Stats};

/// What is called with updates that nobody gets.
pub(super) type OnDrop<T> = Box<dyn Fn(T, DropReason) + Send + Sync>;

const OPEN: u8 = 0;
/// Refused from now on, but some may not know it yet.
const CLOSING: u8 = 1;
/// Whoever does not know it is seen at work.
const CLOSED: u8 = 2;

/// A conflating buffer.
pub(super) struct Shared<T> {
    pub(super) cells: Cells<T>,
    pub(super) queue: KeyQueue,
    pub(super) seats: Box<[CachePadded<Seat>]>,
    /// Rung behind each update, and at the close.
    pub(super) bell: EventCount,
    /// Slots that no handle owns.
    spares: Mutex<Vec<Spare>>,
    state: AtomicU8,
    senders: AtomicUsize,
    on_drop: Option<OnDrop<T>>,
    late: Late,
    /// Where the receiver stopped, once it has gone.
    taker: Mutex<Option<Taker>>,
    /// Updates that were taken out; whoever takes writes these three, alone.
    pub(super) taken: AtomicU64,
    pub(super) left: AtomicU64,
    pub(super) high_water: AtomicU64,
}

impl<T> Shared<T> {
    pub(super) fn new(
        keys: u32,
        senders: u32,
        on_drop: Option<OnDrop<T>>,
    ) -> Result<Self, BuildError> {
        let (cells, spares) = Cells::new(keys, senders + 1)?;
        Ok(Self {
            cells,
            queue: KeyQueue::new(keys as usize),
            seats: (0..senders).map(|_| CachePadded::default()).collect(),
            bell: EventCount::new(1),
            spares: Mutex::new(spares.collect()),
            state: AtomicU8::new(OPEN),
            senders: AtomicUsize::new(0),
            on_drop,
            late: Late::default(),
            taker: Mutex::new(None),
            taken: AtomicU64::new(0),
            left: AtomicU64::new(0),
            high_water: AtomicU64::new(0),
        })
    }

    /// A slot for a handle; there is one for each that may be.
    pub(super) fn spare(&self) -> Option<Spare> {
        lock(&self.spares).pop()
    }

    /// A handle gives its slot back.
    pub(super) fn give_back(&self, spare: Spare) {
        lock(&self.spares).push(spare);
    }

    /// Hands an update that nobody gets to the callback, or drops it.
    pub(super) fn dispose(&self, update: T, reason: DropReason) {
        match &self.on_drop {
            None => drop(update),
            Some(on_drop) => on_drop(update, reason),
        }
    }

    pub(super) fn add_sender(&self) {
        // ORDERING: Relaxed. Whoever clones keeps the number above 0 meanwhile.
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    /// A sender is gone; the last one closes.
    pub(super) fn remove_sender(&self) {
        // ORDERING(conflate_left): Release and Acquire. What each sender did before it left precedes the close.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }

    /// How many threads take part.
    pub(super) fn parties(&self) -> usize {
        // ORDERING: Relaxed. A number to plan a wait with.
        self.senders.load(Ordering::Relaxed) + 1
    }

    /// Refuses all further updates and wakes the receiver.
    #[cold]
    pub(super) fn close(&self) {
        // ORDERING: Relaxed. The barrier that follows decides who sees it.
        let first =
            self.state.compare_exchange(OPEN, CLOSING, Ordering::Relaxed, Ordering::Relaxed);
        if first.is_ok() {
            // ORDERING(conflate_close): heavy barrier. A sender that does not see the state is seen at
            // work from here on. Light end: `is_refused`.
            barrier::heavy();
            // ORDERING(conflate_left, conflate_close): Release. Whoever sees it sees who is at work, and
            // all that senders that are gone did.
            self.state.store(CLOSED, Ordering::Release);
        }
        self.bell.notify();
    }

    /// Wakes the receiver. To be called by each sender behind its work.
    #[inline(always)]
    pub(super) fn ring(&self) {
        self.late.ring(&self.bell, || self.take_late());
    }

    /// The receiver goes, and the buffer is closed: what is unread or comes behind goes to nobody.
    pub(super) fn remove_receiver(&self, taker: Option<Taker>) {
        let turn = self.late.begin(&self.bell);
        *lock(&self.taker) = taker;
        turn.finish(|| self.take_late());
    }

    /// Takes all that is unread, for nobody.
    fn take_late(&self) {
        // What runs between the locks is not ours. Nobody else takes meanwhile.
        let take = || lock(&self.taker).as_mut()?.take(self);
        while let Some((_, update)) = take() {
            add(&self.left, 1);
            self.dispose(update, DropReason::Left);
        }
    }

    /// Whether a sender that has said that it is at work has to give its update back.
    pub(super) fn is_refused(&self) -> bool {
        // ORDERING(conflate_close): light barrier. The store that says so precedes the load of the state.
        // Heavy end: `close`.
        barrier::light();
        self.is_closed()
    }

    pub(super) fn is_closed(&self) -> bool {
        // ORDERING: Relaxed. Refusing reads nothing.
        self.state.load(Ordering::Relaxed) != OPEN
    }

    /// Whether nothing will be entered that is not in the queue already.
    pub(super) fn is_over(&self) -> bool {
        // ORDERING(conflate_left, conflate_close): Acquire. Who is at work is seen, and what those did who are
        // gone.
        self.state.load(Ordering::Acquire) == CLOSED
            && !self.seats.iter().any(|seat| seat.is_at_work())
    }

    /// Keys with something unread.
    pub(super) fn len(&self) -> usize {
        // ORDERING: Relaxed. Out of date at once. What was taken is read first, and is not more.
        let taken = self.taken.load(Ordering::Relaxed);
        usize::try_from(self.queue.entered().saturating_sub(taken)).unwrap_or(usize::MAX)
    }

    pub(super) fn stats(&self) -> Stats {
        // ORDERING: Relaxed. Exact at rest, as all of these.
        let left = self.left.load(Ordering::Relaxed);
        let taken = self.taken.load(Ordering::Relaxed);
        let held = self.queue.entered().saturating_sub(taken);
        Stats {
            accepted: self.seats.iter().map(|seat| seat.accepted()).sum(),
            conflated: self.seats.iter().map(|seat| seat.conflated()).sum(),
            delivered: taken.saturating_sub(left),
            left,
            held,
            high_water: self.high_water.load(Ordering::Relaxed).max(held),
            ..Stats::default()
        }
    }
}

impl<T> Drop for Shared<T> {
    /// There is something left only where a destructor or the callback panicked.
    fn drop(&mut self) {
        let spare = self.spare();
        drop(Leftovers { buffer: self, spare, next: 0 });
    }
}

/// Drops what is left, all of it also if dropping some of it panics.
struct Leftovers<'s, T> {
    buffer: &'s Shared<T>,
    spare: Option<Spare>,
    next: u32,
}

impl<T> Leftovers<'_, T> {
    fn next(&mut self) -> Option<T> {
        let spare = self.spare.as_mut()?;
        let cells = &self.buffer.cells;
        while (self.next as usize) < cells.len() {
            let key = self.next;
            self.next += 1;
            let seen = cells.look(key);
            if seen.state() == State::Full {
                return cells.take_if(key, seen, spare, State::Empty);
            }
        }
        None
    }
}

impl<T> Drop for Leftovers<'_, T> {
    fn drop(&mut self) {
        while let Some(update) = self.next() {
            let mut rest =
                Leftovers { buffer: self.buffer, spare: self.spare.take(), next: self.next };
            // If this panics, the rest is dropped on the way out.
            self.buffer.dispose(update, DropReason::Left);
            (self.spare, self.next) = (rest.spare.take(), rest.next);
        }
    }
}
