//! An executor for one future, and a waker that counts.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::thread;

/// Runs a future on this thread, which sleeps while the future waits.
///
/// It sleeps until it is woken, so a future whose wake-up is lost never ends.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(done) => return done,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls a future once, with a waker of `wakes`.
pub fn poll_once<F: Future>(future: Pin<&mut F>, wakes: &Wakes) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(&wakes.waker()))
}

/// Counts how often its wakers were called.
#[derive(Debug, Clone, Default)]
pub struct Wakes(Arc<Count>);

#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl Wakes {
    /// A counter at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A waker that counts here.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    /// How often a waker was called.
    #[must_use]
    pub fn count(&self) -> usize {
        // ORDERING: Relaxed. Tests read it after they have joined the waking thread.
        self.0.0.load(Ordering::Relaxed)
    }

    /// How many wakers of this counter still exist.
    #[must_use]
    pub fn kept(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed. As in `count`.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
