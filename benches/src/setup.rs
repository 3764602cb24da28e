//! How a round is set up: capacity, batch, threads, and the core of each thread.

use core::hint::spin_loop;
use std::thread::yield_now;

use core_affinity::CoreId;

use crate::pin::Cores;

/// How many messages fit, who runs where, and whether they have to share cores.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The capacity asked for; some round it up.
    pub capacity: usize,
    /// Messages per batch, where the topology sends batches.
    pub batch: usize,
    /// Threads that send.
    pub producers: usize,
    /// Threads that receive or handle.
    pub consumers: usize,
    /// More threads than cores: whoever spins has to yield.
    pub crowded: bool,
    cores: Option<Vec<CoreId>>,
}

impl Setup {
    /// A setup with a core for each thread where there are enough.
    #[must_use]
    pub fn new(cores: &Cores, producers: usize, consumers: usize, capacity: usize) -> Self {
        let threads = producers + consumers;
        Self {
            capacity,
            batch: 1,
            producers,
            consumers,
            crowded: threads > cores.count(),
            cores: cores.place(threads),
        }
    }

    /// The core of a thread: producers come first, then consumers.
    #[must_use]
    pub fn core(&self, thread: usize) -> Option<CoreId> {
        self.cores.as_ref()?.get(thread).copied()
    }

    /// What a try-only queue does when it cannot go on.
    #[must_use]
    pub fn relax(&self) -> Relax {
        if self.crowded { Relax::Yield } else { Relax::Spin }
    }

    /// Capacity, threads and pinning, for the note of a result.
    #[must_use]
    pub fn note(&self) -> String {
        let placed = match &self.cores {
            Some(cores) => {
                let ids: Vec<String> = cores.iter().map(|core| core.id.to_string()).collect();
                format!("pinned to cores {}", ids.join(", "))
            }
            None if self.crowded => "unpinned, more threads than cores".to_owned(),
            None => "unpinned".to_owned(),
        };
        let threads = self.producers + self.consumers;
        format!("{threads} threads, {placed}; capacity {}; batch {}", self.capacity, self.batch)
    }
}

/// What a try-only queue does between two tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relax {
    /// One spin hint: every thread has a core.
    Spin,
    /// Give the core away: somebody else needs it.
    Yield,
}

impl Relax {
    /// Waits a moment.
    #[inline]
    pub fn pause(self) {
        match self {
            Self::Spin => spin_loop(),
            Self::Yield => yield_now(),
        }
    }
}
