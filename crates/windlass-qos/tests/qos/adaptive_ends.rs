//! The verbs of the ends of an adaptive buffer.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use windlass_qos::QosLevel::{Guaranteed, RealTime, Reliable};
use windlass_qos::adaptive::{Builder, Decision, Rules};
use windlass_qos::{Closed, RecvTimeoutError, SendTimeoutError, TrySendError};
use windlass_sync::Deadline;
use windlass_testkit::{Wakes, block_on, poll_once};

#[test]
fn a_timed_send_waits_where_it_is_refused_and_gives_the_message_back() {
    let (mut tx, mut rx) = Builder::new(1).build().unwrap();
    assert_eq!(tx.send_timeout(1, Duration::ZERO), Ok(()), "there is room");
    assert_eq!(tx.send_timeout(2, Duration::ZERO), Err(SendTimeoutError::Timeout(2)), "in time");
    let past = Deadline::after(Duration::ZERO);
    assert_eq!(tx.send_deadline(2, past), Err(SendTimeoutError::Timeout(2)), "as well");
    assert_eq!((tx.stats().accepted, tx.stats().overwritten), (1, 0), "nothing made room");
    assert_eq!(rx.recv(), Ok(1), "it is there");
    rx.close();
    assert_eq!(tx.send_timeout(3, Duration::MAX), Err(SendTimeoutError::Closed(3)), "at once");
}

#[test]
fn a_send_waits_on_no_rung_that_overwrites() {
    for level in [Reliable, RealTime] {
        let (mut tx, rx) = Builder::new(1).between(level, level).build().unwrap();
        for n in 1..=3 {
            assert_eq!(tx.send_deadline(n, Deadline::never()), Ok(()), "{level}");
        }
        assert_eq!(block_on(tx.send_async(4)), Ok(()), "{level}");
        assert_eq!((rx.stats().overwritten, rx.len()), (3, 1), "{level}");
    }
}

#[test]
fn a_task_that_sends_waits_for_room_and_overwrites_nothing() {
    let rules = Rules::default().patience(1);
    let (mut tx, mut rx) = Builder::new(2).rules(rules).build().unwrap();
    (1..=2).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(tx.try_send(3), Err(TrySendError::Full(3)), "full");
    assert_eq!(tx.adapt(), Decision::Loosen, "strained");
    let wakes = Wakes::new();
    {
        let mut sending = pin!(tx.send_async(3));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "no room");
        assert_eq!(rx.recv(), Ok(1), "nothing was overwritten");
        assert_eq!(wakes.count(), 1, "there is room");
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Ready(Ok(())), "sent");
    }
    assert_eq!(tx.try_send(4), Err(TrySendError::Full(4)), "2 was guaranteed and is there");
    assert_eq!(tx.level(), Guaranteed, "a message that waited counts once");
    {
        let mut sending = pin!(tx.send_async(4));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "no room");
    }
    assert_eq!(rx.recv(), Ok(2), "in order");
    assert_eq!(wakes.count(), 1, "a task that gave up is not woken");
    assert_eq!(block_on(tx.send_async(5)), Ok(()), "there is room");
    assert_eq!(tx.level(), Reliable, "now it is in force");
    assert_eq!((tx.stats().accepted, tx.stats().held), (4, 2), "4 was never sent");
    drop(rx);
    assert_eq!(block_on(tx.send_async(6)), Err(Closed(6)), "it comes back");
}

#[test]
fn both_ends_of_an_adaptive_buffer_know_how_full_it_is_and_close_it() {
    let (mut tx, rx) = Builder::new(4).smallest_budget(2).build().unwrap();
    assert!(tx.is_empty() && rx.is_empty(), "nothing yet");
    tx.send(1).unwrap();
    assert_eq!((tx.len(), rx.len()), (1, 1), "one");
    assert_eq!((tx.capacity(), rx.capacity(), tx.budget()), (4, 4, 2), "as it was built");
    assert!(!tx.is_empty() && !rx.is_empty(), "one");
    assert!(!tx.is_closed() && !rx.is_closed(), "open");
    rx.close();
    assert!(tx.is_closed() && rx.is_closed(), "by the receiver");
    assert_eq!(tx.try_send(2), Err(TrySendError::Closed(2)), "refused");
    let (tx, rx) = Builder::<u64>::new(1).build().unwrap();
    tx.close();
    assert!(tx.is_closed() && rx.is_closed(), "by the sender");
}

#[test]
fn iterators_of_an_adaptive_buffer_pass_over_what_is_missing_and_end() {
    let (mut tx, mut rx) = Builder::new(2).between(Reliable, Reliable).build().unwrap();
    (1..=5).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [4, 5], "what is there");
    assert_eq!(rx.lost(), 3, "counted");
    (6..=8).for_each(|n| tx.try_send(n).unwrap());
    drop(tx);
    assert_eq!(rx.iter().collect::<Vec<_>>(), [7, 8], "up to the end");
    let (mut tx, mut rx) = Builder::new(4).between(RealTime, RealTime).build().unwrap();
    (1..=3).for_each(|n| tx.try_send(n).unwrap());
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3], "the newest alone");
    assert_eq!(rx.lost(), 2, "the others");
}

#[test]
fn a_wait_at_an_adaptive_buffer_ends_at_its_deadline() {
    let (mut tx, mut rx) = Builder::new(2).build().unwrap();
    let past = Deadline::after(Duration::ZERO);
    assert_eq!(rx.recv_deadline(past), Err(RecvTimeoutError::Timeout), "nothing came");
    tx.send(1).unwrap();
    assert_eq!(rx.recv_deadline(past), Ok(1), "what is there is taken");
    drop(tx);
    assert_eq!(rx.recv_deadline(Deadline::never()), Err(RecvTimeoutError::Closed), "the end");
}
