//! Time to live and deadlines, by a clock that the tests set.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;
use windlass_qos::timed::{self, Clock, ManualClock, Stamped, StdClock};
use windlass_qos::{
    BestEffort, BuildError, Builder, DropReason, Guaranteed, OneToOne, QosLevel, RealTime,
    RecvError, RecvTimeoutError, Reliable, SendTimeoutError, TryRecvError, TrySendError,
};
use windlass_sync::thread;
use windlass_testkit::{Seen, Tally, Wakes, block_on, poll_once};

const MS: Duration = Duration::from_millis(1);

type Ends<T> = (
    timed::Sender<T, QosLevel, OneToOne, ManualClock>,
    timed::Receiver<T, QosLevel, OneToOne, ManualClock>,
);

fn ends<T: Send>(level: QosLevel, capacity: usize, ttl: Duration) -> (ManualClock, Ends<T>) {
    let clock = ManualClock::new();
    let builder = timed::Builder::over(Builder::new(level, capacity));
    (clock.clone(), builder.time_to_live(ttl).clock(clock).build().unwrap())
}

#[test]
fn what_is_older_than_its_time_to_live_is_never_delivered() {
    for level in QosLevel::ALL {
        let (clock, (mut tx, mut rx)) = ends(level, 4, 5 * MS);
        tx.send(1).unwrap();
        clock.advance(3 * MS);
        tx.send(2).unwrap();
        clock.advance(2 * MS);
        if level == QosLevel::RealTime {
            assert_eq!(rx.try_recv(), Ok(2), "the freshest first");
            assert_eq!(rx.try_recv(), Ok(1), "as old as it may be");
        } else {
            assert_eq!(rx.try_recv(), Ok(1), "as old as it may be");
            assert_eq!(rx.try_recv(), Ok(2), "and a younger one");
        }
        tx.send(3).unwrap();
        clock.advance(5 * MS + Duration::from_nanos(1));
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "a nanosecond too old");
        let stats = tx.stats();
        assert_eq!(
            (stats.accepted, stats.delivered, stats.expired, stats.held),
            (3, 2, 1, 0),
            "{level}"
        );
        assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "adds up");
    }
}

#[test]
fn expired_messages_go_to_the_callback_with_the_reason() {
    let (seen, clock) = (Seen::new(), ManualClock::new());
    let told = seen.clone();
    let plain = Builder::new(Reliable, 2).on_drop(move |old: Stamped<u32>, reason| {
        let at = old.sent_at();
        told.push((old.into_inner(), at, reason));
    });
    let (mut tx, mut rx) =
        timed::Builder::over(plain).time_to_live(MS).clock(clock.clone()).build().unwrap();
    for n in 1..=3 {
        tx.send(n).unwrap();
        clock.advance(MS);
    }
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)), "the first one made room");
    assert_eq!(rx.try_recv(), Ok(3), "the third one is just in time");
    let expected = [(1, Duration::ZERO, DropReason::Overwritten), (2, MS, DropReason::Expired)];
    assert_eq!(seen.take(), expected, "each with its reason");
    tx.send(4).unwrap();
    drop((tx, rx));
    assert_eq!(seen.take(), [(4, 3 * MS, DropReason::Left)], "and what is left");
}

#[test]
fn a_receiver_knows_ages_and_how_long_messages_were_held() {
    let (clock, (mut tx, mut rx)) = ends(QosLevel::Guaranteed, 4, Duration::MAX);
    assert_eq!(rx.time_held().mean, Duration::ZERO, "of nothing");
    for wait in [1, 2, 6] {
        tx.send(wait).unwrap();
        clock.advance(wait * MS);
        rx.recv().unwrap();
        assert_eq!(rx.last_age(), wait * MS, "the age of this one");
    }
    let held = tx.time_held();
    assert_eq!((held.messages, held.mean, held.max), (3, 3 * MS, 6 * MS), "of all");
}

#[test]
fn a_clock_that_goes_back_expires_nothing_and_brings_nothing_back() {
    let (clock, (mut tx, mut rx)) = ends(QosLevel::Guaranteed, 8, 5 * MS);
    clock.set(100 * MS);
    tx.send("before").unwrap();
    clock.set(50 * MS);
    tx.send("behind").unwrap();
    assert_eq!(rx.try_recv(), Ok("before"), "from the future, so not too old");
    assert_eq!(rx.last_age(), Duration::ZERO, "no age is negative");
    clock.set(104 * MS);
    assert_eq!(rx.try_recv(), Ok("behind"), "stamped as late as the one before");
    tx.send("late").unwrap();
    clock.advance(6 * MS);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "expired");
    clock.set(Duration::ZERO);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "and gone");
    assert_eq!(rx.stats().expired, 1, "once");
}

