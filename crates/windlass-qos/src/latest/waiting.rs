//! Waiting for a change, as a thread or as a task.

use core::future::poll_fn;
use core::task::Poll;

use windlass_sync::EventCount;

/// Takes a waker back when its future is dropped: it would keep its task alive.
struct Asleep<'b> {
    bell: &'b EventCount,
    key: u64,
    registered: bool,
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        if self.registered {
            self.bell.cancel(self.key);
        }
    }
}

/// Waits in a task until `look` finds something; whoever changes what it looks at rings the bell.
pub(super) async fn until<R>(
    bell: &EventCount,
    key: u64,
    mut look: impl FnMut() -> Option<R>,
) -> R {
    let mut asleep = Asleep { bell, key, registered: false };
    poll_fn(|cx| {
        if let Some(found) = look() {
            return Poll::Ready(found);
        }
        asleep.bell.register(asleep.key, cx.waker());
        asleep.registered = true;
        // It may have come before the registration.
        look().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}
