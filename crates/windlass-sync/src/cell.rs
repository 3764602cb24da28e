//! A cell whose contents several threads reach under a protocol of their own.
//!
//! Access goes through closures that get a raw pointer. In production they vanish; under loom they
//! mark where an access begins and ends, so that the model finds two that overlap.

#[cfg(loom)]
use loom::cell as backend;

#[cfg(not(loom))]
use core::cell as backend;

use core::fmt;

/// A value that may change behind a shared reference.
///
/// It is not `Sync`: whoever shares it says by which protocol, in an `unsafe impl`. Same layout as
/// `T`, except under loom.
///
/// # Examples
///
/// ```
/// use windlass_sync::cell::UnsafeCell;
///
/// let cell = UnsafeCell::new(1);
/// // SAFETY: the cell is not shared and no other closure is open.
/// cell.with_mut(|value| unsafe { *value += 1 });
/// assert_eq!(cell.into_inner(), 2);
/// ```
#[cfg_attr(not(loom), repr(transparent))]
#[cfg_attr(not(loom), expect(clippy::disallowed_types, reason = "the one place that names it"))]
pub struct UnsafeCell<T>(backend::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// Puts `value` into a cell.
    #[cfg(not(loom))]
    #[inline]
    #[expect(clippy::disallowed_types, reason = "the one place that names it")]
    pub const fn new(value: T) -> Self {
        Self(backend::UnsafeCell::new(value))
    }

    /// Puts `value` into a cell.
    #[cfg(loom)]
    pub fn new(value: T) -> Self {
        Self(backend::UnsafeCell::new(value))
    }

    /// Calls `access` with a pointer to read from.
    ///
    /// Wait-free. Reading through the pointer is sound only while nobody writes, and the pointer
    /// counts as used until `access` returns.
    #[inline(always)]
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        #[cfg(loom)]
        return self.0.with(access);
        #[cfg(not(loom))]
        access(self.0.get())
    }

    /// Calls `access` with a pointer to read from and to write to.
    ///
    /// Wait-free. Using the pointer is sound only while nobody else reads or writes, and it counts
    /// as used until `access` returns.
    #[inline(always)]
    pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        #[cfg(loom)]
        return self.0.with_mut(access);
        #[cfg(not(loom))]
        access(self.0.get())
    }

    /// Takes the value out of the cell.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnsafeCell(..)")
    }
}