#[test]
fn deadlines_that_are_missed_are_counted_on_both_sides() {
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(BestEffort, 4).many_senders(2))
        .time_to_live(3 * MS)
        .send_every(10 * MS)
        .receive_every(20 * MS)
        .clock(clock.clone())
        .build()
        .unwrap();
    clock.advance(25 * MS);
    assert_eq!((tx.deadline_missed().total, tx.deadline_missed().change), (2, 0), "told once");
    assert_eq!(rx.deadline_missed().change, 1, "of another period");
    let mut other = tx.clone();
    tx.send(1).unwrap();
    clock.advance(10 * MS);
    assert_eq!(tx.deadline_missed().total, 2, "in time");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "expired");
    clock.advance(10 * MS);
    let missed = rx.deadline_missed();
    assert_eq!((missed.total, missed.change), (2, 1), "what expired was not got");
    assert_eq!(other.deadline_missed().total, 1, "counted from when it was made");
    let (mut tx, _rx) = timed::Builder::over(Builder::new(BestEffort, 4)).build().unwrap();
    tx.send(1).unwrap();
    assert_eq!(tx.deadline_missed().total, 0, "no deadline");
}

#[test]
fn refusals_give_the_message_back_without_its_stamp() {
    let (_, (mut tx, rx)) = ends(QosLevel::Guaranteed, 1, MS);
    tx.send(String::from("in")).unwrap();
    let full = tx.try_send(String::from("out")).unwrap_err();
    assert_eq!(full, TrySendError::Full(String::from("out")), "no room");
    let late = tx.send_timeout(full.into_inner(), Duration::ZERO).unwrap_err();
    assert_eq!(late, SendTimeoutError::Timeout(String::from("out")), "still none");
    drop(rx);
    assert_eq!(tx.send(late.into_inner()).unwrap_err().into_inner(), "out", "closed");
    assert_eq!(block_on(tx.send_async("o".into())).unwrap_err().into_inner(), "o", "in a task");
    let built = timed::Builder::<u8, _>::over(Builder::new(Guaranteed, 0)).build();
    assert_eq!(built.err(), Some(BuildError::NoCapacity), "as the plain one");
}

#[test]
fn the_verbs_of_levels_that_overwrite_work() {
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(RealTime, 2))
        .time_to_live(MS)
        .clock(clock.clone())
        .build()
        .unwrap();
    assert_eq!(tx.force_send(1), Ok(None), "room");
    tx.send(2).unwrap();
    assert_eq!(tx.force_send(3), Ok(Some(1)), "the oldest comes back");
    assert_eq!(rx.take_latest(), Ok(3), "the newest");
    tx.send(4).unwrap();
    clock.advance(2 * MS);
    assert_eq!(rx.take_latest(), Err(TryRecvError::Empty), "too old");
    let stats = rx.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
}

#[test]
fn waits_and_tasks_pass_over_what_has_expired() {
    let (clock, (mut tx, mut rx)) = ends(QosLevel::Reliable, 4, MS);
    tx.send(1).unwrap();
    clock.advance(2 * MS);
    assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout), "nothing came");
    tx.send(2).unwrap();
    clock.advance(2 * MS);
    let wakes = Wakes::new();
    {
        let mut waiting = std::pin::pin!(rx.recv_async());
        assert!(poll_once(waiting.as_mut(), &wakes).is_pending(), "expired");
        tx.send(3).unwrap();
        assert_eq!(wakes.count(), 1, "woken");
        assert_eq!(poll_once(waiting.as_mut(), &wakes), std::task::Poll::Ready(Ok(3)), "got");
    }
    tx.send(4).unwrap();
    clock.advance(2 * MS);
    drop(tx);
    assert_eq!(rx.recv(), Err(RecvError::Closed), "the end, and not the one that expired");
    assert_eq!(rx.stats().expired, 3, "all of them");
}

