//! Priority lanes beside their rule.

use std::pin::pin;
use std::time::Duration;

use windlass_qos::QosLevel::{BestEffort, Guaranteed, RealTime, Reliable};
use windlass_qos::lanes::{Builder, Lane, Receiver, Sender};
use windlass_qos::{
    BuildError, DropReason, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError,
    TrySendError, Wait,
};
use windlass_ring::Pause;
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::{Alarm, Deadline, thread};
use windlass_testkit::{Seen, Tally, Wakes, block_on, poll_once};

fn lanes<T: Send>(lanes: &[Lane]) -> (Vec<Sender<T>>, Receiver<T>) {
    lanes.iter().fold(Builder::new(), |builder, lane| builder.lane(*lane)).build().unwrap()
}

#[test]
fn control_comes_first_and_nobody_starves() {
    let (mut tx, mut rx) = lanes(&[
        Lane::new(Guaranteed, 16).budget(3),
        Lane::new(Guaranteed, 16).budget(2),
        Lane::new(Guaranteed, 16),
    ]);
    for lane in (0..3).rev() {
        for n in 0..6 {
            tx[lane].send(n).unwrap();
        }
    }
    let order: Vec<(usize, i32)> = rx.try_iter().collect();
    let whose: Vec<usize> = order.iter().map(|(lane, _)| *lane).collect();
    assert_eq!(whose, [0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 1, 2, 1, 1, 2, 2, 2, 2], "by the rule");
    for lane in 0..3 {
        let of: Vec<i32> = order.iter().filter(|(at, _)| *at == lane).map(|(_, n)| *n).collect();
        assert_eq!(of, [0, 1, 2, 3, 4, 5], "in order within a lane");
    }
}

#[test]
fn each_lane_keeps_its_level_and_its_numbers() {
    let (mut tx, mut rx) = lanes(&[
        Lane::new(Guaranteed, 2),
        Lane::new(Reliable, 2),
        Lane::new(BestEffort, 2),
        Lane::new(RealTime, 2),
    ]);
    for n in 1..=3 {
        assert_eq!(tx[0].try_send(n).is_ok(), n < 3, "a full one refuses");
        (1..4).for_each(|lane| tx[lane].try_send(n).unwrap());
    }
    let mut seen = Vec::new();
    loop {
        match rx.try_recv() {
            Ok(found) => seen.push(found),
            Err(TryRecvError::Lagged(n)) => assert_eq!((rx.lane(), n), (1, 1), "whose it is"),
            Err(_) => break,
        }
    }
    for (lane, expected) in [[1, 2], [2, 3], [2, 3], [3, 2]].into_iter().enumerate() {
        let of: Vec<i32> = seen.iter().filter(|(at, _)| *at == lane).map(|(_, n)| *n).collect();
        assert_eq!(of, expected, "lane {lane}");
        let stats = rx.stats(lane).unwrap();
        assert_eq!((stats.delivered, stats.overwritten), (2, u64::from(lane != 0)), "lane {lane}");
        assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "adds up");
        assert_eq!((tx[lane].lane(), tx[lane].capacity()), (lane, 2), "by number");
    }
    assert_eq!(rx.stats(4), None, "no such lane");
}

#[test]
fn what_cannot_work_is_refused() {
    let one = Lane::new(Guaranteed, 1);
    let build = |lanes: &[Lane]| {
        let builder = lanes.iter().fold(Builder::<u8>::new(), |builder, lane| builder.lane(*lane));
        builder.build().err()
    };
    assert_eq!(build(&[]), Some(BuildError::NoLanes), "no lane");
    assert_eq!(build(&[one, one.budget(0)]), Some(BuildError::NoBudget { lane: 1 }), "no budget");
    assert_eq!(build(&[Lane::new(Reliable, 0)]), Some(BuildError::NoCapacity), "no capacity");
    assert_eq!(build(&[one.senders(0)]), Some(BuildError::NoHandles), "no sender");
    let many = BuildError::TooManyLanes { lanes: 257, max: 256 };
    assert_eq!(build(&[one; 257]), Some(many), "too many lanes");
    assert_eq!(build(&[one; 256]), None, "as many as there may be");
    let (tx, _rx) = lanes::<u8>(&[one.senders(2)]);
    let _other = tx[0].clone();
    assert_eq!(
        tx[0].try_clone().err(),
        Some(BuildError::TooManyHandles { handles: 3, max: 2 }),
        "full"
    );
}

