//! What is promised of progress of each verb: one party stops in the middle of its call, and every verb of the
//! others that is not said to wait returns.
//!
//! As in `store/progress_tests.rs`, what the others do runs on the thread that stopped: whoever waited for it
//! would never return.

use alloc::sync::Arc;

use windlass_sync::sync::{Mutex, lock};

use crate::halt::{Place, halt_at, is_set};
use crate::{
    BestEffort, Builder, Guaranteed, Level, ManySenders, OneReceiver, Overwrites, Pair, Paths,
    QosLevel, RealTime, Receiver, Reliable, Sender, TryRecvError, TrySendError,
};

/// Calls `check` with what `make` builds by a level, for each number of handles.
macro_rules! each_path {
    ($check:ident, $builder:expr) => {
        $check($builder.build().expect("small"));
        $check($builder.many_senders(2).build().expect("small"));
        $check($builder.many_senders(2).many_receivers(2).build().expect("small"));
    };
}

/// Calls `check` for each level, also for those that are chosen at run time.
macro_rules! each_level {
    ($check:ident) => {
        $check(BestEffort);
        $check(Reliable);
        $check(Guaranteed);
        $check(RealTime);
        QosLevel::ALL.into_iter().for_each($check);
    };
}

/// The levels that overwrite.
macro_rules! each_that_overwrites {
    ($check:ident) => {
        $check(BestEffort);
        $check(Reliable);
        $check(RealTime);
    };
}

/// Where a handle waits for the end of a hook that uses it.
struct Kept<T>(Arc<Mutex<Option<T>>>);

impl<T> Kept<T> {
    fn new() -> (Self, Self) {
        let place = Arc::new(Mutex::new(None));
        (Self(Arc::clone(&place)), Self(place))
    }

    fn put(&self, handle: T) {
        *lock(&self.0) = Some(handle);
    }

    fn take(&self) -> T {
        lock(&self.0).take().expect("the hook was reached")
    }
}

/// A sender stops in the middle of a send; the receiver gets what was there, is told the truth, closes.
fn receives<L: Level, P: Paths>((mut tx, mut rx): Pair<u64, L, P>) {
    tx.send_many([1, 2]).expect("room");
    let (keep, kept) = Kept::new();
    halt_at(Place::Claimed, move || {
        assert_eq!(rx.drain().count(), 2, "what was there");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "one is on its way");
        assert_eq!(rx.try_iter().count(), 0, "as above");
        assert!(rx.len() <= 3 && rx.stats().accepted <= 3, "numbers are to be had");
        rx.close();
        assert!(rx.is_closed(), "at once");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "it was claimed before");
        keep.put(rx);
    });
    assert_eq!(tx.try_send(3), Ok(()), "accepted before the close");
    let mut rx = kept.take();
    assert_eq!((rx.try_recv(), rx.try_recv()), (Ok(3), Err(TryRecvError::Closed)), "goes on");
}

#[test]
fn no_verb_that_receives_waits_for_a_sender_that_stopped() {
    fn each<L: Level>(level: L) {
        each_path!(receives, Builder::new(level, 3));
    }
    each_level!(each);
}

/// The same with a look at the next message.
fn looks<L: Level, P: OneReceiver>((mut tx, mut rx): Pair<u64, L, P>) {
    tx.send(1).expect("room");
    let (keep, kept) = Kept::new();
    halt_at(Place::Claimed, move || {
        assert_eq!(rx.peek(), Ok(&1), "it is there");
        assert_eq!(rx.try_recv(), Ok(1), "and is taken");
        assert_eq!(rx.peek(), Err(TryRecvError::Empty), "one is on its way");
        keep.put(rx);
    });
    assert_eq!(tx.try_send(2), Ok(()), "room");
    assert_eq!(kept.take().peek(), Ok(&2), "it is there now");
}

#[test]
fn no_look_at_the_next_message_waits_for_a_sender_that_stopped() {
    fn each<L: Level>(level: L) {
        looks(Builder::new(level, 3).build().expect("small"));
        looks(Builder::new(level, 3).many_senders(2).build().expect("small"));
    }
    each_level!(each);
}

/// The same with the latest alone.
fn latest<L: Overwrites, P: Paths>((mut tx, mut rx): Pair<u64, L, P>) {
    tx.send_many([1, 2]).expect("open");
    let (keep, kept) = Kept::new();
    halt_at(Place::Claimed, move || {
        assert_eq!(rx.take_latest(), Ok(2), "the newest that is there");
        assert_eq!(rx.take_latest(), Err(TryRecvError::Empty), "one is on its way");
        keep.put(rx);
    });
    assert_eq!(tx.force_send(3), Ok(None), "room");
    assert_eq!(kept.take().take_latest(), Ok(3), "it is there now");
}

#[test]
fn nobody_who_wants_the_latest_waits_for_a_sender_that_stopped() {
    fn each<L: Overwrites>(level: L) {
        each_path!(latest, Builder::new(level, 3));
    }
    each_that_overwrites!(each);
}

/// Where a receiver of a buffer stops that has found a message.
fn found<L: Level, P: Paths>(rx: &Receiver<u64, L, P>) -> Place {
    let shares = rx.shared.limits.receivers != 1 && !rx.level().overwrites();
    if shares { Place::Taking } else { Place::Found }
}

