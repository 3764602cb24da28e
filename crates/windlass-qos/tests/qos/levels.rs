//! What tests of handles share.

use std::sync::mpsc;

use windlass_sync::thread;

/// Calls `check` for each level.
macro_rules! each_level {
    ($check:ident) => {
        $check(BestEffort);
        $check(Reliable);
        $check(Guaranteed);
        $check(RealTime);
        QosLevel::ALL.into_iter().for_each($check);
    };
}
pub(crate) use each_level;

/// Runs `body` on a thread and returns when it is about to begin.
pub(crate) fn begin<R: Send + 'static>(
    body: impl FnOnce() -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    let (begun, begins) = mpsc::channel();
    let running = thread::spawn(move || {
        begun.send(()).unwrap();
        body()
    });
    begins.recv().unwrap();
    running
}