#[test]
fn a_full_lane_gives_back_times_out_and_holds_up_no_other() {
    let (mut tx, mut rx) = lanes(&[Lane::new(Guaranteed, 1), Lane::new(Guaranteed, 1)]);
    tx[1].send(1).unwrap();
    assert_eq!(tx[1].try_send(2), Err(TrySendError::Full(2)), "full");
    let late = tx[1].send_timeout(3, Duration::ZERO);
    assert_eq!(late, Err(SendTimeoutError::Timeout(3)), "still full");
    tx[0].send(4).unwrap();
    assert_eq!(rx.recv(), Ok((0, 4)), "the other one");
    assert_eq!(rx.recv(), Ok((1, 1)), "then this one");
    tx[1].try_send(5).unwrap();
    tx[1].close();
    assert_eq!(tx[1].send(6).unwrap_err().into_inner(), 6, "closed");
    assert_eq!(rx.recv(), Ok((1, 5)), "what it had");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "the other lane is open");
    tx.clear();
    assert_eq!(rx.recv(), Err(RecvError::Closed), "all are closed");
}

#[test]
#[cfg_attr(miri, ignore = "threads that wait for each other take the interpreter minutes")]
fn a_receiver_that_waits_hears_every_lane() {
    for wait in [Wait::blocking(), Wait::adaptive()] {
        let mut builder = Builder::new().wait(wait.clone()).sender_wait(wait);
        for _ in 0..3 {
            builder = builder.lane(Lane::new(Guaranteed, 2).senders(2));
        }
        let (tx, mut rx) = builder.build().unwrap();
        let passed = Deadline::after(Duration::ZERO);
        assert_eq!(rx.recv_deadline(passed), Err(RecvTimeoutError::Timeout), "nothing came");
        let threads = tx.into_iter().flat_map(|tx| [tx.clone(), tx]).map(|mut tx| {
            thread::spawn(move || (0..200_u32).try_for_each(|n| tx.send(n)).unwrap())
        });
        let threads: Vec<_> = threads.collect();
        let mut sums = [0; 3];
        rx.iter().for_each(|(lane, n)| sums[lane] += n);
        assert_eq!(sums, [2 * 19_900; 3], "all of each");
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

#[test]
fn tasks_are_woken_and_leave_no_waker_behind() {
    let (mut tx, mut rx) = lanes(&[Lane::new(Guaranteed, 1), Lane::new(Guaranteed, 1)]);
    let wakes = Wakes::new();
    {
        let mut waiting = std::pin::pin!(rx.recv_async());
        assert!(poll_once(waiting.as_mut(), &wakes).is_pending(), "nothing yet");
        tx[1].send(1).unwrap();
        assert_eq!(wakes.count(), 1, "woken by the second lane");
        assert_eq!(poll_once(waiting.as_mut(), &wakes), std::task::Poll::Ready(Ok((1, 1))), "got");
    }
    tx[0].send(2).unwrap();
    {
        let mut sending = std::pin::pin!(tx[0].send_async(3));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "no room");
        assert_eq!(rx.try_recv(), Ok((0, 2)), "makes room");
        assert_eq!(wakes.count(), 2, "woken");
        assert_eq!(poll_once(sending.as_mut(), &wakes), std::task::Poll::Ready(Ok(())), "sent");
    }
    {
        let mut sending = std::pin::pin!(tx[0].send_async(4));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "dropped before it is done");
    }
    assert_eq!(wakes.kept(), 0, "no waker is left");
    rx.close();
    assert_eq!(block_on(tx[1].send_async(5)).unwrap_err().into_inner(), 5, "closed");
    assert_eq!(block_on(rx.recv_async()), Ok((0, 3)), "what was accepted");
    assert_eq!(block_on(rx.recv_async()), Err(RecvError::Closed), "the end");
}

#[test]
fn every_message_is_dropped_once_and_the_callback_told() {
    let (tally, seen) = (Tally::new(), Seen::new());
    let told = seen.clone();
    let (mut tx, mut rx) = Builder::new()
        .lane(Lane::new(Guaranteed, 2))
        .lane(Lane::new(BestEffort, 1))
        .on_drop(move |message, reason| {
            told.push(reason);
            drop(message);
        })
        .build()
        .unwrap();
    for _ in 0..2 {
        tx[0].send(tally.make()).unwrap();
        tx[1].send(tally.make()).unwrap();
    }
    drop(rx.recv().unwrap());
    drop(rx);
    assert_eq!(seen.take(), [DropReason::Overwritten, DropReason::Left, DropReason::Left], "told");
    assert_eq!((tx[0].stats().left, tx[0].stats().delivered), (1, 1), "counted");
    assert!(tx[0].send(tally.make()).is_err(), "nobody is there");
    drop(tx);
    assert_eq!((tally.made(), tally.dropped()), (5, 5), "each once");
}

#[test]
fn lanes_that_are_not_listened_to_keep_what_they_have() {
    let (mut tx, mut rx) = lanes(&[Lane::new(Guaranteed, 4), Lane::new(Guaranteed, 4)]);
    tx[1].send(1).unwrap();
    rx.listen_to(1);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "nothing on the lane that is listened to");
    tx.iter().for_each(Sender::close);
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "more is there, though not now");
    assert_eq!((rx.len_of(1), rx.len_of(2)), (Some(1), None), "it is still there");
    rx.listen_to(9);
    assert_eq!(rx.try_recv(), Ok((1, 1)), "all lanes");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "the end");
}

