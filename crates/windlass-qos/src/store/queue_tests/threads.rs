//! Between threads.

use windlass_sync::thread;

use super::{LATE, for_both, limits};
use crate::store::{IndexQueue, Limits, Refused, StampQueue, Store, Taken};

/// Sends numbers through a queue with so many threads at each end, one of which closes it. Every number
/// arrives once, those of a sender in order for each receiver.
fn loses_nothing<S: Store<Box<(usize, u64)>>>(capacity: usize, senders: usize, receivers: usize) {
    let each = if cfg!(miri) { 50 } else { 20_000_u64 };
    let store = S::new(&Limits { capacity, senders, receivers, origin: LATE }).unwrap();
    let ended = std::sync::Barrier::new(senders);
    let sums: Vec<(u64, u64)> = std::thread::scope(|scope| {
        for sender in 0..senders {
            let (store, ended) = (&store, &ended);
            let mut tx = store.sender().unwrap();
            scope.spawn(move || {
                for n in 0..each {
                    let mut message = Box::new((sender, n));
                    while let Err(Refused::Full(back)) = store.offer_if_room(&mut tx, message) {
                        message = back;
                        thread::yield_now();
                    }
                }
                if ended.wait().is_leader() {
                    store.close();
                }
            });
        }
        let receiving: Vec<_> = (0..receivers)
            .map(|_| {
                let store = &store;
                let mut rx = store.receiver().unwrap();
                scope.spawn(move || {
                    let (mut next, mut count, mut sum) = (vec![0; senders], 0, 0_u64);
                    loop {
                        match store.take(&mut rx) {
                            Taken::Message(message) => {
                                let (sender, n) = *message;
                                assert!(next[sender] <= n, "those of a sender stay in order");
                                next[sender] = n + 1;
                                count += 1;
                                sum += n;
                            }
                            Taken::End => return (count, sum),
                            _ => thread::yield_now(),
                        }
                    }
                })
            })
            .collect();
        receiving.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sent = senders as u64 * each;
    assert_eq!(sums.iter().map(|sum| sum.0).sum::<u64>(), sent, "every message arrived once");
    let sum = senders as u64 * (0..each).sum::<u64>();
    assert_eq!(sums.iter().map(|sum| sum.1).sum::<u64>(), sum, "and they are the ones sent");
    let stats = store.stats();
    assert_eq!((stats.accepted, stats.delivered, stats.held), (sent, sent, 0), "exact at rest");
}

#[test]
fn nothing_is_lost_between_threads() {
    for capacity in [1, 3, 64] {
        loses_nothing::<IndexQueue<_>>(capacity, 1, 1);
        loses_nothing::<StampQueue<_>>(capacity, 3, 1);
        loses_nothing::<StampQueue<_>>(capacity, 2, 2);
    }
}

/// Closes while a sender sends: what was accepted arrives, and nothing else.
fn closes_exactly<S: Store<u64>>(handles: usize) {
    for round in 0..if cfg!(miri) { 5 } else { 300 } {
        let store = S::new(&limits(4, handles, 0)).unwrap();
        let (mut tx, mut rx) = (store.sender().unwrap(), store.receiver().unwrap());
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| {
                let mut accepted = 0;
                loop {
                    match store.offer_if_room(&mut tx, accepted) {
                        Ok(_) => accepted += 1,
                        Err(Refused::Full(_)) => thread::yield_now(),
                        Err(Refused::Closed(_)) => return accepted,
                    }
                }
            });
            scope.spawn(|| {
                (0..round % 7).for_each(|_| thread::yield_now());
                store.close();
            });
            let mut received = 0;
            loop {
                match store.take(&mut rx) {
                    Taken::Message(n) => {
                        assert_eq!(n, received, "in order");
                        received += 1;
                    }
                    Taken::End => break,
                    _ => thread::yield_now(),
                }
            }
            assert_eq!(sending.join().unwrap(), received, "all that was accepted");
        });
    }
}

#[test]
fn a_close_loses_nothing_that_was_accepted() {
    for_both!(closes_exactly::<u64>());
}
