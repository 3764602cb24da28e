//! The verbs of the ends of a timed buffer beside the simple ones.

use std::time::Duration;

use windlass_qos::timed::{self, Clock, DeadlineMissed, ManualClock};
use windlass_qos::{Builder, Guaranteed, OneToOne, RecvError, Reliable};
use windlass_sync::sync::{Arc, Mutex, lock};

const MS: Duration = Duration::from_millis(1);

type Ends<T> = (
    timed::Sender<T, Reliable, OneToOne, ManualClock>,
    timed::Receiver<T, Reliable, OneToOne, ManualClock>,
);

/// A buffer whose messages live a millisecond.
fn ends<T: Send>(capacity: usize) -> (ManualClock, Ends<T>) {
    let clock = ManualClock::new();
    let builder = timed::Builder::over(Builder::new(Reliable, capacity));
    (clock.clone(), builder.time_to_live(MS).clock(clock).build().unwrap())
}

#[test]
fn iterators_of_a_timed_buffer_pass_over_what_has_expired_and_what_is_missing() {
    let (clock, (mut tx, mut rx)) = ends(3);
    tx.send_many(1..=2).unwrap();
    clock.advance(2 * MS);
    tx.send_many(3..=4).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [3, 4], "those that are fresh");
    assert_eq!((rx.stats().expired, rx.stats().overwritten), (1, 1), "2 and 1");
    assert_eq!(rx.lost(), 2, "both");
    tx.send(5).unwrap();
    clock.advance(2 * MS);
    tx.send(6).unwrap();
    drop(tx);
    assert_eq!(rx.iter().collect::<Vec<_>>(), [6], "up to the end");
    assert_eq!(rx.lost(), 3, "5 too");
}

#[test]
fn each_message_of_a_batch_has_its_stamp_and_counts_as_sent() {
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Guaranteed, 4))
        .send_every(3 * MS)
        .clock(clock.clone())
        .build()
        .unwrap();
    let late = |n: u64| {
        clock.advance(2 * MS);
        n
    };
    assert_eq!(tx.send_many((1..=3).map(late)).unwrap(), 3, "each when it is taken");
    assert_eq!(tx.deadline_missed(), DeadlineMissed::default(), "each in time");
    let mut got = Vec::new();
    assert_eq!(rx.recv_many(&mut got, 2), Ok(2), "up to the limit");
    assert_eq!((got.as_slice(), rx.last_age()), (&[1, 2][..], 2 * MS), "2 is older than 3");
    assert_eq!(rx.recv_many(&mut got, 0), Ok(0), "none");
    assert_eq!(rx.recv_many(&mut got, 9), Ok(1), "what is there");
    let unsent = tx.try_send_many(4..=9).unwrap_err();
    assert!(unsent.is_full(), "no room");
    assert_eq!(unsent.sent(), 4, "as many as there are places");
    assert_eq!(unsent.into_iter().collect::<Vec<_>>(), [8, 9], "without their stamps");
    drop(rx);
    let unsent = tx.send_many(10..=11).unwrap_err();
    assert_eq!(unsent.into_iter().collect::<Vec<_>>(), [10, 11], "closed");
}

/// A clock that stands still, and at the next look sends what overwrites a message.
#[derive(Clone, Default)]
struct Sends(Arc<Mutex<Option<Sending>>>);

type Sending = timed::Sender<u64, Reliable, OneToOne, Sends>;

impl Clock for Sends {
    fn nanos(&self) -> u64 {
        let sender = lock(&self.0).take();
        if let Some(mut tx) = sender {
            tx.send_many(2..=4).unwrap();
        }
        0
    }
}

