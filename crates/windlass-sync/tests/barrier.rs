//! The promise of the barrier on the machine at hand.
//!
//! The model in `tests/loom.rs` covers the fences; this covers the kernel and the processor, for
//! which there is no model.
#![cfg(not(loom))]

mod litmus;

use windlass_sync::barrier;

#[test]
fn not_both_loads_miss() {
    const ROUNDS: usize = if cfg!(miri) { 20 } else { 50_000 };
    barrier::init();
    assert_eq!(litmus::misses(ROUNDS, barrier::light, barrier::heavy), 0, "rounds both missed");
}
