//! An adaptive buffer: the receiver's answer comes before what relies on it.

use loom::thread;
use windlass_qos::adaptive::{Builder, Decision, Rules};
use windlass_qos::{QosLevel, TryRecvError, Wait};

use crate::support::model;

#[test]
fn what_is_sent_behind_the_answer_is_taken_in_order() {
    model(|| {
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
