//! Handles: waits and what ends them, dropping either end, batches, iterators, options.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::sync::mpsc;
use std::time::Duration;

use windlass_qos::{
    BestEffort, BuildError, Builder, Closed, Deadline, DropReason, Guaranteed, Level, QosLevel,
    RealTime, RecvError, RecvTimeoutError, Reliable, SendTimeoutError, TryRecvError, TrySendError,
    Wait, best_effort, guaranteed, real_time, reliable,
};
use windlass_sync::thread;
use windlass_testkit::{Seen, Tally};

const SOON: Duration = Duration::from_millis(1);

/// Calls `check` for each level.
macro_rules! each_level {
    ($check:ident) => {
        $check(BestEffort);
        $check(Reliable);
        $check(Guaranteed);
        $check(RealTime);
        QosLevel::ALL.into_iter().for_each($check);
    };
}

/// Runs `body` on a thread and returns when it is about to begin.
fn begin<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> thread::JoinHandle<R> {
    let (begun, begins) = mpsc::channel();
    let running = thread::spawn(move || {
        begun.send(()).unwrap();
        body()
    });
    begins.recv().unwrap();
    running
}

#[test]
fn a_wait_for_a_message_ends_at_its_deadline() {
    fn check<L: Level>(level: L) {
        for wait in [Wait::blocking(), Wait::yielding(), Wait::adaptive()] {
            let (mut tx, mut rx) = Builder::new(level, 2).wait(wait).build().unwrap();
            assert_eq!(rx.recv_timeout(SOON), Err(RecvTimeoutError::Timeout), "{level:?}");
            assert_eq!(rx.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout), "at once");
            tx.send(1).unwrap();
            assert_eq!(rx.recv_deadline(Deadline::after(Duration::ZERO)), Ok(1), "it is there");
            tx.send(2).unwrap();
            assert_eq!(rx.recv_deadline(Deadline::never()), Ok(2), "it is there");
            tx.close();
            assert_eq!(rx.recv_timeout(SOON), Err(RecvTimeoutError::Closed), "{level:?}");
        }
    }
    each_level!(check);
}

#[test]
fn a_wait_for_room_ends_at_its_deadline_and_gives_the_message_back() {
    let (mut tx, mut rx) = guaranteed(1).unwrap();
    tx.send_timeout(1, SOON).unwrap();
    assert_eq!(tx.send_timeout(2, SOON), Err(SendTimeoutError::Timeout(2)), "full");
    let passed = Deadline::after(Duration::ZERO);
    assert_eq!(tx.send_deadline(3, passed), Err(SendTimeoutError::Timeout(3)), "full");
    assert_eq!(rx.recv(), Ok(1), "only the first");
    tx.send_deadline(4, passed).unwrap();
    rx.close();
    assert_eq!(tx.send_timeout(5, SOON), Err(SendTimeoutError::Closed(5)), "closed");
    assert_eq!(rx.recv(), Ok(4), "drained");
}

#[test]
fn a_timed_send_at_a_level_that_overwrites_does_not_wait() {
    let (mut tx, mut rx) = Builder::new(QosLevel::BestEffort, 1).build().unwrap();
    for message in 1..=3 {
        tx.send_deadline(message, Deadline::never()).unwrap();
    }
    assert_eq!(rx.recv(), Ok(3), "it overwrote");
}

#[test]
fn a_sleeping_receiver_is_woken_by_a_message_and_by_a_close() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).wait(Wait::blocking()).build().unwrap();
        let receiving = begin(move || (rx.recv(), rx.recv()));
        tx.send(7).unwrap();
        thread::yield_now();
        tx.close();
        assert_eq!(receiving.join().unwrap(), (Ok(7), Err(RecvError::Closed)), "{level:?}");
    }
    each_level!(check);
}

