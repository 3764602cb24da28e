//! What models share.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few.
pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// Does something and says so by `write`; who sees by `read` that it was said sees that it was done.
///
/// Each end has a thread of its own. The first thread would have to yield to see anything, and loom shows the
/// newest value to whoever has yielded: there the model would pass whatever the orderings are.
pub(crate) fn tells<W: Send + 'static, R: Send + 'static>(
    make: impl Fn() -> (W, R) + Send + Sync + 'static,
    write: fn(&mut W),
    read: fn(&mut R) -> bool,
) {
    model(move || {
        let done = Arc::new(AtomicU64::new(0));
        let (mut writer, mut reader) = make();
        let writes = thread::spawn({
            let done = Arc::clone(&done);
            move || {
                done.store(1, Ordering::Relaxed);
                write(&mut writer);
                writer
            }
        });
        let reads = thread::spawn(move || {
            if read(&mut reader) {
                assert_eq!(done.load(Ordering::Relaxed), 1, "it was done before it was said");
            }
            reader
        });
        // Nothing ends before both have looked.
        drop((writes.join().unwrap(), reads.join().unwrap()));
    });
}

/// What each of two did before it left is seen by whoever sees the end, which the last of them brings about. They send
/// nothing: what is sent hands over by itself.
pub(crate) fn end_tells<S: Send + 'static, R: Send + 'static>(
    make: impl Fn() -> ([S; 2], R) + Send + Sync + 'static,
    sees_end: fn(&mut R) -> bool,
) {
    model(move || {
        let (ends, mut receiver) = make();
        let done = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let mut number = 0;
        let leave = ends.map(|end| {
            let (done, at) = (Arc::clone(&done), number);
            number += 1;
            thread::spawn(move || {
                done[at].store(1, Ordering::Relaxed);
                drop(end);
            })
        });
        // A thread of its own, as in `tells`.
        let looks = thread::spawn(move || {
            if sees_end(&mut receiver) {
                let done = [0, 1].map(|at: usize| done[at].load(Ordering::Relaxed));
                assert_eq!(done, [1, 1], "both had done it when they left");
            }
            receiver
        });
        leave.into_iter().for_each(|end| end.join().unwrap());
        drop(looks.join().unwrap());
    });
}
