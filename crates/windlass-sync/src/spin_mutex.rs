//! A lock that spins, for programs without an operating system to sleep in.
//!
//! Whoever holds it must not be interrupted by somebody who takes it: an interrupt handler that
//! notifies while its own core waits would spin for ever. Held for a few instructions at a time.
#![cfg_attr(
    any(feature = "std", loom),
    allow(unreachable_pub, reason = "public only where it stands in for the lock of std")
)]

use crate::atomic::{AtomicBool, Ordering};
use crate::cell::UnsafeCell;
use crate::hint;
use core::ops::{Deref, DerefMut};

/// Mutual exclusion by spinning.
#[derive(Debug)]
pub struct SpinMutex<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the guard is the only way to the value, and at most one exists at a time (edge
// `spin_mutex`). Sharing the lock therefore only moves access, for which `Send` suffices.
unsafe impl<T: Send> Sync for SpinMutex<T> {}

impl<T> SpinMutex<T> {
    /// A free lock around `value`.
    pub fn new(value: T) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }
}

/// Locks `mutex`, spinning until it is free.
pub fn lock<T>(mutex: &SpinMutex<T>) -> SpinGuard<'_, T> {
    // ORDERING(spin_mutex): Acquire. What the last holder wrote is readable.
    while mutex
        .locked
        .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
        .is_err()
    {
        hint::spin_loop();
    }
    SpinGuard { mutex }
}

/// Locks `mutex` if that is free. Does not wait.
pub fn try_lock<T>(mutex: &SpinMutex<T>) -> Option<SpinGuard<'_, T>> {
    // ORDERING(spin_mutex): Acquire. What the last holder wrote is readable.
    let taken = mutex.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed);
    taken.is_ok().then(|| SpinGuard { mutex })
}

/// Access to what a [`SpinMutex`] protects, until it is dropped.
#[derive(Debug)]
pub struct SpinGuard<'a, T> {
    mutex: &'a SpinMutex<T>,
}

// SAFETY: a shared guard gives `&T` only, so sharing it needs what sharing `&T` needs.
unsafe impl<T: Sync> Sync for SpinGuard<'_, T> {}

impl<T> Deref for SpinGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard holds the lock, so no other guard exists, and its own `&mut` access
        // is excluded by the borrow of `self`.
        self.mutex.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for SpinGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this guard holds the lock, so no other guard exists, and `self` is borrowed
        // exclusively.
        self.mutex.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for SpinGuard<'_, T> {
    fn drop(&mut self) {
        // ORDERING(spin_mutex): Release. The next holder sees what this one wrote.
        self.mutex.locked.store(false, Ordering::Release);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn holders_exclude_each_other() {
        const THREADS: usize = 4;
        const TURNS: usize = if cfg!(miri) { 20 } else { 10_000 };
        let counter = SpinMutex::new(0_usize);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..TURNS {
                            *lock(&counter) += 1;
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.join().unwrap();
            }
        });
        assert_eq!(*lock(&counter), THREADS * TURNS, "no increment was lost");
        let guard = try_lock(&counter).expect("it is free");
        assert!(try_lock(&counter).is_none(), "one holder at a time");
        drop(guard);
    }
}
