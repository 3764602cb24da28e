//! An adaptive buffer: what it wants, when that comes into force, and what it never breaks.

use std::collections::BTreeMap;

use proptest::prelude::*;
use windlass_qos::QosLevel::{BestEffort, Guaranteed, RealTime, Reliable};
use windlass_qos::adaptive::{Builder, Decision, Receiver, Rules};
use windlass_qos::{BuildError, DropReason, QosLevel, RecvError, TryRecvError, TrySendError};
use windlass_sync::thread;
use windlass_testkit::{Seen, block_on};

/// Takes everything, and says how much.
fn drain(rx: &mut Receiver<u64>) -> usize {
    let mut n = 0;
    loop {
        match rx.try_recv() {
            Ok(_) => n += 1,
            Err(TryRecvError::Lagged(_)) => {}
            Err(_) => return n,
        }
    }
}

/// The next message, past what is missing.
fn next(rx: &mut Receiver<u64>) -> u64 {
    loop {
        match rx.recv() {
            Ok(n) => return n,
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => panic!("the end"),
        }
    }
}

/// One window is enough.
fn quick() -> Rules {
    Rules::default().patience(1).relief(1)
}

#[test]
fn it_goes_down_the_ladder_and_up_again() {
    let (mut tx, mut rx) = Builder::new(4).smallest_budget(1).rules(quick()).build().unwrap();
    let mut way = vec![(tx.level(), tx.budget())];
    for n in 0.. {
        for m in 0..8 {
            let _ = tx.try_send(n * 8 + m);
        }
        if tx.adapt() == Decision::Keep {
            break;
        }
        // What was accepted before is taken; the next message finds the way free.
        drain(&mut rx);
        let _ = tx.try_send(0);
        way.push((tx.level(), tx.budget()));
    }
    let expected =
        [(Guaranteed, 1), (Guaranteed, 2), (Guaranteed, 4), (Reliable, 4), (RealTime, 4)];
    assert_eq!(way, expected, "each rung");
    drain(&mut rx);
    tx.adapt();
    for (level, budget) in expected.into_iter().rev().skip(1) {
        drain(&mut rx);
        for _ in 0..100 {
            if tx.adapt() == Decision::Tighten {
                break;
            }
        }
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "and answers");
        let _ = tx.try_send(0);
        assert_eq!((tx.level(), tx.budget()), (level, budget), "and back");
    }
}

#[test]
fn a_looser_level_waits_until_what_was_guaranteed_is_gone() {
    let (mut tx, mut rx) = Builder::new(2).rules(quick()).build().unwrap();
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)), "full");
    assert_eq!(tx.adapt(), Decision::Loosen, "strained");
    assert_eq!((tx.level(), tx.wanted()), (Guaranteed, Reliable), "not yet");
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)), "nothing is overwritten");
    assert_eq!(rx.recv(), Ok(1), "one is taken");
    tx.try_send(3).unwrap();
    assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)), "2 is still there");
    assert_eq!(rx.recv(), Ok(2), "and taken");
    tx.try_send(4).unwrap();
    tx.try_send(5).unwrap();
    assert_eq!(tx.level(), Reliable, "now it is in force");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)), "3 made room");
    assert_eq!((rx.recv(), rx.recv()), (Ok(4), Ok(5)), "in order");
}

#[test]
fn a_stricter_order_waits_until_the_receiver_has_said_so() {
    let rules = quick().calm_at(60);
    let (mut tx, mut rx) =
        Builder::new(4).between(Reliable, RealTime).rules(rules).build().unwrap();
    (0..6).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.adapt(), Decision::Loosen, "some were lost");
    (6..11).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.level(), RealTime, "all from before were overwritten");
    assert_eq!(next(&mut rx), 10, "the newest alone");
    for _ in 0..3 {
        tx.adapt();
    }
    assert_eq!((tx.level(), tx.wanted()), (RealTime, Reliable), "asked for");
    tx.try_send(11).unwrap();
    assert_eq!(tx.level(), RealTime, "not answered");
    assert_eq!(rx.try_recv(), Ok(11), "this answers");
    tx.try_send(12).unwrap();
    tx.try_send(13).unwrap();
    assert_eq!(tx.level(), Reliable, "now it is in force");
    assert_eq!((rx.recv(), rx.recv()), (Ok(12), Ok(13)), "in order");
}

