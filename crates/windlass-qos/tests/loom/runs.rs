//! Runs of messages in the queue of many senders: claimed at once, and given back at once.

use loom::thread;
use windlass_qos::TryRecvError;
use windlass_qos::model::queue::{Many, ManyRx, ManyTx};

use crate::support::model;

/// Offers all of `messages` in runs of at most `most`, and waits for room.
fn send(tx: &mut ManyTx, mut messages: Vec<u64>, most: usize) {
    while !messages.is_empty() {
        if tx.offer_run(&mut messages, most) == 0 {
            thread::yield_now();
        }
    }
}

/// Takes runs of at most `most` until there were `n` messages.
fn receive(rx: &mut ManyRx, n: usize, most: usize) -> Vec<u64> {
    let mut received = Vec::new();
    while received.len() < n {
        let most = most.min(n - received.len());
        if rx.take_run(most, &mut received) == 0 {
            thread::yield_now();
        }
    }
    received
}

/// Edges `stamped`, `head`: each message of a run arrives once, in order, and no slot is filled before its
/// message was taken.
fn runs_hand_over(capacity: usize, messages: u64, run: usize) {
    model(move || {
        let queue = Many::new(capacity, 2, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let sending = thread::spawn(move || send(&mut tx, (0..messages).collect(), run));
        let expected: Vec<u64> = (0..messages).collect();
        assert_eq!(receive(&mut rx, expected.len(), run), expected, "each once, in order");
        sending.join().unwrap();
        assert_eq!(queue.stats().held, 0, "all was taken");
    });
}

#[test]
fn runs_of_one_are_handed_over() {
    runs_hand_over(1, 3, 1);
}

#[test]
fn runs_in_two_slots_are_handed_over() {
    runs_hand_over(2, 4, 2);
}

#[test]
fn runs_that_wrap_are_handed_over() {
    runs_hand_over(3, 5, 2);
}

/// Two senders offer a run of two each, once, while the receiver takes one: what they say they put in arrives,
/// once, and each sender's messages in their order.
fn two_send_runs(capacity: usize, filled: u64) {
    model(move || {
        let queue = Many::new(capacity, 3, 1);
        let mut rx = queue.receiver().unwrap();
        let mut first = queue.sender().unwrap();
        let before: Vec<u64> = (0..filled).collect();
        send(&mut first, before.iter().copied().collect(), 1);
        let sending = [10, 20].map(|n| {
            let mut tx = queue.sender().unwrap();
            thread::spawn(move || {
                let mut run = Vec::from([n, n + 1]);
                let sent = tx.offer_run(&mut run, 2);
                assert_eq!(run.len(), 2 - sent, "what was not put in stays");
                (n, sent as u64)
            })
        });
        thread::yield_now();
        let mut received = Vec::new();
        rx.take_run(2, &mut received);
        let sent = sending.map(|thread| thread.join().unwrap());
        while rx.take_run(3, &mut received) != 0 {}
        let of = |n: u64| received.iter().copied().filter(move |message| *message / 10 == n / 10);
        for (n, sent) in sent {
            assert!(of(n).eq(n..n + sent), "each once, in order: {received:?}");
        }
        assert!(of(0).eq(before), "those from before");
        assert_eq!(received.len() as u64, filled + sent[0].1 + sent[1].1, "and nothing else");
    });
}

#[test]
fn two_senders_of_runs_share_one_slot() {
    two_send_runs(1, 0);
}

#[test]
fn two_senders_of_runs_share_two_slots() {
    two_send_runs(2, 1);
}

#[test]
fn two_senders_of_runs_share_three_slots() {
    two_send_runs(3, 1);
}

/// A run and single messages claim from the same tail.
#[test]
fn a_run_beside_single_messages_loses_nothing() {
    model(|| {
        let queue = Many::new(3, 2, 1);
        let (mut run, mut one) = (queue.sender().unwrap(), queue.sender().unwrap());
        let mut rx = queue.receiver().unwrap();
        let sending = thread::spawn(move || run.offer_run(&mut Vec::from([10, 11]), 2));
        let single = (20..22).take_while(|n| one.offer(*n).is_ok()).count();
        let sent = sending.join().unwrap();
        let mut received = Vec::new();
        while rx.take_run(3, &mut received) != 0 {}
        assert_eq!(received.len(), sent + single, "each once: {received:?}");
        let of = |n: u64| received.iter().copied().filter(move |message| *message / 10 == n / 10);
        assert!(of(10).eq(10..10 + sent as u64), "the run in order");
        assert!(of(20).eq(20..20 + single as u64), "the others in order");
    });
}

/// What a run put in arrives before the end, and what it did not stays with its sender.
fn a_close_against_a_run(capacity: usize) {
    model(move || {
        let queue = Many::new(capacity, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let closing = {
            let queue = queue.clone();
            thread::spawn(move || queue.close())
        };
        let receiving = thread::spawn(move || {
            let mut received = Vec::new();
            loop {
                rx.take_run(2, &mut received);
                match rx.take() {
                    Ok(message) => received.push(message),
                    Err(TryRecvError::Empty) => thread::yield_now(),
                    Err(_) => return received,
                }
            }
        });
        let mut run = Vec::from([0, 1, 2]);
        let sent = tx.offer_run(&mut run, 2);
        let received = receiving.join().unwrap();
        closing.join().unwrap();
        assert!(received.iter().copied().eq(0..sent as u64), "all that was accepted: {received:?}");
        assert!(run.into_iter().eq(sent as u64..3), "the others stay in order");
        assert!(tx.offer(9).is_err(), "nothing comes behind the close");
    });
}

#[test]
fn a_close_against_a_run_in_one_slot_loses_nothing() {
    a_close_against_a_run(1);
}

#[test]
fn a_close_against_a_run_in_two_slots_loses_nothing() {
    a_close_against_a_run(2);
}
