//! Many messages at once: batches and iterators.

use std::time::Duration;

use crate::levels::begin;
use windlass_qos::{
    Builder, Guaranteed, Receiver, RecvError, RecvTimeoutError, Reliable, TryRecvError, Wait,
    best_effort, guaranteed, reliable,
};
use windlass_testkit::block_on;

#[test]
fn a_batch_says_how_much_went_in_and_gives_back_the_rest() {
    let (mut tx, mut rx) = guaranteed(3).unwrap();
    assert_eq!(tx.send_many([]).unwrap(), 0, "nothing");
    let unsent = tx.try_send_many(1..=5).unwrap_err();
    assert!(unsent.is_full(), "there is no room");
    assert_eq!(
        (unsent.sent(), unsent.into_iter().collect::<Vec<_>>()),
        (3, vec![4, 5]),
        "the rest"
    );
    rx.close();
    let unsent = tx.send_many([6, 7]).unwrap_err();
    assert!(!unsent.is_full(), "it is closed");
    assert_eq!((unsent.sent(), unsent.into_iter().collect::<Vec<_>>()), (0, vec![6, 7]), "all");
    assert_eq!(rx.iter().collect::<Vec<_>>(), [1, 2, 3], "what went in");
}

#[test]
fn a_batch_larger_than_the_buffer_waits_for_room() {
    let (mut tx, mut rx) =
        Builder::new(Guaranteed, 2).sender_wait(Wait::blocking()).build().unwrap();
    let sending = begin(move || tx.send_many(0..100).unwrap());
    assert!(rx.iter().eq(0..100), "all, in order");
    assert_eq!(sending.join().unwrap(), 100, "all");
}

#[test]
fn a_batch_that_panics_half_way_keeps_what_went_in() {
    let (mut tx, mut rx) = guaranteed(4).unwrap();
    let messages = (0..3).inspect(|message| assert_ne!(*message, 2, "the third is bad"));
    let sent = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tx.send_many(messages)));
    assert!(sent.is_err(), "it panicked");
    assert_eq!(rx.drain().collect::<Vec<_>>(), [0, 1], "what went in before");
}

#[test]
fn a_batch_is_received_up_to_its_limit_and_up_to_a_gap() {
    let (mut tx, mut rx) = reliable(3).unwrap();
    let mut messages = Vec::new();
    assert_eq!(rx.recv_many(&mut messages, 0), Ok(0), "asks for nothing, waits for nothing");
    tx.send_many(1..=5).unwrap();
    assert_eq!(rx.recv_many(&mut messages, 9), Err(RecvError::Lagged(2)), "first of all");
    assert_eq!(rx.recv_many(&mut messages, 2), Ok(2), "up to the limit");
    tx.send_many(6..=9).unwrap();
    assert_eq!(rx.recv_many(&mut messages, 9), Err(RecvError::Lagged(2)), "5 and 6 are missing");
    assert_eq!(rx.recv_many(&mut messages, 9), Ok(3), "what there is");
    assert_eq!(messages, [3, 4, 7, 8, 9], "appended");
    drop(tx);
    assert_eq!(rx.recv_many(&mut messages, 9), Err(RecvError::Closed), "the end");
}

#[test]
fn a_gap_that_ended_a_batch_is_told_by_whichever_verb_comes_next() {
    type Verb = fn(&mut Receiver<u32, Reliable>) -> Option<u64>;
    fn at_once(error: TryRecvError) -> u64 {
        if let TryRecvError::Lagged(n) = error { n } else { 0 }
    }
    fn in_time(error: RecvError) -> u64 {
        if let RecvError::Lagged(n) = error { n } else { 0 }
    }
    fn timed(error: RecvTimeoutError) -> u64 {
        if let RecvTimeoutError::Lagged(n) = error { n } else { 0 }
    }
    let verbs: [Verb; 7] = [
        |rx| rx.try_recv().err().map(at_once),
        |rx| rx.take_latest().err().map(at_once),
        |rx| rx.peek().err().map(at_once),
        |rx| rx.recv().err().map(in_time),
        |rx| block_on(rx.recv_async()).err().map(in_time),
        |rx| rx.recv_many(&mut Vec::new(), 9).err().map(in_time),
        |rx| rx.recv_timeout(Duration::ZERO).err().map(timed),
    ];
    for (n, verb) in verbs.iter().enumerate() {
        let (mut tx, mut rx) = reliable(2).unwrap();
        tx.send_many([1, 2]).unwrap();
        assert_eq!(rx.peek(), Ok(&1), "in hand, whatever is sent");
        tx.send_many([3, 4]).unwrap();
        let mut messages = Vec::new();
        assert_eq!((rx.recv_many(&mut messages, 9), messages), (Ok(1), vec![1]), "up to the gap");
        assert_eq!(verb(&mut rx), Some(1), "{n}: 2 is missing");
        assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(3), Ok(4)), "{n}: told once");
    }
}

#[test]
fn iterators_end_where_they_say() {
    let (mut tx, mut rx) = best_effort(8).unwrap();
    tx.send_many(0..4).unwrap();
    let mut drain = rx.drain();
    tx.send_many(4..6).unwrap();
    assert_eq!(drain.by_ref().count(), 4, "so many as there were");
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [4, 5], "what came meanwhile");
    assert_eq!(rx.try_iter().next(), None, "never waits");
    tx.send_many(6..8).unwrap();
    drop(tx);
    assert_eq!((&mut rx).into_iter().next(), Some(6), "by reference");
    assert_eq!(rx.into_iter().collect::<Vec<_>>(), [7], "by value, to the end");
}

#[test]
fn iterators_pass_over_what_is_missing_and_count_it() {
    let (mut tx, mut rx) = reliable(2).unwrap();
    tx.send_many(1..=5).unwrap();
    assert_eq!(rx.drain().collect::<Vec<_>>(), [4, 5], "messages alone");
    tx.send_many(6..=8).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [7, 8], "messages alone");
    assert_eq!(rx.lost(), 4, "counted");
}
