//! Copies of what workers keep, and what begins with them.
//!
//! Not in the interpreter: there is no unsafe code here, and it would take minutes.

use std::collections::BTreeMap;

use crate::support::{Did, LONG, SHORT, a_key_of, actors, balanced, gated, note, panics, slot_of};
use windlass_pool::{
    Arrived, BuildError, Context, Pool, Restart, Saved, Shutdown, Slot, Snapshot, Worker,
};
use windlass_sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use windlass_sync::sync::Arc;

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

/// By slot, what all workers have together; each slot once, at the worker that gets its messages.
fn all_of(pool: &Pool<crate::support::Actor>) -> BTreeMap<u16, u64> {
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

/// Counts in one slot, and fails where it is told to.
struct Fragile {
    count: Option<u64>,
    fails: Arc<Fails>,
}

#[derive(Default)]
struct Fails {
    out: AtomicBool,
    copy: AtomicBool,
    taking: AtomicUsize,
}

impl Worker for Fragile {
    type Message = bool;
    type Control = ();
    type Slot = u64;

    fn on_message(&mut self, _: &mut Context<'_, Self>, fails: bool) {
        assert!(!fails, "as it was told");
        *self.count.get_or_insert(0) += 1;
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u64> {
        assert!(!self.fails.out.load(Ordering::Relaxed), "as it was told");
        if slot.index() == slot_of(0) { self.count.take() } else { None }
    }

    fn slot_in(&mut self, _: Slot, state: Arrived<u64>) {
        let left = self.fails.taking.load(Ordering::Relaxed);
        self.fails.taking.store(left.saturating_sub(1), Ordering::Relaxed);
        assert!(left != 1, "as it was told");
        if let Arrived::State(count) = state {
            self.count = Some(count);
        }
    }
}

impl Snapshot for Fragile {
    fn slot_copy(&self, slot: Slot) -> Option<u64> {
        assert!(!self.fails.copy.load(Ordering::Relaxed), "as it was told");
        self.count.filter(|_| slot.index() == slot_of(0))
    }
}

/// A pool of two, of which the first has the slot of 0 and the count of 3 in it.
fn fragile() -> (Pool<Fragile>, Arc<Fails>) {
    let fails = Arc::new(Fails::default());
    let its = Arc::clone(&fails);
    let builder = Pool::builder(move |_| Fragile { count: None, fails: Arc::clone(&its) });
    let pool = builder.workers(2).snapshots(0).build().unwrap();
    pool.move_slot(slot_of(0), 0, LONG).unwrap();
    let mut tx = pool.sender().unwrap();
    for _ in 0..3 {
        tx.send(&0, false).unwrap();
    }
    while pool.stats()[0].handled < 3 {
        windlass_sync::thread::yield_now();
    }
    (pool, fails)
}

fn counts(pool: &Pool<Fragile>) -> Vec<Option<u64>> {
    let answers = pool.gather(|worker| worker.count, LONG).answers;
    answers.into_iter().map(|(_, count)| count).collect()
}

#[test]
fn a_slot_that_cannot_be_handed_out_goes_on_as_its_newest_copy() {
    let (pool, fails) = fragile();
    assert!(pool.snapshot(LONG).is_complete(), "copied");
    fails.out.store(true, Ordering::Relaxed);
    pool.move_slot(slot_of(0), 1, LONG).unwrap();
    assert_eq!(counts(&pool), [None, Some(3)], "at its new owner only");
    assert_eq!(pool.shutdown(Shutdown::drain()).restarts, 1, "the old one");
}

#[test]
fn a_copy_that_panics_costs_a_restart_and_not_the_last_copy() {
    let (pool, fails) = fragile();
    assert!(pool.snapshot(LONG).is_complete(), "copied");
    fails.copy.store(true, Ordering::Relaxed);
    assert_eq!(pool.snapshot(LONG).missing, [0, 1], "no answer");
    fails.copy.store(false, Ordering::Relaxed);
    assert_eq!(counts(&pool), [Some(3), None], "as before");
    assert_eq!(pool.shutdown(Shutdown::drain()).restarts, 2, "both of them");
}

#[test]
fn a_copy_with_which_a_worker_panics_is_not_tried_twice() {
    let (pool, fails) = fragile();
    assert!(pool.snapshot(LONG).is_complete(), "copied");
    fails.taking.store(1, Ordering::Relaxed);
    let mut tx = pool.sender().unwrap();
    tx.send(&0, true).unwrap();
    drop(tx);
    while pool.stats()[0].restarts < 1 {
        windlass_sync::thread::yield_now();
    }
    assert_eq!(counts(&pool), [None, None], "it is lost");
    assert_eq!(pool.shutdown(Shutdown::drain()).panics, 2, "the message and the copy");
}

#[test]
fn what_cannot_be_restored_fails_the_build() {
    let (builder, _seen) = actors();
    let saved = [(4_095, 1), (4_096, 1)].into_iter().collect();
    let failed = builder.restore(saved).build().unwrap_err();
    assert_eq!(failed, BuildError::NoSuchSlot { slot: 4_096 }, "the first that is none");

    let fails = Arc::new(Fails::default());
    fails.taking.store(1, Ordering::Relaxed);
    let builder = Pool::builder(move |_| Fragile { count: None, fails: Arc::clone(&fails) });
    let failed = builder.restore([(7, 1)].into_iter().collect()).build().unwrap_err();
    let BuildError::Init { worker: 0, reason } = failed else { panic!("{failed}") };
    assert_eq!(reason, "it panicked when it got a slot: as it was told", "why");
}

/// Adds up a log by slot, and knows of each slot how far it has come.
struct Replayed {
    log: Arc<Vec<u64>>,
    slots: BTreeMap<usize, (usize, u64)>,
    panics: Arc<Vec<AtomicBool>>,
}

impl Worker for Replayed {
    /// The slot, and the entry of the log up to which it may go.
    type Message = (usize, usize);
    type Control = ();
    type Slot = (usize, u64);

    fn on_message(&mut self, _: &mut Context<'_, Self>, (slot, end): (usize, usize)) {
        let (next, sum) = self.slots.entry(slot).or_default();
        for n in self.log.iter().take(end + 1).skip(*next).filter(|n| slot_of(**n) == slot) {
            *sum += n;
        }
        *next = (*next).max(end + 1);
        let panics = self.panics.get(end);
        let panics = panics.is_some_and(|panics| panics.swap(false, Ordering::Relaxed));
        assert!(!panics, "as it was told");
    }

    fn slot_out(&mut self, slot: Slot) -> Option<(usize, u64)> {
        self.slots.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<(usize, u64)>) {
        if let Arrived::State(state) = state {
            self.slots.insert(slot.index(), state);
        }
    }
}

impl Snapshot for Replayed {
    fn slot_copy(&self, slot: Slot) -> Option<(usize, u64)> {
        self.slots.get(&slot.index()).copied()
    }
}

#[test]
fn whoever_reads_the_log_from_the_number_in_the_copy_on_loses_nothing() {
    let log: Arc<Vec<u64>> = Arc::new((0..3_000).map(|n| n % 50).collect());
    for every in [1, 7, 1_000_000] {
        let panics = (0..log.len()).map(|n| AtomicBool::new(n % 299 == 298)).collect();
        let (entries, panics) = (Arc::clone(&log), Arc::new(panics));
        let builder = Pool::builder(move |_| Replayed {
            log: Arc::clone(&entries),
            slots: BTreeMap::new(),
            panics: Arc::clone(&panics),
        });
        let often = Restart::on_panic().max(100, LONG).backoff(SHORT / 1_000..SHORT / 100);
        let builder = builder.workers(2).batch(4).restart(often);
        let pool = builder.snapshots(every).build().unwrap();
        let mut tx = pool.sender().unwrap();
        for (at, n) in log.iter().enumerate() {
            tx.send(n, (slot_of(*n), at)).unwrap();
            if at == 1_000 {
                pool.resize(3, LONG).unwrap();
            }
        }
        for n in 0..50_u64 {
            tx.send(&n, (slot_of(n), log.len())).unwrap();
        }
        let all = |pool: &Pool<Replayed>| {
            pool.stats().iter().map(|stats| stats.handled + stats.panics).sum::<u64>()
        };
        while all(&pool) < 3_050 {
            windlass_sync::thread::yield_now();
        }
        let sums = pool.snapshot(LONG).slots;
        let sum: u64 = sums.iter().map(|(_, (_, sum))| sum).sum();
        assert_eq!(sum, log.iter().sum::<u64>(), "copies every {every} batches");
        drop(tx);
        let report = pool.shutdown(Shutdown::drain());
        assert_eq!((report.panics, report.is_balanced()), (10, true), "it panicked");
    }
}

#[test]
#[cfg(feature = "serde")]
fn a_snapshot_is_written_and_read() {
    let saved: Saved<u64> = [(3, 5), (7, 1)].into_iter().collect();
    let text = serde_json::to_string(&saved).unwrap();
    assert_eq!(serde_json::from_str::<Saved<u64>>(&text).unwrap(), saved, "{text}");
}
