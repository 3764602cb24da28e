//! Slots that get another owner while messages flow, and what can go wrong meanwhile.

use crate::support::{
    Did, LONG, SHORT, a_key_of, actors, balanced, gated, hold_up, hold_up_worker, note, panics,
    slot_of, until_only_held_up_by,
};
use windlass_pool::{
    Arrived, BuildError, ChangeError, Phase, QosLevel, Restart, Shutdown, StopReason,
};
use windlass_sync::thread;

#[test]
fn state_travels_with_its_slot() {
    const KEYS: u64 = 64;
    let (builder, mut seen) = actors();
    let pool = builder.max_workers(8).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..KEYS {
        tx.send(&n, note(n)).unwrap();
    }
    for workers in [8, 3, 1] {
        pool.resize(workers, LONG).unwrap();
        assert_eq!((pool.workers(), pool.stats().len()), (workers, workers), "as asked");
    }
    for n in 0..KEYS {
        tx.send(&n, note(n)).unwrap();
    }
    let slot = slot_of(7);
    pool.resize(2, LONG).unwrap();
    pool.move_slot(slot, 0, LONG).unwrap();
    pool.move_slot(slot, 1, LONG).unwrap();
    tx.send(&7, note(1_000)).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 2 * KEYS + 1, "each once");
    drop(tx);
    seen.until_the_end();
    let lost = seen.count(|did| matches!(did, Did::In(_, Arrived::Lost)));
    assert_eq!(lost, 0, "nobody was lost");
    let last = seen.all.iter().rfind(|(_, did)| matches!(did, Did::In(at, _) if *at == slot));
    let with_seven = (0..KEYS).filter(|n| slot_of(*n) == slot).count() as u64;
    assert_eq!(
        last,
        Some(&(1, Did::In(slot, Arrived::State(2 * with_seven)))),
        "it was counted on"
    );
    assert_eq!(*seen.notes_of(1).last().unwrap(), 1_000, "the new owner got it");
}

#[test]
fn workers_that_are_not_needed_any_more_learn_that() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(3).build().unwrap();
    pool.resize(1, LONG).unwrap();
    seen.now();
    let retired = seen.count(|did| *did == Did::Stopped(StopReason::Retired));
    assert_eq!(retired, 2, "and not that the pool shuts down: {:?}", seen.all);
    drop(pool.shutdown(Shutdown::drain()));
    seen.now();
    assert_eq!(seen.count(|did| *did == Did::Stopped(StopReason::Drained)), 1, "the last one");
}

#[test]
fn a_paused_worker_holds_a_change_up_until_it_is_resumed() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = a_key_of(1, 2);
    pool.pause(1).unwrap();
    tx.send(&key, note(key)).unwrap();
    assert!(pool.resize(1, SHORT).is_err(), "it is paused");
    until_only_held_up_by(&pool, 1);
    tx.send(&key, note(key)).unwrap();
    assert!(pool.settle(SHORT).is_err(), "it is still paused");
    pool.resume(1).unwrap();
    pool.settle(LONG).unwrap();
    assert_eq!(pool.workers(), 1, "as asked");
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert_eq!((seen.notes_of(1), seen.notes_of(0)), (vec![key], vec![key]), "in order");
}

#[test]
fn a_change_that_a_busy_worker_holds_up_from_the_beginning_goes_on_later() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 0, a_key_of(0, 2));
    // It is to learn what it will get, and does not listen.
    assert!(matches!(pool.resize(1, SHORT), Err(ChangeError::Timeout { .. })), "it is busy");
    key.open();
    pool.settle(LONG).unwrap();
    assert_eq!(pool.workers(), 1, "as asked");
    let n = a_key_of(1, 2);
    tx.send(&n, note(n)).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert_eq!(*seen.notes_of(0).last().unwrap(), n, "it has the slots of the other one");
}

#[test]
fn a_change_that_nobody_waits_for_goes_on_by_itself() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let n = a_key_of(1, 2);
    let key = hold_up(&mut tx, n);
    assert!(pool.resize(1, SHORT).is_err(), "it is busy");
    key.open();
    // More than the new owner keeps while it waits for the slot.
    for _ in 0..100 {
        tx.send(&n, note(n)).unwrap();
    }
    while pool.workers() != 1 {
        thread::yield_now();
    }
    seen.until(|worker, did| (worker, did) == (1, &Did::Stopped(StopReason::Retired)));
    balanced(&pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.notes().len(), 101, "all were handled");
}

