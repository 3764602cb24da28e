//! What is promised of progress: one party stops in the middle of an operation, and the others go on.
//!
//! The hooks of `halt` run what the others do on the thread that stopped. Whoever waited for it would never
//! return, and the test would not end.

use alloc::sync::Arc;

use super::swap::SwapStore;
use super::{IndexQueue, Limits, Refused, StampQueue, Store, Taken};
use crate::halt::{Place, halt_at, is_set};
use crate::level::{BestEffort, RealTime, Reliable};
use crate::paths::{ManyToMany, ManyToOne, OneToOne};

fn open<S: Store<u64>>(capacity: usize, receivers: usize) -> Arc<S> {
    let limits = Limits { capacity, senders: 2, receivers, origin: 0 };
    Arc::new(S::new(&limits).expect("there is memory"))
}

/// A receiver stops when it has found a message; a sender goes on for many laps, each call in so many steps.
fn a_receiver_stops<S: Store<u64> + 'static>(freshest: bool) {
    for capacity in [1_usize, 2, 3] {
        let store = open::<S>(capacity, 2);
        let mut tx = store.sender().expect("first");
        let mut rx = store.receiver().expect("first");
        store.offer(&mut tx, 1).expect("open");
        let other = Arc::clone(&store);
        halt_at(Place::Found, move || {
            for message in 2..=40 {
                let evicted = other.offer(&mut tx, message).expect("open");
                let oldest = message.checked_sub(capacity as u64).filter(|oldest| *oldest != 0);
                assert_eq!(evicted, oldest, "the oldest made room");
            }
            other.close();
        });
        let mut taken = Vec::new();
        while taken.len() <= 2 * capacity {
            match store.take(&mut rx) {
                Taken::Message(message) => taken.push(message),
                Taken::Lagged(lost) => assert!(0 < lost, "some were lost"),
                Taken::Empty | Taken::End => break,
            }
        }
        assert!(!is_set(), "it was stopped");
        assert_eq!(taken.iter().max(), Some(&40), "the newest is there when it goes on");
        // The one that it was about to take was replaced by the freshest at that moment.
        let order =
            if freshest { taken[1..].is_sorted_by(|a, b| a > b) } else { taken.is_sorted() };
        assert!(order, "{taken:?}");
        let stats = store.stats();
        assert_eq!(stats.accepted, 40, "all");
        assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
    }
}

#[test]
fn a_receiver_that_stopped_holds_up_no_sender_that_overwrites() {
    a_receiver_stops::<SwapStore<u64, BestEffort, OneToOne>>(false);
    a_receiver_stops::<SwapStore<u64, Reliable, OneToOne>>(false);
    a_receiver_stops::<SwapStore<u64, RealTime, OneToOne>>(true);
    a_receiver_stops::<SwapStore<u64, BestEffort, ManyToOne>>(false);
    a_receiver_stops::<SwapStore<u64, Reliable, ManyToOne>>(false);
    a_receiver_stops::<SwapStore<u64, RealTime, ManyToOne>>(true);
    a_receiver_stops::<SwapStore<u64, BestEffort, ManyToMany>>(false);
    a_receiver_stops::<SwapStore<u64, Reliable, ManyToMany>>(false);
    a_receiver_stops::<SwapStore<u64, RealTime, ManyToMany>>(true);
}

/// A sender stops behind its claim or announcement, in a full store; the receiver gets all that is there.
fn a_sender_stops<S: Store<u64> + 'static>(freshest: bool) {
    for capacity in [1_u64, 2, 3] {
        let store = open::<S>(usize::try_from(capacity).expect("small"), 2);
        let mut tx = store.sender().expect("first");
        for message in 1..=capacity {
            assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
        }
        let other = Arc::clone(&store);
        halt_at(Place::Claimed, move || {
            let mut rx = other.receiver().expect("first");
            for n in 0..capacity {
                let next = if freshest { capacity - n } else { 1 + n };
                assert_eq!(other.take(&mut rx), Taken::Message(next), "it is still there");
            }
            assert_eq!(other.take(&mut rx), Taken::Empty, "and it returns");
            other.leave_receiver(&mut rx);
        });
        assert_eq!(store.offer(&mut tx, 99), Ok(None), "nothing had to make room in the end");
        assert!(!is_set(), "it was stopped");
        let mut rx = store.receiver().expect("second");
        assert_eq!(store.take(&mut rx), Taken::Message(99), "it goes on");
    }
}