/// A receiver stops in the middle of a receive; the sender goes on, or is refused at once, and closes.
fn sends<L: Level, P: Paths>((mut tx, mut rx): Pair<u64, L, P>) {
    let overwrites = tx.level().overwrites();
    tx.send(1).expect("room");
    halt_at(found(&rx), move || {
        tx.send_many([2, 3]).expect("room");
        let more = tx.try_send_many(4..40);
        assert_eq!(more.is_ok(), overwrites, "{}: goes on, or is told", tx.level());
        let refused = (!overwrites).then_some(TrySendError::Full(40));
        assert_eq!(tx.try_send(40).err(), refused, "{}", tx.level());
        assert!(tx.len() <= 3 && 3 <= tx.stats().accepted, "numbers are to be had");
        tx.close();
        assert!(tx.send(41).is_err(), "closed");
    });
    assert!(rx.try_iter().any(|message| message == if overwrites { 40 } else { 3 }), "the newest");
    assert!(!is_set(), "it was stopped");
    let stats = rx.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
}

#[test]
fn no_verb_that_sends_waits_for_a_receiver_that_stopped() {
    fn each<L: Level>(level: L) {
        each_path!(sends, Builder::new(level, 3));
    }
    each_level!(each);
}

/// A sender stops in the middle of a send; another one goes on as long as there is room, or as it likes.
fn sends_beside<L: Level, P: ManySenders>((mut tx, rx): Pair<u64, L, P>) {
    let mut other = tx.clone();
    let overwrites = tx.level().overwrites();
    let (keep, kept) = Kept::new();
    halt_at(Place::Claimed, move || {
        other.send_many([2, 3]).expect("room");
        let more = other.try_send_many(4..40);
        assert_eq!(more.is_ok(), overwrites, "{}: goes on, or is told", other.level());
        assert!(other.len() <= 3 && 3 <= other.stats().accepted, "numbers are to be had");
        other.close();
        assert!(other.send(41).is_err(), "closed");
        keep.put(rx);
    });
    assert_eq!(tx.try_send(1), Ok(()), "claimed before the close");
    let mut rx = kept.take();
    let got = rx.try_iter().count();
    assert_eq!(got, 3, "{}: full", rx.level());
    let stats = rx.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
}

#[test]
fn no_verb_that_sends_waits_for_a_sender_that_stopped() {
    fn each<L: Level>(level: L) {
        let builder = || Builder::new(level, 3).many_senders(2);
        sends_beside(builder().build().expect("small"));
        sends_beside(builder().many_receivers(2).build().expect("small"));
    }
    each_level!(each);
}

/// One of several receivers stops in the middle of a receive; another one and the sender go on.
fn receives_beside<L: Level>(level: L) {
    let builder = Builder::new(level, 3).many_senders(2).many_receivers(2);
    let (mut tx, mut rx) = builder.build().expect("small");
    let mut other = rx.clone();
    tx.send_many([1, 2]).expect("room");
    halt_at(found(&rx), move || {
        assert!(other.try_recv().is_ok(), "{}: it gets one", tx.level());
        tx.send(3).expect("room");
        assert!(other.try_iter().count() <= 2, "{}: and what there is", tx.level());
        assert!(other.len() <= 3, "numbers are to be had");
        other.close();
    });
    assert!(rx.try_iter().count() <= 2, "{}: goes on", rx.level());
    assert!(!is_set(), "it was stopped");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "{}: all was taken", rx.level());
    let stats = rx.stats();
    assert_eq!((stats.delivered, stats.held), (3, 0), "{}: each by one of them", rx.level());
}

#[test]
fn no_verb_that_receives_waits_for_a_receiver_that_stopped() {
    each_level!(receives_beside);
}

/// The newest are dropped: what was there stays, though a receiver stopped before it took the oldest.
fn drops_beside_a_receiver<L: Overwrites, P: Paths>((mut tx, mut rx): Pair<u64, L, P>) {
    tx.send(1).expect("room");
    halt_at(Place::Found, move || {
        tx.send_many(2..40).expect("open");
        let stats = tx.stats();
        assert_eq!((stats.newest, stats.overwritten), (36, 0), "{}: the newest", tx.level());
        tx.close();
    });
    let mut got: Vec<_> = rx.try_iter().collect();
    assert!(!is_set(), "it was stopped");
    got.sort_unstable();
    assert_eq!(got, [1, 2, 3], "{}: the oldest", rx.level());
}

/// The same though another sender stopped behind its claim.
fn drops_beside_a_sender<L: Overwrites, P: ManySenders>((mut tx, rx): Pair<u64, L, P>) {
    let mut other: Sender<_, _, _> = tx.clone();
    let (keep, kept) = Kept::new();
    halt_at(Place::Claimed, move || {
        other.send_many(2..40).expect("open");
        keep.put(rx);
    });
    tx.send(1).expect("open");
    let mut rx = kept.take();
    assert!(!rx.is_empty() && rx.try_iter().count() <= 3, "{}: it goes on", rx.level());
    let stats = rx.stats();
    assert_eq!((stats.accepted, stats.held), (39, 0), "{}: all counted", rx.level());
    assert_eq!(stats.accepted, stats.delivered + stats.dropped(), "{stats:?}");
}

#[test]
fn who_drops_the_newest_waits_for_nobody_who_stopped() {
    fn each<L: Overwrites>(level: L) {
        let builder = || Builder::new(level, 3).drop_newest();
        each_path!(drops_beside_a_receiver, builder());
        drops_beside_a_sender(builder().many_senders(2).build().expect("small"));
        let shared = builder().many_senders(2).many_receivers(2);
        drops_beside_a_sender(shared.build().expect("small"));
    }
    each_that_overwrites!(each);
}
