//! Waiting as a thread for what wakes tasks.

use core::fmt;
use core::task::Waker;

// Not a modelled one: a waker is made of this.
use alloc::sync::Arc;
use alloc::task::Wake;

use crate::atomic::{AtomicBool, Ordering};
use crate::thread::{Thread, current};

/// A waker that unparks the thread that made it, and that the thread can ask whether it was woken by it.
///
/// For a thread that waits in several places at once: parked in one of them, it is registered in the others
/// with [`EventCount::register`](crate::EventCount::register), and goes there when the alarm rang. It may
/// ring for nothing.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "std", not(loom)))] {
/// use windlass_sync::{Alarm, EventCount, thread};
///
/// let (alarm, events) = (Alarm::of_this_thread(), EventCount::new(1));
/// events.register(0, alarm.waker());
/// events.notify();
/// while !alarm.has_rung() {
///     thread::park();
/// }
/// assert!(!events.cancel(0), "it was taken");
/// # }
/// ```
pub struct Alarm {
    rings: Arc<Rings>,
    waker: Waker,
}

struct Rings {
    has_rung: AtomicBool,
    thread: Thread,
}

impl Alarm {
    /// An alarm for the calling thread. Allocates.
    #[must_use]
    pub fn of_this_thread() -> Self {
        let rings = Arc::new(Rings { has_rung: AtomicBool::new(false), thread: current() });
        Self { waker: Waker::from(Arc::clone(&rings)), rings }
    }

    /// The waker that rings it.
    #[must_use]
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Whether it was rung since it was last set. Wait-free.
    #[must_use]
    pub fn has_rung(&self) -> bool {
        // ORDERING: Relaxed. The unpark behind it comes before the park that it ends, and what is registered is
        // asked for what it knows.
        self.rings.has_rung.load(Ordering::Relaxed)
    }

    /// Forgets that it was rung: to be called before its waker is registered.
    pub fn set(&self) {
        // ORDERING: Relaxed. Nobody has the waker; who still rings for what was before, rings for nothing.
        self.rings.has_rung.store(false, Ordering::Relaxed);
    }
}

impl Wake for Rings {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // ORDERING: Relaxed. As in `has_rung`.
        self.has_rung.store(true, Ordering::Relaxed);
        self.thread.unpark();
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").field("has_rung", &self.has_rung()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::thread::{park, spawn};

    #[test]
    fn it_unparks_the_thread_that_made_it_and_says_so() {
        let alarm = Alarm::of_this_thread();
        assert!(!alarm.has_rung(), "not yet");
        let waker = alarm.waker().clone();
        spawn(move || waker.wake()).join().unwrap();
        // Not lost.
        park();
        assert!(alarm.has_rung() && alarm.has_rung(), "until it is set");
        alarm.set();
        assert!(!alarm.has_rung(), "forgotten");
        alarm.waker().wake_by_ref();
        assert!(alarm.has_rung(), "again");
    }
}
