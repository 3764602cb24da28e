//! Where tests of progress stop a thread in the middle of an operation.
//!
//! The body of a hook is what others do meanwhile: it runs on the same thread, so that nothing has to be
//! timed, and whoever waited for the one that stopped would never come back.

use alloc::boxed::Box;
use core::cell::RefCell;

/// A place within an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A sender has announced or claimed a position, and has not put its message there.
    Claimed,
    /// A receiver has found a message, and has not taken it.
    Found,
    /// One of several receivers has claimed a message, and has not freed its place.
    Taking,
    /// Somebody has looked at a word, and has not exchanged it.
    Looked,
    /// Somebody has a seat and knows where to begin, and has not begun.
    Seated,
}

type Hook = (Place, Box<dyn FnOnce()>);

std::thread_local! {
    static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
}

/// Runs `meanwhile` when this thread comes to `place` for the next time, once.
pub(crate) fn halt_at(place: Place, meanwhile: impl FnOnce() + 'static) {
    HOOK.set(Some((place, Box::new(meanwhile))));
}

/// Whether a hook is still set: then its place was not reached.
pub(crate) fn is_set() -> bool {
    HOOK.with_borrow(Option::is_some)
}

/// Runs what was set for this place.
pub(crate) fn reached(place: Place) {
    let here = |hook: &Option<Hook>| hook.as_ref().is_some_and(|(at, _)| *at == place);
    if HOOK.with_borrow(here)
        && let Some((_, meanwhile)) = HOOK.take()
    {
        meanwhile();
    }
}
