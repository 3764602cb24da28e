//! Waiting and waking allocate nothing.
//!
//! A binary of its own, because it brings its own allocator.
#![cfg(all(feature = "std", not(any(loom, miri))))]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]
#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::thread::scope;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::{Deadline, EventCount};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise about `layout` is the one that is needed.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise about `block` and `layout` is the one that is needed.
        unsafe { System.dealloc(block, layout) }
    }
}

#[test]
fn waiting_and_waking_allocate_nothing() {
    const ROUNDS: u64 = 1_000;
    let events = EventCount::new(2);
    let turn = AtomicU64::new(0);
    scope(|scope| {
        for own in 0..2 {
            let (events, turn) = (&events, &turn);
            scope.spawn(move || {
                let before = ALLOCATIONS.get();
                for mine in (own..2 * ROUNDS).step_by(2) {
                    events.wait_until(own, Deadline::never(), || {
                        (turn.load(Ordering::Acquire) == mine).then_some(())
                    });
                    turn.store(mine + 1, Ordering::Release);
                    events.notify();
                }
                assert_eq!(ALLOCATIONS.get(), before, "allocations in {ROUNDS} turns");
            });
        }
    });
    let counted = ALLOCATIONS.get();
    drop(std::hint::black_box(Box::new(7)));
    assert!(counted < ALLOCATIONS.get(), "the counter counts");
}
