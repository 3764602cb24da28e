//! What a worker begins with after a panic or a restart.

use windlass_pool::{Arrived, Saved, Shutdown};

use crate::support::{Did, LONG, a_key_of, actors, balanced, note, panics, slot_of};

/// What a worker was told about the slot of 0, by number.
fn arrivals(all: &[(usize, Did)]) -> Vec<(usize, Arrived<u64>)> {
    let arrival = |(worker, did): &(usize, Did)| match did {
        Did::In(slot, state) if *slot == slot_of(0) => Some((*worker, state.clone())),
        _ => None,
    };
    all.iter().filter_map(arrival).collect()
}

#[test]
fn a_worker_that_panics_begins_with_its_newest_copies_and_what_came_since_is_lost() {
    let (builder, mut seen) = actors();
    let pool = builder.batch(1).snapshots(4).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for _ in 0..6 {
        tx.send(&0, note(0)).unwrap();
    }
    for last in [panics(0), panics(0), note(0)] {
        tx.send(&0, last).unwrap();
    }
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!((report.handled, report.dead.total(), report.restarts), (7, 2, 2), "all but two");
    let copy = (0, Arrived::State(4));
    assert_eq!(arrivals(&seen.all), [copy.clone(), copy], "what four batches left, twice");
    let built = seen.all.iter().position(|(_, did)| *did == Did::Built(1)).unwrap();
    assert!(matches!(seen.all[built + 1], (0, Did::In(..))), "before anything else");
}

#[test]
fn an_ordered_restart_loses_nothing() {
    let (builder, mut seen) = actors();
    let pool = builder.snapshots(0).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for _ in 0..5 {
        tx.send(&0, note(0)).unwrap();
    }
    for _ in 0..5 {
        seen.until(|_, did| *did == Did::Note(0));
    }
    pool.restart(0).unwrap();
    seen.until(|_, did| matches!(did, Did::In(..)));
    assert_eq!(arrivals(&seen.all), [(0, Arrived::State(5))], "all of it");
    pool.restart(0).unwrap();
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
    seen.until_the_end();
    assert_eq!(arrivals(&seen.all).len(), 2, "again and again");
}

#[test]
fn a_restart_begins_with_what_was_copied_on_request() {
    let (builder, mut seen) = actors();
    let pool = builder.snapshots(0).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let mut send = |message| tx.send(&0, message).unwrap();
    (0..3).for_each(|_| send(note(0)));
    for _ in 0..3 {
        seen.until(|_, did| *did == Did::Note(0));
    }
    let saved = pool.snapshot(LONG);
    assert_eq!(saved.slots, [(u16::try_from(slot_of(0)).unwrap(), 3)], "one slot");
    assert!(saved.is_complete(), "of all workers");
    send(note(0));
    send(panics(0));
    seen.until(|_, did| matches!(did, Did::In(..)));
    assert_eq!(arrivals(&seen.all), [(0, Arrived::State(3))], "not the one behind it");
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn without_copies_a_panic_costs_the_state_and_a_snapshot_copies_all_the_same() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send(&0, note(0)).unwrap();
    seen.until(|_, did| *did == Did::Note(0));
    assert_eq!(pool.snapshot(LONG).slots.len(), 1, "a copy for whoever asks");
    tx.send(&0, panics(0)).unwrap();
    seen.until(|_, did| *did == Did::Built(1));
    assert_eq!(pool.snapshot(LONG), Saved::default(), "nothing left");
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
    seen.until_the_end();
    assert_eq!(arrivals(&seen.all), [], "nor announced");
}

#[test]
fn a_slot_that_came_from_another_worker_survives_a_panic() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).snapshots(0).build().unwrap();
    let key = a_key_of(0, 2);
    let mut tx = pool.sender().unwrap();
    tx.send(&key, note(key)).unwrap();
    pool.move_slot(slot_of(key), 1, LONG).unwrap();
    tx.send(&key, panics(key)).unwrap();
    let mine = |did: &Did| matches!(did, Did::In(slot, _) if *slot == slot_of(key));
    for _ in 0..2 {
        seen.until(|worker, did| worker == 1 && mine(did));
    }
    let (_, last) = seen.all.last().unwrap();
    assert_eq!(*last, Did::In(slot_of(key), Arrived::State(1)), "as it came");
    // What the worker had before has no copy any more.
    tx.send_to(0, panics(0)).unwrap();
    seen.until(|worker, did| worker == 0 && *did == Did::Built(1));
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
    seen.until_the_end();
    assert_eq!(seen.all.iter().filter(|(worker, did)| *worker == 0 && mine(did)).count(), 0);
}
