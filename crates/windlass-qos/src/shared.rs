//! What the handles of a buffer share, and how it ends.
//!
//! One allocation: the store, a bell for receivers and one for senders, and how many there are of each.

use alloc::boxed::Box;
use core::fmt;

use windlass_ring::{Deadline, Wait, Waiter};
use windlass_sync::EventCount;
use windlass_sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::bell::Bell;
use crate::late::Late;
use crate::level::{Level, QosLevel};
use crate::paths::Paths;
use crate::stats::{DropReason, Stats};
use crate::store::{Choice, Limits, Store};

pub(crate) type StoreOf<T, L, P> = <L as Choice>::Store<T, P>;
pub(crate) type TxOf<T, L, P> = <StoreOf<T, L, P> as Store<T>>::Tx;
pub(crate) type RxOf<T, L, P> = <StoreOf<T, L, P> as Store<T>>::Rx;

/// What is called with messages that nobody gets.
pub(crate) type OnDrop<T> = Box<dyn Fn(T, DropReason) + Send + Sync>;

/// A buffer.
pub(crate) struct Shared<T: Send, L: Level, P: Paths> {
    pub(crate) store: StoreOf<T, L, P>,
    /// Rung behind each message, and at the close.
    pub(crate) not_empty: EventCount,
    /// Rung behind each message that was taken, where senders wait, and at the close.
    pub(crate) not_full: L::NotFull,
    pub(crate) qos: QosLevel,
    pub(crate) limits: Limits,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    late: Late,
    /// The keys of handles at the bells.
    keys: AtomicU64,
    on_drop: Option<OnDrop<T>>,
    /// Accepted and dropped at once, because it drops the newest.
    newest: AtomicU64,
    /// Taken by the last receiver, or behind it, for nobody.
    left: AtomicU64,
}

/// What a handle needs while it waits. In a box, so that no pointer into the handle leaves it.
pub(crate) struct Waiting {
    pub(crate) key: u64,
    waiter: Waiter,
}

impl Waiting {
    pub(crate) fn new(key: u64, wait: Wait) -> Box<Self> {
        Box::new(Self { key, waiter: Waiter::new(wait) })
    }

    /// The same for the handle with this key.
    pub(crate) fn another(&self, key: u64) -> Box<Self> {
        Box::new(Self { key, waiter: self.waiter.another() })
    }

    /// Waits until `look` finds something; `None` only if the deadline has passed.
    pub(crate) fn wait_at<R>(
        &mut self,
        bell: &EventCount,
        parties: usize,
        deadline: Deadline,
        look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        self.waiter.wait_at(bell, self.key, parties, deadline, look)
    }
}

impl<T: Send, L: Level, P: Paths> Shared<T, L, P> {
    /// A buffer with one sender and one receiver, which the caller makes.
    pub(crate) fn new(
        store: StoreOf<T, L, P>,
        qos: QosLevel,
        limits: Limits,
        waiting_senders: usize,
        on_drop: Option<OnDrop<T>>,
    ) -> Self {
        Self {
            store,
            not_empty: EventCount::new(limits.receivers),
            not_full: Bell::new(waiting_senders),
            qos,
            limits,
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(1),
            late: Late::default(),
            keys: AtomicU64::new(0),
            on_drop,
            newest: AtomicU64::new(0),
            left: AtomicU64::new(0),
        }
    }

    /// A key that no other handle of this buffer has.
    pub(crate) fn key(&self) -> u64 {
        // ORDERING: Relaxed. Only that it differs from all others matters.
        self.keys.fetch_add(1, Ordering::Relaxed)
    }

    /// How many handles there are, and so how many threads may be at work.
    pub(crate) fn parties(&self) -> usize {
        // ORDERING: Relaxed. A number to plan a wait with.
        self.senders.load(Ordering::Relaxed) + self.receivers.load(Ordering::Relaxed)
    }

    /// Hands a message that nobody gets to the callback, or drops it. To be called behind the bells: what
    /// runs here is not ours, and may panic.
    #[inline]
    pub(crate) fn dispose(&self, message: T, reason: DropReason) {
        match &self.on_drop {
            None => drop(message),
            Some(on_drop) => on_drop(message, reason),
        }
    }

    /// Whether somebody has to be told of room. To be asked behind what made it.
    #[inline(always)]
    pub(crate) fn is_room_awaited(&self) -> bool {
        self.not_full.get().is_some_and(EventCount::is_awaited)
    }

    /// As [`Late::ring`].
    #[inline(always)]
    pub(crate) fn ring(&self) {
        self.late.ring(&self.not_empty, || self.take_late());
    }

    /// Counts a message that was accepted and not put in.
    pub(crate) fn count_newest(&self) {
        // ORDERING: Relaxed. A number for `stats`; joining a thread makes it exact.
        self.newest.fetch_add(1, Ordering::Relaxed);
    }

