//! Buffers of the levels that overwrite, used by real threads: what each call returned could have come of
//! calls that happened one step after the other.
//!
//! The steps are those of `buffer.rs`. The models under loom check the same histories in every interleaving
//! of very small cases.
#![cfg(not(any(loom, miri)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_types,
    reason = "tests have std"
)]

mod buffer;
mod checker;
mod history;
mod wgl;

use std::sync::{Arc, Barrier};

use buffer::{Buffer, Call, Rules};
use history::{Calls, Clock, Passed, force_send, take_latest, try_recv};
use wgl::Timed;
use windlass_qos::{
    BestEffort, Builder, Level, ManyToOne, OneToOne, Overwrites, Paths, QosLevel, RealTime,
    Receiver, Reliable, Sender,
};
use windlass_sync::{hint, thread};

/// A small generator: which verb comes next.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// How many calls each thread makes.
const CALLS: u64 = if cfg!(miri) { 5 } else { 24 };

/// One history: senders and a receiver start at once; somebody may close in between.
fn history<L: Overwrites, P: Paths>(
    senders: Vec<Sender<u64, L, P>>,
    mut rx: Receiver<u64, L, P>,
    passed: &Passed,
    seed: u64,
) -> Vec<Timed<Call>> {
    let clock = Clock::new();
    let start = Arc::new(Barrier::new(senders.len() + 1));
    let mut dice = Dice(seed);
    // More often than not nobody closes.
    let closes = dice.below(5);
    let threads: Vec<_> = (1..)
        .zip(senders)
        .map(|(number, mut tx)| {
            let (mut calls, start) = (Calls::new(&clock), Arc::clone(&start));
            let mut dice = Dice(seed ^ number);
            thread::spawn(move || {
                let close_at = if closes == number { dice.below(CALLS) } else { CALLS };
                start.wait();
                for call in 0..CALLS {
                    if call == close_at {
                        calls.note(|| {
                            tx.close();
                            Call::Close
                        });
                    }
                    calls.note(|| force_send(&mut tx, 100 * number + call));
                    pause(&mut dice);
                }
                // The last one that is dropped closes, which is no call.
                (tx, calls.all)
            })
        })
        .collect();
    let mut calls = Calls::new(&clock);
    let close_at = if closes == 0 { dice.below(CALLS) } else { CALLS };
    start.wait();
    for call in 0..CALLS {
        if call == close_at {
            calls.note(|| {
                rx.close();
                Call::Close
            });
        }
        match dice.below(4) {
            0 => calls.note(|| take_latest(&mut rx, passed)),
            _ => calls.note(|| try_recv(&mut rx)),
        }
        pause(&mut dice);
    }
    let mut all = calls.all;
    let senders: Vec<_> = threads
        .into_iter()
        .map(|thread| {
            let (tx, calls) = thread.join().expect("no panic");
            all.extend(calls);
            tx
        })
        .collect();
    drop(senders);
    // The search takes those first that stand first.
    all.sort_by_key(|call| call.end);
    all
}

/// Lets the others go ahead, sometimes.
fn pause(dice: &mut Dice) {
    match dice.below(8) {
        0 => thread::yield_now(),
        n => (0..4 * n).for_each(|_| hint::spin_loop()),
    }
}

/// Many histories of one kind of buffer.
fn histories<L: Overwrites + Level, P: Paths>(
    level: L,
    build: impl Fn(usize, &Passed) -> (Vec<Sender<u64, L, P>>, Receiver<u64, L, P>),
) {
    let rounds = if cfg!(miri) { 2 } else { 400 };
    for capacity in 1..=3 {
        let rules = Rules {
            capacity,
            freshest: level.qos() == QosLevel::RealTime,
            reports: level.qos() == QosLevel::Reliable,
        };
        for seed in 0..rounds {
            let passed = Passed::default();
            let (senders, rx) = build(capacity, &passed);
            let history = history(senders, rx, &passed, 7919 * seed + capacity as u64);
            if let Err(finished) = wgl::linearise(Buffer::new(rules), &history) {
                let show = |timed: &Timed<Call>| format!("{timed:?}\n");
                let calls: String = history.iter().map(show).collect();
                panic!(
                    "{rules:?}, seed {seed}: no order beyond {finished} of these calls\n{calls}"
                );
            }
        }
    }
}

fn one_sender<L: Overwrites + Level>(level: L) {
    histories::<L, OneToOne>(level, |capacity, passed| {
        let passed = Arc::clone(passed);
        let note = move |message, _| passed.lock().expect("nobody panics").push(message);
        let (tx, rx) = Builder::new(level, capacity).on_drop(note).build().expect("small");
        (vec![tx], rx)
    });
}

fn two_senders<L: Overwrites + Level>(level: L) {
    histories::<L, ManyToOne>(level, |capacity, passed| {
        let passed = Arc::clone(passed);
        let note = move |message, _| passed.lock().expect("nobody panics").push(message);
        let builder = Builder::new(level, capacity).many_senders(2).on_drop(note);
        let (tx, rx) = builder.build().expect("small");
        (vec![tx.clone(), tx], rx)
    });
}

#[test]
fn best_effort_of_one_sender_is_linearizable() {
    one_sender(BestEffort);
}

#[test]
fn best_effort_of_two_senders_is_linearizable() {
    two_senders(BestEffort);
}

#[test]
fn reliable_of_one_sender_is_linearizable() {
    one_sender(Reliable);
}

#[test]
fn reliable_of_two_senders_is_linearizable() {
    two_senders(Reliable);
}

#[test]
fn real_time_of_one_sender_is_linearizable() {
    one_sender(RealTime);
}

#[test]
fn real_time_of_two_senders_is_linearizable() {
    two_senders(RealTime);
}
