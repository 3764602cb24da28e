//! A sender stops in the middle of a send, and the last receiver leaves meanwhile: the message goes to nobody, but it
//! goes, while there are still senders.

use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use windlass_sync::sync::{Arc, Mutex, lock};

use crate::halt::{Place, halt_at, is_set};
use crate::lanes::{self, Lane};
use crate::level::Waits;
use crate::paths::{ManyToMany, ManyToOne, OneToOne, Paths};
use crate::{
    BestEffort, Builder, DropReason, Guaranteed, Level, QosLevel, RealTime, RecvError, Reliable,
    Stats,
};

type Message = Arc<()>;

/// The receiver takes the first message and leaves while the third is on its way.
fn a_receiver_leaves<L: Level, P: Paths>(builder: Builder<Message, L, P>) {
    let fallen = Arc::new(Mutex::new(Vec::new()));
    let falls = Arc::clone(&fallen);
    let builder = builder.on_drop(move |_, reason| lock(&falls).push(reason));
    let (mut tx, mut rx) = builder.build().expect("there is memory");
    let message = Message::default();
    tx.send(Arc::clone(&message)).expect("open");
    drop(rx.recv().expect("it is there"));
    tx.send(Arc::clone(&message)).expect("open");
    halt_at(Place::Claimed, move || drop(rx));
    tx.send(Arc::clone(&message)).expect("it was open when the message was accepted");
    assert!(!is_set(), "it was stopped");
    assert_eq!(Arc::strong_count(&message), 1, "both are gone");
    let stats = tx.stats();
    assert_eq!((stats.accepted, stats.held, stats.delivered), (3, 0, 1), "{stats:?}");
    assert_eq!(stats.dropped(), 2, "{stats:?}");
    assert_eq!(lock(&fallen).len(), 2, "each was shown");
    assert_eq!(lock(&fallen).contains(&DropReason::Left), stats.left != 0, "as counted");
    assert!(tx.send(Arc::clone(&message)).is_err(), "refused from now on");
    assert_eq!(tx.stats().dropped(), 2, "and nothing more was dropped");
}

fn at<L: Level>(level: L, capacity: usize) -> Builder<Message, L, OneToOne> {
    Builder::new(level, capacity)
}

fn of_many<L: Level>(level: L, capacity: usize) -> Builder<Message, L, ManyToOne> {
    at(level, capacity).many_senders(3)
}

fn between_many<L: Level>(level: L, capacity: usize) -> Builder<Message, L, ManyToMany> {
    of_many(level, capacity).many_receivers(2)
}

fn at_each_level(capacity: usize) {
    a_receiver_leaves(at(BestEffort, capacity));
    a_receiver_leaves(at(Reliable, capacity));
    a_receiver_leaves(at(RealTime, capacity));
    a_receiver_leaves(of_many(BestEffort, capacity));
    a_receiver_leaves(of_many(Reliable, capacity));
    a_receiver_leaves(of_many(RealTime, capacity));
    a_receiver_leaves(between_many(BestEffort, capacity));
    a_receiver_leaves(between_many(Reliable, capacity));
    a_receiver_leaves(between_many(RealTime, capacity));
}

#[test]
fn a_message_on_its_way_goes_where_the_oldest_makes_room() {
    (1..4).for_each(at_each_level);
}

#[test]
fn a_message_on_its_way_goes_where_nothing_is_lost() {
    for capacity in 2..5 {
        a_receiver_leaves(at(Guaranteed, capacity));
        a_receiver_leaves(of_many(Guaranteed, capacity));
        a_receiver_leaves(between_many(Guaranteed, capacity));
        a_receiver_leaves(at(QosLevel::Guaranteed, capacity));
        a_receiver_leaves(at(QosLevel::RealTime, capacity));
    }
}

/// What a sender sends with its question comes back when nobody will answer.
#[test]
fn a_sender_that_waits_for_an_answer_is_not_left_waiting() {
    fn ask<L: Waits>(level: L) {
        let (mut tx, rx) = Builder::new(level, 2).build().expect("there is memory");
        let (answer, mut answers) = crate::guaranteed::<u8>(1).expect("there is memory");
        halt_at(Place::Claimed, move || drop(rx));
        tx.send(answer).expect("it was open");
        assert_eq!(answers.recv(), Err(RecvError::Closed), "nobody will answer");
    }
    ask(Guaranteed);
    ask(QosLevel::Guaranteed);
}

#[test]
fn a_message_on_its_way_in_a_lane_goes() {
    for level in QosLevel::ALL {
        let builder = lanes::Builder::new().lane(Lane::new(level, 2)).lane(Lane::new(level, 2));
        let (mut senders, rx) = builder.build().expect("there is memory");
        let message = Message::default();
        halt_at(Place::Claimed, move || drop(rx));
        senders[1].send(Arc::clone(&message)).expect("it was open");
        assert!(!is_set(), "it was stopped");
        assert_eq!(Arc::strong_count(&message), 1, "it is gone");
        let stats: Stats = senders[1].stats();
        assert_eq!((stats.accepted, stats.dropped(), stats.held), (1, 1, 0), "{stats:?}");
    }
}

/// A callback that sends into the same buffer, or panics, keeps nobody from going on.
#[test]
fn whoever_takes_what_is_late_may_panic_and_send() {
    let (mut tx, rx) =
        of_many(Guaranteed, 4).on_drop(|_, _| panic!("not mine")).build().expect("there is memory");
    let mut other = tx.clone();
    let message = Message::default();
    let sent = Arc::clone(&message);
    halt_at(Place::Claimed, move || {
        drop(rx);
        // Behind the close, and behind the place that is still empty.
        assert!(other.send(sent).is_err(), "refused");
    });
    let sending = catch_unwind(AssertUnwindSafe(|| tx.send(Arc::clone(&message))));
    assert!(sending.is_err(), "the panic of the callback reaches whoever took the message");
    assert_eq!(Arc::strong_count(&message), 1, "and it is gone");
    let stats = tx.stats();
    assert_eq!((stats.accepted, stats.left, stats.held), (1, 1, 0), "{stats:?}");
    assert!(tx.send(message).is_err(), "and the buffer is in order");
}
