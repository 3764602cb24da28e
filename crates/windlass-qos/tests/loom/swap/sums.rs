//! What goes in comes out, comes back or was lost: each message once.

use loom::thread;
use windlass_qos::model::swap::{
    Best, BestMany, BestShared, Fresh, FreshMany, FreshShared, Many, One, Shared,
};

use super::Got;
use crate::support::model;

/// Edge `swapped`: senders and a receiver, which takes some while they send, and the rest afterwards.
macro_rules! sums {
    ($cells:ident, $capacity:literal, $senders:literal, $each:literal, takes $takes:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let threads: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || {
                        let messages = (0..$each).map(|n| 10 * sender + n);
                        messages.filter_map(|m| tx.offer(m).expect("open")).collect::<Vec<_>>()
                    })
                })
                .collect();
            let mut got = Got::default();
            for _ in 0..$takes {
                if !got.note(rx.take()) {
                    thread::yield_now();
                }
            }
            let mut gone: Vec<_> =
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            let stats = cells.stats();
            assert_eq!(stats.accepted, $senders * $each, "all were accepted");
            assert_eq!(stats.held, 0, "nothing is left");
            if $cells::REPORTS {
                assert_eq!(got.lost + got.messages.len() as u64, stats.accepted, "told exactly");
            } else {
                assert_eq!(got.lost, 0, "told nothing");
            }
            assert_eq!(stats.overwritten, stats.accepted - stats.delivered, "counted");
            if !$cells::FRESHEST {
                got.keeps_order();
            }
            drop(rx);
            gone.extend(cells.left());
            got.adds_up(gone, stats.accepted);
        });
    }};
}

#[test]
fn best_effort_of_one_sender_swaps_one_cell() {
    sums!(Best, 1, 1, 3, takes 2);
}

#[test]
fn best_effort_of_one_sender_swaps_two_cells() {
    sums!(Best, 2, 1, 4, takes 2);
}

#[test]
fn best_effort_of_two_senders_swaps_one_cell() {
    sums!(BestMany, 1, 2, 2, takes 1);
}

#[test]
fn best_effort_of_two_senders_swaps_two_cells() {
    sums!(BestMany, 2, 2, 2, takes 2);
}

#[test]
fn one_sender_swaps_one_cell() {
    sums!(One, 1, 1, 3, takes 2);
}

#[test]
fn one_sender_swaps_two_cells() {
    sums!(One, 2, 1, 4, takes 2);
}

#[test]
fn two_senders_swap_one_cell() {
    sums!(Many, 1, 2, 2, takes 1);
}

#[test]
fn two_senders_swap_two_cells() {
    sums!(Many, 2, 2, 2, takes 2);
}

#[test]
fn the_freshest_of_one_cell() {
    sums!(Fresh, 1, 1, 3, takes 2);
}

#[test]
fn the_freshest_of_two_cells() {
    sums!(Fresh, 2, 1, 4, takes 2);
}

#[test]
fn the_freshest_of_two_senders() {
    sums!(FreshMany, 2, 2, 2, takes 2);
}

/// Edge `swapped`: two receivers take each message once.
macro_rules! shares {
    ($cells:ident, $capacity:literal, sends $sends:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, 1, 2);
            let (mut tx, mut rx, mut other) = (cells.sender(), cells.receiver(), cells.receiver());
            let sending = thread::spawn(move || {
                (0..$sends).filter_map(|n| tx.offer(n).expect("open")).collect::<Vec<_>>()
            });
            let receiving = thread::spawn(move || {
                let mut got = Got::default();
                if !got.note(other.take()) {
                    thread::yield_now();
                }
                got.note(other.take());
                got
            });
            let mut got = Got::default();
            got.note(rx.take());
            let evicted = sending.join().unwrap();
            let others = receiving.join().unwrap();
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            // The other one was told of a gap, and left with the message behind it.
            let lost = got.lost + others.lost;
            got.messages.extend(others.messages);
            let stats = cells.stats();
            assert_eq!(stats.accepted, $sends, "all were accepted");
            let told = if $cells::REPORTS { stats.overwritten } else { 0 };
            assert_eq!(lost, told, "told exactly, or nothing");
            assert_eq!(stats.delivered, got.messages.len() as u64, "counted");
            got.adds_up(evicted, stats.accepted - stats.held);
        });
    }};
}

#[test]
fn two_receivers_swap_one_cell() {
    shares!(Shared, 1, sends 2);
}

#[test]
fn two_receivers_swap_two_cells() {
    shares!(Shared, 2, sends 3);
}

#[test]
fn two_receivers_of_best_effort_swap_one_cell() {
    shares!(BestShared, 1, sends 2);
}

#[test]
fn two_receivers_of_best_effort_swap_two_cells() {
    shares!(BestShared, 2, sends 3);
}

#[test]
fn two_receivers_of_the_freshest_cell() {
    shares!(FreshShared, 1, sends 2);
}

#[test]
fn two_receivers_of_the_freshest_cells() {
    shares!(FreshShared, 2, sends 2);
}

/// A position is given up while its sender stands between claim and put; that sender gets its own message
/// back, and every message is counted once.
macro_rules! gives_up {
    ($cells:ident) => {{
        model(|| {
            let cells = $cells::new(2, 2, 1);
            let (mut slow, mut quick, mut rx) = (cells.sender(), cells.sender(), cells.receiver());
            let sending = thread::spawn(move || slow.offer(1).expect("open"));
            let mut evicted: Vec<_> = quick.offer(2).expect("open").into_iter().collect();
            let mut got = Got::default();
            while got.note(rx.take()) {}
            evicted.extend(sending.join().unwrap());
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            let gone = evicted.len() as u64;
            assert_eq!(
                got.lost,
                if $cells::REPORTS { gone } else { 0 },
                "told exactly, or nothing"
            );
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.overwritten), (2, gone), "counted");
            got.adds_up(evicted, 2);
        });
    }};
}

#[test]
fn a_swapped_hole_is_given_up() {
    gives_up!(Many);
}

#[test]
fn a_hole_of_best_effort_is_given_up() {
    gives_up!(BestMany);
}

#[test]
fn a_shared_swapped_hole_is_given_up() {
    gives_up!(Shared);
}

/// Edge `swapped`: one sender and one receiver in turns, until slots that were emptied are filled again.
macro_rules! refills {
    ($cells:ident) => {{
        model(|| {
            let cells = $cells::new(1, 1, 1);
            let (mut tx, mut rx) = (cells.sender(), cells.receiver());
            let sender = thread::spawn(move || {
                for message in 0..4 {
                    while tx.offer_if_room(message).is_err() {
                        thread::yield_now();
                    }
                }
            });
            let mut next = 0;
            while next < 4 {
                match rx.take() {
                    Ok(message) => {
                        assert_eq!(message, next, "in order, since each waits for room");
                        next += 1;
                    }
                    Err(_) => thread::yield_now(),
                }
            }
            sender.join().expect("no panic");
        });
    }};
}

#[test]
fn best_effort_fills_again_what_was_emptied() {
    refills!(Best);
}

#[test]
fn one_sender_fills_again_what_was_emptied() {
    refills!(One);
}

#[test]
fn one_of_many_senders_fills_again_what_was_emptied() {
    refills!(Many);
}

#[test]
fn the_freshest_are_filled_again_where_they_were_emptied() {
    refills!(Fresh);
}
