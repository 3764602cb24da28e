//! Looking at a message before it is taken.

use std::sync::Arc;

use crate::levels::each_level;
use windlass_qos::{
    BestEffort, Builder, DropReason, Guaranteed, Level, Overwrites, QosLevel, RealTime, Reliable,
    TryRecvError, reliable,
};
use windlass_sync::sync::Mutex;
use windlass_testkit::Tally;

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
fn the_latest_behind_a_peeked_message_passes_over_it() {
    fn check<L: Overwrites>(level: L) {
        for capacity in [1, 2, 64] {
            let passed = Arc::new(Mutex::new(Vec::new()));
            let seen = Arc::clone(&passed);
            let buffer = Builder::new(level, capacity);
            let buffer =
                buffer.on_drop(move |message, why| seen.lock().unwrap().push((message, why)));
            let (mut tx, mut rx) = buffer.build().unwrap();
            let about = format!("{level:?}, {capacity}");
            tx.send(1).unwrap();
            assert_eq!(rx.peek(), Ok(&1), "{about}");
            tx.send(2).unwrap();
            assert_eq!(rx.take_latest(), Ok(2), "{about}: what came behind it");
            let passed_over = (1, DropReason::PassedOver);
            assert_eq!(*passed.lock().unwrap(), [passed_over], "{about}");
            tx.send(3).unwrap();
            assert_eq!(rx.peek(), Ok(&3), "{about}");
            assert_eq!(rx.take_latest(), Ok(3), "{about}: the peeked one, if it is alone");
            let stats = rx.stats();
            assert_eq!((stats.delivered, stats.passed_over, stats.held), (2, 1, 0), "{about}");
        }
    }
    check(BestEffort);
    check(Reliable);
    check(RealTime);
}

#[test]
fn what_was_peeked_at_still_counts_as_there() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 3).build().unwrap();
        tx.send_many([1, 2, 3]).unwrap();
        assert!(rx.peek().is_ok() && !rx.is_empty(), "{level:?}");
        assert_eq!(rx.len(), 3, "{level:?}: what can be received");
        assert_eq!(rx.drain().count(), 3, "{level:?}: all of it");
        assert_eq!((rx.len(), rx.is_empty()), (0, true), "{level:?}");
    }
    each_level!(check);
}
