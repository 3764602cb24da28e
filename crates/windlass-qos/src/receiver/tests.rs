//! For whom the receiving end rings.

use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use windlass_testkit::{Wakes, block_on};

use crate::bell::Bell;
use crate::paths::{ManyToMany, Paths};
use crate::{
    BestEffort, Builder, DropReason, Guaranteed, Level, Overwrites, QosLevel, RealTime, Receiver,
    Reliable, Sender,
};

/// Longer than a test takes.
const FAR: core::time::Duration = core::time::Duration::from_secs(600);

/// Somebody waits for room; says how often it was woken.
fn waits<T: Send, L: Level, P: Paths>(rx: &Receiver<T, L, P>) -> Wakes {
    let wakes = Wakes::new();
    let bell = rx.shared.not_full.get().expect("senders wait");
    bell.register(rx.shared.key(), &wakes.waker());
    wakes
}

type Rx<L> = Receiver<u32, L, ManyToMany>;
type Verb<L> = fn(&mut Rx<L>) -> bool;

fn build<L: Level>(level: L) -> (Sender<u32, L, ManyToMany>, Rx<L>) {
    let builder = Builder::new(level, 2).many_senders(2).many_receivers(2);
    builder.wait_then_overwrite(FAR).build().expect("there is memory")
}

#[test]
fn every_end_of_a_buffer_wakes_senders_that_wait() {
    fn check<L: Level>(level: L) {
        let (tx, rx) = build(level);
        let wakes = waits(&rx);
        rx.close();
        assert_eq!(wakes.count(), 1, "{level:?}: a receiver closes");
        let wakes = waits(&rx);
        tx.close();
        assert_eq!(wakes.count(), 1, "{level:?}: a sender closes");
        let (_tx, rx) = build(level);
        let (other, wakes) = (rx.clone(), waits(&rx));
        drop(other);
        assert_eq!(wakes.count(), 0, "{level:?}: there is another receiver");
        drop(rx);
        assert_eq!(wakes.count(), 1, "{level:?}: the last receiver leaves");
    }
    check(BestEffort);
    check(Reliable);
    check(Guaranteed);
    check(RealTime);
    QosLevel::ALL.into_iter().for_each(check);
}

#[test]
fn every_verb_that_takes_wakes_senders_that_wait() {
    fn check<L: Level>(level: L) {
        let verbs: [Verb<L>; 6] = [
            |rx| rx.try_recv().is_ok(),
            |rx| rx.recv().is_ok(),
            |rx| rx.recv_timeout(FAR).is_ok(),
            |rx| block_on(rx.recv_async()).is_ok(),
            |rx| rx.recv_many(&mut Vec::new(), 1).is_ok(),
            |rx| rx.try_iter().next().is_some(),
        ];
        for (n, verb) in verbs.into_iter().enumerate() {
            let (mut tx, mut rx) = build(level);
            tx.send_many([1, 2]).expect("there is room");
            let wakes = waits(&rx);
            assert!(verb(&mut rx), "{level:?}: {n}");
            assert_eq!((wakes.count(), rx.len()), (1, 1), "{level:?}: {n}");
        }
    }
    check(BestEffort);
    check(Reliable);
    check(Guaranteed);
    check(RealTime);
    QosLevel::ALL.into_iter().for_each(check);
}

#[test]
fn a_callback_that_panics_below_take_latest_keeps_no_sender_asleep() {
    fn check<L: Overwrites>(level: L) {
        let builder = Builder::new(level, 2).wait_then_overwrite(FAR);
        let builder = builder.on_drop(|_, reason| {
            assert!(reason != DropReason::PassedOver, "as it likes");
        });
        let (mut tx, mut rx) = builder.build().expect("there is memory");
        tx.send_many([1, 2]).expect("there is room");
        let wakes = waits(&rx);
        let taken = catch_unwind(AssertUnwindSafe(|| rx.take_latest()));
        assert!(taken.is_err(), "{level:?}: not swallowed");
        assert_eq!(wakes.count(), 1, "{level:?}: woken");
        assert!(tx.try_send_into_room(3).is_ok(), "{level:?}: there is room");
    }
    check(BestEffort);
    check(Reliable);
    check(RealTime);
}

#[test]
fn who_looks_at_a_message_and_makes_room_so_wakes_senders_that_wait() {
    fn check<L: Overwrites>(level: L) {
        let builder = Builder::new(level, 1).many_senders(2).wait_then_overwrite(FAR);
        let (mut tx, mut rx) = builder.build().expect("there is memory");
        tx.send(1).expect("there is room");
        let wakes = waits(&rx);
        assert_eq!(rx.peek(), Ok(&1), "{level:?}");
        assert_eq!(wakes.count(), 1, "{level:?}: woken");
        assert!(tx.try_send_into_room(2).is_ok(), "{level:?}: there is room");
    }
    check(BestEffort);
    check(Reliable);
    check(RealTime);
}