#[test]
fn a_batch_of_a_timed_buffer_ends_at_a_gap_that_is_told_next() {
    let clock = Sends::default();
    let builder = timed::Builder::over(Builder::new(Reliable, 2)).clock(clock.clone());
    let (mut tx, mut rx) = builder.build().unwrap();
    tx.send(1).unwrap();
    *lock(&clock.0) = Some(tx);
    let mut got = Vec::new();
    assert_eq!(rx.recv_many(&mut got, 9), Ok(1), "2 was overwritten meanwhile");
    assert_eq!(rx.recv_many(&mut got, 9), Err(RecvError::Lagged(1)), "told next");
    assert_eq!(rx.recv_many(&mut got, 9), Ok(2), "the others");
    assert_eq!(got, [1, 3, 4], "in order");
    assert_eq!(rx.recv_many(&mut got, 9), Err(RecvError::Closed), "the end");
}

#[test]
fn a_weak_sender_of_a_timed_buffer_keeps_nothing_open_and_its_stamps_never_go_back() {
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Guaranteed, 4).many_senders(2))
        .send_every(3 * MS)
        .clock(clock.clone())
        .build()
        .unwrap();
    clock.advance(9 * MS);
    tx.send(1).unwrap();
    let weak = tx.downgrade();
    clock.set(8 * MS);
    let mut other = weak.clone().upgrade().unwrap();
    assert!(weak.upgrade().is_none(), "as many as there may be");
    other.send(2).unwrap();
    assert_eq!(other.deadline_missed().total, 0, "counted from now");
    assert_eq!(tx.deadline_missed().total, 2, "of its own");
    clock.set(10 * MS);
    assert_eq!((rx.recv(), rx.recv()), (Ok(1), Ok(2)), "both");
    assert_eq!(rx.last_age(), MS, "stamped as if the clock had stood still");
    assert_eq!((other.stats().delivered, other.time_held().messages), (2, 2), "one buffer");
    drop((tx, other));
    assert!(weak.upgrade().is_none(), "the last one is gone");
    assert_eq!(rx.recv(), Err(RecvError::Closed), "the end");
}

#[cfg(feature = "stream")]
mod stream {
    use std::future::poll_fn;
    use std::pin::{Pin, pin};
    use std::task::Poll;

    use futures_core::Stream;
    use windlass_testkit::{Wakes, block_on, poll_once};

    use super::*;

    async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
        poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
    }

    #[test]
    fn a_timed_stream_passes_over_what_has_expired_and_reports_what_is_missing() {
        let build = || {
            let (clock, (mut tx, rx)) = ends(2);
            tx.send_many(1..=2).unwrap();
            clock.advance(2 * MS);
            tx.send(3).unwrap();
            rx
        };
        let mut stream = build().stream();
        assert_eq!(block_on(next(&mut stream)), Some(3), "the fresh one");
        assert_eq!(block_on(next(&mut stream)), None, "the end");
        assert_eq!((stream.stats().overwritten, stream.stats().expired), (1, 1), "1 and 2");
        let mut reports = build().stream().reports();
        assert_eq!(block_on(next(&mut reports)), Some(Err(RecvError::Lagged(1))), "1 is missing");
        assert_eq!(block_on(next(&mut reports)), Some(Ok(3)), "2 is not told");
        assert_eq!(block_on(next(&mut reports)), None, "the end");
    }

    #[test]
    fn a_timed_stream_sleeps_when_all_has_expired_and_leaves_no_waker_behind() {
        let clock = ManualClock::new();
        let builder = timed::Builder::over(Builder::new(Reliable, 2).many_receivers(2));
        let (mut tx, rx) = builder.time_to_live(MS).clock(clock.clone()).build().unwrap();
        let wakes = Wakes::new();
        // Another one, or the buffer would be closed with the stream, which wakes everybody.
        let _other = rx.clone();
        let mut stream = rx.stream();
        tx.send(1).unwrap();
        clock.advance(2 * MS);
        assert!(poll_once(pin!(next(&mut stream)), &wakes).is_pending(), "expired");
        tx.send(2).unwrap();
        assert_eq!(wakes.count(), 1, "woken");
        assert_eq!(poll_once(pin!(next(&mut stream)), &wakes), Poll::Ready(Some(2)), "it");
        assert!(poll_once(pin!(next(&mut stream)), &wakes).is_pending(), "nothing yet");
        drop(stream);
        assert_eq!((wakes.kept(), wakes.count()), (0, 1), "no waker, and nobody woken");
    }
}
