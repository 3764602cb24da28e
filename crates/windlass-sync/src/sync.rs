//! Sharing: the reference count and the lock.
//!
//! Without `std` the lock spins.

#[cfg(not(loom))]
pub use alloc::sync::Arc;

#[cfg(loom)]
pub use loom::sync::Arc;

#[cfg(any(feature = "std", loom))]
pub use locks::*;

#[cfg(not(any(feature = "std", loom)))]
pub use crate::spin_mutex::{SpinGuard as MutexGuard, SpinMutex as Mutex, lock, try_lock};

#[cfg(any(feature = "std", loom))]
mod locks {
    #[cfg(loom)]
    use loom::sync as backend;

    #[cfg(not(loom))]
    use std::sync as backend;

    use std::sync::TryLockError;

    /// A lock whose waiters sleep.
    #[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
    pub type Mutex<T> = backend::Mutex<T>;

    /// Access to what a [`Mutex`] protects, until it is dropped.
    pub type MutexGuard<'a, T> = backend::MutexGuard<'a, T>;

    /// Locks `mutex`, also if a thread panicked while it held the lock.
    ///
    /// Blocking. For data that is consistent between any two statements; poison would then only
    /// turn one failure into many.
    #[inline]
    pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        match mutex.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Locks `mutex` if that is free, also if a thread panicked while it held the lock. Does not wait.
    #[inline]
    pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        match mutex.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

#[cfg(all(test, feature = "std", not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_lock_survives_the_panic_of_its_holder() {
        let mutex = Mutex::new(1);
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            let mut guard = lock(&mutex);
            *guard = 2;
            panic!("while holding the lock");
        }));
        assert!(result.is_err() && mutex.is_poisoned(), "the lock is poisoned");
        assert_eq!(*lock(&mutex), 2, "and can be taken");
        let guard = try_lock(&mutex).expect("it is free");
        assert!(try_lock(&mutex).is_none(), "one holder at a time");
        drop(guard);
    }
}
