//! How conflation ends: closing, leaving, waiting for the end, and what becomes of updates that nobody gets.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use windlass_qos::conflate::{Builder, SendError, channel, named};
use windlass_qos::{DropReason, RecvError, RecvTimeoutError, TryRecvError, Wait};
use windlass_sync::Deadline;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_testkit::{Seen, Tally, Wakes, block_on, poll_once};

#[test]
fn closing_keeps_what_was_accepted_and_gives_the_rest_back() {
    let (mut tx, mut rx) = channel(2).unwrap();
    tx.send(1, 5).unwrap();
    rx.close();
    assert_eq!(tx.send(0, 6), Err(SendError::Closed(6)), "refused");
    assert_eq!(tx.replace(1, 7), Err(SendError::Closed(7)), "the last value is not overwritten");
    assert_eq!(tx.send_merge(1, 8, |_, _| unreachable!()), Err(SendError::Closed(8)), "nor merged");
    assert_eq!(rx.recv(), Ok((1, 5)), "drained");
    assert_eq!(rx.recv(), Err(RecvError::Closed), "the end");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "and it stays");
    let (mut tx, rx) = channel(1).unwrap();
    drop(rx);
    assert_eq!(tx.send(0, 1), Err(SendError::Closed(1)), "nobody is there");
}

#[test]
fn waits_end_at_their_deadline() {
    for wait in [Wait::blocking(), Wait::adaptive(), Wait::yielding()] {
        let (mut tx, mut rx) = Builder::new(1).wait(wait).build().unwrap();
        let passed = Deadline::after(std::time::Duration::ZERO);
        assert_eq!(rx.recv_deadline(passed), Err(RecvTimeoutError::Timeout), "nothing came");
        tx.send(0, 1).unwrap();
        assert_eq!(rx.recv_deadline(passed), Ok((0, 1)), "it is there");
        drop(tx);
        assert_eq!(
            rx.recv_timeout(std::time::Duration::MAX),
            Err(RecvTimeoutError::Closed),
            "the end"
        );
    }
}

#[test]
fn a_task_is_woken_and_leaves_no_waker_behind() {
    let (mut tx, mut rx) = channel(1).unwrap();
    let wakes = Wakes::new();
    {
        let mut waiting = std::pin::pin!(rx.recv_async());
        assert!(poll_once(waiting.as_mut(), &wakes).is_pending(), "nothing yet");
        tx.send(0, 3).unwrap();
        assert_eq!(wakes.count(), 1, "woken");
        assert_eq!(
            poll_once(waiting.as_mut(), &wakes),
            std::task::Poll::Ready(Ok((0, 3))),
            "there"
        );
    }
    {
        let mut waiting = std::pin::pin!(rx.recv_async());
        assert!(poll_once(waiting.as_mut(), &wakes).is_pending(), "nothing yet");
    }
    assert_eq!(wakes.kept(), 0, "no waker is left");
    drop(tx);
    assert_eq!(block_on(rx.recv_async()), Err(RecvError::Closed), "the end");
}

#[test]
fn a_sender_that_closes_during_its_merge_has_its_update_received() {
    let (mut tx, mut rx) = Builder::new(1).senders(2).build().unwrap();
    let other = tx.clone();
    tx.send(0, 1).unwrap();
    tx.send_merge(0, 2, |unread, new| {
        other.close();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "not the end: something is on its way");
        *unread += new;
    })
    .unwrap();
    assert_eq!(rx.recv(), Ok((0, 3)), "it arrived");
    assert_eq!(rx.recv(), Err(RecvError::Closed), "the end");
}

