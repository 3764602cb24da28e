//! Control messages, orders and questions.

use std::time::Duration;

use crate::support::{
    Act, BAD_NEWS, Did, LONG, Msg, SHORT, actors, actors_by, balanced, gated, hold_up_worker, note,
};
use windlass_pool::{ControlError, Phase, QosLevel, Restart, Shutdown};
use windlass_sync::thread;

#[test]
fn a_paused_worker_hears_broadcasts_and_takes_no_messages() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    tx.send_to(0, note(1)).unwrap();
    for n in 0..3 {
        pool.broadcast(n).unwrap();
    }
    while seen.told(0).len() < 3 || seen.told(1).len() < 3 {
        seen.until(|_, _| true);
    }
    assert_eq!(seen.notes_of(0), [0_u64; 0], "it is paused");
    assert_eq!(pool.gather(|_| 1, LONG).answers, [(0, 1), (1, 1)], "it answers");
    pool.resume(0).unwrap();
    seen.until(|worker, did| (worker, did) == (0, &Did::Note(1)));
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_broadcast_that_one_worker_has_no_room_for_reaches_nobody() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).control_capacity(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    while pool.control(1, 1).is_ok() {}
    let refused = pool.broadcast(7).unwrap_err();
    assert_eq!(refused, ControlError::Full { worker: 1, control: 7 }, "who, and the message");
    assert_eq!(pool.control(1, 8).unwrap_err().into_inner(), 8, "it comes back");
    key.open();
    drop(pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.count(|did| *did == Did::Told(7)), 0, "nobody");
}

#[test]
fn an_idle_worker_is_woken_by_a_message_of_any_lane() {
    let (builder, mut seen) = actors_by(|_| Ok(()), true);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..if cfg!(miri) { 2 } else { 50 } {
        seen.until(|_, did| *did == Did::Idle);
        tx.send(&0, note(n)).unwrap();
        seen.until(|_, did| *did == Did::Note(n));
        seen.until(|_, did| *did == Did::Idle);
        pool.control(0, n).unwrap();
        seen.until(|_, did| *did == Did::Told(n));
        seen.until(|_, did| *did == Did::Idle);
        assert_eq!(pool.gather(move |_| n, LONG).answers, [(0, n)], "an order");
    }
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn idle_is_told_once_before_each_wait() {
    let (builder, mut seen) = actors_by(|_| Ok(()), true);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..3 {
        seen.until(|_, did| *did == Did::Idle);
        tx.send(&0, note(n)).unwrap();
    }
    seen.until(|_, did| *did == Did::Idle);
    drop(pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    let twice = seen.all.windows(2).filter(|two| two[0].1 == Did::Idle && two[1].1 == Did::Idle);
    assert_eq!(twice.count(), 0, "once each: {:?}", seen.all);
}

#[test]
fn an_order_that_does_not_reach_the_worker_is_no_reason_to_be_idle_again() {
    let (builder, mut seen) = actors_by(|_| Ok(()), true);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    seen.until(|_, did| *did == Did::Idle);
    let waits_as = |phase| {
        while pool.stats()[0].phase != phase {
            thread::yield_now();
        }
    };
    waits_as(Phase::Idle);
    pool.pause(0).unwrap();
    waits_as(Phase::Paused);
    pool.resume(0).unwrap();
    waits_as(Phase::Idle);
    pool.restart(0).unwrap();
    seen.until(|_, did| matches!(did, Did::Built(1)));
    seen.until(|_, did| *did == Did::Idle);
    tx.send(&0, note(0)).unwrap();
    seen.until(|_, did| *did == Did::Note(0));
    drop(pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    let before = seen.all.iter().take_while(|(_, did)| *did != Did::Note(0));
    assert_eq!(before.filter(|(_, did)| *did == Did::Idle).count(), 2, "once each: {:?}", seen.all);
}

#[test]
fn ticks_come_also_under_load() {
    let (builder, mut seen) = actors_by(|_| Ok(()), true);
    let pool = builder.tick(Duration::from_millis(1)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    // Ten ticks of a worker that always has something, and ten of one that has nothing.
    let mut ticks = 0;
    while ticks < 10 {
        (0..64).for_each(|n| tx.send(&0, note(n)).unwrap());
        seen.now();
        ticks = seen.count(|did| *did == Did::Tick);
    }
    (0..10).for_each(|_| seen.until(|_, did| *did == Did::Tick));
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn workers_that_send_to_each_other_with_full_mailboxes_do_not_wait_for_each_other() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).outbox(4).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let rounds = if cfg!(miri) { 3 } else { 50 };
    for n in 0..20 {
        for worker in 0..2 {
            let act = Act::Pass(1 - worker, rounds);
            tx.send_to(worker, Msg { n, act }).unwrap();
        }
    }
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert!(40 <= report.accepted, "those of the sender, and some of each other");
}

#[test]
fn a_worker_that_dies_is_missing_at_once() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (message, key) = gated(0);
    pool.pause(0).unwrap();
    tx.send_to(0, message).unwrap();
    tx.send_to(0, crate::support::panics(1)).unwrap();
    pool.resume(0).unwrap();
    key.wait_until_entered();
    let opening = thread::spawn(move || {
        thread::sleep(SHORT);
        key.open();
    });
    // Without an end of its own; it hangs if the death is not noticed.
    let gathered = pool.gather(|_| (), Duration::from_secs(1 << 30));
    assert_eq!(gathered.missing, [0], "the one that is gone");
    opening.join().unwrap();
    let gathered = pool.gather(|_| (), Duration::from_secs(1 << 30));
    assert_eq!((gathered.missing, gathered.answers), (vec![0], vec![(1, ())]), "later too");
    while pool.stats()[0].phase != Phase::Dead {
        thread::yield_now();
    }
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_question_that_panics_is_not_waited_for() {
    let (builder, _seen) = actors();
    let pool = builder.build().unwrap();
    let gathered = pool.gather(|_| panic!("as it was told"), Duration::from_secs(1 << 30));
    assert_eq!((gathered.answers.len(), gathered.missing), (0, vec![0]), "no answer");
    assert_eq!(pool.gather(|_| 1, LONG).answers, [(0, 1)], "it was built anew");
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!((report.panics, report.restarts), (1, 1), "once");
}

#[test]
fn a_panic_in_a_control_message_costs_that_message_only() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    for n in [1, BAD_NEWS, 2] {
        pool.broadcast(n).unwrap();
    }
    seen.until(|_, did| *did == Did::Told(2));
    assert_eq!(seen.told(0), [1, 2], "the others");
    assert_eq!(pool.shutdown(Shutdown::drain()).panics, 1, "it is counted");
}
