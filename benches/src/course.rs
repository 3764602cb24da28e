//! One timed run from a start line to the last consumer's finish.
//!
//! Every end first sends and receives a warm-up, so that threads run, pages are touched and the
//! queue is empty again when the clock starts. The clock stops when the last consumer has seen the
//! last message. Nothing on the way is shared: each consumer adds up on its own.

use core::hint::spin_loop;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, yield_now};
use std::time::Instant;

use core_affinity::CoreId;
use crossbeam_utils::CachePadded;

use crate::allocations;
use crate::case::Failure;
use crate::pin;
use crate::setup::Setup;

/// What one thread does.
pub type Job = Box<dyn FnOnce() + Send>;

/// The start line and the finish of one round.
pub struct Course {
    producers: usize,
    consumers: usize,
    warmed: CachePadded<AtomicUsize>,
    ready: CachePadded<AtomicUsize>,
    gone: CachePadded<AtomicBool>,
    finished: CachePadded<AtomicUsize>,
    start: OnceLock<Start>,
    ends: Mutex<Vec<End>>,
}

#[derive(Clone, Copy)]
struct Start {
    at: Instant,
    allocations: usize,
}

#[derive(Clone, Copy)]
struct End {
    at: Instant,
    allocations: usize,
    sum: u64,
    expected: u64,
}

/// What a finished course says.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// From the start line to the last message at the last consumer.
    pub wall: Duration,
    /// Allocations of the whole process in that time.
    pub allocations: usize,
}

impl Course {
    /// A course for so many producers and consumers.
    #[must_use]
    pub fn new(producers: usize, consumers: usize) -> Arc<Self> {
        Arc::new(Self {
            producers,
            consumers,
            warmed: CachePadded::default(),
            ready: CachePadded::default(),
            gone: CachePadded::default(),
            finished: CachePadded::default(),
            start: OnceLock::new(),
            ends: Mutex::new(Vec::with_capacity(consumers)),
        })
    }

    /// A producer calls this between its warm-up and its timed part; `lead` starts the clock.
    ///
    /// # Panics
    ///
    /// Where two producers lead.
    pub fn start_line(&self, lead: bool) {
        if lead {
            until(|| {
                self.warmed.load(Ordering::Acquire) == self.consumers
                    && self.ready.load(Ordering::Acquire) + 1 == self.producers
            });
            let start = Start { allocations: allocations(), at: Instant::now() };
            assert!(self.start.set(start).is_ok(), "one lead starts one clock");
            self.gone.store(true, Ordering::Release);
        } else {
            self.ready.fetch_add(1, Ordering::Release);
            until(|| self.gone.load(Ordering::Acquire));
        }
    }

    /// Runs the jobs, each on a thread of its own, and waits for all of them.
    ///
    /// # Errors
    ///
    /// A wrong sum, a thread that panicked or could not be started.
    pub fn run(
        &self,
        setup: &Setup,
        producers: Vec<Job>,
        consumers: Vec<Job>,
    ) -> Result<Timing, Failure> {
        let senders = producers.into_iter().enumerate().map(|(at, job)| ("producer", at, job));
        let others = setup.producers;
        let receivers = consumers.into_iter().enumerate();
        let receivers = receivers.map(|(at, job)| ("consumer", others + at, job));
        let mut threads = Vec::new();
        for (name, at, job) in senders.chain(receivers) {
            let thread = pin::spawn(name, setup.core(at), job);
            threads.push((name, thread.map_err(|error| Failure::NoThread(error.to_string()))?));
        }
        join(threads)?;
        // Managed consumers have no job here: their last mark may still be on its way.
        until(|| self.finished.load(Ordering::Acquire) == self.consumers);
        self.timing()
    }

