//! Workers that panic while they copy, hand out, or take what they keep.

use windlass_pool::{Arrived, BuildError, Context, Pool, Shutdown, Slot, Snapshot, Worker};
use windlass_sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use windlass_sync::sync::Arc;

use crate::support::{LONG, actors, slot_of};

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
