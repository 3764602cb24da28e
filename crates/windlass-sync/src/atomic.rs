//! Atomic integers and the stand-alone fence.
//!
//! Aliases, not re-exports: clippy follows a re-export back to the std path that the workspace
//! refuses, and would refuse this one as well.

pub use core::sync::atomic::Ordering;

#[cfg(loom)]
use loom::sync::atomic as backend;

#[cfg(not(loom))]
use core::sync::atomic as backend;

/// A boolean that threads share.
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub type AtomicBool = backend::AtomicBool;

/// An 8-bit unsigned integer that threads share.
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub type AtomicU8 = backend::AtomicU8;

/// A 32-bit unsigned integer that threads share.
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub type AtomicU32 = backend::AtomicU32;

/// A 64-bit unsigned integer that threads share.
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub type AtomicU64 = backend::AtomicU64;

/// A pointer-sized unsigned integer that threads share.
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub type AtomicUsize = backend::AtomicUsize;

/// Orders the accesses before it against those after it, as `core::sync::atomic::fence` does.
///
/// Wait-free. Prefer an ordering on the access: ThreadSanitizer cannot see fences.
///
/// # Panics
///
/// If `ordering` is `Relaxed`, which orders nothing.
#[inline]
#[cfg_attr(not(loom), expect(clippy::disallowed_methods, reason = "the one place that calls it"))]
pub fn fence(ordering: Ordering) {
    backend::fence(ordering);
}