#[test]
fn a_sender_that_stopped_hides_no_message_from_a_receiver() {
    a_sender_stops::<SwapStore<u64, BestEffort, OneToOne>>(false);
    a_sender_stops::<SwapStore<u64, Reliable, OneToOne>>(false);
    a_sender_stops::<SwapStore<u64, RealTime, OneToOne>>(true);
    a_sender_stops::<SwapStore<u64, BestEffort, ManyToOne>>(false);
    a_sender_stops::<SwapStore<u64, Reliable, ManyToOne>>(false);
    a_sender_stops::<SwapStore<u64, RealTime, ManyToOne>>(true);
    a_sender_stops::<SwapStore<u64, BestEffort, ManyToMany>>(false);
    a_sender_stops::<SwapStore<u64, Reliable, ManyToMany>>(false);
    a_sender_stops::<SwapStore<u64, RealTime, ManyToMany>>(true);
}

/// A receiver was overtaken, and a sender has announced one more; what it announced overwrites nothing yet.
fn announced_only<S: Store<u64> + 'static>() {
    let store = open::<S>(1, 2);
    let mut tx = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    store.offer(&mut tx, 1).expect("open");
    store.offer(&mut tx, 2).expect("open");
    let other = Arc::clone(&store);
    halt_at(Place::Claimed, move || {
        let mut found = other.take(&mut rx);
        if found == Taken::Lagged(1) {
            found = other.take(&mut rx);
        }
        assert_eq!(found, Taken::Message(2), "the last that was put in");
        other.leave_receiver(&mut rx);
    });
    assert_eq!(store.offer(&mut tx, 3), Ok(None), "nothing had to make room");
    assert!(!is_set(), "it was stopped");
}

#[test]
fn what_is_only_announced_overwrites_nothing() {
    announced_only::<SwapStore<u64, BestEffort, OneToOne>>();
    announced_only::<SwapStore<u64, Reliable, OneToOne>>();
    announced_only::<SwapStore<u64, BestEffort, ManyToOne>>();
    announced_only::<SwapStore<u64, Reliable, ManyToOne>>();
    announced_only::<SwapStore<u64, BestEffort, ManyToMany>>();
    announced_only::<SwapStore<u64, Reliable, ManyToMany>>();
}

/// One of several receivers stops with a message; another one and the senders go on.
fn one_of_the_receivers_stops<S: Store<u64> + 'static>(place: Place, overwrites: bool) {
    let store = open::<S>(2, 2);
    let mut tx = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    store.offer(&mut tx, 1).expect("open");
    store.offer(&mut tx, 2).expect("open");
    let other = Arc::clone(&store);
    halt_at(place, move || {
        let mut second = other.receiver().expect("second");
        let next = if place == Place::Found { 1 } else { 2 };
        assert_eq!(other.take(&mut second), Taken::Message(next), "the next one");
        if overwrites {
            for message in 3..20 {
                assert!(other.offer(&mut tx, message).is_ok(), "senders go on");
            }
        } else {
            // The place of the message that is being taken is not free yet.
            assert_eq!(other.offer(&mut tx, 3), Err(Refused::Full(3)), "and it returns");
        }
        other.leave_receiver(&mut second);
        other.close();
    });
    let mut taken = store.take(&mut rx);
    while let Taken::Lagged(_) = taken {
        taken = store.take(&mut rx);
    }
    assert!(!is_set(), "it was stopped");
    assert!(matches!(taken, Taken::Message(_)), "it goes on: {taken:?}");
}

