//! What can be read of a worker while it runs.

use core::fmt;

use windlass_sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::balance::SlotCounts;

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// It is being built.
    Starting,
    /// It waits for messages.
    Idle,
    /// It handles a batch.
    Busy,
    /// It takes no messages, by [`Pool::pause`](crate::Pool::pause).
    Paused,
    /// It panicked, and waits before it is built anew.
    BackingOff,
    /// It has ended as it was told.
    Ended,
    /// It panicked too often, or could not be built anew.
    Dead,
}

const PHASES: [Phase; 7] = [
    Phase::Starting,
    Phase::Idle,
    Phase::Busy,
    Phase::Paused,
    Phase::BackingOff,
    Phase::Ended,
    Phase::Dead,
];

/// Which call into what a user wrote a worker is in, or between which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call(u64);

impl Call {
    pub(crate) fn is_inside(self) -> bool {
        self.0 % 2 == 1
    }
}

/// Numbers of one worker, written by its thread alone.
pub(crate) struct Status {
    /// When it was begun, in nanoseconds of the pool.
    began: u64,
    /// Odd while the thread is inside of what a user wrote.
    calls: AtomicU64,
    /// When it was built anew for the last time, and one more; zero if never.
    restarted: AtomicU64,
    /// Messages by slot.
    pub(crate) slots: SlotCounts,
    phase: AtomicU8,
    handled: AtomicU64,
    batches: AtomicU64,
    panics: AtomicU64,
    restarts: AtomicU64,
    unsent: AtomicU64,
}

impl Status {
    pub(crate) fn new(began: u64) -> Self {
        Self {
            began,
            slots: SlotCounts::new(),
            calls: AtomicU64::new(0),
            restarted: AtomicU64::new(0),
            phase: AtomicU8::new(Phase::Starting as u8),
            handled: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            unsent: AtomicU64::new(0),
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        // ORDERING: Relaxed. A word to look at.
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    pub(crate) fn phase(&self) -> Phase {
        // ORDERING: Relaxed. As above.
        PHASES[usize::from(self.phase.load(Ordering::Relaxed))]
    }

    /// Before a call into what a user wrote.
    #[inline]
    pub(crate) fn enter_call(&self) {
        add(&self.calls, 1);
    }

    /// Behind it, also if it panicked.
    #[inline]
    pub(crate) fn leave_call(&self) {
        add(&self.calls, 1);
    }

    pub(crate) fn call(&self) -> Call {
        // ORDERING: Relaxed. A number to compare with itself.
        Call(self.calls.load(Ordering::Relaxed))
    }

    pub(crate) fn began(&self) -> u64 {
        self.began
    }

    /// When it was built anew for the last time.
    pub(crate) fn restarted(&self) -> Option<u64> {
        // ORDERING: Relaxed. A number to show.
        self.restarted.load(Ordering::Relaxed).checked_sub(1)
    }

    pub(crate) fn count_batch(&self, handled: u64) {
        add(&self.handled, handled);
        add(&self.batches, 1);
    }

    pub(crate) fn count_panic(&self) {
        add(&self.panics, 1);
    }

    pub(crate) fn count_unsent(&self, messages: u64) {
        if 0 < messages {
            add(&self.unsent, messages);
        }
    }

    pub(crate) fn count_restart(&self, now: u64) {
        add(&self.restarts, 1);
        // ORDERING: Relaxed. A number to show.
        self.restarted.store(now.saturating_add(1), Ordering::Relaxed);
    }

    pub(crate) fn read(&self, worker: usize, held: usize) -> WorkerStats {
        // ORDERING: Relaxed, here and below. Numbers to show.
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        WorkerStats {
            worker,
            phase: self.phase(),
            handled: read(&self.handled),
            batches: read(&self.batches),
            panics: read(&self.panics),
            restarts: read(&self.restarts),
            unsent: read(&self.unsent),
            held,
        }
    }
}

/// Adds to a number that one thread writes.
fn add(number: &AtomicU64, more: u64) {
    // ORDERING: Relaxed. A number to show; no read-modify-write, since there is one writer.
    number.store(number.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

/// How a worker is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStats {
    /// Its number.
    pub worker: usize,
    /// What it is doing.
    pub phase: Phase,
    /// Messages it has handled.
    pub handled: u64,
    /// Batches it has handled them in.
    pub batches: u64,
    /// Times it panicked.
    pub panics: u64,
    /// Times it was built anew.
    pub restarts: u64,
    /// Messages that its links took and that the other pools did not; see [`PoolLink`](crate::PoolLink).
    pub unsent: u64,
    /// Messages in its mailbox, on all lanes.
    pub held: usize,
}

impl fmt::Display for WorkerStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worker, phase, handled, held, panics, .. } = self;
        write!(f, "worker {worker}: {phase:?}, {handled} handled, {held} held, {panics} panics")
    }
}
