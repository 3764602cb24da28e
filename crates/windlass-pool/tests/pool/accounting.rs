//! Every accepted message is handled, or dead, or comes back: exactly once.

use std::collections::HashMap;

use crate::support::{
    Act, Did, LEVELS, Msg, actors, balanced, hold_up, hold_up_worker, note, panics,
};
use windlass_pool::{DeadReason, Phase, QosLevel, Restart, Shutdown};
use windlass_sync::sync::Arc;
use windlass_sync::thread;

/// Asserts that each of these numbers is in one place.
fn each_once(places: [Vec<u64>; 3], sent: u64) {
    let mut count: HashMap<u64, u32> = HashMap::new();
    for n in places.iter().flatten() {
        *count.entry(*n).or_default() += 1;
    }
    assert!(count.values().all(|times| *times == 1), "none twice");
    assert_eq!(count.len() as u64, sent, "each: {:?}", places.map(|place| place.len()));
}

#[test]
fn each_accepted_message_is_in_one_place_at_each_level() {
    const EACH: u64 = if cfg!(miri) { 10 } else { 5_000 };
    for level in LEVELS {
        for in_time in [false, true] {
            let (builder, mut seen) = actors();
            let builder = builder.workers(3).mailbox(level, 64).dead_letters(1 << 16);
            let pool = builder.restart(Restart::never()).build().unwrap();
            let senders: Vec<_> = (0..2)
                .map(|sender| {
                    let mut tx = pool.sender().unwrap();
                    thread::spawn(move || {
                        let mut refused = 0;
                        for i in 0..EACH {
                            let n = sender * 1_000_000 + i;
                            // One worker dies of one of them.
                            let is_bad = sender == 1 && i == EACH / 2;
                            let message = if is_bad { panics(n) } else { note(n) };
                            refused += u64::from(tx.send(&n, message).is_err());
                        }
                        refused
                    })
                })
                .collect();
            let refused: u64 = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
            let how = if in_time { Shutdown::drain() } else { Shutdown::drain().then_abort() };
            let report = pool.shutdown(how);
            balanced(&report);
            assert_eq!(report.accepted + refused, 2 * EACH, "accepted or refused");
            seen.until_the_end();
            assert_eq!(seen.notes().len() as u64, report.handled, "what was handled");
            let dead = report.dead_letters.iter().map(|letter| letter.message.as_ref().unwrap().n);
            let undelivered = report.undelivered.iter().map(|message| message.n);
            let places = [seen.notes(), dead.collect(), undelivered.collect()];
            each_once(places, report.accepted);
            assert!(!in_time || report.undelivered.is_empty(), "everything was handled");
        }
    }
}

#[test]
fn what_makes_room_is_among_the_dead_letters() {
    for level in [QosLevel::BestEffort, QosLevel::Reliable, QosLevel::RealTime] {
        let (builder, mut seen) = actors();
        let pool = builder.mailbox(level, 8).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let key = hold_up(&mut tx, 0);
        (1..=20).for_each(|n| tx.send(&0, note(n)).unwrap());
        key.open();
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        let overwritten = report.dead.of(DeadReason::Overwritten);
        assert!(12 <= overwritten, "{level:?}: the oldest");
        drop(tx);
        seen.until_the_end();
        assert_eq!(seen.notes().len() as u64, 21 - overwritten, "{level:?}: the others");
    }
}

#[test]
fn what_lies_in_an_outbox_at_the_end_is_counted() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    for n in 0..10 {
        // More than worker 1 has room for.
        tx.send_to(0, Msg { n, act: Act::Pass(1, 1) }).unwrap();
    }
    while pool.stats()[0].handled < 10 {
        thread::yield_now();
    }
    let ending = thread::spawn(move || {
        pool.shutdown(Shutdown::drain().then_abort().abort_wait(crate::support::LONG))
    });
    while tx.try_send(&0, note(100)).is_ok() {
        thread::yield_now();
    }
    key.open();
    let report = ending.join().unwrap();
    balanced(&report);
    assert!(21 <= report.accepted, "the gate, ten, and ten that were passed on");
}

#[test]
fn dead_letters_are_kept_up_to_a_limit_and_all_counted() {
    let (builder, mut seen) = actors();
    let pool = builder.dead_letters(3).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    tx.send(&0, panics(1)).unwrap();
    (2..10).for_each(|n| tx.send(&0, note(n)).unwrap());
    key.open();
    seen.until(|_, did| *did == Did::Dropped);
    while pool.stats()[0].phase != Phase::Dead {
        thread::yield_now();
    }
    let kept: Vec<_> = pool.take_dead_letters();
    let kept: Vec<_> = kept.iter().map(|letter| letter.message.as_ref().unwrap().n).collect();
    assert_eq!(kept, [7, 8, 9], "the latest");
    assert_eq!(pool.dead_counts().total(), 9, "all");
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert!(report.dead_letters.is_empty(), "they were taken before");
}

#[test]
fn a_sender_that_is_gone_is_still_counted() {
    let (builder, _seen) = actors();
    let pool = builder.senders(1).build().unwrap();
    for n in 0..100 {
        let mut tx = pool.sender().unwrap();
        tx.send(&n, note(n)).unwrap();
    }
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.accepted, report.handled), (100, 100), "all");
}

#[test]
fn a_place_that_a_sender_leaves_serves_the_next_one() {
    const ROUNDS: u64 = if cfg!(miri) { 10 } else { 3_000 };
    let (builder, mut seen) = actors();
    let pool = builder.workers(4).senders(2).build().unwrap();
    let pool = Arc::new(pool);
    // Three threads share two places: each sender that exists reaches all workers.
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                for n in 0..ROUNDS {
                    let mut tx = loop {
                        match pool.sender() {
                            Ok(tx) => break tx,
                            Err(_) => thread::yield_now(),
                        }
                    };
                    (0..4).for_each(|worker| tx.send_to(worker, note(n)).unwrap());
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let pool = Arc::into_inner(pool).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 4 * 3 * ROUNDS, "each sender reached each worker");
    seen.now();
}
