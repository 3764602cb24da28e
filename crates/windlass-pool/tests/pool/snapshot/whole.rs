//! A copy of the whole pool, and a pool that begins with one.

use std::collections::BTreeMap;

#[cfg(feature = "serde")]
use windlass_pool::Saved;
use windlass_pool::{Context, Pool, Restart, Shutdown, Slot, Snapshot, Worker};

use crate::support::{Actor, Did, LONG, SHORT, a_key_of, actors, balanced, gated, note, panics};

/// By slot, what all workers have together; each slot once, at the worker that gets its messages.
fn all_of(pool: &Pool<Actor>) -> BTreeMap<u16, u64> {
    let saved = pool.snapshot(LONG);
    assert!(saved.is_complete(), "{saved:?}");
    let slots: BTreeMap<u16, u64> = saved.slots.iter().copied().collect();
    assert_eq!(slots.len(), saved.slots.len(), "each slot once");
    slots
}

#[test]
fn a_pool_begins_with_what_another_one_kept_whatever_its_number_of_workers() {
    let keys = 0..2_000_u64;
    let (builder, _seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in keys.clone() {
        tx.send(&n, note(n)).unwrap();
    }
    while pool.stats().iter().map(|stats| stats.handled).sum::<u64>() < 2_000 {
        windlass_sync::thread::yield_now();
    }
    let all = all_of(&pool);
    assert_eq!(all.values().sum::<u64>(), 2_000, "all of them");
    let saved = pool.snapshot(LONG);
    drop((pool, tx));

    for workers in [1, 3, 5] {
        let (builder, mut seen) = actors();
        let builder = builder.workers(workers).snapshots(0);
        let pool = builder.restore(saved.clone()).build().unwrap();
        assert_eq!(all_of(&pool), all, "{workers} workers have it");
        seen.now();
        assert_eq!(seen.count(|did| matches!(did, Did::In(..))), all.len(), "each slot once");
        let mut tx = pool.sender().unwrap();
        tx.send(&0, panics(0)).unwrap();
        seen.until(|_, did| *did == Did::Built(1));
        assert_eq!(all_of(&pool), all, "{workers} workers have it after a panic too");
        pool.resize(2, LONG).unwrap();
        assert_eq!(all_of(&pool), all, "and after a change");
        tx.send(&0, note(0)).unwrap();
        drop(tx);
        balanced(&pool.shutdown(Shutdown::drain()));
    }
}

/// Says of each slot who copied it.
struct Owner(usize);

impl Worker for Owner {
    type Message = ();
    type Control = ();
    type Slot = usize;

    fn on_message(&mut self, _: &mut Context<'_, Self>, (): ()) {}
}

impl Snapshot for Owner {
    fn slot_copy(&self, _: Slot) -> Option<usize> {
        Some(self.0)
    }
}

#[test]
fn a_slot_is_copied_by_its_owner() {
    let pool = Pool::builder(|init| Owner(init.worker)).workers(3).build().unwrap();
    for owner in 0..3 {
        pool.move_slot(7, owner, LONG).unwrap();
        let saved = pool.snapshot(LONG).slots;
        assert_eq!(saved[7], (7, owner), "who has it now");
        let shares = [0, 1, 2].map(|who| saved.iter().filter(|(_, owner)| *owner == who).count());
        assert!(shares.iter().all(|share| 1_300 < *share), "the others as before: {shares:?}");
        assert_eq!(shares.iter().sum::<usize>(), 4_096, "all slots");
    }
}

#[test]
fn a_snapshot_says_who_is_missing() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (busy, key) = gated(0);
    tx.send_to(1, busy).unwrap();
    key.wait_until_entered();
    // It is busy; the other one answers as soon as it gets a core.
    let mut wait = SHORT;
    while pool.snapshot(wait).missing != [1] {
        wait *= 2;
    }
    assert!(!pool.snapshot(SHORT).is_complete(), "and that shows");
    key.open();
    assert!(pool.snapshot(LONG).is_complete(), "later it is there");

    pool.pause(0).unwrap();
    assert!(pool.snapshot(LONG).is_complete(), "a paused worker is copied too");
    tx.send(&a_key_of(0, 2), note(a_key_of(0, 2))).unwrap();
    pool.resize(3, SHORT).unwrap_err();
    assert_eq!(pool.snapshot(SHORT).missing, [0, 1, 2], "slots are on their way");
    pool.resume(0).unwrap();
    let saved = pool.snapshot(LONG);
    assert!(saved.is_complete(), "the change went on");
    assert!(saved.slots.iter().any(|(_, count)| *count == 1), "and nothing is missing");

    tx.send_to(1, panics(0)).unwrap();
    let is_gone = || pool.snapshot(LONG).missing == [1];
    while !is_gone() {
        windlass_sync::thread::yield_now();
    }
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
#[cfg(feature = "serde")]
fn a_snapshot_is_written_and_read() {
    let saved: Saved<u64> = [(3, 5), (7, 1)].into_iter().collect();
    let text = serde_json::to_string(&saved).unwrap();
    assert_eq!(serde_json::from_str::<Saved<u64>>(&text).unwrap(), saved, "{text}");
}
