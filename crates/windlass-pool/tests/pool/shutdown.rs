//! How a pool ends.

use std::time::Duration;

use crate::support::{
    Act, Did, LEVELS, LONG, Msg, SHORT, actors, actors_by, balanced, hold_up, hold_up_worker, note,
};
use windlass_pool::{Shutdown, StopReason};
use windlass_sync::thread;

#[test]
#[cfg_attr(miri, ignore = "many messages")]
fn everything_that_is_queued_is_handled_before_the_end() {
    const MESSAGES: u64 = 100_000;
    let (builder, mut seen) = actors();
    let builder = builder.workers(4).mailbox(windlass_pool::QosLevel::Guaranteed, 65_536);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..4).for_each(|worker| pool.pause(worker).unwrap());
    (0..MESSAGES).for_each(|n| tx.try_send(&n, note(n)).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.accepted, report.handled), (MESSAGES, MESSAGES), "all");
    drop(tx);
    seen.until_the_end();
    assert!(seen.notes().into_iter().eq(0..MESSAGES), "each once");
    assert_eq!(seen.count(|did| *did == Did::Stopped(StopReason::Drained)), 4, "and said so");
}

#[test]
fn what_is_not_handled_in_time_comes_back() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    (1..500).for_each(|n| tx.send(&0, note(n)).unwrap());
    let waiting = thread::spawn(move || pool.shutdown(Shutdown::drain_for(SHORT).abort_wait(LONG)));
    // It opens when it was told to abort.
    while tx.try_send(&0, note(500)).is_ok() {
        thread::yield_now();
    }
    thread::sleep(10 * SHORT);
    key.open();
    let report = waiting.join().unwrap();
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    let mut all = seen.notes_of(0);
    all.extend(report.undelivered.iter().map(|message| message.n));
    let sent = report.accepted;
    assert!(all.iter().copied().filter(|n| *n < 500).eq(0..500), "each once, in order");
    assert_eq!(all.len() as u64, sent, "each once");
}

#[test]
fn workers_that_do_not_end_are_named() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(3).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    let report = pool.shutdown(Shutdown::drain().then_abort().abort_wait(SHORT));
    assert!(report.stragglers.contains(&1), "the one that is busy: {report:?}");
    key.open();
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.count(|did| *did == Did::Dropped), 3, "it ends later");
}

#[test]
fn a_pool_that_is_dropped_ends_its_threads_behind_their_messages() {
    for level in LEVELS {
        let (builder, mut seen) = actors();
        let pool = builder.workers(2).mailbox(level, 128).build().unwrap();
        let mut tx = pool.sender().unwrap();
        (0..100).for_each(|n| tx.send(&n, note(n)).unwrap());
        drop(pool);
        assert!(tx.send(&0, note(100)).is_err(), "it is closed");
        drop(tx);
        seen.until_the_end();
        assert!(seen.notes().into_iter().eq(0..100), "{level:?}: each once");
    }
}

#[test]
fn ticks_that_never_cease_do_not_keep_a_pool_alive() {
    for every in [Duration::ZERO, Duration::from_nanos(1)] {
        let (builder, mut seen) = actors_by(|_| Ok(()), true);
        let pool = builder.tick(every).build().unwrap();
        let mut tx = pool.sender().unwrap();
        tx.send(&0, note(0)).unwrap();
        seen.until(|_, did| *did == Did::Tick);
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.handled, 1, "it was handled");
    }
}

#[test]
fn a_paused_worker_drains_too() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    (0..10).for_each(|n| tx.send_to(0, note(n)).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 10, "all of them");
}

#[test]
fn a_sender_that_waits_is_told_of_the_end() {
    let (builder, _seen) = actors();
    let pool = builder.mailbox(windlass_pool::QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    while tx.try_send(&0, note(1)).is_ok() {}
    let waiting = thread::spawn(move || {
        let mut n = 2;
        loop {
            match tx.send(&0, note(n)) {
                Ok(()) => n += 1,
                Err(closed) => return (n, closed.into_inner().n),
            }
        }
    });
    let ending = thread::spawn(move || pool.shutdown(Shutdown::drain()));
    let (sent, returned) = waiting.join().unwrap();
    assert_eq!(sent, returned, "it comes back");
    key.open();
    let report = ending.join().unwrap();
    balanced(&report);
    assert_eq!(report.handled, report.accepted, "all others");
}

#[test]
fn sums_are_exact_while_senders_are_at_work_at_the_end() {
    const ROUNDS: usize = if cfg!(miri) { 2 } else { 200 };
    for _ in 0..ROUNDS {
        let (builder, _seen) = actors();
        let pool = builder.workers(2).build().unwrap();
        let senders: Vec<_> = (0..2)
            .map(|_| {
                let mut tx = pool.sender().unwrap();
                thread::spawn(move || {
                    let mut sent = 0;
                    while tx.send(&sent, Msg { n: sent, act: Act::Note }).is_ok() {
                        sent += 1;
                    }
                    sent
                })
            })
            .collect();
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        let sent: u64 = senders.into_iter().map(|sender| sender.join().unwrap()).sum();
        assert_eq!((report.accepted, report.handled), (sent, sent), "as the senders say");
    }
}
