//! Parking under loom.
//!
//! loom's own unpark makes a thread runnable that is blocked on something else, say on a join, and
//! drops a wake-up for a thread that yields. A notification object of its own per thread has
//! neither fault, and once per thread it also lets a park return for no reason, as real ones do.

use alloc::sync::Arc;
use loom::sync::Notify;

/// A handle to a thread of the model, with which it can be unparked.
#[derive(Debug, Clone)]
pub struct Thread(Arc<Notify>);

loom::thread_local! {
    static CURRENT: Thread = Thread(Arc::new(Notify::new()));
}

impl Thread {
    /// Makes the thread's current or next park return.
    pub fn unpark(&self) {
        self.0.notify();
    }
}

/// Returns a handle to the calling thread.
#[must_use]
pub fn current() -> Thread {
    CURRENT.with(Thread::clone)
}

/// Blocks until somebody unparks the calling thread.
///
/// May return for no reason, and returns at once if an unpark came before it.
pub fn park() {
    current().0.wait();
}