#[test]
fn room_is_waited_for_without_a_message_in_hand() {
    let (mut tx, mut rx) = lanes(&[Lane::new(Guaranteed, 1)]);
    assert!(tx[0].wait_for_room(Deadline::never()), "there is room");
    tx[0].send(1).unwrap();
    assert!(!tx[0].wait_for_room(Deadline::after(Duration::ZERO)), "full");
    assert!(poll_once(pin!(tx[0].room_async()), &Wakes::new()).is_pending(), "full");
    assert_eq!(rx.recv(), Ok((0, 1)), "now there is room");
    assert!(tx[0].wait_for_room(Deadline::never()), "there is room again");
    tx[0].send(2).unwrap();
    rx.close();
    assert!(tx[0].wait_for_room(Deadline::never()), "a closed lane keeps nobody waiting");
}

#[test]
fn a_wait_counts_the_threads_that_the_builder_was_told_of() {
    let waits_crowded = |threads: Option<usize>| {
        let crowded = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&crowded);
        let wait = Wait::custom(move |round| {
            seen.store(round.crowded, Ordering::Relaxed);
            Pause::Yield
        });
        let lanes =
            (0..256).fold(Builder::<u64>::new(), |lanes, _| lanes.lane(Lane::new(Guaranteed, 1)));
        let lanes = lanes.wait(wait);
        let lanes = if let Some(n) = threads { lanes.threads(move || n) } else { lanes };
        let (_senders, mut rx) = lanes.build().unwrap();
        assert!(rx.recv_timeout(Duration::ZERO).is_err(), "nobody sends");
        crowded.load(Ordering::Relaxed)
    };
    assert!(!waits_crowded(Some(1)), "one thread has all of them");
    assert!(waits_crowded(Some(usize::MAX)), "more threads than cores");
    assert_eq!(waits_crowded(None), thread::cores() < 257, "each sender counts, and the receiver");
}

#[test]
fn a_wait_for_messages_ends_for_something_else_too() {
    let (mut tx, mut rx) = lanes(&[Lane::new(Guaranteed, 2)]);
    tx[0].send(7).unwrap();
    assert_eq!(rx.recv_or(Deadline::never(), || true), Ok(Some((0, 7))), "messages come first");
    assert_eq!(rx.recv_or(Deadline::never(), || true), Ok(None), "something else");
    let passed = Deadline::after(Duration::ZERO);
    assert_eq!(rx.recv_or(passed, || false), Err(RecvTimeoutError::Timeout), "nothing");
    let (is_there, waker) =
        (Arc::new(AtomicBool::new(false)), Alarm::of_this_thread().waker().clone());
    let other = {
        let is_there = Arc::clone(&is_there);
        thread::spawn(move || {
            is_there.store(true, Ordering::Release);
            waker.wake();
        })
    };
    let found = rx.recv_or(Deadline::never(), || is_there.load(Ordering::Acquire));
    assert_eq!(found, Ok(None), "it was unparked for that");
    other.join().unwrap();
    drop(tx);
    let over = rx.recv_or(Deadline::never(), || true);
    assert_eq!(over, Err(RecvTimeoutError::Closed), "the end comes first");
}

#[test]
fn a_sender_knows_whether_there_is_room() {
    for level in [BestEffort, Reliable, Guaranteed, RealTime] {
        let (mut tx, mut rx) = lanes(&[Lane::new(level, 2)]);
        for round in 0..9 {
            assert!(tx[0].has_room(), "{level:?}: for two, round {round}");
            tx[0].send(0).unwrap();
            assert!(tx[0].has_room(), "{level:?}: for one, round {round}");
            tx[0].send(1).unwrap();
            assert!(!tx[0].has_room(), "{level:?}: for none, round {round}");
            assert!(rx.try_recv().is_ok() && tx[0].has_room(), "{level:?}: again");
            assert!(rx.try_recv().is_ok(), "{level:?}: the other one");
        }
    }
}

#[test]
fn what_is_missing_in_a_lane_is_told_though_others_are_quiet() {
    let lane = |level| Lane::new(level, 2).budget(9);
    let (mut tx, mut rx) = lanes(&[lane(Guaranteed), lane(Reliable), lane(Guaranteed)]);
    for round in 0..5 {
        (0..5).for_each(|n| tx[1].send(n).unwrap());
        tx[2].send(9).unwrap();
        assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(3)), "round {round}");
        assert_eq!(rx.lane(), 1, "of that lane");
        let rest: Vec<_> = rx.try_iter().collect();
        assert_eq!(rest, [(1, 3), (1, 4), (2, 9)], "and then what is there");
    }
}
