//! The queue of many.

use loom::sync::Arc;
use loom::thread;
use windlass_qos::TrySendError;
use windlass_qos::model::queue::Many;

use super::{Before, receive_many, send_many};
use crate::support::model;

/// Edges `stamped`, `vacated`: as `queued` and `taken`, between one sender and one receiver of many.
fn many_hands_over(capacity: usize, messages: u64, receivers: usize) {
    model(move || {
        let queue = Many::new(capacity, 2, receivers);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let sending = thread::spawn(move || {
            for n in 0..messages {
                assert!(send_many(&mut tx, n), "nobody closes it");
            }
        });
        let expected: Vec<u64> = (0..messages).collect();
        assert_eq!(receive_many(&mut rx, expected.len()), expected, "each once, in order");
        sending.join().unwrap();
        assert_eq!(queue.stats().held, 0, "all was taken");
    });
}

#[test]
fn many_hand_over_one_message_at_a_time() {
    many_hands_over(1, 3, 1);
    many_hands_over(1, 3, 2);
}

#[test]
fn many_hand_over_two_messages_at_a_time() {
    many_hands_over(2, 4, 1);
    many_hands_over(2, 4, 2);
}

/// Two senders: each message that was accepted arrives once.
fn two_send(capacity: usize) {
    model(move || {
        let queue = Many::new(capacity, 2, 1);
        let mut rx = queue.receiver().unwrap();
        let sending = [1, 2].map(|n| {
            let mut tx = queue.sender().unwrap();
            thread::spawn(move || tx.offer(n).is_ok().then_some(n))
        });
        thread::yield_now();
        let first = rx.take().ok();
        let sent: Vec<u64> = sending.into_iter().filter_map(|it| it.join().unwrap()).collect();
        let mut received = Vec::from_iter(first);
        while let Ok(message) = rx.take() {
            received.push(message);
        }
        received.sort_unstable();
        assert_eq!(received, sent, "each once");
    });
}

#[test]
fn two_senders_share_one_slot() {
    two_send(1);
}

#[test]
fn two_senders_share_two_slots() {
    two_send(2);
}

/// Two receivers: each message arrives at one of them, and the slot is filled again only behind that.
fn two_receive(capacity: usize, messages: u64) {
    model(move || {
        let queue = Many::new(capacity, 1, 2);
        let mut tx = queue.sender().unwrap();
        let receiving = [(); 2].map(|()| {
            let mut rx = queue.receiver().unwrap();
            thread::spawn(move || rx.take().ok())
        });
        let sent: Vec<u64> = (0..messages).filter(|n| tx.offer(*n).is_ok()).collect();
        let received = receiving.map(|thread| thread.join().unwrap());
        let mut all: Vec<u64> = received.into_iter().flatten().collect();
        let mut rx = queue.receiver().unwrap();
        while let Ok(message) = rx.take() {
            all.push(message);
        }
        all.sort_unstable();
        assert_eq!(all, sent, "each once");
    });
}

#[test]
fn two_receivers_share_one_slot() {
    two_receive(1, 3);
}

#[test]
fn two_receivers_share_two_slots() {
    two_receive(2, 3);
}

/// Edge `stamps_sealed`: both receivers see the end, behind the message.
#[test]
fn two_receivers_see_the_end() {
    model(|| {
        let queue = Many::new(1, 1, 2);
        let mut tx = queue.sender().unwrap();
        tx.offer(1).unwrap();
        let mut rx = queue.receiver().unwrap();
        let receiving = {
            let mut rx = queue.receiver().unwrap();
            thread::spawn(move || receive_many(&mut rx, 2))
        };
        queue.close();
        let mut received = receive_many(&mut rx, 2);
        received.extend(receiving.join().unwrap());
        assert_eq!(received, [1], "once");
    });
}

/// What was accepted by many arrives before the end, and what comes after the close is refused.
#[test]
fn a_close_of_many_loses_nothing_that_was_accepted() {
    model(|| {
        let queue = Many::new(2, 2, 1);
        let (mut tx, mut rx) = (queue.sender().unwrap(), queue.receiver().unwrap());
        let closing = {
            let queue = queue.clone();
            thread::spawn(move || queue.close())
        };
        let receiving = thread::spawn(move || receive_many(&mut rx, 9));
        let accepted = (0..2).take_while(|n| tx.offer(*n).is_ok()).count();
        let received = receiving.join().unwrap();
        closing.join().unwrap();
        assert_eq!(received.len(), accepted, "all that was accepted");
    });
}

/// Edge `stamps_sealed`: who sees the end comes after the close.
#[test]
fn the_end_of_many_comes_after_its_close() {
    model(|| {
        let (queue, before) = (Many::new(1, 1, 1), Before::new());
        let mut rx = queue.receiver().unwrap();
        let receiving = {
            let before = Arc::clone(&before);
            thread::spawn(move || {
                assert_eq!(receive_many(&mut rx, 1), [], "nothing was sent");
                assert_eq!(before.read(), 7, "what came before the close");
            })
        };
        before.write();
        queue.close();
        receiving.join().unwrap();
    });
}

/// Edge `stamps_closed`: who is refused comes after the close.
#[test]
fn many_refuse_behind_the_close() {
    model(|| {
        let (queue, before) = (Many::new(1, 1, 1), Before::new());
        let mut tx = queue.sender().unwrap();
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

/// Edge `stamps_place`: a place is handed on with all that its holder did.
#[test]
fn a_place_at_many_is_handed_on() {
    model(|| {
        let queue = Many::new(2, 1, 1);
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
