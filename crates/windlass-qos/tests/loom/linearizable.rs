//! Histories of very small cases, in every interleaving: each could have come of calls that happened one
//! step after the other. The steps, the checker and the clock are those of the tests with real threads.

use loom::thread;
use windlass_qos::{
    BestEffort, Builder, ManyToOne, OneToOne, Overwrites, Paths, RealTime, Receiver, Reliable,
    Sender,
};

use crate::buffer::{Buffer, Call, Rules};
use crate::history::{Calls, Clock, force_send, try_recv};
use crate::support::model;
use crate::wgl::linearise;

const BEST_EFFORT: Rules = Rules { capacity: 1, freshest: false, reports: false };
const RELIABLE: Rules = Rules { capacity: 1, freshest: false, reports: true };
const REAL_TIME: Rules = Rules { capacity: 1, freshest: true, reports: false };

/// Each sender sends so many messages, and the last one closes, if it is to. The receiver receives so often.
fn check<L: Overwrites, P: Paths>(
    rules: Rules,
    senders: Vec<Sender<u64, L, P>>,
    mut rx: Receiver<u64, L, P>,
    before: u64,
    each: u64,
    receives: usize,
    closes: bool,
) {
    let clock = Clock::new();
    let mut senders = senders;
    let mut first = Calls::new(&clock);
    // What is there when the race begins.
    (0..before).for_each(|n| first.note(|| force_send(&mut senders[0], n)));
    let threads: Vec<_> = (1..)
        .zip(senders)
        .map(|(number, mut tx)| {
            let mut calls = Calls::new(&clock);
            thread::spawn(move || {
                for n in 0..each {
                    calls.note(|| force_send(&mut tx, 10 * number + n));
                }
                (tx, calls.all)
            })
        })
        .collect();
    for turn in 0..receives {
        if closes && turn == 1 {
            first.note(|| {
                rx.close();
                Call::Close
            });
        }
        first.note(|| try_recv(&mut rx));
    }
    let mut all = first.all;
    let mut senders = Vec::new();
    for thread in threads {
        let (tx, calls) = thread.join().expect("no panic");
        senders.push(tx);
        all.extend(calls);
    }
    let mut rest = Calls::new(&clock);
    (0..=rules.capacity).for_each(|_| rest.note(|| try_recv(&mut rx)));
    all.extend(rest.all);
    drop(senders);
    let order = linearise(Buffer::new(rules), &all);
    assert!(order.is_ok(), "no order beyond {order:?} of {all:#?}");
}

fn one<L: Overwrites>(
    level: L,
    rules: Rules,
    before: u64,
    each: u64,
    receives: usize,
    closes: bool,
) {
    model(move || {
        let (tx, rx) = Builder::new(level, rules.capacity).build().expect("small");
        check::<L, OneToOne>(rules, vec![tx], rx, before, each, receives, closes);
    });
}

fn two<L: Overwrites>(level: L, rules: Rules, before: u64, each: u64, receives: usize) {
    model(move || {
        let builder = Builder::new(level, rules.capacity).many_senders(2);
        let (tx, rx) = builder.build().expect("small");
        check::<L, ManyToOne>(rules, vec![tx.clone(), tx], rx, before, each, receives, false);
    });
}

#[test]
fn one_cell_of_best_effort_is_linearizable() {
    one(BestEffort, BEST_EFFORT, 2, 2, 2, false);
}

#[test]
fn one_cell_of_reliable_is_linearizable() {
    one(Reliable, RELIABLE, 2, 2, 2, false);
}

#[test]
fn two_cells_of_reliable_are_linearizable() {
    one(Reliable, Rules { capacity: 2, ..RELIABLE }, 3, 2, 2, false);
}

#[test]
fn one_cell_of_real_time_is_linearizable() {
    one(RealTime, REAL_TIME, 1, 2, 2, false);
}

#[test]
fn two_cells_of_real_time_are_linearizable() {
    one(RealTime, Rules { capacity: 2, ..REAL_TIME }, 2, 2, 2, false);
}

#[test]
fn a_close_of_one_cell_of_reliable_is_linearizable() {
    one(Reliable, RELIABLE, 2, 1, 3, true);
}

#[test]
fn a_close_of_one_cell_of_real_time_is_linearizable() {
    one(RealTime, REAL_TIME, 1, 1, 3, true);
}

#[test]
fn one_cell_of_two_reliable_senders_is_linearizable() {
    two(Reliable, RELIABLE, 1, 1, 2);
}

#[test]
fn one_cell_of_two_real_time_senders_is_linearizable() {
    two(RealTime, REAL_TIME, 1, 1, 2);
}

#[test]
fn two_cells_of_two_reliable_senders_are_linearizable() {
    two(Reliable, Rules { capacity: 2, ..RELIABLE }, 2, 1, 2);
}
