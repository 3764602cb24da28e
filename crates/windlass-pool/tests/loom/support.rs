//! What models share.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use windlass_sync::thread::{Thread, current, park};

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few.
pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// Wakes the thread that runs the task.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task on this thread, asleep while it waits. A wake-up that is lost is a deadlock.
pub(crate) fn run<F: Future>(task: F) -> F::Output {
    let waker = Waker::from(std::sync::Arc::new(Unpark(current())));
    let mut task = pin!(task);
    loop {
        if let Poll::Ready(done) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        park();
    }
}
