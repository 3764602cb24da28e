//! What the workers of one round have handled, and the worker that counts it.
//!
//! Each worker writes a line of its own, and nobody reads it while messages flow: the sender looks
//! once it has sent everything.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::Arc;
use std::thread::yield_now;

use core_affinity::CoreId;
use crossbeam_utils::CachePadded;

use crate::case::Failure;
use crate::pin;
use crate::setup::Relax;

/// Spin hints between two looks at the board: about a microsecond.
const PATIENCE: u32 = 32;

/// What all workers have handled; each worker has a line of it.
pub struct Board(Vec<CachePadded<Line>>);

#[derive(Default)]
struct Line {
    count: AtomicU64,
    sum: AtomicU64,
    disorder: AtomicBool,
}

impl Board {
    /// A board for so many workers.
    #[must_use]
    pub fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self((0..workers).map(|_| CachePadded::default()).collect()))
    }

    /// A worker that counts on the line `at`, on a core if one is given, and does `work` spin hints
    /// for each message.
    #[must_use]
    pub fn counter(self: &Arc<Self>, at: usize, core: Option<CoreId>, work: u32) -> Counter {
        let board = Arc::clone(self);
        Counter { board, at, core, work, count: 0, sum: 0, least: 0 }
    }

    /// Waits until so many messages were handled.
    pub fn wait(&self, count: u64, relax: Relax) {
        // ORDERING: Acquire. The sums of these messages are seen as well.
        let handled = || self.0.iter().map(|line| line.count.load(Ordering::Acquire)).sum::<u64>();
        while handled() < count {
            (0..PATIENCE).for_each(|_| spin_loop());
            if relax == Relax::Yield {
                yield_now();
            }
        }
    }

    /// Whether exactly what was sent was handled, and in order if that was promised.
    ///
    /// # Errors
    ///
    /// Where it was not.
    pub fn check(&self, count: u64, sum: u64, in_order: bool) -> Result<(), Failure> {
        let add = |of: fn(&Line) -> &AtomicU64| {
            self.0
                .iter()
                .fold(0_u64, |all, line| all.wrapping_add(of(line).load(Ordering::Acquire)))
        };
        let (handled, got) = (add(|line| &line.count), add(|line| &line.sum));
        if handled != count {
            return Err(Failure::WrongSum { expected: count, got: handled });
        }
        if got != sum {
            return Err(Failure::WrongSum { expected: sum, got });
        }
        let disorder = self.0.iter().any(|line| line.disorder.load(Ordering::Acquire));
        if in_order && disorder {
            return Err(Failure::OutOfOrder);
        }
        Ok(())
    }
}

/// A worker that counts and adds up.
pub struct Counter {
    board: Arc<Board>,
    at: usize,
    core: Option<CoreId>,
    work: u32,
    count: u64,
    sum: u64,
    least: u64,
}

impl Counter {
    /// Handles one message of a sender whose numbers rise, and notes where they do not.
    #[inline]
    pub fn handle_in_order(&mut self, number: u64) {
        if number < self.least {
            self.board.0[self.at].disorder.store(true, Ordering::Relaxed);
        }
        self.least = number + 1;
        self.count(number);
    }

    /// Counts and adds up, in any order.
    #[inline]
    pub fn count(&mut self, value: u64) {
        if let Some(core) = self.core.take() {
            pin::pin(core);
        }
        (0..self.work).for_each(|_| spin_loop());
        let line = &self.board.0[self.at];
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
        line.sum.store(self.sum, Ordering::Relaxed);
        // ORDERING: Release, so that whoever waits for the count sees the sum as well.
        line.count.store(self.count, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handled(values: &[u64]) -> Arc<Board> {
        let board = Board::new(2);
        let mut workers = [board.counter(0, None, 0), board.counter(1, None, 0)];
        for (at, value) in values.iter().enumerate() {
            workers[at % 2].handle_in_order(*value);
        }
        board
    }

    #[test]
    fn what_was_sent_passes() {
        assert_eq!(handled(&[0, 1, 2, 3]).check(4, 6, true), Ok(()), "all of it, in order");
    }

    #[test]
    fn what_is_missing_or_doubled_fails() {
        assert!(handled(&[0, 1, 2]).check(4, 3, true).is_err(), "one is missing");
        assert!(handled(&[0, 1, 2, 2]).check(4, 6, true).is_err(), "another one came twice");
    }

    #[test]
    fn disorder_fails_where_order_is_promised() {
        let board = handled(&[2, 1, 0, 3]);
        assert!(board.check(4, 6, true).is_err(), "0 came after 2");
        assert_eq!(board.check(4, 6, false), Ok(()), "nobody promised");
    }
}
