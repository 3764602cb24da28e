//! Dropping what is left in a store.

/// Drops all messages that `take` takes out, also those behind one whose drop panics.
pub(crate) fn drop_rest<T>(take: impl FnMut() -> Option<T>) {
    Rest(take).drop_all();
}

struct Rest<T, F: FnMut() -> Option<T>>(F);

impl<T, F: FnMut() -> Option<T>> Rest<T, F> {
    fn drop_all(&mut self) {
        while let Some(message) = (self.0)() {
            drop(message);
        }
    }
}

impl<T, F: FnMut() -> Option<T>> Drop for Rest<T, F> {
    /// Goes on behind a panic. A second one ends the process, as it does for a `Vec`.
    fn drop(&mut self) {
        self.drop_all();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use core::panic::AssertUnwindSafe;
    use std::panic::catch_unwind;

    #[test]
    fn a_drop_that_panics_costs_the_others_nothing() {
        struct Panics<'a>(&'a mut u32);
        impl Drop for Panics<'_> {
            fn drop(&mut self) {
                *self.0 += 1;
                assert!(*self.0 != 2, "the second one cannot be dropped");
            }
        }
        let mut dropped = [0, 1, 0, 0];
        let mut each = dropped.iter_mut();
        let failed = catch_unwind(AssertUnwindSafe(|| drop_rest(|| each.next().map(Panics))));
        assert!(failed.is_err(), "the panic reaches the caller");
        assert_eq!(dropped, [1, 2, 1, 1], "each was dropped once");
    }
}
