//! What the ends of all lanes share.

use alloc::boxed::Box;

use windlass_sync::EventCount;
use windlass_sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::late::Late;
use crate::level::QosLevel;
use crate::paths::ManyToOne;
use crate::stats::{DropReason, Stats};
use crate::store::{Choice, Store, Taken};

pub(super) type LaneStore<T> = <QosLevel as Choice>::Store<T, ManyToOne>;
pub(super) type Tx<T> = <LaneStore<T> as Store<T>>::Tx;
pub(super) type Rx<T> = <LaneStore<T> as Store<T>>::Rx;

/// What is called with messages that nobody gets.
pub(super) type OnDrop<T> = Box<dyn Fn(T, DropReason) + Send + Sync>;

/// Says how many threads are at work.
pub(super) type Threads = Box<dyn Fn() -> usize + Send + Sync>;

/// A buffer of several lanes.
pub(super) struct Shared<T: Send> {
    pub(super) lanes: Box<[Track<T>]>,
    /// Rung behind each message of each lane, and when a lane closes.
    pub(super) not_empty: EventCount,
    /// Senders and the receiver.
    parties: AtomicUsize,
    /// Asked instead of `parties`.
    threads: Option<Threads>,
    on_drop: Option<OnDrop<T>>,
    late: Late,
}

/// One lane.
pub(super) struct Track<T: Send> {
    pub(super) store: LaneStore<T>,
    pub(super) level: QosLevel,
    /// Rung behind each message that was taken, where senders wait.
    pub(super) not_full: EventCount,
    pub(super) most_senders: usize,
    senders: AtomicUsize,
    keys: AtomicU64,
    left: AtomicU64,
}

impl<T: Send> Track<T> {
    pub(super) fn new(store: LaneStore<T>, level: QosLevel, most_senders: usize) -> Self {
        let waiting = if level.overwrites() { 0 } else { most_senders };
        Self {
            store,
            level,
            not_full: EventCount::new(waiting),
            most_senders,
            senders: AtomicUsize::new(1),
            keys: AtomicU64::new(0),
            left: AtomicU64::new(0),
        }
    }

    /// A key at the lane's bell that no other sender has.
    pub(super) fn key(&self) -> u64 {
        // ORDERING: Relaxed. Only that it differs from all others matters.
        self.keys.fetch_add(1, Ordering::Relaxed)
    }

    /// Something if a message would not be refused for want of room.
    pub(super) fn has_room(&self) -> Option<()> {
        let full = !self.level.overwrites() && self.store.capacity() <= self.store.len();
        (!full || self.store.is_closed()).then_some(())
    }

    /// The numbers of the lane. What the receiver left behind was not delivered.
    pub(super) fn stats(&self) -> Stats {
        // ORDERING: Relaxed. Exact at rest.
        let left = self.left.load(Ordering::Relaxed);
        let store = self.store.stats();
        Stats { delivered: store.delivered.saturating_sub(left), left: store.left + left, ..store }
    }
}

impl<T: Send> Shared<T> {
    pub(super) fn new(
        lanes: Box<[Track<T>]>,
        threads: Option<Threads>,
        on_drop: Option<OnDrop<T>>,
    ) -> Self {
        let parties = AtomicUsize::new(lanes.len() + 1);
        let (not_empty, late) = (EventCount::new(1), Late::default());
        Self { lanes, not_empty, parties, threads, on_drop, late }
    }

    /// How many threads may be at work.
    pub(super) fn parties(&self) -> usize {
        match &self.threads {
            Some(threads) => threads(),
            // ORDERING: Relaxed. A number to plan a wait with.
            None => self.parties.load(Ordering::Relaxed),
        }
    }

    /// Hands a message that nobody gets to the callback, or drops it.
    pub(super) fn dispose(&self, message: T, reason: DropReason) {
        match &self.on_drop {
            None => drop(message),
            Some(on_drop) => on_drop(message, reason),
        }
    }

