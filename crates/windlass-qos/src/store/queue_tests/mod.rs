//! What holds for both queues of [`Guaranteed`](crate::Guaranteed).

#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests always have std"
)]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod model;
mod threads;

use std::panic::{AssertUnwindSafe, catch_unwind};

use windlass_testkit::Tally;

use super::peek::Peek;
use super::{IndexQueue, Limits, Refused, StampQueue, Store, Taken};

/// Positions that wrap soon, in either queue.
const LATE: u64 = (1 << 63) - 3;

fn limits(capacity: usize, handles: usize, origin: u64) -> Limits {
    Limits { capacity, senders: handles, receivers: handles, origin }
}

/// One sender, one receiver, their store.
struct Pair<T: Send, S: Store<T>> {
    store: S,
    tx: S::Tx,
    rx: S::Rx,
}

impl<T: Send, S: Store<T>> Pair<T, S> {
    fn new(limits: &Limits) -> Self {
        let store = S::new(limits).unwrap();
        let (tx, rx) = (store.sender().unwrap(), store.receiver().unwrap());
        Self { store, tx, rx }
    }

    fn offer(&mut self, message: T) -> Result<(), Refused<T>> {
        match self.store.offer_at_once(&mut self.tx, message) {
            Ok(()) => Ok(()),
            Err(message) => self.store.offer_if_room(&mut self.tx, message).map(drop),
        }
    }

    fn take(&mut self) -> Taken<T> {
        match self.store.take_at_once(&mut self.rx) {
            Some(message) => Taken::Message(message),
            None => self.store.take(&mut self.rx),
        }
    }
}

/// Calls the check with each queue.
macro_rules! for_both {
    ($check:ident::<$message:ty>($($argument:expr),*)) => {
        $check::<IndexQueue<$message>>($($argument,)* 1);
        $check::<StampQueue<$message>>($($argument,)* 1);
        $check::<StampQueue<$message>>($($argument,)* 3);
    };
}
use for_both;

fn fills_to_its_capacity<S: Store<u64>>(capacity: usize, handles: usize) {
    let mut queue = Pair::<u64, S>::new(&limits(capacity, handles, LATE));
    for lap in 0..3 {
        for n in 0..capacity as u64 {
            assert_eq!(queue.offer(n), Ok(()), "lap {lap}: room for {n} of {capacity}");
        }
        assert_eq!(queue.offer(0), Err(Refused::Full(0)), "{capacity} and no more");
        assert_eq!(queue.store.len(), capacity, "all are there");
        assert_eq!(queue.take(), Taken::Message(0), "the oldest");
        assert_eq!(queue.offer(7), Ok(()), "one place is seen at once");
        for n in (1..capacity as u64).chain([7]) {
            assert_eq!(queue.take(), Taken::Message(n), "lap {lap}: in order");
        }
        assert_eq!(queue.take(), Taken::Empty, "and no more");
    }
    assert_eq!(queue.store.stats().high_water, capacity as u64, "it was full");
}

#[test]
fn a_queue_holds_exactly_its_capacity() {
    for capacity in [1, 2, 3, 6, 7, 8, 13, 14, 15, 64, 100, 127, 128, 255, 256, 257] {
        for_both!(fills_to_its_capacity::<u64>(capacity));
    }
    if !cfg!(miri) {
        for_both!(fills_to_its_capacity::<u64>(65_536));
        for_both!(fills_to_its_capacity::<u64>(1_000_000));
    }
}

fn drops_each_once<S: Store<windlass_testkit::Tallied>>(left: usize, handles: usize) {
    let tally = Tally::new();
    let mut queue = Pair::<_, S>::new(&limits(5, handles, LATE));
    for _ in 0..left + 4 {
        if queue.offer(tally.make()).is_err() {
            drop(queue.take());
        }
    }
    queue.store.close();
    assert!(matches!(queue.offer(tally.make()), Err(Refused::Closed(_))), "it comes back");
    drop(queue);
    assert_eq!(tally.made(), tally.dropped(), "each was dropped once");
}

#[test]
fn messages_are_dropped_once_with_their_queue() {
    for left in 0..12 {
        for_both!(drops_each_once::<windlass_testkit::Tallied>(left));
    }
}

