//! What is promised of progress: somebody stops while it comes in, and the others go on.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::*;
use crate::RecvError;
use crate::halt::{Place, halt_at, is_set};

/// How many messages a reader missed, and those that it got, up to the end.
fn rest(mut reader: Reader<u64>) -> (u64, Vec<u64>) {
    let (mut lost, mut got) = (0, Vec::new());
    loop {
        match reader.recv_cloned() {
            Ok(message) => got.push(message),
            Err(RecvError::Lagged(n)) => lost += n,
            Err(RecvError::Closed) => return (lost, got),
        }
    }
}

/// One reader is there and three messages were sent when somebody stops at `place`. Meanwhile the sender laps them
/// often, and others come, read, go, and one stays.
fn stops(
    place: Place,
    comes: impl FnOnce(&Readers<u64>, &Reader<u64>) -> Result<Reader<u64>, TooManyReaders>,
) -> (u64, Vec<u64>) {
    let (mut tx, readers) = Builder::new(3).readers(3).build().expect("there is memory");
    (1..=3).for_each(|message| tx.send(message).expect("open"));
    let first = readers.subscribe(From::Next).expect("three are free");
    let stayed = Rc::new(RefCell::new(None));
    let (others, stays) = (readers.clone(), Rc::clone(&stayed));
    halt_at(place, move || {
        for message in 4..=40 {
            tx.send(message).expect("somebody may read");
            let mut other = others.subscribe(From::Oldest).expect("a seat is free");
            assert_eq!(other.latest().ok().as_deref(), Some(&message), "it reads");
        }
        *stays.borrow_mut() = others.subscribe(From::Oldest).ok();
    });
    let reader = comes(&readers, &first).expect("a seat is left");
    assert!(!is_set(), "it was stopped");
    assert_eq!(rest(first), (34, [38, 39, 40].into()), "who was there");
    assert_eq!(rest(stayed.take().expect("it stays")), (0, [38, 39, 40].into()), "who came");
    rest(reader)
}

#[test]
fn who_stopped_while_it_came_in_holds_up_nobody() {
    // A seat was taken that it had looked at; where to begin it asks afterwards.
    let next = stops(Place::Looked, |readers, _| readers.subscribe(From::Next));
    assert_eq!(next, (0, [].into()), "nothing came afterwards");
    let oldest = stops(Place::Looked, |readers, _| readers.subscribe(From::Oldest));
    assert_eq!(oldest, (0, [38, 39, 40].into()), "what is kept");
    // Where it begins was overwritten, and it is told.
    let next = stops(Place::Seated, |readers, _| readers.subscribe(From::Next));
    assert_eq!(next, (34, [38, 39, 40].into()), "all behind the third");
    let oldest = stops(Place::Seated, |readers, _| readers.subscribe(From::Oldest));
    assert_eq!(oldest, (37, [38, 39, 40].into()), "all");
    let another = stops(Place::Looked, |_, first| first.another());
    assert_eq!(another, (34, [38, 39, 40].into()), "as the one that it was made from");
}
