//! Who is measured. One file each; where a crate knows single workers only, the harness routes by
//! hand, as its user would.

use crate::board::Counter;
use crate::ring::contenders::Tx;
use crate::setup::Setup;

pub(super) mod actix;
pub(super) mod kameo;
pub(super) mod ractor;
pub(super) mod rayon;
mod runtime;
pub(super) mod shared;
pub(super) mod threads;
pub(super) mod windlass;
pub(super) mod xtra;

/// What a worker does with a message.
pub(super) trait Handle: Send + Unpin + 'static {
    /// Handles one message and gives the answer for whoever asked.
    fn handle(&mut self, value: u64) -> u64;
}

impl Handle for Counter {
    #[inline]
    fn handle(&mut self, value: u64) -> u64 {
        self.handle_in_order(value);
        value + 1
    }
}

/// Several workers.
pub(super) trait Workers: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// Whether each worker has a thread of its own, which the harness may pin.
    const OWN_THREADS: bool = true;
    /// Whether each worker sees a sender's messages in order.
    const IN_ORDER: bool = true;
    /// The sending end; its drop ends the workers.
    type Tx<H: Handle>: Tell;
    /// Starts one worker for each of `handlers`.
    fn start<H: Handle>(setup: &Setup, handlers: Vec<H>) -> Self::Tx<H>;
}

/// Sends to several workers and waits while there is no room.
pub(super) trait Tell: Send + 'static {
    /// Sends to the worker of this key.
    fn tell(&mut self, key: u64, value: u64);
    /// Sends to the next worker.
    fn tell_next(&mut self, value: u64);
    /// Sends each value to the worker of its key.
    fn tell_batch(&mut self, batch: &[(u64, u64)]) {
        batch.iter().for_each(|(key, value)| self.tell(*key, *value));
    }
    /// Sends to every worker.
    fn tell_all(&mut self, value: u64);
}

/// One worker of a crate that knows no pools.
pub(super) trait One: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// Whether the worker has a thread of its own.
    const OWN_THREAD: bool;
    /// Whether the worker sees a sender's messages in order.
    const IN_ORDER: bool = true;
    /// The sending end; its drop ends the worker.
    type Tx: Tx<u64>;
    /// Starts the worker `at`.
    fn start<H: Handle>(setup: &Setup, at: usize, handler: H) -> Self::Tx;
}

/// One worker that answers.
pub(super) trait Asked: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// Whether the worker has a thread of its own.
    const OWN_THREAD: bool = true;
    /// The asking end; its drop ends the worker.
    type Tx<H: Handle>: Ask;
    /// Starts the worker.
    fn start<H: Handle>(setup: &Setup, handler: H) -> Self::Tx<H>;
}

/// Asks a worker and waits for the answer.
pub(super) trait Ask: Send + 'static {
    /// The answer.
    fn ask(&mut self, value: u64) -> u64;
}

/// Several single workers, and a router by hand.
pub(super) struct Routed<T> {
    workers: Vec<T>,
    next: usize,
}

/// The worker of a key among `workers`: a good hash and a remainder, as a careful user would do.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "it is below the number of workers")]
pub(super) fn route(key: u64, workers: usize) -> usize {
    (xxhash_rust::xxh3::xxh3_64(&key.to_le_bytes()) % workers as u64) as usize
}

impl<O: One> Workers for O {
    const NAME: &'static str = O::NAME;
    const NOTE: &'static str = O::NOTE;
    const OWN_THREADS: bool = O::OWN_THREAD;
    const IN_ORDER: bool = O::IN_ORDER;
    type Tx<H: Handle> = Routed<O::Tx>;

    fn start<H: Handle>(setup: &Setup, handlers: Vec<H>) -> Routed<O::Tx> {
        let handlers = handlers.into_iter().enumerate();
        let workers = handlers.map(|(at, handler)| O::start(setup, at, handler)).collect();
        Routed { workers, next: 0 }
    }
}

impl<T: Tx<u64>> Tell for Routed<T> {
    #[inline]
    fn tell(&mut self, key: u64, value: u64) {
        let workers = self.workers.len();
        // One worker needs no route.
        let at = if workers == 1 { 0 } else { route(key, workers) };
        self.workers[at].send(value);
    }

    #[inline]
    fn tell_next(&mut self, value: u64) {
        self.workers[self.next].send(value);
        self.next += 1;
        if self.next == self.workers.len() {
            self.next = 0;
        }
    }

    #[inline]
    fn tell_all(&mut self, value: u64) {
        self.workers.iter_mut().for_each(|worker| worker.send(value));
    }
}