    /// Refuses all further messages and wakes everybody.
    #[cold]
    pub(crate) fn close(&self) {
        self.store.close();
        // Each bell is rung even if a waker of the other one panics.
        let senders = self.not_full.get().map(Ring);
        self.not_empty.notify();
        drop(senders);
    }

    /// Counts a sender that is cloned from one that exists.
    pub(crate) fn add_sender(&self) {
        // ORDERING: Relaxed. Whoever clones keeps the number above 0 meanwhile.
        self.senders.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a receiver that is cloned from one that exists.
    pub(crate) fn add_receiver(&self) {
        // ORDERING: Relaxed. Whoever clones keeps the number above 0 meanwhile.
        self.receivers.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a sender that is made from a weak one; not if the last sender has left.
    pub(crate) fn revive_sender(&self) -> bool {
        let mut senders = self.senders.load(Ordering::Relaxed);
        while senders != 0 {
            // ORDERING: Relaxed. The number alone decides: the last one that leaves finds either this
            // sender counted, or 0 is found here.
            match self.senders.compare_exchange_weak(
                senders,
                senders + 1,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => senders = now,
            }
        }
        false
    }

    /// A sender is gone; the last one closes.
    pub(crate) fn remove_sender(&self) {
        // ORDERING(qos_left): Release and Acquire. What each sender put in precedes the close by the
        // last one, so that a receiver that sees the close sees the messages.
        if self.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
        }
    }

    /// A receiver goes; the last one closes, and what is in the buffer or comes behind goes to nobody: a
    /// message may hold what its sender waits for.
    pub(crate) fn remove_receiver(&self, rx: &mut RxOf<T, L, P>) {
        // Leaves also if the destructor of a message panics.
        let leaving = Leaving { shared: self, rx };
        // ORDERING(qos_left): Release and Acquire. What each receiver did precedes what the last one
        // takes for nobody.
        if self.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close();
            let turn = self.late.begin(&self.not_empty);
            // Whoever has the next turn needs its place: it leaves before it passes the turn on, also by a panic.
            let leaving = leaving;
            self.leave_behind(leaving.rx);
            drop(leaving);
            turn.finish(|| self.take_late());
        }
    }

    /// Takes what senders put in that were at work when the last receiver left.
    fn take_late(&self) {
        // Whoever asks for a message that nobody took sees that it is there.
        if self.store.len() != 0
            && let Some(mut rx) = self.store.receiver()
        {
            let leaving = Leaving { shared: self, rx: &mut rx };
            self.leave_behind(leaving.rx);
        }
    }

    #[cold]
    fn leave_behind(&self, rx: &mut RxOf<T, L, P>) {
        use crate::store::Taken;
        loop {
            match self.store.take(rx) {
                Taken::Message(message) => {
                    // ORDERING: Relaxed. As in `count_newest`.
                    self.left.fetch_add(1, Ordering::Relaxed);
                    self.dispose(message, DropReason::Left);
                }
                Taken::Lagged(_) => {}
                Taken::Empty | Taken::End => break,
            }
        }
        self.store.sweep(rx, &mut |message| self.dispose(message, DropReason::Overwritten));
    }

    /// What the handles show of it: no message.
    pub(crate) fn debug(&self, mut f: fmt::DebugStruct<'_, '_>) -> fmt::Result {
        f.field("level", &self.qos)
            .field("len", &self.store.len())
            .field("capacity", &self.store.capacity())
            .field("closed", &self.store.is_closed())
            .finish_non_exhaustive()
    }

    /// The numbers of the store, and what was dropped outside of it.
    pub(crate) fn stats(&self) -> Stats {
        // ORDERING: Relaxed. Exact at rest, as all of these.
        let newest = self.newest.load(Ordering::Relaxed);
        let left = self.left.load(Ordering::Relaxed);
        let store = self.store.stats();
        Stats {
            accepted: store.accepted + newest,
            newest: store.newest + newest,
            delivered: store.delivered.saturating_sub(left),
            left: store.left + left,
            ..store
        }
    }
}

/// A receiver that gives its place back when it is dropped.
struct Leaving<'r, T: Send, L: Level, P: Paths> {
    shared: &'r Shared<T, L, P>,
    rx: &'r mut RxOf<T, L, P>,
}

impl<T: Send, L: Level, P: Paths> Drop for Leaving<'_, T, L, P> {
    fn drop(&mut self) {
        self.shared.store.leave_receiver(self.rx);
    }
}

/// Rings when it is dropped.
pub(crate) struct Ring<'a>(pub(crate) &'a EventCount);

impl Drop for Ring<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.notify();
    }
}

impl<T: Send, L: Level, P: Paths> Drop for Shared<T, L, P> {
    /// There is something left only where a destructor or the callback panicked.
    fn drop(&mut self) {
        let Self { store, on_drop, .. } = self;
        if let Some(on_drop) = on_drop {
            store.drain(&mut |message| on_drop(message, DropReason::Left));
        }
    }
}
