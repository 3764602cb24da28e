//! Where the last consumer of an event sits: it counts, adds up, and says how long the event took.

use std::sync::{Arc, Mutex, PoisonError};

use hdrhistogram::Histogram;
use quanta::Clock;

use crate::board::{Board, Counter};
use crate::ring::scenarios::ping_pong::latencies;

/// Counts nanoseconds from a moment that all threads of a round share.
#[derive(Clone)]
pub(super) struct Watch {
    clock: Clock,
    epoch: u64,
}

impl Watch {
    /// Counts from now.
    pub(super) fn start() -> Self {
        let clock = Clock::new();
        Self { epoch: clock.raw(), clock }
    }

    /// Nanoseconds since the start.
    #[inline]
    pub(super) fn now(&self) -> u64 {
        self.clock.delta_as_nanos(self.epoch, self.clock.raw())
    }
}

/// How long events took until all consumers of a round had them, in nanoseconds.
#[derive(Clone)]
pub(super) struct Delays(Arc<[Mutex<Histogram<u64>>]>);

impl Delays {
    /// A histogram for each of so many seats.
    pub(super) fn new(seats: usize) -> Self {
        Self((0..seats).map(|_| Mutex::new(latencies())).collect())
    }

    /// Forgets the warm-up.
    pub(super) fn reset(&self) {
        self.0.iter().for_each(|one| one.lock().unwrap_or_else(PoisonError::into_inner).reset());
    }

    /// What all seats have seen.
    pub(super) fn all(&self) -> Histogram<u64> {
        self.0.iter().fold(latencies(), |mut all, one| {
            let one = one.lock().unwrap_or_else(PoisonError::into_inner);
            all.add(&*one).unwrap_or_else(|error| panic!("equal bounds: {error}"));
            all
        })
    }
}

/// A consumer's seat.
pub(super) struct Seat {
    counter: Counter,
    delays: Option<(Delays, usize, Watch)>,
}

impl Seat {
    /// A seat that counts and adds up.
    pub(super) fn counting(board: &Arc<Board>, at: usize) -> Self {
        Self { counter: board.counter(at, None, 0), delays: None }
    }

    /// One that notes as well how long each event took.
    pub(super) fn timing(board: &Arc<Board>, at: usize, delays: &Delays, watch: &Watch) -> Self {
        Self { delays: Some((delays.clone(), at, watch.clone())), ..Self::counting(board, at) }
    }

    /// An event that was sent, or was due, at `from` by the watch has come.
    #[inline]
    pub(super) fn see(&mut self, value: u64, from: u64) {
        if let Some((delays, at, watch)) = &self.delays {
            let took = watch.now().saturating_sub(from);
            // Nobody else wants this lock while events come.
            let mut delays = delays.0[*at].lock().unwrap_or_else(PoisonError::into_inner);
            delays.saturating_record(took);
        }
        self.counter.count(value);
    }
}
