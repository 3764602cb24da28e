//! How the receiver is asked to take, and says that it does.

use windlass_sync::atomic::{AtomicU64, Ordering};

use crate::stats::Stats;

/// A number that grows with each question, and the answer to be given: its lowest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked(u64);

impl Asked {
    /// In order, the first question.
    pub(super) const FIRST: Self = Self(0);

    /// The next question.
    pub(super) fn next(self, newest: bool) -> Self {
        Self((((self.0 >> 1) + 1) << 1) | u64::from(newest))
    }

    /// The newest alone, or all in order.
    pub(super) fn newest(self) -> bool {
        self.0 & 1 == 1
    }
}

/// What the sender asks for and what the receiver does.
#[derive(Default)]
pub(super) struct Order {
    asked: AtomicU64,
    answered: AtomicU64,
    /// Messages that the receiver took and passed over. It alone writes it.
    passed_over: AtomicU64,
}

impl Order {
    pub(super) fn ask(&self, asked: Asked) {
        // ORDERING: Relaxed. A receiver that learns of it late goes on as before, which is allowed until it
        // answers.
        self.asked.store(asked.0, Ordering::Relaxed);
    }

    /// What the receiver is asked for.
    pub(super) fn asked(&self) -> Asked {
        // ORDERING: Relaxed. As in `ask`.
        Asked(self.asked.load(Ordering::Relaxed))
    }

    /// The receiver takes like this from now on.
    pub(super) fn answer(&self, asked: Asked) {
        // ORDERING(adaptive_order): Release. All that was taken in the old way was taken and counted before.
        self.answered.store(asked.0, Ordering::Release);
    }

    /// Whether the receiver has answered this question.
    pub(super) fn is_answered(&self, asked: Asked) -> bool {
        // ORDERING(adaptive_order): Acquire. What is sent from now on is not taken in the old way, and all that was
        // passed over is known.
        self.answered.load(Ordering::Acquire) == asked.0
    }

    /// The receiver took a message and passed over it.
    pub(super) fn count_passed_over(&self) {
        // ORDERING: Relaxed. A number for `stats`.
        self.passed_over.fetch_add(1, Ordering::Relaxed);
    }

    /// The buffer knows those as delivered that were passed over.
    pub(super) fn correct(&self, stats: Stats) -> Stats {
        // ORDERING: Relaxed. Exact at rest.
        let passed_over = self.passed_over.load(Ordering::Relaxed);
        Stats {
            delivered: stats.delivered.saturating_sub(passed_over),
            passed_over: stats.passed_over + passed_over,
            ..stats
        }
    }
}
