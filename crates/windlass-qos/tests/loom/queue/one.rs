//! The queue of one sender and one receiver.

use loom::sync::Arc;
use loom::thread;
use windlass_qos::TrySendError;
use windlass_qos::model::queue::One;

use super::{Before, receive_one, send_one};
use crate::support::model;

/// Edges `queued`, `taken`: messages arrive whole, once, in order, and no slot is filled before its
/// message was taken.
fn one_hands_over(capacity: usize, messages: u64) {
    model(move || {
        let queue = One::new(capacity, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let sending = thread::spawn(move || {
            for n in 0..messages {
                assert!(send_one(&mut tx, n), "nobody closes it");
            }
        });
        let expected: Vec<u64> = (0..messages).collect();
        assert_eq!(receive_one(&mut rx, expected.len()), expected, "each once, in order");
        sending.join().unwrap();
        assert_eq!(queue.stats().held, 0, "all was taken");
    });
}

#[test]
fn one_message_at_a_time_is_handed_over() {
    one_hands_over(1, 3);
}

#[test]
fn two_messages_at_a_time_are_handed_over() {
    one_hands_over(2, 4);
}

/// Edge `queued`, at a block that comes later: a receiver that finds a message there takes those before it
/// without another look. Blocks have two messages here; the first one is out of the way.
#[test]
fn what_comes_before_a_message_further_on_is_there() {
    model(|| {
        let queue = One::new(6, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        assert!((0..2).all(|n| send_one(&mut tx, n)), "there is room");
        assert_eq!(receive_one(&mut rx, 2), [0, 1], "they are there");
        let sending = thread::spawn(move || {
            assert!((2..7).all(|n| tx.offer(n).is_ok()), "room for five");
            tx
        });
        let receiving = thread::spawn(move || {
            let mut received = 2;
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

/// Edge `queued`: a sender that takes the lines of free blocks, a lap after they were filled, announces
/// nothing by that. Of the four blocks two are a group.
#[test]
fn lines_that_are_taken_hold_no_message() {
    model(|| {
        let queue = One::new(8, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        assert!((0..8).all(|n| send_one(&mut tx, n)), "there is room");
        assert_eq!(receive_one(&mut rx, 8), [0, 1, 2, 3, 4, 5, 6, 7], "a lap");
        let sending = thread::spawn(move || {
            // With the first of them it takes its block and the next one.
            assert!((8..11).all(|n| tx.offer(n).is_ok()), "there is room");
            tx
        });
        assert_eq!(receive_one(&mut rx, 3), [8, 9, 10], "nothing lost, doubled or reordered");
        drop(sending.join().unwrap());
    });
}

/// Edges `queue_close`, `queue_sealed`: what was accepted arrives before the end, and what comes after the
/// close is refused.
#[test]
fn a_close_of_one_loses_nothing_that_was_accepted() {
    model(|| {
        let queue = One::new(2, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let closing = {
            let queue = queue.clone();
            thread::spawn(move || queue.close())
        };
        let receiving = thread::spawn(move || receive_one(&mut rx, 9));
        let accepted = (0..2).take_while(|n| tx.offer(*n).is_ok()).count();
        let received = receiving.join().unwrap();
        closing.join().unwrap();
        assert_eq!(received.len(), accepted, "all that was accepted");
        let stats = queue.stats();
        assert_eq!((stats.accepted, stats.delivered), (accepted as u64, accepted as u64));
    });
}

/// Edge `queue_sealed`: who sees the end comes after the close.
#[test]
fn the_end_of_one_comes_after_its_close() {
    model(|| {
        let (queue, before) = (One::new(1, 1, 1), Before::new());
        let mut rx = queue.receiver().unwrap();
        let receiving = {
            let before = Arc::clone(&before);
            thread::spawn(move || {
                assert_eq!(receive_one(&mut rx, 1), [], "nothing was sent");
                assert_eq!(before.read(), 7, "what came before the close");
            })
        };
        before.write();
        queue.close();
        receiving.join().unwrap();
    });
}

/// Edge `queue_refused`: who is refused comes after the close, whether or not there was room.
fn one_refuses_behind_the_close(filled: bool) {
    model(move || {
        let (queue, before) = (One::new(1, 1, 1), Before::new());
        let mut tx = queue.sender().unwrap();
        if filled {
            tx.offer(0).unwrap();
        }
        let sending = {
            let before = Arc::clone(&before);
            thread::spawn(move || {
                if let Err(TrySendError::Closed(_)) = tx.offer(1) {
                    assert_eq!(before.read(), 7, "what came before the close");
                }
            })
        };
        before.write();
        queue.close();
        sending.join().unwrap();
    });
}

#[test]
fn a_full_one_refuses_behind_its_close() {
    one_refuses_behind_the_close(true);
}

#[test]
fn a_one_with_room_refuses_behind_its_close() {
    one_refuses_behind_the_close(false);
}

/// Edge `queue_place`: a sender's place is handed on with all that its holder did.
#[test]
fn a_senders_place_at_one_is_handed_on() {
    model(|| {
        let queue = One::new(2, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let first = thread::spawn(move || tx.offer(0).unwrap());
        let second = {
            let queue = queue.clone();
            // A thread that has not seen where the first one began.
            thread::spawn(move || queue.sender().is_some_and(|mut tx| tx.offer(1).is_ok()))
        };
        first.join().unwrap();
        let expected: &[u64] = if second.join().unwrap() { &[0, 1] } else { &[0] };
        let received = receive_one(&mut rx, expected.len());
        assert_eq!(received, expected, "the second goes on where the first one stopped");
    });
}

/// Edge `queue_place`: a receiver's place is handed on with all that its holder did.
#[test]
fn a_receivers_place_at_one_is_handed_on() {
    model(|| {
        let queue = One::new(2, 1, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        tx.offer(0).unwrap();
        tx.offer(1).unwrap();
        let first = thread::spawn(move || assert_eq!(rx.take(), Ok(0), "the first one"));
        let second = thread::spawn(move || {
            if let Some(mut rx) = queue.receiver() {
                assert_eq!(rx.take(), Ok(1), "it goes on where the first one stopped");
            }
        });
        first.join().unwrap();
        second.join().unwrap();
    });
}
