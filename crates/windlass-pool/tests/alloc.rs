//! A pool allocates nothing for a message once it is warm.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.
#![cfg(not(any(loom, miri)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_pool::{Context, Pool, PoolLink, QosLevel, Sender, Shutdown, Spread, Worker};
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: u64 = 2_000;

/// Takes what comes by a link.
struct Sink;

impl Worker for Sink {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {}
}

/// Counts, and passes every number above 0 on to the other worker, and all of them to another pool.
struct Counts(Arc<AtomicU64>, PoolLink<Sink>);

impl Worker for Counts {
    type Message = u64;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        if 0 < n {
            cx.send_to(1 - cx.worker(), n - 1).unwrap();
        }
        // Refused when the outbox is full.
        let _taken = self.1.send(&n, n);
        // ORDERING: Relaxed. A number; the test looks at nothing else.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn keep(n: &u64) -> Option<u64> {
        Some(*n)
    }
}

/// Sends in all ways, and waits until everything was handled, or made room since its sender was suspended in the
/// middle of the send.
fn round(pool: &Pool<Counts>, tx: &mut Sender<Counts>, count: &AtomicU64) {
    // One that made room is not passed on either.
    let done = || count.load(Ordering::Relaxed) + 2 * pool.dead_counts().total();
    let before = done();
    for n in 0..MESSAGES {
        tx.send(&n, 1).unwrap();
        tx.send_to(0, 1).unwrap();
        tx.send_any(1).unwrap();
    }
    while done() < before + 6 * MESSAGES {
        thread::yield_now();
    }
}

#[test]
fn a_message_allocates_nothing() {
    for (level, spread) in [
        (QosLevel::Guaranteed, Spread::Shared(4)),
        (QosLevel::Guaranteed, Spread::RoundRobin),
        (QosLevel::Reliable, Spread::RoundRobin),
    ] {
        let count = Arc::new(AtomicU64::new(0));
        let for_workers = Arc::clone(&count);
        // It is full most of the time.
        let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 64).build().unwrap();
        let to_sink = Mutex::new(sink.sender().unwrap());
        let builder = Pool::builder(move |init| {
            let link = init.link(lock(&to_sink).try_clone().unwrap());
            Counts(Arc::clone(&for_workers), link.outbox(256))
        });
        let capacity = if level == QosLevel::Guaranteed { 64 } else { 1 << 14 };
        let builder = builder.workers(2).spread(spread).mailbox(level, capacity);
        let pool = builder.outbox(1 << 14).build().unwrap();
        let mut tx = pool.sender().unwrap();
        // Also what is allocated when a thread waits for the first time.
        (0..5).for_each(|_| round(&pool, &mut tx, &count));
        let region = Region::new(ALLOCATOR);
        round(&pool, &mut tx, &count);
        let change = region.change();
        assert_eq!(
            change.allocations + change.reallocations,
            0,
            "{level:?}, {spread:?}: {change:?}"
        );
        let lost = pool.dead_counts().total();
        assert!(lost == 0 || level != QosLevel::Guaranteed, "{lost} had to make room");
        drop(tx);
        let report = pool.shutdown(Shutdown::drain());
        assert!(report.is_balanced() && report.unsent == 0, "{level:?}: {report:?}");
        assert_ne!(sink.shutdown(Shutdown::drain()).handled, 0, "{level:?}: by links");
    }
}
