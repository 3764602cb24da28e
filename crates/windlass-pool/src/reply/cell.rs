//! What the two halves of an ask share.
//!
//! The outcome lies under a lock, and whoever finds it open there decides it: so it is decided once. An
//! asker that waits does not look into the lock but at `progress`, which is stored after the lock
//! was let go: whoever sees it finds the lock free. Nothing else is ordered by `progress`; a look that
//! matters goes through the lock.
//!
//! A cell is used again when nobody but its book holds it, so a late answer has nowhere to go
//! but to the asker that it is for.

use core::mem;
use core::task::Waker;
use std::sync::PoisonError;

use windlass_ring::{Deadline, Waiter};
use windlass_sync::EventCount;
use windlass_sync::atomic::{AtomicU8, Ordering};
use windlass_sync::sync::{Mutex, lock};

use super::AskError;
use crate::simulation::here;

/// Values of `progress`: nothing was decided so far.
const OPEN: u8 = 0;
/// The outcome is there.
const SETTLED: u8 = 1;
/// The asker has left.
const LEFT: u8 = 2;

/// The asker is the only party that waits at its bell.
const KEY: u64 = 0;

/// One question and its outcome.
pub(super) struct Cell<R> {
    progress: AtomicU8,
    state: Mutex<State<R>>,
    /// Where the asker sleeps if it waits as a thread.
    bell: EventCount,
    deadline: Deadline,
    /// How the asker waits. Locked by the asker alone.
    waiter: Mutex<Waiter>,
    parties: usize,
}

struct State<R> {
    outcome: Outcome<R>,
    /// The task that waits. It is taken by whoever decides the outcome, under the same lock, which
    /// spares tasks the barriers of an event count.
    task: Option<Waker>,
}

enum Outcome<R> {
    Open,
    Answer(R),
    Failed(AskError),
    /// The asker has had its outcome, or wants none.
    Left,
}

impl<R> Cell<R> {
    pub(super) fn new(deadline: Deadline, waiter: Waiter, parties: usize) -> Self {
        Self {
            progress: AtomicU8::new(OPEN),
            state: Mutex::new(State { outcome: Outcome::Open, task: None }),
            bell: EventCount::new(1),
            deadline,
            waiter: Mutex::new(waiter),
            parties,
        }
    }

    /// Makes the cell ready for the next question. Nobody else holds it.
    pub(super) fn reset(&mut self, deadline: Deadline) {
        // ORDERING: Relaxed. The halves get the cell after this; how does not matter here.
        self.progress.store(OPEN, Ordering::Relaxed);
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.outcome = Outcome::Open;
        self.deadline = deadline;
    }

    #[inline]
    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Whether the outcome was decided. It may have been if this says no; then a later look says so.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        // ORDERING: Relaxed. What was decided is read under the lock.
        self.progress.load(Ordering::Relaxed) != OPEN
    }

    /// Whether the asker has left.
    pub(super) fn is_left(&self) -> bool {
        self.is_settled() && matches!(lock(&self.state).outcome, Outcome::Left)
    }

    /// Whether the asker knows that it has left; `false` may be said to one that has.
    #[inline]
    pub(super) fn has_left(&self) -> bool {
        // ORDERING: Relaxed. The asker asks about itself.
        self.progress.load(Ordering::Relaxed) == LEFT
    }

    /// Decides for this answer; it comes back if something else was decided before.
    #[inline]
    pub(super) fn answer(&self, value: R) -> Result<(), R> {
        self.settle(value, Outcome::Answer)
    }

    /// Decides for this failure; `false` if something else was decided before.
    pub(super) fn fail(&self, error: AskError) -> bool {
        self.settle(error, Outcome::Failed).is_ok()
    }

    #[inline]
    fn settle<T>(&self, what: T, outcome: impl FnOnce(T) -> Outcome<R>) -> Result<(), T> {
        let task = {
            let mut state = lock(&self.state);
            if !matches!(state.outcome, Outcome::Open) {
                return Err(what);
            }
            state.outcome = outcome(what);
            state.task.take()
        };
        // ORDERING: Relaxed. Behind the lock, so that whoever sees it finds the lock free; the
        // event count makes it visible to an asker that goes to sleep.
        self.progress.store(SETTLED, Ordering::Relaxed);
        self.bell.notify();
        if let Some(task) = task {
            task.wake();
        }
        Ok(())
    }

    /// The asker leaves with what was decided, or else with `error`, and this decides for it.
    pub(super) fn leave(&self, error: AskError) -> Result<R, AskError> {
        let (outcome, task) = {
            let mut state = lock(&self.state);
            (mem::replace(&mut state.outcome, Outcome::Left), state.task.take())
        };
        // ORDERING: Relaxed. Tells the worker that nobody waits any more. A port that has just
        // decided may store over it, which says the same to whoever asks.
        self.progress.store(LEFT, Ordering::Relaxed);
        // Code of the runtime: outside the lock.
        drop(task);
        match outcome {
            Outcome::Open => Err(error),
            Outcome::Answer(value) => Ok(value),
            Outcome::Failed(error) => Err(error),
            Outcome::Left => Err(AskError::Cancelled),
        }
    }

    /// Waits until something was decided, or until the deadline has passed.
    #[inline]
    pub(super) fn wait(&self) {
        let look = || self.is_settled().then_some(());
        if look().is_none() {
            if let Some(schedule) = here() {
                schedule.wait(self.deadline, look);
                return;
            }
            // Whether it found something or ran out of time the asker sees when it leaves.
            let mut waiter = lock(&self.waiter);
            waiter.wait_at(&self.bell, KEY, self.parties, self.deadline, look);
        }
    }

    /// Arranges that `waker` is woken when something is decided; `false` if that has happened.
    pub(super) fn listen(&self, waker: &Waker) -> bool {
        // Cloning and dropping wakers is code of the runtime: outside the lock.
        let task = waker.clone();
        let (open, _old) = {
            let mut state = lock(&self.state);
            let open = matches!(state.outcome, Outcome::Open);
            (open, if open { state.task.replace(task) } else { Some(task) })
        };
        open
    }
}