#[test]
fn a_sleeping_sender_is_woken_by_room_and_by_a_close() {
    let (mut tx, mut rx) =
        Builder::new(Guaranteed, 1).sender_wait(Wait::blocking()).build().unwrap();
    tx.send(1).unwrap();
    let sending = begin(move || (tx.send(2), tx.send(3)));
    assert_eq!(rx.recv(), Ok(1), "which makes room");
    // It is there, and not only announced: `is_full` would count it before.
    while rx.peek().is_err() {
        thread::yield_now();
    }
    rx.close();
    assert_eq!(sending.join().unwrap(), (Ok(()), Err(Closed(3))), "woken twice");
    assert_eq!((rx.recv(), rx.recv()), (Ok(2), Err(RecvError::Closed)), "drained");
}

#[test]
fn the_last_receiver_that_leaves_wakes_a_sender() {
    let (mut tx, rx) = Builder::new(Guaranteed, 1).sender_wait(Wait::blocking()).build().unwrap();
    tx.send(1).unwrap();
    let sending = begin(move || tx.send(2));
    drop(rx);
    assert_eq!(sending.join().unwrap(), Err(Closed(2)), "given back");
}

#[test]
fn the_last_sender_that_leaves_closes_and_loses_nothing() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 4).many_senders(2).build().unwrap();
        let mut other = tx.clone();
        tx.send(1).unwrap();
        drop(tx);
        assert!(!rx.is_closed(), "{level:?}: one is left");
        other.send(2).unwrap();
        drop(other);
        assert!(rx.is_closed(), "{level:?}: none is left");
        let mut seen = [rx.recv().unwrap(), rx.recv().unwrap()];
        seen.sort_unstable();
        assert_eq!((seen, rx.recv()), ([1, 2], Err(RecvError::Closed)), "{level:?}");
    }
    each_level!(check);
}

#[test]
fn what_the_last_receiver_leaves_behind_is_dropped_at_once() {
    fn check<L: Level>(level: L) {
        let (tally, seen) = (Tally::new(), Seen::new());
        let left = seen.clone();
        let (mut tx, rx) = Builder::new(level, 4)
            .many_receivers(2)
            .on_drop(move |_, reason| left.push(reason))
            .build()
            .unwrap();
        let other = rx.clone();
        tx.send(tally.make()).unwrap();
        tx.send(tally.make()).unwrap();
        drop(rx);
        assert_eq!((tally.dropped(), tx.len()), (0, 2), "{level:?}: there is another receiver");
        drop(other);
        assert_eq!(tally.dropped(), 2, "{level:?}: a message may hold what its sender waits for");
        assert_eq!(seen.take(), [DropReason::Left, DropReason::Left], "{level:?}");
        let stats = tx.stats();
        assert_eq!((stats.accepted, stats.delivered, stats.left), (2, 0, 2), "{level:?}");
        assert!(tx.send(tally.make()).is_err(), "{level:?}: nobody receives");
    }
    each_level!(check);
}

#[test]
fn every_message_is_dropped_once() {
    fn check<L: Level>(level: L) {
        for (sent, taken) in [(0, 0), (3, 0), (9, 0), (9, 2), (3, 3)] {
            let tally = Tally::new();
            let (mut tx, mut rx) = Builder::new(level, 4).build().unwrap();
            for _ in 0..sent {
                let _refused = tx.try_send(tally.make());
            }
            let kept: Vec<_> = rx.try_iter().take(taken).collect();
            assert_eq!(kept.len(), taken, "{level:?}");
            drop(tx);
            drop(rx);
            drop(kept);
            assert_eq!((tally.made(), tally.dropped()), (sent, sent), "{level:?}");
        }
    }
    each_level!(check);
}

#[test]
fn a_weak_sender_keeps_nothing_open() {
    let (tx, mut rx) = Builder::new(Reliable, 4).many_senders(2).build().unwrap();
    let weak = tx.downgrade();
    let mut again = weak.upgrade().unwrap();
    assert!(again.same_buffer(&tx), "the same");
    assert!(weak.upgrade().is_none(), "two is the limit");
    drop(tx);
    again.send(1).unwrap();
    let weak = weak.clone();
    drop(again);
    assert!(weak.upgrade().is_none(), "the last one is gone");
    assert_eq!((rx.recv(), rx.recv()), (Ok(1), Err(RecvError::Closed)), "drained");
}

