//! An adaptive buffer: what it wants, when that comes into force, and what it never breaks.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use windlass_qos::QosLevel::{BestEffort, Guaranteed, RealTime, Reliable};
use windlass_qos::adaptive::{Builder, Decision, Receiver, Rules};
use windlass_qos::{BuildError, DropReason, QosLevel, RecvError, TryRecvError, TrySendError, Wait};
use windlass_ring::Pause;
use windlass_sync::sync::{Arc, Mutex, lock};
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
fn a_small_budget_refuses_while_there_is_room_in_the_buffer() {
    let (mut tx, mut rx) = Builder::new(4).smallest_budget(1).rules(quick()).build().unwrap();
    for budget in [1, 2] {
        (0..budget).for_each(|n| tx.try_send(n).unwrap());
        assert_eq!(tx.try_send(9), Err(TrySendError::Full(9)), "{budget} and no more");
        assert_eq!((tx.len() as u64, tx.capacity()), (budget, 4), "there is room");
        assert_eq!(tx.adapt(), Decision::Loosen, "strained");
        assert_eq!(drain(&mut rx) as u64, budget, "all of them");
    }
}

#[test]
fn strain_is_judged_by_the_budget() {
    let (mut tx, _rx) = Builder::new(8).smallest_budget(2).rules(quick()).build().unwrap();
    tx.try_send(1).unwrap();
    assert_eq!(tx.adapt(), Decision::Keep, "half of what may be there");
    tx.try_send(2).unwrap();
    assert_eq!(tx.adapt(), Decision::Loosen, "all of it, and nothing was refused");
    assert_eq!(tx.budget(), 4, "one rung");
    tx.try_send(3).unwrap();
    assert_eq!(tx.adapt(), Decision::Loosen, "three of four");
    assert_eq!(tx.budget(), 8, "one more");
    assert_eq!(tx.adapt(), Decision::Keep, "three of eight");
}

#[test]
fn a_message_that_waited_counts_once() {
    // Whoever waits for room makes some: the receiver takes a message on the thread of the sender.
    let receiver = Arc::new(Mutex::new(None::<Receiver<u64>>));
    let takes = Arc::clone(&receiver);
    let wait = Wait::custom(move |_| {
        let taken = lock(&takes).as_mut().map(Receiver::try_recv);
        assert!(matches!(taken, Some(Ok(_))), "there is a message");
        Pause::Yield
    });
    let (mut tx, rx) = Builder::new(2).rules(quick()).sender_wait(wait).build().unwrap();
    *lock(&receiver) = Some(rx);
    (1..=2).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)), "full");
    assert_eq!(tx.adapt(), Decision::Loosen, "strained");
    tx.send(3).unwrap();
    assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)), "2 was guaranteed and is there");
    assert_eq!(tx.level(), Guaranteed, "so it is not in force");
    let mut rx = lock(&receiver).take().unwrap();
    assert_eq!(rx.recv(), Ok(2), "nothing was overwritten");
    tx.try_send(4).unwrap();
    assert_eq!(tx.level(), Reliable, "now it is");
    assert_eq!((tx.stats().accepted, tx.stats().overwritten), (4, 0), "each once");
}

#[test]
fn what_a_wait_for_the_newest_passes_over_goes_to_the_callback() {
    let dropped = Seen::new();
    let told = dropped.clone();
    let builder = Builder::new(4).between(RealTime, RealTime);
    let builder = builder.on_drop(move |n, reason| told.push((n, reason)));
    let (mut tx, mut rx) = builder.build().unwrap();
    let takes: [fn(&mut Receiver<u64>) -> u64; 4] = [
        |rx| rx.recv().unwrap(),
        |rx| block_on(rx.recv_async()).unwrap(),
        |rx| rx.recv_timeout(Duration::ZERO).unwrap(),
        |rx| rx.try_recv().unwrap(),
    ];
    for take in takes {
        (1..=3).for_each(|n| tx.try_send(n).unwrap());
        assert_eq!(take(&mut rx), 3, "the newest");
        let mut passed = dropped.take();
        passed.sort_by_key(|(n, _)| *n);
        let both = [(1, DropReason::PassedOver), (2, DropReason::PassedOver)];
        assert_eq!(passed, both, "the first one too");
    }
}

#[test]
fn what_made_room_is_told_on_every_rung_and_what_was_passed_over_on_none() {
    let (mut tx, mut rx) = Builder::new(2).between(RealTime, RealTime).build().unwrap();
    (1..=5).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(rx.recv(), Err(RecvError::Lagged(3)), "1 to 3 made room");
    assert_eq!(rx.recv(), Ok(5), "the newest");
    (6..=7).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(rx.recv(), Ok(7), "4 and 6 are not told");
    assert_eq!((rx.stats().overwritten, rx.stats().passed_over), (3, 2), "but counted");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |builder: Builder<u8>| builder.build().err();
    let contradictory = Some(BuildError::ContradictoryRules);
    assert_eq!(refused(Builder::new(4).between(RealTime, Guaranteed)), contradictory, "order");
    let no_rung = BuildError::NoRung { level: BestEffort };
    assert_eq!(refused(Builder::new(4).between(BestEffort, RealTime)), Some(no_rung), "no rung");
    assert_eq!(refused(Builder::new(4).between(Guaranteed, BestEffort)), Some(no_rung), "as well");
    assert!(no_rung.to_string().contains("best_effort"), "it is named");
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