#[test]
fn every_update_is_dropped_once() {
    let (tally, seen) = (Tally::new(), Seen::new());
    let told = seen.clone();
    let (mut tx, mut rx) = Builder::new(3)
        .on_drop(move |update, reason| {
            told.push(reason);
            drop(update);
        })
        .build()
        .unwrap();
    for key in [0, 0, 1, 2, 2] {
        tx.send(key, tally.make()).unwrap();
    }
    drop(rx.recv().unwrap());
    drop(tx.replace(1, tally.make()).unwrap());
    tx.send_merge(2, tally.make(), |_, new| drop(new)).unwrap();
    assert_eq!(seen.take(), [DropReason::Conflated; 2], "those that nobody was given");
    drop(rx);
    assert_eq!(seen.take(), [DropReason::Left; 2], "those that were left");
    assert_eq!(tx.stats().left, 2, "counted");
    assert!(tx.send(0, tally.make()).is_err(), "and one that was refused");
    drop(tx);
    assert_eq!(tally.made(), tally.dropped(), "each once");
    assert_eq!(tally.made(), 8, "all of them");
}

#[test]
fn a_callback_that_panics_leaves_the_buffer_in_order() {
    let (mut tx, mut rx) =
        Builder::new(1).on_drop(|_, _| panic!("of the callback")).build().unwrap();
    tx.send(0, 1).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| tx.send(0, 2)));
    assert!(panicked.is_err(), "the panic goes on");
    assert_eq!(rx.try_recv(), Ok((0, 2)), "the newer one is there");
    tx.send(0, 3).unwrap();
    drop(tx);
    assert_eq!(rx.try_recv(), Ok((0, 3)), "and it goes on");
    let stats = rx.stats();
    assert_eq!((stats.accepted, stats.conflated, stats.delivered), (3, 1, 2), "counted");
}

#[test]
fn what_is_left_is_dropped_also_if_one_of_them_panics() {
    struct Breaks(u8, Arc<AtomicU64>);
    impl Drop for Breaks {
        fn drop(&mut self) {
            // ORDERING: Relaxed. One thread.
            self.1.fetch_add(1, Ordering::Relaxed);
            assert_ne!(self.0, 1, "the second breaks");
        }
    }
    let dropped = Arc::new(AtomicU64::new(0));
    let (mut tx, rx) = channel(4).unwrap();
    for key in 0..4 {
        tx.send(usize::from(key), Breaks(key, Arc::clone(&dropped))).unwrap();
    }
    let broke = catch_unwind(AssertUnwindSafe(|| drop(rx)));
    assert!(broke.is_err(), "the panic goes on");
    drop(tx);
    assert_eq!(dropped.load(Ordering::Relaxed), 4, "all, each once");
}

#[test]
fn ends_can_be_sent_and_senders_are_shared_by_cloning() {
    fn is_send<T: Send>(_: &T) {}
    let ends = channel::<std::cell::Cell<u8>>(1).unwrap();
    is_send(&ends);
    let named = named::<Arc<str>, u8>(["x".into()]).unwrap();
    is_send(&named);
}

/// The receiver leaves while a sender is at work. Its update goes to nobody, but it goes.
#[test]
fn an_update_that_comes_behind_the_receiver_goes_while_there_are_senders() {
    let (tally, seen) = (Tally::new(), Seen::new());
    let told = seen.clone();
    let (mut tx, rx) = Builder::new(2)
        .senders(2)
        .on_drop(move |update, reason| {
            told.push(reason);
            drop(update);
        })
        .build()
        .unwrap();
    let (mut other, mut rx) = (tx.clone(), Some(rx));
    tx.send(0, tally.make()).unwrap();
    tx.send(1, tally.make()).unwrap();
    tx.send_merge(0, tally.make(), |_, new| {
        // What is in this hand is not there to be taken.
        drop(rx.take());
        assert_eq!(seen.take(), [DropReason::Left], "the other key");
        assert!(other.send(0, tally.make()).is_err(), "refused");
        drop(new);
    })
    .unwrap();
    assert_eq!(seen.take(), [DropReason::Left], "the merged one, behind it");
    let stats = other.stats();
    assert_eq!(
        (stats.accepted, stats.conflated, stats.left, stats.held),
        (3, 1, 2, 0),
        "{stats:?}"
    );
    assert_eq!(tally.made(), tally.dropped(), "all are gone, and the senders are not");
    drop((tx, other));
    assert_eq!(seen.take(), [], "nothing else was there");
}