#[test]
fn a_receiver_that_stopped_holds_up_no_other_receiver() {
    one_of_the_receivers_stops::<SwapStore<u64, BestEffort, ManyToMany>>(Place::Found, true);
    one_of_the_receivers_stops::<SwapStore<u64, BestEffort, ManyToMany>>(Place::Taking, true);
    one_of_the_receivers_stops::<SwapStore<u64, Reliable, ManyToMany>>(Place::Found, true);
    one_of_the_receivers_stops::<SwapStore<u64, Reliable, ManyToMany>>(Place::Taking, true);
    one_of_the_receivers_stops::<StampQueue<u64>>(Place::Taking, false);
}

/// A sender of `Guaranteed` stops in the middle: the receiver gets what came before, and is told the truth.
fn a_guaranteed_sender_stops<S: Store<u64> + 'static>(receivers: usize) {
    let store = open::<S>(3, receivers);
    let mut tx = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    store.offer(&mut tx, 1).expect("room");
    let other = Arc::clone(&store);
    halt_at(Place::Claimed, move || {
        assert_eq!(other.take(&mut rx), Taken::Message(1), "what came before");
        assert_eq!(other.take(&mut rx), Taken::Empty, "and it returns");
        other.close();
        assert_eq!(other.take(&mut rx), Taken::Empty, "one is on its way");
        other.leave_receiver(&mut rx);
    });
    assert_eq!(store.offer(&mut tx, 2), Ok(None), "accepted before the close");
    assert!(!is_set(), "it was stopped");
    let mut rx = store.receiver().expect("another");
    assert_eq!([store.take(&mut rx), store.take(&mut rx)], [Taken::Message(2), Taken::End], "all");
}

/// A receiver of `Guaranteed` stops in the middle: senders fill what room there is, and are refused.
fn a_guaranteed_receiver_stops<S: Store<u64> + 'static>(place: Place, receivers: usize) {
    let store = open::<S>(3, receivers);
    let mut tx = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    store.offer(&mut tx, 1).expect("room");
    let other = Arc::clone(&store);
    halt_at(place, move || {
        for message in 2..=3 {
            assert_eq!(other.offer(&mut tx, message), Ok(None), "room");
        }
        assert_eq!(other.offer(&mut tx, 4), Err(Refused::Full(4)), "and it returns");
    });
    let taken = [(); 3].map(|()| store.take(&mut rx));
    assert!(!is_set(), "it was stopped");
    assert_eq!(taken, [1, 2, 3].map(Taken::Message), "all, in order");
}

#[test]
fn neither_end_of_guaranteed_waits_within_an_attempt() {
    a_guaranteed_sender_stops::<IndexQueue<u64>>(1);
    a_guaranteed_sender_stops::<StampQueue<u64>>(1);
    a_guaranteed_sender_stops::<StampQueue<u64>>(2);
    a_guaranteed_receiver_stops::<IndexQueue<u64>>(Place::Found, 1);
    a_guaranteed_receiver_stops::<StampQueue<u64>>(Place::Found, 1);
    a_guaranteed_receiver_stops::<StampQueue<u64>>(Place::Taking, 2);
}

/// One of many senders of `Guaranteed` stops behind its claim: others go on while there is room, then are
/// refused, and nobody hangs.
#[test]
fn a_sender_that_stopped_holds_up_no_other_sender() {
    let store = open::<StampQueue<u64>>(3, 1);
    let mut slow = store.sender().expect("first");
    let other = Arc::clone(&store);
    halt_at(Place::Claimed, move || {
        let mut tx = other.sender().expect("second");
        assert_eq!(other.offer(&mut tx, 2), Ok(None), "room");
        assert_eq!(other.offer(&mut tx, 3), Ok(None), "room");
        assert_eq!(other.offer(&mut tx, 4), Err(Refused::Full(4)), "and it returns");
    });
    assert_eq!(store.offer(&mut slow, 1), Ok(None), "it goes on");
    let mut rx = store.receiver().expect("first");
    assert_eq!([(); 3].map(|()| store.take(&mut rx)), [1, 2, 3].map(Taken::Message), "in order");
}
