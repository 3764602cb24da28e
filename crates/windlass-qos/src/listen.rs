//! Waiting for messages of several places at one bell, as a thread or as a task.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use windlass_ring::{Deadline, Wait, Waiter};
use windlass_sync::EventCount;

/// One party that waits at a bell.
pub(crate) struct Listener {
    key: u64,
    waiter: Waiter,
}

impl Listener {
    /// A party with a key that no other one has at that bell.
    pub(crate) fn new(key: u64, wait: Wait) -> Self {
        Self { key, waiter: Waiter::new(wait) }
    }

    /// Another party that waits in the same way.
    pub(crate) fn another(&self, key: u64) -> Self {
        Self { key, waiter: self.waiter.another() }
    }

    /// Waits until `look` finds something; `None` only if the deadline has passed.
    pub(crate) fn wait<R>(
        &mut self,
        bell: &EventCount,
        parties: usize,
        deadline: Deadline,
        look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        self.waiter.wait_at(bell, self.key, parties, deadline, look)
    }

    /// The same for a task.
    pub(crate) fn listen<'l, F>(&self, bell: &'l EventCount, look: F) -> Listen<'l, F> {
        Listen { bell, key: self.key, look, asleep: false }
    }
}

/// Waits in a task until `look` finds something.
pub(crate) struct Listen<'l, F> {
    bell: &'l EventCount,
    key: u64,
    look: F,
    asleep: bool,
}

impl<F> Listen<'_, F> {
    /// Leaves no waker behind: it would keep its task alive.
    fn wake_up(&mut self) {
        if core::mem::take(&mut self.asleep) {
            self.bell.cancel(self.key);
        }
    }
}

// Nothing in it is ever pinned.
impl<F> Unpin for Listen<'_, F> {}

impl<R, F: FnMut() -> Option<R>> Future for Listen<'_, F> {
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.get_mut();
        let mut found = (this.look)();
        if found.is_none() {
            this.bell.register(this.key, cx.waker());
            this.asleep = true;
            found = (this.look)();
        }
        match found {
            None => Poll::Pending,
            Some(found) => {
                this.wake_up();
                Poll::Ready(found)
            }
        }
    }
}

impl<F> Drop for Listen<'_, F> {
    fn drop(&mut self) {
        self.wake_up();
    }
}
