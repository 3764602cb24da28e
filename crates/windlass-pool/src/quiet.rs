//! Dropping what users wrote, without their panics.

use core::mem;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Drops what may panic when it is dropped: a cause, a message, or a state that is broken already.
#[expect(clippy::mem_forget, reason = "it cannot be dropped")]
pub(crate) fn drop_quietly<D>(dropped: D) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(dropped))) {
        // Dropping this one might panic too, and so on.
        mem::forget(again);
    }
}
