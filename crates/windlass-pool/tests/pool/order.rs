//! In which order messages arrive.

use std::collections::HashMap;

use crate::support::{Did, LONG, actors, balanced, hold_up, note, panics};
use windlass_pool::{QosLevel, Shutdown};
use windlass_sync::sync::Arc;
use windlass_sync::thread;

const EACH: u64 = if cfg!(miri) { 5 } else { 3_000 };

/// Which sender a number is from, and which of its messages it is.
fn parts(n: u64) -> (u64, u64) {
    (n / 1_000_000, n % 1_000_000)
}

#[test]
fn messages_of_a_sender_arrive_at_a_worker_in_order() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 16).build().unwrap();
    let senders: Vec<_> = (0..3)
        .map(|sender| {
            let mut tx = pool.sender().unwrap();
            thread::spawn(move || {
                for i in 0..EACH {
                    let n = sender * 1_000_000 + i;
                    // By key, by worker, to the next one: all by the same lane.
                    match i % 3 {
                        0 => tx.send(&i, note(n)).unwrap(),
                        1 => tx.send_to(usize::try_from(i).unwrap() % 2, note(n)).unwrap(),
                        _ => tx.send_any(note(n)).unwrap(),
                    }
                }
            })
        })
        .collect();
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    let mut all = 0;
    for worker in 0..2 {
        let mut last = HashMap::new();
        for (sender, i) in seen.notes_of(worker).into_iter().map(parts) {
            let before = last.insert(sender, i);
            assert!(before < Some(i), "sender {sender}: {i} behind {before:?}");
            all += 1;
        }
    }
    assert_eq!(all, 3 * EACH, "each once");
}

#[test]
fn the_messages_of_a_key_stay_in_order_while_workers_panic_and_restart_and_slots_move() {
    const KEYS: u64 = 8;
    let (builder, mut seen) = actors();
    // Four panics, which the budget for restarts allows.
    let is_bad = |key: u64, i: u64| key.is_multiple_of(2) && i == EACH / 2;
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let sender = thread::spawn(move || {
        for i in 0..EACH {
            for key in 0..KEYS {
                let n = key * 1_000_000 + i;
                let message = if is_bad(key, i) { panics(n) } else { note(n) };
                tx.send(&key, message).unwrap();
            }
        }
    });
    for round in 0..if cfg!(miri) { 1 } else { 10 } {
        pool.resize(1 + (round * 3) % 4, LONG).unwrap();
        let _may_be_behind = pool.restart(0);
    }
    sender.join().unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    // Notes of several workers are told by one channel; what one key's owners did, one after the other.
    let mut last = HashMap::new();
    let mut count = 0;
    for did in &seen.all {
        if let Did::Note(n) = did.1 {
            let (key, i) = parts(n);
            let before = last.insert(key, i);
            assert!(before < Some(i), "key {key}: {i} behind {before:?}");
            count += 1;
        }
    }
    assert_eq!(count, report.handled, "those that were handled");
    assert_eq!(report.panics, KEYS / 2, "one each");
    assert_eq!(report.handled + report.panics, KEYS * EACH, "all others");
}

#[test]
fn broadcasts_of_several_threads_arrive_everywhere_in_one_order() {
    const NEWS: u64 = if cfg!(miri) { 5 } else { 500 };
    let (builder, mut seen) = actors();
    let builder = builder.workers(3).control_capacity(4_096);
    let pool = Arc::new(builder.build().unwrap());
    let threads: Vec<_> = (0..3)
        .map(|teller| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || {
                for i in 0..NEWS {
                    pool.broadcast(teller * 1_000_000 + i).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|teller| teller.join().unwrap());
    drop(Arc::into_inner(pool).unwrap().shutdown(Shutdown::drain()));
    seen.until_the_end();
    let first = seen.told(0);
    assert_eq!(first.len() as u64, 3 * NEWS, "each once");
    assert!((1..3).all(|worker| seen.told(worker) == first), "the same order");
}

#[test]
fn a_control_message_comes_before_messages_that_wait() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    (1..5).for_each(|n| tx.send(&0, note(n)).unwrap());
    pool.control(0, 7).unwrap();
    key.open();
    drop(pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    let told = seen.all.iter().position(|(_, did)| *did == Did::Told(7));
    let noted = seen.all.iter().position(|(_, did)| *did == Did::Note(1));
    assert!(told < noted, "it was sent later: {:?}", seen.all);
}

#[test]
fn budgets_let_messages_through_between_control_messages() {
    let (builder, mut seen) = actors();
    let pool = builder.budgets(2, 1, 1).control_capacity(64).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    (1..5).for_each(|n| tx.send(&0, note(n)).unwrap());
    (0..40).for_each(|n| pool.control(0, n).unwrap());
    key.open();
    drop(pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    let last_note = seen.all.iter().position(|(_, did)| *did == Did::Note(4)).unwrap();
    let told_before = seen.all[..last_note].iter().filter(|(_, did)| matches!(did, Did::Told(_)));
    assert!(told_before.count() <= 10, "two for each message: {:?}", seen.all);
}
