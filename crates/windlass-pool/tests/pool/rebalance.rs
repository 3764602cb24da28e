//! Slots that move by what came for them.

use crate::support::{Did, LONG, SHORT, actors, balanced, hold_up_worker, note, slot_of};
use windlass_pool::{Arrived, Balance, ChangeError, Outcome, Shutdown};

/// Some keys of one worker of two, each with a slot of its own.
fn keys_of(worker: usize, count: usize) -> Vec<u64> {
    let members = windlass_partition::Members::count(2).unwrap();
    let table = windlass_partition::SlotTable::new(&members).unwrap();
    let mut slots = std::collections::BTreeSet::new();
    let own = |n: &u64| usize::from(table.owners()[slot_of(*n)]) == worker;
    (0..).filter(own).filter(|n| slots.insert(slot_of(*n))).take(count).collect()
}

#[test]
fn busy_slots_move_with_their_state_and_keys_stay_in_order() {
    const ROUNDS: u64 = 400;
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let keys = keys_of(0, 10);
    for _ in 0..ROUNDS {
        keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    }
    while pool.stats()[0].handled < 10 * ROUNDS {
        windlass_sync::thread::yield_now();
    }
    let rules = Balance::default().least(1_000).moves(6);
    let done = pool.rebalance(rules, LONG).unwrap();
    assert_eq!(done.outcome, Outcome::Moved, "{done:?}");
    assert_eq!(done.before, 2.0, "one had everything");
    assert!(done.after < 1.4, "and now about half: {done:?}");
    assert!((3..=6).contains(&done.moved.len()), "within the limit: {done:?}");
    assert!(done.moved.iter().all(|one| (one.from, one.to) == (0, 1)), "{done:?}");
    assert!(done.messages.abs_diff(10 * ROUNDS) < 2 * ROUNDS, "about all of them: {done:?}");
    keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    balanced(&pool.shutdown(Shutdown::drain()));
    drop(tx);
    seen.until_the_end();
    for one in &done.moved {
        let came = Did::In(one.slot.index(), Arrived::State(ROUNDS));
        assert!(seen.all.contains(&(1, came)), "with its state");
        let key = keys.iter().find(|key| slot_of(**key) == one.slot.index()).unwrap();
        assert_eq!(seen.notes_of(1).iter().filter(|n| *n == key).count(), 1, "what came behind it");
    }
}

#[test]
fn a_rebalance_that_is_held_up_goes_on_later() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let keys = keys_of(0, 10);
    for _ in 0..100 {
        keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    }
    while pool.stats()[0].handled < 1_000 {
        windlass_sync::thread::yield_now();
    }
    let key = hold_up_worker(&mut tx, 0, 0);
    let rules = Balance::default().least(500);
    let held_up = pool.rebalance(rules, SHORT);
    assert!(matches!(held_up, Err(ChangeError::Timeout { .. })), "{held_up:?}");
    key.open();
    pool.settle(LONG).unwrap();
    let again = pool.rebalance(rules, LONG).unwrap();
    assert_eq!(again.outcome, Outcome::TooFewMessages, "it began anew: {again:?}");
    balanced(&pool.shutdown(Shutdown::drain()));
}
