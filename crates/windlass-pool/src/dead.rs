//! Messages that no worker handled, and why.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use windlass_partition::Slot;
use windlass_sync::sync::{Mutex, lock};

use crate::quiet::drop_quietly;
use crate::time::Time;
use crate::trace;

/// Why a message was not handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadReason {
    /// The worker panicked while it handled the message.
    Panicked,
    /// The worker was gone for good.
    WorkerGone,
    /// By the level of the mailbox this one made room: it was full, or the sender stopped for long in the middle of
    /// the send.
    Overwritten,
    /// It came out of the mailbox when its slot had another owner: of levels that change the order only.
    Moved,
    /// It had waited for too long, by [`Builder::shed`](crate::Builder::shed).
    Expired,
}

impl DeadReason {
    /// All reasons, in the order of their numbers.
    const ALL: [Self; 5] =
        [Self::Panicked, Self::WorkerGone, Self::Overwritten, Self::Moved, Self::Expired];
}

/// A message that no worker handled.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetter<M> {
    /// The message; nothing if a worker panicked with it and [`Worker::keep`](crate::Worker::keep) made no
    /// copy.
    pub message: Option<M>,
    /// Why nobody handled it.
    pub reason: DeadReason,
    /// Whose mailbox it was in; whose it was for if it came to none.
    pub worker: usize,
    /// The slot of its key, or that it has none: so it can be sent again.
    pub(crate) slot: u16,
    pub(crate) is_high: bool,
}

impl<M> DeadLetter<M> {
    /// The slot of its key; nothing if it was sent to one worker or to any.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        Slot::new(self.slot)
    }

    /// Whether it was sent before others, by [`Sender::send_high`](crate::Sender::send_high) or its kin; sent again it
    /// is so too.
    #[must_use]
    pub fn is_high(&self) -> bool {
        self.is_high
    }
}

impl<M> fmt::Debug for DeadLetter<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, reason, worker, .. } = self;
        let mut shown = f.debug_struct("DeadLetter");
        shown.field("kept", &message.is_some()).field("reason", reason).field("worker", worker);
        shown.finish()
    }
}

/// How many messages were not handled.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct DeadCounts {
    by_reason: [u64; DeadReason::ALL.len()],
}

impl DeadCounts {
    /// For one reason.
    #[must_use]
    pub fn of(&self, reason: DeadReason) -> u64 {
        self.by_reason[reason as usize]
    }

    /// For all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason.iter().sum()
    }
}

impl fmt::Debug for DeadCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(DeadReason::ALL.map(|reason| (reason, self.of(reason)))).finish()
    }
}

/// The latest dead letters, up to a limit; and the numbers of all.
pub(crate) struct DeadLetters<M> {
    state: Mutex<State<M>>,
    limit: usize,
    time: Time,
    /// What the pool is called.
    pool: String,
}

/// Room that is made at once; for more, when it is needed.
const MOST_AT_ONCE: usize = 1 << 16;

struct State<M> {
    /// By worker, when the latest of its messages died.
    latest: Vec<Option<u64>>,
    letters: VecDeque<DeadLetter<M>>,
    counts: DeadCounts,
}

impl<M> DeadLetters<M> {
    pub(crate) fn new(limit: usize, time: Time, pool: String) -> Self {
        let state = State {
            letters: VecDeque::with_capacity(limit.min(MOST_AT_ONCE)),
            counts: DeadCounts::default(),
            latest: Vec::new(),
        };
        Self { state: Mutex::new(state), limit, time, pool }
    }

    /// Adds one. If there are too many the oldest is dropped. That and telling of it is done outside of the lock. Does
    /// not panic.
    pub(crate) fn add(&self, letter: DeadLetter<M>) {
        let now = self.time.nanos();
        trace::dead_letter(&self.pool, &letter);
        let dropped = {
            let mut state = lock(&self.state);
            while state.latest.len() <= letter.worker {
                state.latest.push(None);
            }
            state.latest[letter.worker] = Some(now);
            state.counts.by_reason[letter.reason as usize] += 1;
            let oldest =
                if state.letters.len() < self.limit { None } else { state.letters.pop_front() };
            if self.limit == 0 {
                Some(letter)
            } else {
                state.letters.push_back(letter);
                oldest
            }
        };
        drop_quietly(dropped);
    }

    pub(crate) fn take(&self) -> Vec<DeadLetter<M>> {
        lock(&self.state).letters.drain(..).collect()
    }

    /// By worker, when the latest of its messages died.
    pub(crate) fn latest(&self) -> Vec<Option<u64>> {
        lock(&self.state).latest.clone()
    }

    pub(crate) fn counts(&self) -> DeadCounts {
        lock(&self.state).counts
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn counts_are_shown_by_the_names_of_their_reasons() {
        for (number, reason) in DeadReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number, "in the order of their numbers");
        }
        let letters = DeadLetters::<u64>::new(1, Time::of_machine(), String::new());
        let slot = crate::letter::NO_SLOT;
        let reason = DeadReason::Moved;
        letters.add(DeadLetter { message: None, reason, worker: 0, slot, is_high: false });
        let shown = "{Panicked: 0, WorkerGone: 0, Overwritten: 0, Moved: 1, Expired: 0}";
        assert_eq!(format!("{:?}", letters.counts()), shown, "no bare numbers");
    }
}
