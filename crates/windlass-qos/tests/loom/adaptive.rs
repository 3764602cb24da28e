//! An adaptive buffer: the receiver's answer comes before what relies on it.

use loom::thread;
use windlass_qos::adaptive::{Builder, Decision, Receiver, Rules, Sender};
use windlass_qos::{QosLevel, TryRecvError, Wait};

use crate::support::model;

/// A buffer that has gone over to the looser order, which its receiver knows.
fn loosened() -> (Sender<u64>, Receiver<u64>) {
    let rules = Rules::default().patience(1).relief(1);
    let (mut tx, mut rx) = Builder::new(2)
        .between(QosLevel::Reliable, QosLevel::RealTime)
        .rules(rules)
        .wait(Wait::blocking())
        .build()
        .unwrap();
    (0..3).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.adapt(), Decision::Loosen, "one was lost");
    (3..6).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.level(), QosLevel::RealTime, "in force");
    while rx.try_recv() != Ok(5) {}
    tx.adapt();
    (tx, rx)
}

#[test]
fn what_is_sent_behind_the_answer_is_taken_in_order() {
    model(|| {
        let (mut tx, mut rx) = loosened();
        let sender = thread::spawn(move || {
            // Asked here, so that the receiver may or may not know of it when it takes.
            assert_eq!(tx.adapt(), Decision::Tighten, "all is calm");
            let mut in_order = Vec::new();
            for n in 6..8 {
                tx.try_send(n).unwrap();
                if tx.level() == QosLevel::Reliable {
                    in_order.push(n);
                }
            }
            in_order
        });
        let mut seen = Vec::new();
        loop {
            match rx.try_recv() {
                Ok(n) => seen.push(n),
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Closed) => break,
            }
        }
        let in_order = sender.join().unwrap();
        assert!(seen.ends_with(&in_order), "all that relied on the answer: {seen:?} {in_order:?}");
    });
}

/// Edge `adaptive_order`: once the stricter order is in force nothing is passed over any more, and the sender, which
/// decides by that, knows of all that was.
#[test]
fn what_was_passed_over_is_known_when_the_stricter_order_is_in_force() {
    model(|| {
        let (mut tx, mut rx) = loosened();
        let before = tx.stats().passed_over;
        (6..8).for_each(|n| tx.try_send(n).unwrap());
        let sender = thread::spawn(move || {
            // The first asks, and the second may find the answer.
            tx.adapt();
            tx.adapt();
            let known = (tx.level() == QosLevel::Reliable).then(|| tx.stats().passed_over);
            (tx, known)
        });
        let receiver = thread::spawn(move || {
            // In the old way or in the new one; then an answer, if it was not given before.
            let first = rx.try_recv();
            drop(rx.try_recv());
            (rx, u64::from(first == Ok(7)))
        });
        let (_tx, known) = sender.join().unwrap();
        let (_rx, passed_over) = receiver.join().unwrap();
        if let Some(known) = known {
            assert_eq!(known, before + passed_over, "all of it");
        }
    });
}