    /// Refuses all further messages of a lane and wakes who waits.
    #[cold]
    pub(super) fn close(&self, lane: usize) {
        let track = &self.lanes[lane];
        track.store.close();
        // Each bell is rung even if a waker of the other one panics.
        let senders = Ring(&track.not_full);
        self.not_empty.notify();
        drop(senders);
    }

    pub(super) fn add_sender(&self, lane: usize) {
        // ORDERING: Relaxed. Whoever clones keeps the number above 0 meanwhile.
        self.lanes[lane].senders.fetch_add(1, Ordering::Relaxed);
        self.parties.fetch_add(1, Ordering::Relaxed);
    }

    /// A sender is gone; the last one of a lane closes it.
    pub(super) fn remove_sender(&self, lane: usize) {
        // ORDERING: Relaxed. A number to plan waits with.
        self.parties.fetch_sub(1, Ordering::Relaxed);
        // ORDERING(lane_left): Release. What this sender did precedes the close, if another one is the last.
        // ORDERING(lane_left): Acquire. What all others did precedes the close by this one.
        if self.lanes[lane].senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.close(lane);
        }
    }

    /// As [`Late::ring`].
    #[inline(always)]
    pub(super) fn ring(&self) {
        self.late.ring(&self.not_empty, || self.take_late());
    }

    /// The receiver goes, and all lanes are closed: what is in them or comes behind goes to nobody.
    pub(super) fn remove_receiver(&self, rx: &mut [Rx<T>]) {
        let turn = self.late.begin(&self.not_empty);
        // Leaves all lanes, also if the destructor of a message panics.
        let leaving = Leaving { lanes: &self.lanes, rx };
        for (track, rx) in leaving.lanes.iter().zip(&mut *leaving.rx) {
            self.leave_behind(track, rx);
        }
        drop(leaving);
        turn.finish(|| self.take_late());
    }

    /// Takes what senders put in that were at work when the receiver left.
    fn take_late(&self) {
        for track in &self.lanes {
            // Whoever asks for a message that nobody took sees that it is there.
            if track.store.len() != 0
                && let Some(rx) = track.store.receiver()
            {
                let rx = &mut [rx];
                let leaving = Leaving { lanes: core::slice::from_ref(track), rx };
                self.leave_behind(track, &mut leaving.rx[0]);
            }
        }
    }

    /// What is in a lane goes to nobody.
    fn leave_behind(&self, track: &Track<T>, rx: &mut Rx<T>) {
        loop {
            match track.store.take(rx) {
                Taken::Message(message) => {
                    // ORDERING: Relaxed. A number for `stats`.
                    track.left.fetch_add(1, Ordering::Relaxed);
                    self.dispose(message, DropReason::Left);
                }
                Taken::Lagged(_) => {}
                Taken::Empty | Taken::End => break,
            }
        }
        track.store.sweep(rx, &mut |message| self.dispose(message, DropReason::Overwritten));
    }
}

impl<T: Send> Drop for Shared<T> {
    /// There is something left only where a destructor or the callback panicked.
    fn drop(&mut self) {
        let Self { lanes, on_drop, .. } = self;
        if let Some(on_drop) = on_drop {
            for track in &mut *lanes {
                track.store.drain(&mut |message| on_drop(message, DropReason::Left));
            }
        }
    }
}

/// Gives places in lanes back when it is dropped.
struct Leaving<'r, T: Send> {
    lanes: &'r [Track<T>],
    rx: &'r mut [Rx<T>],
}

impl<T: Send> Drop for Leaving<'_, T> {
    fn drop(&mut self) {
        for (track, rx) in self.lanes.iter().zip(&mut *self.rx) {
            track.store.leave_receiver(rx);
        }
    }
}

/// Rings when it is dropped.
pub(super) struct Ring<'a>(pub(super) &'a EventCount);

impl Drop for Ring<'_> {
    fn drop(&mut self) {
        self.0.notify();
    }
}
