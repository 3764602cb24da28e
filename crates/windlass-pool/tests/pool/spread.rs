//! Which worker gets what is for any.

use windlass_pool::{Phase, Pool, QosLevel, Restart, Sender, Shutdown, Spread};
use windlass_sync::thread;

use crate::support::{Actor, GateKey, Seen, actors, balanced, hold_up_worker, note, panics};

/// A pool of which all workers are held up.
fn held_up(workers: usize, spread: Spread) -> (Pool<Actor>, Sender<Actor>, Vec<GateKey>, Seen) {
    let (builder, seen) = actors();
    let pool = builder.workers(workers).spread(spread).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let keys = (0..workers).map(|worker| hold_up_worker(&mut tx, worker, 1_000)).collect();
    (pool, tx, keys, seen)
}

#[test]
fn whoever_has_less_to_do_gets_more() {
    let (pool, mut tx, keys, mut seen) = held_up(2, Spread::Emptier);
    (0..10).for_each(|n| tx.send_to(0, note(n)).unwrap());
    (10..20).for_each(|n| tx.send_any(note(n)).unwrap());
    drop(keys);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.now();
    let notes =
        |worker| seen.notes_of(worker).into_iter().filter(|n| *n < 1_000).collect::<Vec<_>>();
    assert_eq!(notes(0), (0..10).collect::<Vec<_>>(), "it had ten");
    assert_eq!(notes(1), (10..20).collect::<Vec<_>>(), "so these go there");
}

#[test]
fn a_sender_that_sticks_goes_elsewhere_behind_each_run() {
    let (pool, mut tx, keys, mut seen) = held_up(3, Spread::Sticky(5));
    (0..60).for_each(|n| tx.send_any(note(n)).unwrap());
    drop(keys);
    balanced(&pool.shutdown(Shutdown::drain()));
    seen.now();
    for worker in 0..3 {
        let notes: Vec<_> = seen.notes_of(worker).into_iter().filter(|n| *n < 1_000).collect();
        assert!(!notes.is_empty(), "{worker}: the emptier of two, so each gets some");
        for run in notes.chunks(5) {
            assert!(run[0] % 5 == 0 && run.is_sorted_by(|a, b| a + 1 == *b), "{worker}: {notes:?}");
        }
    }
}

#[test]
fn a_worker_without_room_is_passed_by() {
    for spread in [Spread::Emptier, Spread::Sticky(1_000)] {
        let (builder, mut seen) = actors();
        let pool =
            builder.workers(3).mailbox(QosLevel::Guaranteed, 4).spread(spread).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let key = hold_up_worker(&mut tx, 1, 1_000);
        // More than the other two have room for; whoever waited for the one that is held up would wait for ever.
        (0..200).for_each(|n| tx.send_any(note(n)).unwrap());
        drop(key);
        balanced(&pool.shutdown(Shutdown::drain()));
        seen.now();
        assert_eq!(seen.notes().iter().filter(|n| **n < 1_000).count(), 200, "{spread:?}: all");
    }
}

#[test]
fn nothing_goes_to_whoever_is_gone() {
    for spread in [Spread::RoundRobin, Spread::Emptier, Spread::Sticky(2)] {
        let (builder, mut seen) = actors();
        let pool = builder.workers(3).restart(Restart::never()).spread(spread).build().unwrap();
        let mut tx = pool.sender().unwrap();
        tx.send_to(1, panics(1_000)).unwrap();
        while pool.stats()[1].phase != Phase::Dead {
            thread::yield_now();
        }
        (0..30).for_each(|n| tx.send_any(note(n)).unwrap());
        balanced(&pool.shutdown(Shutdown::drain()));
        seen.now();
        assert_eq!(seen.notes().len(), 30, "{spread:?}: all");
    }
}
