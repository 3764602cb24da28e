//! What only the inside shows: senders that stop between claim and put.

use core::cell::RefCell;

std::thread_local! {
    static HOOK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// Runs what a test wants to happen between a claim and its put, once.
pub(super) fn between_claim_and_put() {
    if let Some(hook) = HOOK.with_borrow_mut(Option::take) {
        hook();
    }
}
