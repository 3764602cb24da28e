//! A close, and a receiver that leaves: nothing that was accepted is lost by either.

use loom::thread;
use windlass_qos::TryRecvError;
use windlass_qos::model::swap::{Best, BestMany, BestShared, Fresh, FreshMany, Many, One, Shared};

use super::Got;
use crate::support::model;

/// Edges `qos_close`, `qos_end`: what was accepted is taken before the end, and nothing behind it.
macro_rules! closes {
    ($cells:ident, $capacity:literal, $senders:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let sending: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || tx.offer(sender))
                })
                .collect();
            let mut got = Got::default();
            if $senders == 1 {
                let closer = cells.clone();
                let closing = thread::spawn(move || closer.close());
                while got.note(rx.take()) {}
                got.note(rx.take());
                closing.join().unwrap();
            } else {
                cells.close();
                while got.note(rx.take()) {}
            }
            let answers = sending.into_iter().map(|thread| thread.join().unwrap());
            let (mut accepted, mut evicted) = (0, Vec::new());
            for old in answers.flatten() {
                accepted += 1;
                evicted.extend(old);
            }
            while got.note(rx.take()) {}
            assert!(got.ended, "it ends");
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.held), (accepted, 0), "counted");
            got.adds_up(evicted, accepted);
        });
    }};
}

#[test]
fn a_close_of_one_cell_of_best_effort_loses_nothing() {
    closes!(Best, 1, 1);
}

#[test]
fn a_close_of_two_cells_of_best_effort_loses_nothing() {
    closes!(Best, 2, 1);
}

#[test]
fn a_close_among_two_senders_of_best_effort_loses_nothing() {
    closes!(BestMany, 2, 2);
}

#[test]
fn a_close_among_senders_of_one_cell_of_best_effort_loses_nothing() {
    closes!(BestMany, 1, 2);
}

#[test]
fn a_close_of_shared_cells_of_best_effort_loses_nothing() {
    closes!(BestShared, 2, 1);
}

#[test]
fn a_close_of_one_swapped_cell_loses_nothing() {
    closes!(One, 1, 1);
}

#[test]
fn a_close_of_two_swapped_cells_loses_nothing() {
    closes!(One, 2, 1);
}

#[test]
fn a_close_of_the_freshest_loses_nothing() {
    closes!(Fresh, 1, 1);
}

#[test]
fn a_close_of_many_swapped_cells_loses_nothing() {
    closes!(Many, 2, 1);
}

#[test]
fn a_close_among_two_senders_loses_nothing() {
    closes!(Many, 2, 2);
}

#[test]
fn a_close_among_senders_of_one_swapped_cell_loses_nothing() {
    closes!(Many, 1, 2);
}

#[test]
fn a_close_of_the_freshest_of_many_loses_nothing() {
    closes!(FreshMany, 2, 2);
}

#[test]
fn a_close_of_shared_swapped_cells_loses_nothing() {
    closes!(Shared, 2, 1);
}

/// Edge `qos_end`: who sees the end comes after the close.
macro_rules! ends {
    ($cells:ident) => {{
        use windlass_sync::atomic::{AtomicU64, Ordering};
        model(|| {
            let cells = $cells::new(1, 1, 1);
            let mut rx = cells.receiver();
            let before = loom::sync::Arc::new(AtomicU64::new(0));
            let closing = {
                let (cells, before) = (cells.clone(), before.clone());
                thread::spawn(move || {
                    // ORDERING: Relaxed. What is written behind it hands it over, or does not.
                    before.store(7, Ordering::Relaxed);
                    cells.close();
                })
            };
            if rx.take() == Err(TryRecvError::Closed) {
                // ORDERING: Relaxed. As above.
                assert_eq!(before.load(Ordering::Relaxed), 7, "the close came before");
            }
            closing.join().unwrap();
        });
    }};
}

#[test]
fn the_end_of_best_effort_comes_after_its_close() {
    ends!(Best);
}

#[test]
fn the_end_of_best_effort_of_many_comes_after_its_close() {
    ends!(BestMany);
}

#[test]
fn the_end_of_one_swapped_comes_after_its_close() {
    ends!(One);
}

#[test]
fn the_end_of_many_swapped_comes_after_its_close() {
    ends!(Many);
}

/// A receiver that went past a message leaves while senders are at work: what lies there, or is about to, reaches
/// the receiver or comes back to its sender.
macro_rules! sweep {
    ($capacity:literal, $senders:literal) => {{
        model(|| {
            let cells = Many::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let threads: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || tx.offer(sender))
                })
                .collect();
            thread::yield_now();
            let mut got = Got::default();
            rx.go_past();
            cells.close();
            while got.note(rx.take()) {}
            let mut gone = rx.sweep();
            let mut accepted = 0;
            for thread in threads {
                // Refused, if it came behind the close.
                if let Ok(evicted) = thread.join().unwrap() {
                    accepted += 1;
                    gone.extend(evicted);
                }
            }
            // What was not passed and came too late lies there until the last handle is gone.
            while got.note(rx.take()) {}
            let passed = u64::from(0 < accepted);
            assert!(got.lost <= accepted, "no more than there were");
            drop(rx);
            let left = cells.left();
            assert!(left.len() as u64 + passed <= accepted.max(1), "not the one it went past");
            gone.extend(left);
            got.adds_up(gone, accepted);
        });
    }};
}

#[test]
fn what_was_gone_past_is_swept_while_a_sender_puts_it_in() {
    sweep!(1, 1);
}

#[test]
fn what_was_gone_past_is_swept_while_two_put_something_in() {
    sweep!(2, 2);
}