#[test]
fn several_receivers_share_what_is_counted() {
    let clock = ManualClock::new();
    let plain = Builder::new(Guaranteed, 8).many_senders(2).many_receivers(2);
    let (mut tx, mut rx) =
        timed::Builder::over(plain).time_to_live(MS).clock(clock.clone()).build().unwrap();
    let mut other = rx.clone();
    tx.clone().send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!((rx.try_recv(), other.try_recv()), (Ok(1), Ok(2)), "one each");
    tx.send(3).unwrap();
    clock.advance(2 * MS);
    assert_eq!(other.try_recv(), Err(TryRecvError::Empty), "expired");
    assert_eq!((rx.stats().delivered, rx.stats().expired), (2, 1), "of both");
    assert_eq!(rx.time_held().messages, 2, "of both");
}

#[test]
fn every_message_is_dropped_once() {
    let tally = Tally::new();
    let (clock, (mut tx, mut rx)) = ends(QosLevel::BestEffort, 2, MS);
    for _ in 0..3 {
        tx.send(tally.make()).unwrap();
    }
    drop(rx.recv().unwrap());
    clock.advance(2 * MS);
    assert!(rx.try_recv().is_err(), "expired");
    tx.send(tally.make()).unwrap();
    drop((tx, rx));
    assert_eq!((tally.made(), tally.dropped()), (4, 4), "each once");
}

#[test]
fn the_clock_of_the_system_does_not_go_back() {
    let clock = StdClock::new();
    let first = clock.nanos();
    assert!(first <= clock.clone().nanos(), "a clone goes on");
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Guaranteed, 4))
        .time_to_live(Duration::from_secs(3600))
        .build()
        .unwrap();
    let sender = thread::spawn(move || (0..100).try_for_each(|n| tx.send(n)).unwrap());
    let seen: Vec<i32> = std::iter::from_fn(|| rx.recv().ok()).collect();
    assert_eq!(seen, (0..100).collect::<Vec<_>>(), "none expired");
    sender.join().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "many rounds")]
    fn a_timed_buffer_is_its_reference(
        capacity in 1..5_usize,
        ttl in 0..6_u64,
        // Send, receive, or set the clock so far on, or back.
        steps in prop::collection::vec(prop_oneof![3 => Just(None), 3 => Just(Some(0)), 4 => (-4..6_i64).prop_map(Some)], 1..200),
        receive in prop::collection::vec(any::<bool>(), 200),
    ) {
        let (clock, (mut tx, mut rx)) = ends(QosLevel::Reliable, capacity, Duration::from_nanos(ttl));
        let mut held: VecDeque<(usize, i64)> = VecDeque::new();
        let (mut now, mut stamp, mut lagged, mut expired) = (0_i64, 0_i64, 0_u64, 0_u64);
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Some(by) if by != 0 => {
                    now = (now + by).max(0);
                    clock.set(Duration::from_nanos(now.unsigned_abs()));
                }
                Some(_) if receive[n] => {
                    let ttl = i64::try_from(ttl).unwrap();
                    let expected = if lagged != 0 {
                        Err(TryRecvError::Lagged(std::mem::take(&mut lagged)))
                    } else {
                        while held.front().is_some_and(|(_, at)| ttl < now - at) {
                            held.pop_front();
                            expired += 1;
                        }
                        held.pop_front().map(|(n, _)| n).ok_or(TryRecvError::Empty)
                    };
                    prop_assert_eq!(rx.try_recv(), expected);
                }
                _ => {
                    stamp = stamp.max(now);
                    tx.send(n).unwrap();
                    held.push_back((n, stamp));
                    if capacity < held.len() {
                        held.pop_front();
                        lagged += 1;
                    }
                }
            }
            let stats = rx.stats();
            prop_assert_eq!((stats.expired, stats.held), (expired, held.len() as u64));
            prop_assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held);
        }
    }
}

#[cfg(feature = "metrics")]
#[test]
fn times_are_recorded_in_a_histogram() {
    use windlass_metrics::{Layout, SharedHistogram};
    let (clock, histogram) = (ManualClock::new(), SharedHistogram::new(Layout::new(1 << 30)));
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Guaranteed, 4))
        .time_held_in(histogram.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    tx.send(1).unwrap();
    clock.advance(MS);
    rx.recv().unwrap();
    let read = histogram.read();
    assert_eq!(read.count(), 1, "one message");
    assert!(read.max().is_some_and(|max| max >= 1_000_000), "a millisecond");
}