#[test]
fn as_many_handles_as_were_asked_for_and_no_more() {
    let (tx, rx) =
        Builder::<u8, _>::new(BestEffort, 4).many_senders(2).many_receivers(3).build().unwrap();
    for _ in 0..3 {
        let second = tx.try_clone().unwrap();
        let refused = tx.try_clone().unwrap_err();
        assert_eq!(refused, BuildError::TooManyHandles { handles: 3, max: 2 }, "a third");
        assert!(second.same_buffer(&tx), "the same");
    }
    for _ in 0..3 {
        let others = [rx.clone(), rx.clone()];
        let refused = rx.try_clone().unwrap_err();
        assert_eq!(refused, BuildError::TooManyHandles { handles: 4, max: 3 }, "a fourth");
        assert!(others[0].same_buffer(&others[1]), "the same");
    }
    let second =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (tx.clone(), tx.clone())));
    let message = *second.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("above the limit of 2"), "it says so: {message}");
    assert!(!rx.is_closed(), "a refused clone closes nothing");
    let (other, _rx) = Builder::<u8, _>::new(BestEffort, 4).many_senders(2).build().unwrap();
    let (tx, _rx) = Builder::<u8, _>::new(BestEffort, 4).many_senders(2).build().unwrap();
    assert!(!other.same_buffer(&tx), "another one");
}

#[test]
fn force_send_hands_the_evicted_one_back() {
    let seen = Seen::new();
    let left = seen.clone();
    let (mut tx, mut rx) = Builder::new(BestEffort, 2)
        .drop_newest()
        .on_drop(move |message, reason| left.push((message, reason)))
        .build()
        .unwrap();
    let back: Vec<_> = (1..=4).map(|message| tx.force_send(message).unwrap()).collect();
    assert_eq!(back, [None, None, Some(1), Some(2)], "the oldest");
    assert_eq!(seen.take(), [], "what came back was not dropped");
    assert_eq!(rx.drain().collect::<Vec<_>>(), [3, 4], "the newest");
    rx.close();
    assert_eq!(tx.force_send(5), Err(Closed(5)), "given back");
}

#[test]
fn a_buffer_that_drops_the_newest_keeps_the_oldest() {
    fn check<L: Level>(level: L) {
        let seen = Seen::new();
        let left = seen.clone();
        let (mut tx, mut rx) = Builder::new(level, 2)
            .drop_newest()
            .on_drop(move |message, reason| left.push((message, reason)))
            .build()
            .unwrap();
        let sent: Vec<_> = (1..=4).map(|message| tx.try_send(message)).collect();
        let kept: Vec<_> = rx.try_iter().collect();
        if level.qos().overwrites() {
            assert_eq!(sent, [Ok(()); 4], "{level:?}: never refuses");
            let newest = [(3, DropReason::Newest), (4, DropReason::Newest)];
            assert_eq!(seen.take(), newest, "{level:?}");
            let stats = tx.stats();
            assert_eq!((stats.accepted, stats.newest, stats.overwritten), (4, 2, 0), "counted");
            assert_eq!(stats.accepted, stats.delivered + stats.dropped(), "adds up");
        } else {
            let full = |message| Err(TrySendError::Full(message));
            assert_eq!(sent, [Ok(()), Ok(()), full(3), full(4)], "{level:?}: drops nothing");
        }
        let expected = if level.qos() == QosLevel::RealTime { [2, 1] } else { [1, 2] };
        assert_eq!(kept, expected, "{level:?}");
        tx.close();
        assert_eq!(tx.send(5), Err(Closed(5)), "{level:?}: given back");
    }
    each_level!(check);
}