#[test]
fn a_pool_is_shut_down_while_a_change_is_held_up() {
    for shut_down in [Shutdown::drain(), Shutdown::drain().then_abort()] {
        let (builder, _seen) = actors();
        let pool = builder.workers(2).build().unwrap();
        let mut tx = pool.sender().unwrap();
        pool.pause(1).unwrap();
        let key = a_key_of(1, 2);
        tx.send(&key, note(key)).unwrap();
        assert!(pool.resize(1, SHORT).is_err(), "it is paused");
        until_only_held_up_by(&pool, 1);
        tx.send(&key, note(key)).unwrap();
        let report = pool.shutdown(shut_down);
        balanced(&report);
        assert_eq!(report.stragglers, [0_usize; 0], "all ended");
        if shut_down == Shutdown::drain() {
            assert_eq!(report.handled, 2, "both");
        }
    }
}

#[test]
fn a_pool_that_is_dropped_while_a_change_is_held_up_ends_its_threads() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(1).unwrap();
    let key = a_key_of(1, 2);
    tx.send(&key, note(key)).unwrap();
    assert!(pool.resize(1, SHORT).is_err(), "it is paused");
    until_only_held_up_by(&pool, 1);
    // Until the new owner keeps so many that it takes no more.
    while tx.send_timeout(&key, note(key), SHORT).is_ok() {}
    drop(pool);
    drop(tx);
    seen.until_the_end();
    let gone = seen.count(|did| *did == Did::Dropped);
    assert_eq!(gone, 2, "both");
}

#[test]
fn a_worker_that_dies_before_it_gives_its_slots_up_does_not_hold_the_change_up() {
    for heard in [false, true] {
        let (builder, mut seen) = actors();
        let pool = builder.workers(2).restart(Restart::never()).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let (message, key) = gated(0);
        if heard {
            tx.send_to(1, message).unwrap();
            key.wait_until_entered();
            tx.send_to(1, panics(1)).unwrap();
        } else {
            // Both in one batch, so that it panics before it listens to orders again.
            pool.pause(1).unwrap();
            tx.send_to(1, message).unwrap();
            tx.send_to(1, panics(1)).unwrap();
            pool.resume(1).unwrap();
            key.wait_until_entered();
        }
        assert!(pool.resize(1, SHORT).is_err(), "it is busy");
        until_only_held_up_by(&pool, 1);
        key.open();
        pool.settle(LONG).unwrap();
        assert_eq!((pool.workers(), pool.stats().len()), (1, 1), "as asked");
        let n = a_key_of(1, 2);
        tx.send(&n, note(n)).unwrap();
        seen.until(|worker, did| (worker, did) == (0, &Did::Note(n)));
        assert!(0 < seen.count(|did| matches!(did, Did::In(_, Arrived::Lost))), "it is told so");
        balanced(&pool.shutdown(Shutdown::drain()));
    }
}

#[test]
fn a_worker_that_is_dead_is_taken_away_like_any_other() {
    for leaves_first in [false, true] {
        let (builder, mut seen) = actors();
        let pool = builder.workers(2).restart(Restart::never()).build().unwrap();
        let mut tx = pool.sender().unwrap();
        // Whoever dies is to get slots, or to give them up.
        let dies = usize::from(!leaves_first);
        tx.send_to(dies, panics(1)).unwrap();
        while pool.stats()[dies].phase != Phase::Dead {
            thread::yield_now();
        }
        pool.resize(1, LONG).unwrap();
        assert_eq!((pool.workers(), pool.stats().len()), (1, 1), "as asked");
        let answers = (0..4).map(|n| tx.send_any(note(n)).is_ok()).collect::<Vec<_>>();
        assert_eq!(answers, [dies == 1; 4], "only if somebody is left");
        balanced(&pool.shutdown(Shutdown::drain()));
        seen.now();
    }
}

#[test]
fn a_sender_that_waits_at_a_worker_goes_on_when_the_slot_has_moved() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let n = a_key_of(1, 2);
    let key = hold_up(&mut tx, n);
    while tx.try_send(&n, note(n)).is_ok() {}
    let waiting = thread::spawn(move || {
        let sent = (0..100).all(|_| tx.send(&n, note(n)).is_ok());
        assert!(sent, "each found a place");
        tx
    });
    assert!(pool.resize(1, SHORT).is_err(), "it is busy");
    until_only_held_up_by(&pool, 1);
    key.open();
    pool.settle(LONG).unwrap();
    let tx = waiting.join().unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, report.accepted, "all of them");
    drop(tx);
    seen.until_the_end();
}

