//! Consumers that come and go, and rings that are closed while everybody is busy.

use std::thread::scope;

use windlass_ring::{Builder, JoinFrom};

use crate::VISITS;

#[test]
fn consumers_join_and_leave_while_producers_run() {
    let (producer, ring) = Builder::new(32, || 0_u64)
        .joiners(3)
        .stage("always")
        .each(|_, _| {})
        .start_multi()
        .unwrap();
    scope(|scope| {
        for _ in 0..2 {
            let mut producer = producer.clone();
            // Ends when the ring is closed.
            scope.spawn(move || while producer.publish(|event| *event += 1).is_ok() {});
        }
        let visitors: Vec<_> = (0..3_u64)
            .map(|visitor| {
                let ring = &ring;
                scope.spawn(move || {
                    for visit in 0..VISITS {
                        let from = if visit % 2 == 0 { JoinFrom::Next } else { JoinFrom::Oldest };
                        let mut poller = ring.join(from).unwrap();
                        let mut next = poller.sequence().get();
                        let enough = next + 5 + visitor;
                        while next < enough {
                            poller.wait().unwrap().take_while(|_, at| {
                                assert_eq!(at.sequence.get(), next, "no gap, nothing twice");
                                next += 1;
                                at.sequence.get() % 3 != visit % 3
                            });
                        }
                    }
                })
            })
            .collect();
        visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
        ring.close();
    });
    drop(producer);
    assert!(ring.wait_end().unwrap().drained);
}

#[test]
fn closing_at_any_time_loses_nothing_that_was_accepted() {
    for round in 0..VISITS {
        let (producer, mut ring) =
            Builder::new(8, || 0_u64).stage("a").poller().start_multi().unwrap();
        let mut poller = ring.poller("a").unwrap();
        scope(|scope| {
            let senders: Vec<_> = (0..2)
                .map(|_| {
                    let mut producer = producer.clone();
                    scope.spawn(move || {
                        (0..).take_while(|_| producer.publish(|event| *event = 1).is_ok()).count()
                    })
                })
                .collect();
            let reader = scope.spawn(move || {
                let mut seen = 0;
                while let Ok(mut batch) = poller.wait() {
                    batch.for_each(|_, _| seen += 1);
                }
                seen
            });
            if round % 2 == 0 {
                windlass_sync::thread::yield_now();
            }
            ring.close();
            let accepted: usize = senders.into_iter().map(|it| it.join().unwrap()).sum();
            assert_eq!(reader.join().unwrap(), accepted, "accepted, and seen");
        });
    }
}

#[test]
fn closing_the_ring_of_one_producer_loses_nothing_that_was_accepted() {
    for _ in 0..VISITS {
        let (mut producer, mut ring) =
            Builder::new(8, || 0_u64).stage("a").poller().start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        scope(|scope| {
            let sender = scope.spawn(move || {
                (0..).take_while(|_| producer.publish(|event| *event = 1).is_ok()).count()
            });
            let reader = scope.spawn(move || {
                let mut seen = 0;
                while let Ok(mut batch) = poller.wait() {
                    batch.for_each(|_, _| seen += 1);
                }
                seen
            });
            ring.close();
            assert_eq!(reader.join().unwrap(), sender.join().unwrap(), "accepted, and seen");
        });
    }
}