#[test]
fn wait_then_overwrite_waits_for_room_and_then_overwrites() {
    fn check<L: Level>(level: L) {
        let build = |wait| {
            Builder::new(level, 1)
                .wait_then_overwrite(wait)
                .sender_wait(Wait::blocking())
                .build()
                .unwrap()
        };
        // Room comes.
        let (mut tx, mut rx) = build(Duration::from_secs(600));
        tx.send(1).unwrap();
        let sending = begin(move || {
            tx.send(2).unwrap();
            tx
        });
        assert_eq!(rx.recv(), Ok(1), "{level:?}: it was waited for");
        assert_eq!(rx.recv(), Ok(2), "{level:?}: woken");
        let mut tx = sending.join().unwrap();
        assert_eq!(rx.lost(), 0, "{level:?}");
        // A close comes.
        tx.send(3).unwrap();
        let sending = begin(move || tx.send(4));
        rx.close();
        assert_eq!(sending.join().unwrap(), Err(Closed(4)), "{level:?}: given back");
        // Nothing comes.
        if level.qos().overwrites() {
            let (mut tx, mut rx) = build(SOON);
            (1..=3).try_for_each(|message| tx.send(message)).unwrap();
            tx.try_send(4).unwrap();
            assert_eq!(rx.try_iter().collect::<Vec<_>>(), [4], "{level:?}: overwritten");
            assert_eq!(rx.lost(), 3, "{level:?}");
        }
    }
    each_level!(check);
}

#[test]
fn take_latest_makes_room_for_a_sender_that_waits() {
    let (mut tx, mut rx) = Builder::new(Reliable, 2)
        .wait_then_overwrite(Duration::from_secs(600))
        .sender_wait(Wait::blocking())
        .build()
        .unwrap();
    tx.send_many([1, 2]).unwrap();
    let sending = begin(move || tx.send(3));
    assert_eq!(rx.take_latest(), Ok(2), "the newest of what was there");
    assert_eq!(sending.join().unwrap(), Ok(()), "woken");
    assert_eq!((rx.recv(), rx.stats().passed_over), (Ok(3), 1), "one was passed over");
}

#[test]
fn take_latest_passes_over_the_rest_and_says_why() {
    let seen = Seen::new();
    let left = seen.clone();
    let (mut tx, mut rx) = Builder::new(RealTime, 3)
        .on_drop(move |message, reason| left.push((message, reason)))
        .build()
        .unwrap();
    assert_eq!(rx.take_latest(), Err(TryRecvError::Empty), "nothing yet");
    (1..=4).try_for_each(|message| tx.send(message)).unwrap();
    assert_eq!(rx.take_latest(), Ok(4), "the newest");
    let passed = DropReason::PassedOver;
    assert_eq!(seen.take(), [(1, DropReason::Overwritten), (2, passed), (3, passed)], "why");
    assert_eq!(rx.take_latest(), Err(TryRecvError::Empty), "nothing is left");
    tx.send(5).unwrap();
    drop(tx);
    assert_eq!(rx.take_latest(), Ok(5), "closing takes nothing");
    assert_eq!(rx.take_latest(), Err(TryRecvError::Closed), "the end");
}

#[test]
fn what_was_peeked_at_comes_next() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        assert_eq!(rx.peek(), Err(TryRecvError::Empty), "{level:?}");
        tx.send(1).unwrap();
        assert_eq!(rx.peek(), Ok(&1), "{level:?}");
        assert_eq!(rx.stats().held, 1, "{level:?}: it is still there");
        for message in 2..=9 {
            let _refused = tx.try_send(message);
        }
        assert_eq!(rx.peek(), Ok(&1), "{level:?}: as often as you look");
        assert_eq!(rx.recv(), Ok(1), "{level:?}: whatever was sent");
        let stats = rx.stats();
        let accounted = stats.delivered + stats.dropped() + stats.held;
        assert_eq!(stats.accepted, accounted, "{level:?}");
        let rest: Vec<_> = rx.try_iter().collect();
        assert!(!rest.is_empty() && !rest.contains(&1), "{level:?}: once");
        tx.close();
        assert_eq!(rx.peek(), Err(TryRecvError::Closed), "{level:?}");
    }
    each_level!(check);
}

#[test]
fn peek_says_what_is_missing() {
    let (mut tx, mut rx) = reliable(1).unwrap();
    tx.send_many([1, 2]).unwrap();
    assert_eq!(rx.peek(), Err(TryRecvError::Lagged(1)), "first");
    assert_eq!(rx.peek(), Ok(&2), "then the message");
    assert_eq!(rx.recv(), Ok(2), "which is taken");
}

