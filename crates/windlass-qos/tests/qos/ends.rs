//! Handles: waits and what ends them, dropping either end, how many there can be.

use std::time::Duration;

use crate::levels::{begin, each_level};
use windlass_qos::{
    BestEffort, BuildError, Builder, Closed, Deadline, DropReason, Guaranteed, Level, QosLevel,
    RealTime, RecvError, RecvTimeoutError, Reliable, SendTimeoutError, Wait, adaptive, best_effort,
    guaranteed, lanes, real_time, reliable, timed,
};
use windlass_sync::thread;
use windlass_testkit::{Seen, Tally};

const SOON: Duration = Duration::from_millis(1);

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

/// Nobody waits by this plan without being noticed.
fn never_waits() -> Wait {
    Wait::custom(|_| panic!("it waits"))
}

#[test]
fn no_verb_that_tries_waits() {
    fn one<T, L: Level>(level: L) -> Builder<T, L> {
        Builder::new(level, 1).wait(never_waits()).sender_wait(never_waits())
    }
    fn check<L: Level>(level: L) {
        let far = Duration::MAX;
        for builder in [one(level), one(level).drop_newest(), one(level).wait_then_overwrite(far)] {
            let (mut tx, mut rx) = builder.build().unwrap();
            assert!(rx.try_recv().is_err() && rx.peek().is_err(), "{level:?}: empty");
            assert_eq!((rx.try_iter().count(), rx.drain().count()), (0, 0), "{level:?}: empty");
            tx.try_send(1).unwrap();
            let refuses = !level.qos().overwrites();
            assert_eq!(tx.try_send(2).is_err(), refuses, "{level:?}: full");
            assert_eq!(tx.try_send_many([3, 4]).is_err(), refuses, "{level:?}: full");
            assert!(rx.try_recv().is_ok() || rx.try_recv().is_ok(), "{level:?}: behind a gap");
        }
        let (mut tx, mut rx) = timed::Builder::over(one(level)).build().unwrap();
        assert!(rx.try_recv().is_err(), "{level:?}: empty");
        let sent = [1, 2].map(|message| tx.try_send(message).is_ok());
        assert_eq!(sent, [true, level.qos().overwrites()], "{level:?}: then full");
    }
    each_level!(check);
    let builder = lanes::Builder::new().wait(never_waits()).sender_wait(never_waits());
    let builder = builder.lane(lanes::Lane::new(QosLevel::Guaranteed, 1));
    let (mut tx, mut rx) = builder.build().unwrap();
    assert!(rx.try_recv().is_err(), "empty");
    assert_eq!([1, 2].map(|n| tx[0].try_send(n).is_ok()), [true, false], "then full");
    assert_eq!(tx[0].try_send_run(&mut vec![3], 1), 0, "full");
    let builder = adaptive::Builder::new(1).wait(never_waits()).sender_wait(never_waits());
    let (mut tx, mut rx) = builder.build().unwrap();
    assert!(rx.try_recv().is_err(), "empty");
    assert_eq!([1, 2].map(|n| tx.try_send(n).is_ok()), [true, false], "then full");
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
fn room_can_be_waited_for_without_a_message() {
    let (mut tx, mut rx) = Builder::new(Guaranteed, 1).many_senders(2).build().unwrap();
    let passed = || Deadline::after(Duration::ZERO);
    assert!(tx.wait_for_room(passed()), "there is some");
    tx.send(1).unwrap();
    assert!(!tx.wait_for_room(passed()), "there is none");
    let mut second = tx.try_clone().unwrap();
    let waits = thread::spawn(move || {
        assert!(second.wait_for_room(Deadline::never()), "it comes");
        second.try_send(2)
    });
    assert_eq!(rx.recv(), Ok(1));
    waits.join().unwrap().unwrap();
    rx.close();
    assert!(tx.wait_for_room(Deadline::never()), "a send says why not");
    let (mut tx, _rx) = Builder::new(QosLevel::Reliable, 1).build().unwrap();
    tx.send(1).unwrap();
    assert!(tx.wait_for_room(passed()), "room is made");
    let (mut tx, _rx) = Builder::new(QosLevel::Guaranteed, 1).build().unwrap();
    tx.send(1).unwrap();
    assert!(!tx.wait_for_room(passed()), "and here it is not");
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
