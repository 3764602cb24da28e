//! What is promised of progress where code of the user runs in the middle of an operation: a destructor,
//! a callback, a message that is looked at. Whoever stops there holds up nobody else.
//!
//! The threads that stop wait until the others are done: if those waited for them, the test would not end.

use std::sync::{Arc, mpsc};

use windlass_qos::{
    BestEffort, Builder, DropReason, Overwrites, QosLevel, RealTime, RecvError, Reliable, Stats,
};
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::thread;

/// Stops the thread that comes by first until it is let go.
struct Gate {
    arrived: mpsc::Sender<()>,
    opens: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Gate {
    /// A gate, what tells that somebody has come, and what opens it.
    fn new() -> (Arc<Self>, mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (arrived, arrives) = mpsc::channel();
        let (open, opens) = mpsc::channel();
        (Arc::new(Self { arrived, opens: Mutex::new(Some(opens)) }), arrives, open)
    }

    fn pass(&self) {
        let opens = lock(&self.opens).take();
        if let Some(opens) = opens {
            self.arrived.send(()).unwrap();
            opens.recv().unwrap();
        }
    }
}

fn adds_up(stats: Stats) -> bool {
    stats.accepted == stats.delivered + stats.dropped() + stats.held
}

/// A sender stops in the callback for the message that it overwrote.
fn a_sender_stops<L: Overwrites>(level: L) {
    let (gate, arrives, open) = Gate::new();
    let (mut tx, mut rx) = Builder::new(level, 2)
        .many_senders(2)
        .on_drop(move |_, reason| {
            if reason == DropReason::Overwritten {
                gate.pass();
            }
        })
        .build()
        .unwrap();
    let mut slow = tx.clone();
    let stopped = thread::spawn(move || (1..=3).try_for_each(|message| slow.send(message)));
    arrives.recv().unwrap();
    // It has put its message in and has not returned.
    for message in 4..=40 {
        tx.send(message).unwrap();
    }
    let expected = if level.qos() == QosLevel::RealTime { [40, 39] } else { [39, 40] };
    let mut got = Vec::new();
    while got.len() < 2 {
        match rx.recv() {
            Ok(message) => got.push(message),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => break,
        }
    }
    assert_eq!(got, expected, "{level:?}");
    open.send(()).unwrap();
    stopped.join().unwrap().unwrap();
    assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
}

#[test]
fn a_sender_held_by_a_callback_holds_up_nobody() {
    a_sender_stops(BestEffort);
    a_sender_stops(Reliable);
    a_sender_stops(RealTime);
}

/// A receiver stops while it passes over messages for the latest.
fn a_receiver_stops<L: Overwrites>(level: L) {
    let (gate, arrives, open) = Gate::new();
    let (mut tx, mut rx) = Builder::new(level, 3)
        .many_senders(2)
        .many_receivers(2)
        .on_drop(move |_, reason| {
            if reason == DropReason::PassedOver {
                gate.pass();
            }
        })
        .build()
        .unwrap();
    tx.send_many(1..=3).unwrap();
    let mut slow = rx.clone();
    let stopped = thread::spawn(move || slow.take_latest());
    arrives.recv().unwrap();
    for message in 4..=40 {
        tx.send(message).unwrap();
    }
    assert!(rx.try_iter().any(|message| message == 40), "{level:?}: the other receiver goes on");
    open.send(()).unwrap();
    stopped.join().unwrap().unwrap();
    drop(tx);
    while !matches!(rx.recv(), Err(RecvError::Closed)) {}
    assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
}

#[test]
fn a_receiver_held_by_a_callback_holds_up_nobody() {
    a_receiver_stops(BestEffort);
    a_receiver_stops(Reliable);
    a_receiver_stops(RealTime);
}

/// A receiver that looks at a message holds up no sender that overwrites, whatever the level.
#[test]
fn a_receiver_that_looks_holds_up_no_sender() {
    fn check<L: Overwrites>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        tx.send(1).unwrap();
        let message = rx.peek().unwrap();
        for message in 2..=40 {
            tx.send(message).unwrap();
        }
        assert_eq!(*message, 1, "{level:?}: it stays");
        assert_eq!(rx.recv(), Ok(1), "{level:?}: and comes next");
    }
    check(BestEffort);
    check(Reliable);
    check(RealTime);
}