#[test]
fn what_was_peeked_at_and_left_is_dropped_once() {
    fn check<L: Level>(level: L) {
        let tally = Tally::new();
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        tx.send(tally.make()).unwrap();
        assert!(rx.peek().is_ok(), "{level:?}");
        drop(rx);
        assert_eq!((tally.dropped(), tx.stats().left), (1, 1), "{level:?}: with its receiver");
    }
    each_level!(check);
}

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

#[test]
fn handles_show_no_payload() {
    let (mut tx, mut rx) = Builder::new(QosLevel::RealTime, 4).many_senders(2).build().unwrap();
    tx.send("secret").unwrap();
    let weak = tx.downgrade();
    let builder = Builder::<&str, _>::new(Guaranteed, 1);
    let mut shown = format!("{tx:?} {weak:?} {builder:?} {rx:?} {:?}", tx.send("secret"));
    shown += &format!("{:?}", tx.send_async("secret"));
    shown += &format!("{:?}", rx.recv_async());
    shown += &format!("{:?}", rx.iter());
    shown += &format!("{:?}", rx.try_iter());
    shown += &format!("{:?}", rx.drain());
    tx.close();
    shown += &format!("{:?} {:?}", tx.send("secret"), tx.try_send("secret"));
    shown += &format!("{:?} {:?}", tx.send_many(["secret"]), rx.into_iter());
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("real_time") || shown.contains("RealTime"), "the level: {shown}");
}

#[test]
fn the_short_forms_build_their_levels() {
    let levels = [
        best_effort::<u8>(1).unwrap().0.level(),
        reliable::<u8>(1).unwrap().0.level(),
        guaranteed::<u8>(1).unwrap().0.level(),
        real_time::<u8>(1).unwrap().0.level(),
    ];
    assert_eq!(levels, QosLevel::ALL, "in this order");
}

/// Several senders and receivers with sleeping waits: everything arrives, in each sender's order.
#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn a_crowd_that_sleeps_loses_nothing() {
    const EACH: u64 = 20_000;
    let (tx, rx) = Builder::new(Guaranteed, 3)
        .many_senders(4)
        .many_receivers(3)
        .wait(Wait::blocking())
        .sender_wait(Wait::blocking())
        .build()
        .unwrap();
    let senders = [0_u64, 1, 2].map(|sender| {
        let mut tx = tx.clone();
        thread::spawn(move || (0..EACH).try_for_each(|n| tx.send((sender, n))).unwrap())
    });
    let receivers = [0, 1].map(|_| {
        let rx = rx.clone();
        thread::spawn(move || {
            let (mut next, mut count) = ([0_u64; 3], 0);
            for (sender, n) in rx {
                let next = &mut next[usize::try_from(sender).unwrap()];
                assert!(*next <= n, "in each sender's order");
                (*next, count) = (n + 1, count + 1);
            }
            count
        })
    });
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    drop(tx);
    assert_eq!(receivers.map(|rx| rx.join().unwrap()).iter().sum::<u64>(), 3 * EACH, "all");
}

/// A sender that floods a small buffer, and a receiver that takes batches: what it is told is missing
/// is exactly what is missing, at the very place.
#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn a_flooded_receiver_is_told_exactly_what_is_missing() {
    fn check<L: Level>(level: L) {
        const SENT: u64 = 200_000;
        let (mut tx, mut rx) = Builder::new(level, 4).wait(Wait::blocking()).build().unwrap();
        let sending = thread::spawn(move || (0..SENT).try_for_each(|n| tx.send(n)).unwrap());
        let (mut next, mut batch) = (0, Vec::new());
        loop {
            match rx.recv_many(&mut batch, 3) {
                Ok(received) => assert_eq!(received, batch.len(), "as many as it says"),
                Err(RecvError::Lagged(missing)) => next += missing,
                Err(RecvError::Closed) => break,
            }
            for message in batch.drain(..) {
                assert_eq!(message, next, "{level:?}: no gap that was not told");
                next += 1;
            }
        }
        sending.join().unwrap();
        assert_eq!(next, SENT, "{level:?}: to the end");
        let stats = rx.stats();
        assert_eq!(stats.accepted, stats.delivered + stats.dropped(), "{level:?}: {stats:?}");
    }
    check(Reliable);
    check(QosLevel::Reliable);
}
