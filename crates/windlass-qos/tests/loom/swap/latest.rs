//! The newest message alone.

use loom::thread;
use windlass_qos::model::swap::{Best, Fresh, One};

use super::Got;
use crate::support::model;

/// The newest alone, while a sender sends.
macro_rules! latest {
    ($cells:ident, $capacity:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, 1, 1);
            let (mut tx, mut rx) = (cells.sender(), cells.receiver());
            assert_eq!(tx.offer(0), Ok(None), "room");
            let sending = thread::spawn(move || {
                (1..4).filter_map(|n| tx.offer(n).expect("open")).collect::<Vec<_>>()
            });
            let mut got = Got::default();
            let (latest, passed) = rx.take_latest();
            got.note(latest);
            let mut gone = sending.join().unwrap();
            gone.extend(&passed);
            let (latest, passed) = rx.take_latest();
            let last = got.note(latest) && got.messages.last() == Some(&3);
            gone.extend(&passed);
            // What was told before it took a turn.
            if !last {
                let (latest, passed) = rx.take_latest();
                got.note(latest);
                gone.extend(&passed);
            }
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.held), (4, 0), "counted");
            assert_eq!(stats.delivered, got.messages.len() as u64, "counted");
            assert!(got.messages.contains(&3), "the newest is never lost");
            drop(rx);
            gone.extend(cells.left());
            got.adds_up(gone, 4);
        });
    }};
}

#[test]
fn the_latest_of_one_cell_of_best_effort() {
    latest!(Best, 1);
}

#[test]
fn the_latest_of_two_cells_of_best_effort() {
    latest!(Best, 2);
}

#[test]
fn the_latest_of_one_swapped_cell() {
    latest!(One, 1);
}

#[test]
fn the_latest_of_two_swapped_cells() {
    latest!(One, 2);
}

#[test]
fn the_latest_of_one_fresh_cell() {
    latest!(Fresh, 1);
}

#[test]
fn the_latest_of_two_fresh_cells() {
    latest!(Fresh, 2);
}
