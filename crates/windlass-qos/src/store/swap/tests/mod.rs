//! The swap cells with threads and without, against what the levels promise.

mod halts;
mod reference;
mod threads;

use alloc::sync::Arc;

use super::*;
use crate::paths::{ManyToMany, ManyToOne, OneToOne};

fn limits(capacity: usize, origin: u64) -> Limits {
    Limits { capacity, senders: 2, receivers: 2, origin }
}

fn open<L: Manner, P: Paths>(capacity: usize, origin: u64) -> SwapStore<u64, L, P> {
    Store::new(&limits(capacity, origin)).expect("there is memory")
}

fn latest_passes_over<L: Manner, P: Paths>() {
    let store = open::<L, P>(3, 0);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for message in 1..=3 {
        assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
    }
    let mut passed = Vec::new();
    let taken = store.take_latest(&mut rx, &mut |message| passed.push(message));
    assert_eq!((taken, passed.as_slice()), (Taken::Message(3), &[1, 2][..]), "in order");
    assert_eq!(store.stats().passed_over, 2, "counted");
    store.close();
    assert_eq!(store.take(&mut rx), Taken::End, "all was taken");
}

#[test]
fn the_latest_passes_over_the_rest() {
    latest_passes_over::<BestEffort, OneToOne>();
    latest_passes_over::<Reliable, ManyToOne>();
    latest_passes_over::<Reliable, ManyToMany>();
    latest_passes_over::<RealTime, OneToOne>();
    latest_passes_over::<RealTime, ManyToMany>();
}

fn closes<L: Manner, P: Paths>(capacity: usize) {
    let store = open::<L, P>(capacity, 5);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    assert_eq!(store.offer(&mut tx, 1), Ok(None), "room");
    store.close();
    assert_eq!(store.offer(&mut tx, 2), Err(Refused::Closed(2)), "closed");
    assert_eq!(store.offer_if_room(&mut tx, 2), Err(Refused::Closed(2)), "closed");
    assert_eq!(store.take(&mut rx), Taken::Message(1), "accepted before");
    assert_eq!(store.take(&mut rx), Taken::End, "nothing will come");
    assert_eq!(store.stats().accepted, 1, "exact");
}

#[test]
fn closing_keeps_what_was_accepted() {
    for capacity in [1, 2, 3] {
        closes::<BestEffort, OneToOne>(capacity);
        closes::<Reliable, ManyToOne>(capacity);
        closes::<RealTime, OneToOne>(capacity);
        closes::<Reliable, ManyToMany>(capacity);
        closes::<RealTime, ManyToMany>(capacity);
    }
}

#[test]
fn a_message_that_was_seen_is_the_next() {
    let store = open::<Reliable, OneToOne>(2, 0);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for message in 1..=2 {
        assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
    }
    assert_eq!(store.peek(&mut rx), Taken::Message(&1), "the oldest");
    for message in 3..=9 {
        assert!(store.offer(&mut tx, message).is_ok(), "open");
    }
    assert_eq!(store.take(&mut rx), Taken::Message(1), "it was seen");
    assert_eq!(store.take(&mut rx), Taken::Lagged(6), "2 to 7");
    assert_eq!(store.take(&mut rx), Taken::Message(8), "the oldest that is left");
}

#[test]
fn every_message_is_dropped_once() {
    let message = Arc::new(());
    let store: SwapStore<Arc<()>, Reliable, OneToOne> =
        Store::new(&limits(3, 0)).expect("there is memory");
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for _ in 0..5 {
        drop(store.offer(&mut tx, Arc::clone(&message)).expect("open"));
    }
    assert_eq!(store.take(&mut rx), Taken::Lagged(2), "two too many");
    assert!(matches!(store.peek(&mut rx), Taken::Message(_)), "the next one is in the hand");
    store.leave_receiver(&mut rx);
    assert_eq!(Arc::strong_count(&message), 3, "the one in the hand is gone");
    drop(store);
    assert_eq!(Arc::strong_count(&message), 1, "all are gone");
}