    fn timing(&self) -> Result<Timing, Failure> {
        let no_start = || Failure::Panicked("start line".to_owned());
        let start = *self.start.get().ok_or_else(no_start)?;
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let mut timing = Timing { wall: Duration::ZERO, allocations: 0 };
        for end in ends.iter() {
            if end.sum != end.expected {
                return Err(Failure::WrongSum { expected: end.expected, got: end.sum });
            }
            timing.wall = timing.wall.max(end.at.duration_since(start.at));
            let since = end.allocations.saturating_sub(start.allocations);
            timing.allocations = timing.allocations.max(since);
        }
        Ok(timing)
    }

    fn finish(&self, end: End) {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner).push(end);
        self.finished.fetch_add(1, Ordering::Release);
    }
}

/// Waits for all threads.
///
/// # Errors
///
/// Where one of them panicked.
pub fn join<T>(threads: Vec<(&'static str, JoinHandle<T>)>) -> Result<Vec<T>, Failure> {
    let results = threads
        .into_iter()
        .map(|(name, thread)| thread.join().map_err(|_| Failure::Panicked(name.to_owned())));
    // Join every thread before the first failure is told.
    results.collect::<Vec<_>>().into_iter().collect()
}

/// Spins a little, then yields, until `done`.
pub fn until(mut done: impl FnMut() -> bool) {
    let mut tries = 0_u32;
    while !done() {
        tries += 1;
        if tries.is_multiple_of(64) { yield_now() } else { spin_loop() }
    }
}

/// What one consumer has seen: a count and a sum, kept on its own thread.
pub struct Tally {
    course: Arc<Course>,
    core: Option<CoreId>,
    seen: u64,
    next_mark: u64,
    warm: u64,
    total: u64,
    sum: u64,
    expected: u64,
}

impl Tally {
    /// A consumer that sees `warm` messages before the clock starts, `total` in all, and that they
    /// sum up to `expected`. A consumer whose thread the harness does not start gives its `core`.
    ///
    /// # Panics
    ///
    /// With fewer than two messages of warm-up or none to time: there is nothing to measure.
    #[must_use]
    pub fn new(
        course: &Arc<Course>,
        core: Option<CoreId>,
        warm: u64,
        total: u64,
        expected: u64,
    ) -> Self {
        assert!(warm >= 2 && total > warm, "a warm-up of {warm} messages out of {total}");
        let course = Arc::clone(course);
        Self { course, core, seen: 0, next_mark: 1, warm, total, sum: 0, expected }
    }

    /// Counts one message.
    #[inline]
    pub fn see(&mut self, value: u64) {
        self.sum = self.sum.wrapping_add(value);
        self.seen += 1;
        if self.seen == self.next_mark {
            self.mark();
        }
    }

    #[cold]
    #[inline(never)]
    fn mark(&mut self) {
        if self.seen == 1 {
            if let Some(core) = self.core {
                pin::pin(core);
            }
            self.next_mark = self.warm;
        } else if self.seen == self.warm {
            self.next_mark = self.total;
            self.course.warmed.fetch_add(1, Ordering::Release);
        } else {
            let at = Instant::now();
            let end =
                End { at, allocations: allocations(), sum: self.sum, expected: self.expected };
            self.next_mark = u64::MAX;
            self.course.finish(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::Cores;

    fn run(expected: u64) -> Result<Timing, Failure> {
        let course = Course::new(1, 1);
        let mut tally = Tally::new(&course, None, 2, 4, expected);
        let lead = Arc::clone(&course);
        let consumer: Job = Box::new(move || (0..4).for_each(|value| tally.see(value)));
        let producer: Job = Box::new(move || lead.start_line(true));
        let setup = Setup::new(&Cores::read(), 1, 1, 8);
        course.run(&setup, vec![producer], vec![consumer])
    }

    #[test]
    fn a_right_sum_is_a_timing() {
        assert!(run(6).is_ok(), "0 + 1 + 2 + 3");
    }

    #[test]
    fn a_wrong_sum_is_a_failure() {
        let failure = run(7).err();
        assert_eq!(failure, Some(Failure::WrongSum { expected: 7, got: 6 }), "one is missing");
    }
}
