//! Several receivers of the levels that overwrite: each message goes to one of them, or is counted.

use windlass_qos::{
    BestEffort, Builder, DropReason, Level, ManyToMany, Overwrites, QosLevel, RealTime, Receiver,
    RecvError, Reliable, Sender, TryRecvError,
};
use windlass_sync::thread;
use windlass_testkit::{Seen, Tally};

/// Calls `check` for each level that overwrites.
macro_rules! each_level {
    ($check:ident) => {
        $check(BestEffort);
        $check(Reliable);
        $check(RealTime);
    };
}

fn build<T: Send, L: Level>(
    level: L,
    capacity: usize,
) -> (Sender<T, L, ManyToMany>, Receiver<T, L, ManyToMany>) {
    Builder::new(level, capacity).many_senders(2).many_receivers(2).build().unwrap()
}

#[test]
fn two_receivers_follow_the_table() {
    fn check<L: Overwrites>(level: L) {
        let (mut tx, mut first) = build(level, 3);
        let mut second = first.clone();
        tx.send_many(1..=5).unwrap();
        if level.qos() == QosLevel::Reliable {
            assert_eq!(first.try_recv(), Err(TryRecvError::Lagged(2)), "told once");
        }
        let got = [first.try_recv(), second.try_recv(), first.try_recv()];
        let expected = if level.qos() == QosLevel::RealTime { [5, 4, 3] } else { [3, 4, 5] };
        assert_eq!(got, expected.map(Ok), "{level:?}: one order for both");
        assert_eq!(second.try_recv(), Err(TryRecvError::Empty), "{level:?}");
        drop(tx);
        let ends = [first.try_recv(), second.try_recv()];
        assert_eq!(ends, [Err(TryRecvError::Closed); 2], "{level:?}: both see the end");
    }
    each_level!(check);
}

#[test]
fn the_latest_for_one_of_two_leaves_nothing_for_the_other() {
    fn check<L: Overwrites>(level: L) {
        let seen = Seen::new();
        let left = seen.clone();
        let (mut tx, mut first) = Builder::new(level, 4)
            .many_receivers(2)
            .on_drop(move |message, reason| left.push((message, reason)))
            .build()
            .unwrap();
        let mut second = first.clone();
        tx.send_many(1..=3).unwrap();
        assert_eq!(first.take_latest(), Ok(3), "{level:?}: the newest");
        let passed = DropReason::PassedOver;
        assert_eq!(seen.take(), [(1, passed), (2, passed)], "{level:?}: in order");
        assert_eq!(second.take_latest(), Err(TryRecvError::Empty), "{level:?}");
    }
    each_level!(check);
}

/// Threads at both ends of a small buffer: each message is delivered once, or dropped once and counted.
#[test]
fn two_senders_and_two_receivers_lose_nothing_uncounted() {
    const EACH: u64 = if cfg!(miri) { 30 } else { 20_000 };
    fn check<L: Overwrites>(level: L) {
        for capacity in [1, 2, 3, 64] {
            let tally = Tally::new();
            let (tx, rx) = build(level, capacity);
            let senders = [tx.clone(), tx].map(|mut tx| {
                let tally = tally.clone();
                thread::spawn(move || {
                    (0..EACH).try_for_each(|n| tx.send((n, tally.make()))).unwrap();
                })
            });
            let receivers = [rx.clone(), rx].map(|mut rx| {
                thread::spawn(move || {
                    let (mut got, mut lost) = (0, 0);
                    loop {
                        match rx.recv() {
                            Ok(_) => got += 1,
                            Err(RecvError::Lagged(n)) => lost += n,
                            Err(RecvError::Closed) => return (got, lost, rx),
                        }
                    }
                })
            });
            senders.into_iter().for_each(|sender| sender.join().unwrap());
            let [first, second] = receivers.map(|receiver| receiver.join().unwrap());
            let (got, lost) = (first.0 + second.0, first.1 + second.1);
            let stats = first.2.stats();
            assert_eq!(stats.accepted, 2 * EACH, "{level:?}, {capacity}");
            assert_eq!((stats.delivered, stats.held), (got, 0), "{level:?}, {capacity}");
            assert_eq!(stats.accepted, got + stats.dropped(), "{level:?}, {capacity}: {stats:?}");
            if level.qos() == QosLevel::Reliable {
                assert_eq!(got + lost, 2 * EACH, "{capacity}: told exactly");
            }
            drop((first, second));
            assert_eq!(tally.dropped(), tally.made(), "{level:?}, {capacity}: dropped once");
        }
    }
    each_level!(check);
}

/// What one sender sent comes in its order to each receiver, where the oldest come first.
#[test]
fn each_receiver_sees_each_senders_order() {
    const EACH: u64 = if cfg!(miri) { 30 } else { 20_000 };
    fn check<L: Overwrites>(level: L) {
        let (tx, rx) = build(level, 4);
        let senders = [(0, tx.clone()), (1, tx)].map(|(sender, mut tx)| {
            thread::spawn(move || (0..EACH).try_for_each(|n| tx.send((sender, n))).unwrap())
        });
        let receivers = [rx.clone(), rx].map(|rx| {
            thread::spawn(move || {
                let mut next = [0; 2];
                for (sender, n) in rx {
                    let next: &mut u64 = &mut next[usize::from(sender == 1)];
                    assert!(*next <= n, "{level:?}: in order");
                    *next = n + 1;
                }
            })
        });
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        receivers.into_iter().for_each(|receiver| receiver.join().unwrap());
    }
    check(BestEffort);
    check(Reliable);
}
