//! Two threads that store and then load, over and over, on the processor at hand.
//!
//! Taken in as source by `tests/barrier.rs` and by unit tests, hence without names of the crate.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "never in a model")]

use core::sync::atomic::{AtomicUsize, Ordering};

/// A variable on a line of its own, so that the two travel separately.
#[derive(Default)]
#[repr(align(128))]
struct Apart(AtomicUsize);

#[derive(Default)]
struct Litmus {
    x: Apart,
    y: Apart,
    hot_saw: Apart,
    arrived: Apart,
}

/// Returns in how many rounds both sides missed the other's store.
pub(crate) fn misses(rounds: usize, light: fn(), heavy: fn()) -> usize {
    let litmus = Litmus::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=rounds {
                litmus.meet(4 * round - 2);
                litmus.x.0.store(round, Ordering::Relaxed);
                light();
                let saw = litmus.y.0.load(Ordering::Relaxed);
                litmus.hot_saw.0.store(saw, Ordering::Relaxed);
                litmus.meet(4 * round);
            }
        });
        let _let_go = LetGo(&litmus);
        let missed = |round: &usize| {
            litmus.meet(4 * round - 2);
            litmus.y.0.store(*round, Ordering::Relaxed);
            heavy();
            let rare_saw = litmus.x.0.load(Ordering::Relaxed);
            litmus.meet(4 * round);
            let hot_saw = litmus.hot_saw.0.load(Ordering::Relaxed);
            hot_saw != *round && rare_saw != *round
        };
        (1..=rounds).filter(missed).count()
    })
}

impl Litmus {
    /// Waits until both sides came here, `times` times in all.
    fn meet(&self, times: usize) {
        self.arrived.0.fetch_add(1, Ordering::AcqRel);
        let mut turns = 0_u32;
        while self.arrived.0.load(Ordering::Acquire) < times {
            turns += 1;
            if turns.is_multiple_of(1024) {
                std::thread::yield_now();
            }
            core::hint::spin_loop();
        }
    }
}

/// Lets the other side go if a barrier panics, so that the panic is reported.
struct LetGo<'a>(&'a Litmus);

impl Drop for LetGo<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.arrived.0.store(usize::MAX / 2, Ordering::Release);
        }
    }
}
