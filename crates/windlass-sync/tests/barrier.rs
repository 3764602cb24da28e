//! The promise of the barrier on the machine at hand.
//!
//! The model in `tests/loom.rs` covers the fences; this covers the kernel and the processor, for
//! which there is no model.
#![cfg(not(loom))]

use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::{CachePadded, barrier, hint, thread};

const ROUNDS: usize = if cfg!(miri) { 20 } else { 50_000 };

/// The two variables and what each side read, apart, so that they travel separately.
#[derive(Default)]
struct Litmus {
    x: CachePadded<AtomicUsize>,
    y: CachePadded<AtomicUsize>,
    hot_saw: CachePadded<AtomicUsize>,
    arrived: CachePadded<AtomicUsize>,
}

impl Litmus {
    /// Waits until both sides came here `times` times in all.
    fn meet(&self, times: usize) {
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let mut turns = 0_u32;
        while self.arrived.load(Ordering::Acquire) < times {
            turns += 1;
            if turns.is_multiple_of(1024) {
                thread::yield_now();
            }
            hint::spin_loop();
        }
    }
}

/// Lets the other side go if this one fails, so that the failure is reported.
struct LetGo<'a>(&'a Litmus);

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.arrived.store(usize::MAX / 2, Ordering::Release);
        }
    }
}

#[test]
fn not_both_loads_miss() {
    barrier::init();
    let litmus = Litmus::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                litmus.meet(4 * round - 2);
                litmus.x.store(round, Ordering::Relaxed);
                barrier::light();
                let saw = litmus.y.load(Ordering::Relaxed);
                litmus.hot_saw.store(saw, Ordering::Relaxed);
                litmus.meet(4 * round);
            }
        });
        let _failing = LetGo(&litmus);
        for round in 1..=ROUNDS {
            litmus.meet(4 * round - 2);
            litmus.y.store(round, Ordering::Relaxed);
            barrier::heavy();
            let rare_saw = litmus.x.load(Ordering::Relaxed);
            litmus.meet(4 * round);
            let hot_saw = litmus.hot_saw.load(Ordering::Relaxed);
            assert!(hot_saw == round || rare_saw == round, "round {round}: both loads missed");
        }
    });
}
