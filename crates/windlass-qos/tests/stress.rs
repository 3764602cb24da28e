//! Handles in a crowd: sleeping waits, floods.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use windlass_qos::{Builder, Guaranteed, Level, QosLevel, RecvError, Reliable, Wait};
use windlass_sync::thread;

/// Several senders and receivers with sleeping waits: everything arrives, in each sender's order.
#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn a_crowd_that_sleeps_loses_nothing() {
    const EACH: u64 = 20_000;
    let (tx, rx) = Builder::new(Guaranteed, 3)
        .many_senders(4)
        .many_receivers(3)
        .wait(Wait::blocking())
        .sender_wait(Wait::blocking())
        .build()
        .unwrap();
    let senders = [0_u64, 1, 2].map(|sender| {
        let mut tx = tx.clone();
        thread::spawn(move || (0..EACH).try_for_each(|n| tx.send((sender, n))).unwrap())
    });
    let receivers = [0, 1].map(|_| {
        let rx = rx.clone();
        thread::spawn(move || {
            let (mut next, mut count) = ([0_u64; 3], 0);
            for (sender, n) in rx {
                let next = &mut next[usize::try_from(sender).unwrap()];
                assert!(*next <= n, "in each sender's order");
                (*next, count) = (n + 1, count + 1);
            }
            count
        })
    });
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    drop(tx);
    assert_eq!(receivers.map(|rx| rx.join().unwrap()).iter().sum::<u64>(), 3 * EACH, "all");
}

/// A sender that floods a small buffer, and a receiver that takes batches: what it is told is missing
/// is exactly what is missing, at the very place.
#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn a_flooded_receiver_is_told_exactly_what_is_missing() {
    fn check<L: Level>(level: L) {
        const SENT: u64 = 200_000;
        let (mut tx, mut rx) = Builder::new(level, 4).wait(Wait::blocking()).build().unwrap();
        let sending = thread::spawn(move || (0..SENT).try_for_each(|n| tx.send(n)).unwrap());
        let (mut next, mut batch) = (0, Vec::new());
        loop {
            match rx.recv_many(&mut batch, 3) {
                Ok(received) => assert_eq!(received, batch.len(), "as many as it says"),
                Err(RecvError::Lagged(missing)) => next += missing,
                Err(RecvError::Closed) => break,
            }
            for message in batch.drain(..) {
                assert_eq!(message, next, "{level:?}: no gap that was not told");
                next += 1;
            }
        }
        sending.join().unwrap();
        assert_eq!(next, SENT, "{level:?}: to the end");
        let stats = rx.stats();
        assert_eq!(stats.accepted, stats.delivered + stats.dropped(), "{level:?}: {stats:?}");
    }
    check(Reliable);
    check(QosLevel::Reliable);
}