#[test]
fn messages_that_survive_a_full_mailbox_are_handled_before_the_slot_moves() {
    for level in [QosLevel::Reliable, QosLevel::BestEffort] {
        let (builder, _seen) = actors();
        let pool = builder.workers(2).mailbox(level, 8).batch(1).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let n = a_key_of(1, 2);
        let key = hold_up(&mut tx, n);
        (0..20).for_each(|_| tx.send(&n, note(n)).unwrap());
        assert!(pool.resize(1, SHORT).is_err(), "it is busy");
        until_only_held_up_by(&pool, 1);
        key.open();
        pool.settle(LONG).unwrap();
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.dead.of(windlass_pool::DeadReason::Moved), 0, "{level:?}: {report:?}");
    }
}

#[test]
fn a_paused_worker_handles_nothing_that_arrives_with_a_slot() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let n = a_key_of(1, 2);
    let key = hold_up(&mut tx, n);
    assert!(pool.move_slot(slot_of(n), 0, SHORT).is_err(), "it is busy");
    until_only_held_up_by(&pool, 1);
    tx.send(&n, note(n)).unwrap();
    // Now it is kept by the new owner, which is paused before the slot arrives.
    tx.send_to(0, note(1_000)).unwrap();
    seen.until(|worker, did| (worker, did) == (0, &Did::Note(1_000)));
    pool.pause(0).unwrap();
    key.open();
    pool.settle(LONG).unwrap();
    pool.control(0, 1).unwrap();
    seen.until(|_, did| *did == Did::Told(1));
    pool.control(0, 2).unwrap();
    seen.until(|_, did| *did == Did::Told(2));
    assert_eq!(seen.notes_of(0), [1_000], "it is paused");
    pool.resume(0).unwrap();
    seen.until(|worker, did| (worker, did) == (0, &Did::Note(n)));
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn orders_that_pile_up_at_a_busy_worker_do_not_keep_it_from_the_end() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 0, 0);
    pool.pause(0).unwrap();
    for _ in 0..200 {
        let gathered = pool.gather(|_| (), std::time::Duration::ZERO);
        assert!(gathered.missing.contains(&0), "it is busy");
    }
    assert!(matches!(pool.resume(0), Err(ChangeError::Timeout { .. })), "too many wait");
    tx.send_to(0, note(1)).unwrap();
    drop(pool);
    key.open();
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.notes_of(0), [0, 1], "a drain goes before a pause");
    assert_eq!(seen.count(|did| *did == Did::Dropped), 2, "both ended");
}

#[test]
fn a_factory_that_hangs_fails_the_change_by_name_and_the_pool_goes_on() {
    let (gate, key) = crate::support::gate();
    let gate = windlass_sync::sync::Mutex::new(gate);
    let hold = move |init: &windlass_pool::Init| {
        if init.worker == 2 && init.workers == 4 {
            windlass_sync::sync::lock(&gate).pass();
        }
        Ok(())
    };
    let (builder, mut seen) = crate::support::actors_by(hold, false);
    let builder = builder.workers(2).init_timeout(std::time::Duration::from_millis(200));
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..50).for_each(|n| tx.send(&n, note(n)).unwrap());
    let error = BuildError::InitTimeout { worker: 2 };
    // By the time for factories, however long the change itself may wait.
    assert_eq!(pool.resize(4, LONG), Err(ChangeError::Build(error.clone())), "which one");
    assert!(error.to_string().contains("worker 2"), "{error}");
    assert_eq!((pool.workers(), pool.stats().len()), (2, 2), "as before");
    assert_eq!(pool.settle(LONG), Ok(()), "nothing is under way");
    (0..50).for_each(|n| tx.send(&n, note(n)).unwrap());
    // The next one under its number has nothing to do with the one that hangs, nor that with it.
    pool.resize(3, LONG).unwrap();
    key.open();
    (0..50).for_each(|n| tx.send(&n, note(n)).unwrap());
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!((report.handled, report.dead.total()), (150, 0), "all");
}