#[test]
fn waiting_for_the_newest_passes_over_the_others_and_counts_them() {
    let (mut tx, mut rx) = Builder::new(4).between(RealTime, RealTime).build().unwrap();
    assert_eq!(tx.level(), RealTime, "from the start");
    (1..=3).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(rx.recv(), Ok(3), "the newest");
    tx.send(4).unwrap();
    assert_eq!(block_on(rx.recv_async()), Ok(4), "in a task");
    let stats = rx.stats();
    assert_eq!((stats.delivered, stats.passed_over, stats.held), (2, 2, 0), "counted");
    drop(tx);
    assert_eq!(rx.recv(), Err(RecvError::Closed), "the end");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |builder: Builder<u8>| builder.build().err();
    let contradictory = Some(BuildError::ContradictoryRules);
    assert_eq!(refused(Builder::new(4).between(RealTime, Guaranteed)), contradictory, "order");
    assert_eq!(refused(Builder::new(4).between(BestEffort, RealTime)), contradictory, "no rung");
    assert_eq!(refused(Builder::new(4).smallest_budget(0)), contradictory, "no budget");
    assert_eq!(refused(Builder::new(4).rules(quick().patience(0))), contradictory, "no patience");
    assert_eq!(refused(Builder::new(4).rules(quick().relief(0))), contradictory, "no relief");
    assert_eq!(refused(Builder::new(4).rules(quick().calm_at(75))), contradictory, "both");
    assert_eq!(refused(Builder::new(0)), Some(BuildError::NoCapacity), "no capacity");
    assert_eq!(refused(Builder::new(4).smallest_budget(usize::MAX)), None, "as large as there is");
}

#[test]
fn a_sender_that_waits_is_woken_by_room_and_by_the_end() {
    let (mut tx, mut rx) = Builder::new(1).build().unwrap();
    let sender = thread::spawn(move || {
        (0..100).try_for_each(|n| tx.send(n)).unwrap();
        tx
    });
    (0..100).for_each(|n| assert_eq!(rx.recv(), Ok(n), "all of them"));
    let mut tx = sender.join().unwrap();
    let sender = thread::spawn(move || [tx.send(0).is_ok(), tx.send(1).is_ok()]);
    while rx.stats().accepted < 101 {
        thread::yield_now();
    }
    drop(rx);
    assert!(sender.join().unwrap()[0], "the first had room");
}

/// The looser of two levels.
fn looser(a: QosLevel, b: QosLevel) -> QosLevel {
    let place = |level| [Guaranteed, Reliable, RealTime].iter().position(|at| *at == level);
    if place(a) < place(b) { b } else { a }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "many rounds")]
    fn what_was_accepted_keeps_its_promise_across_changes(
        capacity in 1..5_usize, budget in 1..5_usize,
        steps in prop::collection::vec(0..10_u8, 1..400),
    ) {
        let dropped = Seen::new();
        let told = dropped.clone();
        let rules = quick().calm_at(30);
        let (mut tx, mut rx) = Builder::new(capacity)
            .smallest_budget(budget)
            .rules(rules)
            .on_drop(move |n: u64, reason| told.push((n, reason)))
            .build()
            .unwrap();
        let mut promised: BTreeMap<u64, QosLevel> = BTreeMap::new();
        let mut got: Vec<u64> = Vec::new();
        let mut lagged = 0;
        for (n, step) in (0_u64..).zip(steps) {
            match step {
                0..5 => {
                    if tx.try_send(n).is_ok() {
                        promised.insert(n, looser(tx.level(), tx.wanted()));
                    }
                }
                5..8 => match rx.try_recv() {
                    Ok(n) => got.push(n),
                    Err(TryRecvError::Lagged(n)) => lagged += n,
                    Err(_) => {}
                },
                _ => {
                    tx.adapt();
                }
            }
        }
        tx.close();
        loop {
            match rx.try_recv() {
                Ok(n) => got.push(n),
                Err(TryRecvError::Lagged(n)) => lagged += n,
                Err(_) => break,
            }
        }
        let mut reported = 0;
        for (n, reason) in dropped.take() {
            match promised[&n] {
                Guaranteed => prop_assert!(false, "{} was guaranteed, and {:?}", n, reason),
                Reliable => {
                    prop_assert_eq!(reason, DropReason::Overwritten);
                    reported += 1;
                }
                _ => {}
            }
        }
        prop_assert!(reported <= lagged, "told in line");
        let in_order: Vec<u64> = got.iter().copied().filter(|n| promised[n] != RealTime).collect();
        prop_assert!(in_order.is_sorted(), "in order");
        prop_assert!(promised.iter().all(|(n, level)| *level != Guaranteed || got.contains(n)));
        let stats = rx.stats();
        prop_assert_eq!(stats.accepted, promised.len() as u64);
        prop_assert_eq!(stats.delivered, got.len() as u64);
        prop_assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held);
    }
}
