//! How many senders and receivers there are.

use windlass_sync::atomic::{AtomicUsize, Ordering};

/// Counts a handle in, if there may be another.
pub(super) fn enter(handles: &AtomicUsize, limit: usize) -> bool {
    // ORDERING(stamps_place): Acquire. Who takes a place goes on where the last holder stopped.
    handles
        .fetch_update(Ordering::Acquire, Ordering::Relaxed, |n| (n < limit).then_some(n + 1))
        .is_ok()
}

/// Counts a handle out, once.
pub(super) fn leave(handles: &AtomicUsize, gone: &mut bool) {
    if !core::mem::replace(gone, true) {
        // ORDERING(stamps_place): Release. What this holder did comes before the next one.
        handles.fetch_sub(1, Ordering::Release);
    }
}
