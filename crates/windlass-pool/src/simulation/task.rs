//! What takes turns in a simulation.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use windlass_sync::Deadline;
use windlass_sync::atomic::{AtomicBool, Ordering};

/// Something that does one thing at a time.
pub(crate) trait Task {
    fn turn(&mut self) -> Turn;

    /// Whether faults hold it up.
    fn is_worker(&self) -> bool;
}

/// What a turn has come to.
pub(crate) enum Turn {
    /// It did something.
    Worked,
    /// It can do nothing before something comes, or before then.
    Idle(Deadline),
    /// It is done for good.
    Over,
}

/// A future that takes its turns when it was woken.
pub(super) struct Spawned {
    future: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Woken>,
}

/// Whether somebody has woken it since its last turn.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        // ORDERING: Relaxed. It is read on the thread of the simulation, where whoever wakes it is.
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Spawned {
    pub(super) fn new(future: impl Future<Output = ()> + 'static) -> Self {
        Self { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }
}

impl Task for Spawned {
    fn turn(&mut self) -> Turn {
        // ORDERING: Relaxed. As above.
        if !self.woken.0.load(Ordering::Relaxed) {
            return Turn::Idle(Deadline::never());
        }
        self.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(()) => Turn::Over,
            Poll::Pending => Turn::Worked,
        }
    }

    fn is_worker(&self) -> bool {
        false
    }
}
