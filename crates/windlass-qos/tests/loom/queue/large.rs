//! The queue of one sender and one receiver whose messages share no lines: all of them have one header.

use loom::thread;
use windlass_qos::model::queue::OneLarge;

use super::{receive_large, send_large};
use crate::support::model;

/// Edges `queued`, `taken`: messages arrive whole, once, in order, and no slot is filled before its message was taken.
fn large_ones_are_handed_over(capacity: usize, messages: u64) {
    model(move || {
        let queue = OneLarge::new(capacity, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let sending = thread::spawn(move || {
            for n in 0..messages {
                assert!(send_large(&mut tx, n), "nobody closes it");
            }
        });
        let expected: Vec<u64> = (0..messages).collect();
        assert_eq!(receive_large(&mut rx, expected.len()), expected, "each once, in order");
        sending.join().unwrap();
        assert_eq!(queue.stats().held, 0, "all was taken");
    });
}

#[test]
fn one_large_message_at_a_time_is_handed_over() {
    large_ones_are_handed_over(1, 3);
}

#[test]
fn large_messages_that_wrap_are_handed_over() {
    large_ones_are_handed_over(2, 5);
}

/// Edge `queued`: a receiver that finds two of them takes both by one look.
#[test]
fn large_messages_that_are_found_together_are_there() {
    model(|| {
        let queue = OneLarge::new(3, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        assert!(send_large(&mut tx, 0), "there is room");
        assert_eq!(receive_large(&mut rx, 1), [0], "it is there");
        let sending = thread::spawn(move || {
            assert!((1..4).all(|n| tx.offer(n).is_ok()), "room for three, around the end");
            tx
        });
        let receiving = thread::spawn(move || {
            let mut received = 1;
            while let Ok(message) = rx.take() {
                assert_eq!(message, received, "in order");
                received += 1;
            }
            rx
        });
        // Nothing ends before both have looked.
        drop((sending.join().unwrap(), receiving.join().unwrap()));
    });
}

/// Edges `queue_close`, `queue_sealed`: what was accepted arrives before the end.
#[test]
fn a_close_loses_no_large_message_that_was_accepted() {
    model(|| {
        let queue = OneLarge::new(2, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let closing = {
            let queue = queue.clone();
            thread::spawn(move || queue.close())
        };
        let receiving = thread::spawn(move || receive_large(&mut rx, 9));
        let accepted = (0..2).take_while(|n| tx.offer(*n).is_ok()).count();
        let received = receiving.join().unwrap();
        closing.join().unwrap();
        assert_eq!(received.len(), accepted, "all that was accepted");
    });
}