/// A message whose destructor panics, and is counted.
struct Bomb(#[expect(dead_code, reason = "it is there to be dropped")] windlass_testkit::Tallied);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "this one cannot be dropped in peace");
    }
}

fn survives_bombs<S: Store<Bomb>>(handles: usize) {
    let tally = Tally::new();
    let mut queue = Pair::<_, S>::new(&limits(4, handles, 0));
    for _ in 0..4 {
        assert!(queue.offer(Bomb(tally.make())).is_ok(), "there is room");
    }
    let latest = catch_unwind(AssertUnwindSafe(|| {
        queue.store.take_latest(&mut queue.rx, &mut drop::<Bomb>)
    }));
    assert!(latest.is_err(), "the first one passed over panics");
    let stats = queue.store.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
    assert_eq!((stats.passed_over, stats.held), (2, 2), "the one in hand was lost too");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err(), "so do those that are left");
    assert_eq!(tally.made(), tally.dropped(), "each was dropped once");
}

#[test]
fn a_drop_that_panics_breaks_nothing() {
    for_both!(survives_bombs::<Bomb>());
}

fn lets_handles_come_and_go<S: Store<u64>>(handles: usize) {
    let mut queue = Pair::<u64, S>::new(&limits(3, handles, LATE));
    let mut others = Vec::new();
    for _ in 1..handles {
        others.push((queue.store.sender().unwrap(), queue.store.receiver().unwrap()));
    }
    assert!(queue.store.sender().is_none(), "no more than {handles}");
    assert!(queue.store.receiver().is_none(), "no more than {handles}");
    for n in 0..20 {
        assert_eq!(queue.offer(n), Ok(()), "there is room");
        queue.store.leave_sender(&mut queue.tx);
        queue.store.leave_sender(&mut queue.tx);
        queue.store.leave_receiver(&mut queue.rx);
        queue.store.leave_receiver(&mut queue.rx);
        queue.tx = queue.store.sender().expect("a place is free");
        queue.rx = queue.store.receiver().expect("a place is free");
        assert!(queue.store.sender().is_none(), "leaving twice frees one place");
        assert_eq!(queue.take(), Taken::Message(n), "the next one goes on");
    }
}

#[test]
fn a_place_that_is_left_can_be_taken() {
    for_both!(lets_handles_come_and_go::<u64>());
}

fn shows_what_comes_next<S: Peek<u64>>() {
    let mut queue = Pair::<u64, S>::new(&limits(2, 1, 0));
    assert_eq!(queue.store.peek(&mut queue.rx), Taken::Empty, "nothing yet");
    for n in 0..9 {
        assert_eq!(queue.offer(n), Ok(()), "there is room");
        assert_eq!(queue.store.peek(&mut queue.rx), Taken::Message(&n), "where it lies");
        assert_eq!(queue.store.peek(&mut queue.rx), Taken::Message(&n), "and it stays there");
        assert_eq!(queue.store.stats().held, 1, "what is peeked at is held");
        assert_eq!(queue.take(), Taken::Message(n), "until it is taken");
    }
    queue.store.close();
    assert_eq!(queue.store.peek(&mut queue.rx), Taken::End, "and the end");
}

#[test]
fn peeking_shows_what_is_taken_next() {
    shows_what_comes_next::<IndexQueue<u64>>();
    shows_what_comes_next::<StampQueue<u64>>();
}

#[test]
fn a_receiver_that_reads_ahead_takes_what_is_there_and_no_more() {
    // Blocks that lie far ahead, and beyond the end: just short of them, just behind, and a lap on.
    let mut pair = Pair::<u64, IndexQueue<u64>>::new(&limits(1000, 1, 5));
    let (mut sent, mut taken) = (0, 0);
    for burst in (1..=1000).step_by(37).chain([1000; 3]).chain((1..=150).rev()) {
        while sent - taken < burst {
            assert_eq!(pair.offer(sent), Ok(()), "there is room");
            sent += 1;
        }
        // Some stay, so that each visit begins elsewhere in a block.
        for _ in 0..burst - burst / 9 {
            assert_eq!(pair.take(), Taken::Message(taken), "in order");
            taken += 1;
        }
    }
    while taken < sent {
        assert_eq!(pair.take(), Taken::Message(taken), "in order");
        taken += 1;
    }
    assert_eq!(pair.take(), Taken::Empty, "nothing that was not sent");
}
