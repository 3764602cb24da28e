//! Chance out of a seed: what a round looks like. How threads take turns is not in it.

use std::time::Duration;

use windlass_sync::{hint, thread};

/// Rolls what a round or a thread of it does.
#[derive(Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Dice of their own for another thread.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.0.fork())
    }

    /// A number in `from..=to`.
    pub(crate) fn between(&mut self, from: u64, to: u64) -> u64 {
        self.0.u64(from..=to)
    }

    /// The same as a size.
    pub(crate) fn size(&mut self, from: usize, to: usize) -> usize {
        self.0.usize(from..=to)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.0.u64(0..n) == 0
    }

    /// One of several.
    pub(crate) fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.0.usize(0..choices.len())].clone()
    }

    /// Goes on at once, mostly, and now and then later.
    pub(crate) fn dawdle(&mut self, pace: Pace) {
        match pace {
            Pace::Quick => {}
            Pace::Uneven if self.one_in(64) => thread::yield_now(),
            Pace::Slow if self.one_in(64) => {
                thread::sleep(Duration::from_micros(self.between(1, 200)));
            }
            Pace::Uneven => (0..self.between(0, 30)).for_each(|_| hint::spin_loop()),
            Pace::Slow => (0..self.between(0, 300)).for_each(|_| hint::spin_loop()),
        }
    }

    /// A short time to wait for something.
    pub(crate) fn patience(&mut self) -> Duration {
        Duration::from_micros(self.between(0, 2_000))
    }
}

/// How quickly a thread goes about its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Quick,
    Uneven,
    Slow,
}

impl Pace {
    pub(crate) const ALL: [Self; 3] = [Self::Quick, Self::Uneven, Self::Slow];
}
