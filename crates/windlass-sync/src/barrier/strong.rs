//! The barrier where membarrier cannot be had: a full fence on both sides.

use crate::atomic::{Ordering, fence};

#[cfg_attr(
    all(target_os = "linux", feature = "std", not(any(loom, miri, windlass_strong_barrier))),
    expect(dead_code, reason = "there is nothing to decide where both sides are fences")
)]
pub(super) fn init() {}

#[inline(always)]
pub(super) fn light() {
    // ORDERING(barrier): SeqCst fence. Of this one and the one in `heavy` one comes first; the
    // load after the second sees the store before the first. No access is hot enough to carry
    // the order instead: it would have to be on the caller's store and load.
    fence(Ordering::SeqCst);
}

pub(super) fn heavy() {
    // ORDERING(barrier): SeqCst fence. See `light`.
    fence(Ordering::SeqCst);
}
