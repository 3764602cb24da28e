//! Levels at which the oldest makes room, what is done instead, and the latest alone.

use std::time::Duration;

use crate::levels::{begin, each_level};
use windlass_qos::{
    BestEffort, Builder, Closed, DropReason, Guaranteed, Level, ManySenders, Pause, QosLevel,
    RealTime, Receiver, Reliable, Sender, TryRecvError, TrySendError, Wait,
};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_testkit::Seen;

const SOON: Duration = Duration::from_millis(1);

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

/// Senders of one buffer, made in every way there is.
fn of_every_kind<L: Level, P: ManySenders>(tx: Sender<u32, L, P>) -> [Sender<u32, L, P>; 4] {
    let weak = tx.downgrade();
    [tx.clone(), weak.clone().upgrade().unwrap(), weak.upgrade().unwrap(), tx]
}

#[test]
fn every_one_of_many_senders_drops_the_newest() {
    fn of_many<L: Level, P: ManySenders>(builder: Builder<u32, L, P>) {
        let (tx, mut rx) = builder.drop_newest().build().unwrap();
        let overwrites = tx.level().overwrites();
        for (n, mut sender) in of_every_kind(tx).into_iter().enumerate() {
            let sent = [1, 2, 3].map(|message| sender.try_send(message).is_ok());
            assert_eq!(sent, [true, true, overwrites], "{rx:?}: {n}");
            let mut kept: Vec<_> = rx.try_iter().collect();
            kept.sort_unstable();
            assert_eq!(kept, [1, 2], "{rx:?}: {n}");
        }
        assert_eq!(rx.stats().newest, if overwrites { 4 } else { 0 }, "{rx:?}");
    }
    fn check<L: Level>(level: L) {
        of_many(Builder::new(level, 2).many_senders(4));
        of_many(Builder::new(level, 2).many_senders(4).many_receivers(2));
    }
    each_level!(check);
}

#[test]
fn every_one_of_many_senders_waits_before_it_overwrites() {
    fn of_many<L: Level, P: ManySenders>(builder: Builder<u32, L, P>) {
        let receiver: Arc<Mutex<Option<Receiver<u32, L, P>>>> = Arc::default();
        let seen = Seen::new();
        let (takes, taken) = (Arc::clone(&receiver), seen.clone());
        // While a sender waits for room, on the same thread, what is there is taken.
        let wait = Wait::custom(move |_| {
            taken.push(lock(&takes).as_mut().map(Receiver::try_recv));
            Pause::Yield
        });
        let builder = builder.wait_then_overwrite(Duration::from_secs(600)).sender_wait(wait);
        let (mut tx, rx) = builder.build().unwrap();
        *lock(&receiver) = Some(rx);
        tx.send(0).unwrap();
        for (n, mut sender) in (0..).zip(of_every_kind(tx)) {
            sender.send(n + 1).unwrap();
            assert_eq!(seen.take(), [Some(Ok(n))], "{sender:?}: it waited");
        }
    }
    fn check<L: Level>(level: L) {
        of_many(Builder::new(level, 1).many_senders(4));
        of_many(Builder::new(level, 1).many_senders(4).many_receivers(2));
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
