//! `rayon`: a task for each message, and whichever thread is free.

use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder, current_thread_index};

use super::{Ask, Asked, Handle, Tell, Workers};
use crate::setup::Setup;

/// A pool of its own; keys mean nothing to it.
pub(in crate::pool) struct Rayon;

/// The sending end.
pub(in crate::pool) struct RayonTx {
    pool: ThreadPool,
    handle: &'static (dyn Fn(u64) -> u64 + Sync),
}

fn start<H: Handle>(handlers: Vec<H>) -> RayonTx {
    let pool = ThreadPoolBuilder::new().num_threads(handlers.len()).build().expect("a pool");
    let handlers: Vec<Mutex<H>> = handlers.into_iter().map(Mutex::new).collect();
    let handle = move |value| {
        // Each thread locks its own handler, so nobody waits.
        let handler = &handlers[current_thread_index().unwrap_or(0)];
        handler.lock().unwrap_or_else(PoisonError::into_inner).handle(value)
    };
    // Leaked, a few words for each round: a counted pointer in each task would be in the figures.
    RayonTx { pool, handle: Box::leak(Box::new(handle)) }
}

impl Workers for Rayon {
    const NAME: &'static str = "rayon";
    const NOTE: &'static str = "spawn_fifo into a pool, shared: no keys, no order, no limit";
    const OWN_THREADS: bool = false;
    const IN_ORDER: bool = false;
    type Tx<H: Handle> = RayonTx;

    fn start<H: Handle>(_: &Setup, handlers: Vec<H>) -> RayonTx {
        start(handlers)
    }
}

impl Tell for RayonTx {
    #[inline]
    fn tell(&mut self, _: u64, value: u64) {
        let handle = self.handle;
        self.pool.spawn_fifo(move || {
            handle(value);
        });
    }

    #[inline]
    fn tell_next(&mut self, value: u64) {
        self.tell(0, value);
    }

    fn tell_all(&mut self, value: u64) {
        let handle = self.handle;
        self.pool.spawn_broadcast(move |_| {
            handle(value);
        });
    }
}

impl Asked for Rayon {
    const NAME: &'static str = "rayon";
    const NOTE: &'static str = "install into a pool of one thread";
    const OWN_THREAD: bool = false;
    type Tx<H: Handle> = RayonTx;

    fn start<H: Handle>(_: &Setup, handler: H) -> RayonTx {
        start(vec![handler])
    }
}

impl Ask for RayonTx {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        let handle = self.handle;
        self.pool.install(|| handle(value))
    }
}
