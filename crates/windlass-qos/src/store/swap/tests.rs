//! The swap cells with threads and without, against what the levels promise.

use alloc::sync::Arc;

use windlass_sync::thread;

use super::*;
use crate::halt::{Place as Halt, halt_at};
use crate::paths::{ManyToMany, ManyToOne, OneToOne};

fn limits(capacity: usize, origin: u64) -> Limits {
    Limits { capacity, senders: 2, receivers: 2, origin }
}

fn open<L: Manner, P: Paths>(capacity: usize, origin: u64) -> SwapStore<u64, L, P> {
    Store::new(&limits(capacity, origin)).expect("there is memory")
}

/// What a store of this level and capacity does, one step at a time.
struct Reference {
    /// Positions and messages.
    queue: VecDeque<(u64, u64)>,
    capacity: usize,
    lost: u64,
    /// One of many receivers is told once before it gets a message, whatever made room meanwhile.
    told: bool,
    stats: Stats,
}

impl Reference {
    fn offer(&mut self, message: u64) -> Option<u64> {
        let evicted = if self.is_full() { self.queue.pop_front() } else { None };
        if evicted.is_some() {
            self.lost += 1;
            self.stats.overwritten += 1;
        }
        self.queue.push_back((self.stats.accepted, message));
        self.stats.accepted += 1;
        evicted.map(|(_, message)| message)
    }

    /// Whether the next message takes the place of one that is there: that of a lap before.
    fn is_full(&self) -> bool {
        let accepted = self.stats.accepted;
        self.queue.front().is_some_and(|oldest| accepted - oldest.0 == self.capacity as u64)
    }

    fn take<L: Manner, P: Paths>(&mut self) -> Taken<u64> {
        if L::REPORTS
            && self.lost > 0
            && !(P::MANY_RECEIVERS && (self.told || self.queue.is_empty()))
        {
            self.told = true;
            return Taken::Lagged(core::mem::take(&mut self.lost));
        }
        self.told = false;
        let next = if L::FRESHEST { self.queue.pop_back() } else { self.queue.pop_front() };
        next.map_or(Taken::Empty, |(_, message)| {
            self.stats.delivered += 1;
            Taken::Message(message)
        })
    }
}

/// Random steps of one thread: every answer is that of the reference.
fn agrees<L: Manner, P: Paths>(capacity: usize, origin: u64, seed: u64) {
    const STEPS: u64 = if cfg!(miri) { 200 } else { 2_000 };
    let store = open::<L, P>(capacity, origin);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    let mut reference = Reference {
        queue: VecDeque::new(),
        capacity,
        lost: 0,
        told: false,
        stats: Stats::default(),
    };
    let mut random = seed;
    for step in 0..STEPS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Long phases in which one side is faster.
        let bias = if (step / 64) % 2 == 0 { 5 } else { 2 };
        match (random >> 33) % 8 {
            choice if choice < bias => {
                assert_eq!(store.offer(&mut tx, step), Ok(reference.offer(step)), "step {step}");
            }
            7 if reference.is_full() => {
                let refused = store.offer_if_room(&mut tx, step);
                assert_eq!(refused, Err(Refused::Full(step)), "step {step}");
            }
            7 => {
                assert_eq!(store.offer_if_room(&mut tx, step), Ok(None), "step {step}");
                let _: Option<u64> = reference.offer(step);
            }
            _ => assert_eq!(store.take(&mut rx), reference.take::<L, P>(), "step {step}"),
        }
        let stats = store.stats();
        reference.stats.held = reference.queue.len() as u64;
        reference.stats.high_water = stats.high_water;
        assert_eq!(stats, reference.stats, "step {step}");
    }
}

fn agrees_from<P: Paths>(capacity: usize, origin: u64, seed: u64) {
    agrees::<BestEffort, P>(capacity, origin, seed);
    agrees::<Reliable, P>(capacity, origin, seed);
    agrees::<RealTime, P>(capacity, origin, seed);
}

#[test]
fn one_thread_sees_what_the_reference_does() {
    let (capacities, seeds): (&[usize], u64) =
        if cfg!(miri) { (&[1, 3], 1) } else { (&[1, 2, 3, 5, 8, 64], 4) };
    for &capacity in capacities {
        // Where laps wrap in 42 bits, and where their sign changes.
        let wraps = [1 << 42, 1 << 41].map(|laps| laps * capacity as u64 - 99);
        for origin in wraps.into_iter().chain([0, 7]) {
            for seed in 0..seeds {
                agrees_from::<OneToOne>(capacity, origin, seed);
                agrees_from::<ManyToOne>(capacity, origin, seed);
                agrees_from::<ManyToMany>(capacity, origin, seed);
            }
        }
    }
}

fn latest_passes_over<L: Manner, P: Paths>() {
    let store = open::<L, P>(3, 0);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for message in 1..=3 {
        assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
    }
    let mut passed = Vec::new();
    let taken = store.take_latest(&mut rx, &mut |message| passed.push(message));
    assert_eq!((taken, passed.as_slice()), (Taken::Message(3), &[1, 2][..]), "in order");
    assert_eq!(store.stats().passed_over, 2, "counted");
    store.close();
    assert_eq!(store.take(&mut rx), Taken::End, "all was taken");
}

/// A message that comes late, between two that were taken, is found.
#[test]
fn a_message_between_two_that_were_taken_is_found() {
    let store = Arc::new(open::<RealTime, ManyToOne>(3, 0));
    let mut slow = store.sender().expect("first");
    assert_eq!(store.offer(&mut slow, 0), Ok(None), "room");
    let mut rx = store.receiver().expect("first");
    let other = Arc::clone(&store);
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    halt_at(Halt::Claimed, move || {
        let mut tx = other.sender().expect("second");
        assert_eq!(other.offer(&mut tx, 2), Ok(None), "room");
        let taken = [(); 3].map(|()| other.take(&mut rx));
        *lock(&keep) = Some((taken, rx));
    });
    assert_eq!(store.offer(&mut slow, 1), Ok(None), "room");
    let (taken, mut rx) = lock(&kept).take().expect("it was stopped");
    let first = [Taken::Message(2), Taken::Message(0), Taken::Empty];
    assert_eq!(taken, first, "the freshest first");
    assert_eq!(store.take(&mut rx), Taken::Message(1), "it has come since");
}

/// A receiver that goes for the latest is overtaken behind the first message.
fn latest_while_overtaken<P: Paths + 'static>() {
    let store = Arc::new(open::<Reliable, P>(3, 0));
    let mut tx = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    for message in 1..=3 {
        assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
    }
    let other = Arc::clone(&store);
    // At the first message nothing happens yet.
    halt_at(Halt::Found, move || {
        halt_at(Halt::Found, move || {
            assert_eq!(other.offer(&mut tx, 4), Ok(None), "the first is taken");
            assert_eq!(other.offer(&mut tx, 5), Ok(Some(2)), "the oldest makes room");
        });
    });
    let mut passed = Vec::new();
    let taken = store.take_latest(&mut rx, &mut |message| passed.push(message));
    assert_eq!((taken, passed), (Taken::Message(3), vec![1]), "the newest when the call began");
    let rest = [(); 3].map(|()| store.take(&mut rx));
    assert_eq!(rest, [Taken::Lagged(1), Taken::Message(4), Taken::Message(5)], "told behind it");
}

#[test]
fn the_latest_is_the_newest_also_for_who_is_overtaken() {
    latest_while_overtaken::<OneToOne>();
    latest_while_overtaken::<ManyToOne>();
    latest_while_overtaken::<ManyToMany>();
}

#[test]
fn the_latest_passes_over_the_rest() {
    latest_passes_over::<BestEffort, OneToOne>();
    latest_passes_over::<Reliable, ManyToOne>();
    latest_passes_over::<Reliable, ManyToMany>();
    latest_passes_over::<RealTime, OneToOne>();
    latest_passes_over::<RealTime, ManyToMany>();
}

fn closes<L: Manner, P: Paths>(capacity: usize) {
    let store = open::<L, P>(capacity, 5);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    assert_eq!(store.offer(&mut tx, 1), Ok(None), "room");
    store.close();
    assert_eq!(store.offer(&mut tx, 2), Err(Refused::Closed(2)), "closed");
    assert_eq!(store.offer_if_room(&mut tx, 2), Err(Refused::Closed(2)), "closed");
    assert_eq!(store.take(&mut rx), Taken::Message(1), "accepted before");
    assert_eq!(store.take(&mut rx), Taken::End, "nothing will come");
    assert_eq!(store.stats().accepted, 1, "exact");
}

#[test]
fn closing_keeps_what_was_accepted() {
    for capacity in [1, 2, 3] {
        closes::<BestEffort, OneToOne>(capacity);
        closes::<Reliable, ManyToOne>(capacity);
        closes::<RealTime, OneToOne>(capacity);
        closes::<Reliable, ManyToMany>(capacity);
        closes::<RealTime, ManyToMany>(capacity);
    }
}

#[test]
fn a_message_that_was_seen_is_the_next() {
    let store = open::<Reliable, OneToOne>(2, 0);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for message in 1..=2 {
        assert_eq!(store.offer(&mut tx, message), Ok(None), "room");
    }
    assert_eq!(store.peek(&mut rx), Taken::Message(&1), "the oldest");
    for message in 3..=9 {
        assert!(store.offer(&mut tx, message).is_ok(), "open");
    }
    assert_eq!(store.take(&mut rx), Taken::Message(1), "it was seen");
    assert_eq!(store.take(&mut rx), Taken::Lagged(6), "2 to 7");
    assert_eq!(store.take(&mut rx), Taken::Message(8), "the oldest that is left");
}

/// A sender stops between its claim and its put; the receiver takes what came after.
fn steps_over<P: Paths>() {
    let store = Arc::new(open::<Reliable, P>(3, 0));
    let mut slow = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    let other = Arc::clone(&store);
    halt_at(Halt::Claimed, move || {
        let mut tx = other.sender().expect("second");
        assert_eq!(other.take(&mut rx), Taken::Empty, "on its way");
        assert_eq!(other.offer(&mut tx, 2), Ok(None), "room");
        let mut next = other.take(&mut rx);
        if !P::MANY_RECEIVERS {
            assert_eq!(next, Taken::Lagged(1), "stepped over");
            next = other.take(&mut rx);
        }
        // Several receivers are told when the sender has found out.
        assert_eq!(next, Taken::Message(2), "what came after");
        other.leave_receiver(&mut rx);
    });
    assert_eq!(store.offer(&mut slow, 1), Ok(Some(1)), "overtaken");
    let stats = store.stats();
    assert_eq!(
        (stats.accepted, stats.delivered, stats.overwritten, stats.held),
        (2, 1, 1, 0),
        "exact"
    );
    if P::MANY_RECEIVERS {
        store.close();
        let mut rx = store.receiver().expect("another");
        assert_eq!(store.take(&mut rx), Taken::Lagged(1), "told at the end at the latest");
        assert_eq!(store.take(&mut rx), Taken::End, "all was taken");
    }
}

#[test]
fn a_suspended_sender_is_stepped_over() {
    steps_over::<ManyToOne>();
    steps_over::<ManyToMany>();
}

/// A sender stops between its claim and its put; others go round, and it gets its own message back.
#[test]
fn a_suspended_sender_holds_up_no_other() {
    let store = Arc::new(open::<Reliable, ManyToOne>(2, 0));
    let mut slow = store.sender().expect("first");
    let other = Arc::clone(&store);
    halt_at(Halt::Claimed, move || {
        let mut tx = other.sender().expect("second");
        for message in 2..=7 {
            assert!(other.offer(&mut tx, message).is_ok(), "open");
        }
    });
    assert_eq!(store.offer(&mut slow, 1), Ok(Some(1)), "overtaken");
    let mut rx = store.receiver().expect("first");
    let taken = [(); 3].map(|()| store.take(&mut rx));
    assert_eq!(taken, [Taken::Lagged(5), Taken::Message(6), Taken::Message(7)], "the newest");
}

/// A store that is closed while a sender stands between claim and put ends behind its message.
fn ends_behind<L: Manner, P: Paths>() {
    let store = Arc::new(open::<L, P>(2, 0));
    let mut slow = store.sender().expect("first");
    let other = Arc::clone(&store);
    halt_at(Halt::Claimed, move || {
        other.close();
        let mut rx = other.receiver().expect("first");
        assert_eq!(other.take(&mut rx), Taken::Empty, "on its way");
        other.leave_receiver(&mut rx);
    });
    assert_eq!(store.offer(&mut slow, 1), Ok(None), "claimed before");
    let mut rx = store.receiver().expect("second");
    assert_eq!(store.take(&mut rx), Taken::Message(1), "it was accepted");
    assert_eq!(store.take(&mut rx), Taken::End, "nothing will come");
}

#[test]
fn the_end_waits_for_what_was_claimed() {
    ends_behind::<Reliable, ManyToOne>();
    ends_behind::<Reliable, ManyToMany>();
    ends_behind::<RealTime, ManyToOne>();
    ends_behind::<RealTime, ManyToMany>();
}

/// Threads at both ends. Every message is delivered or comes back once; senders keep their order.
fn stress<L: Manner, P: Paths>(capacity: usize, senders: u64) {
    const EACH: u64 = if cfg!(miri) { 50 } else { 50_000 };
    let store = Arc::new(open::<L, P>(capacity, 0));
    let threads: Vec<_> = (0..senders)
        .map(|sender| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut tx = store.sender().expect("within the limit");
                let mut evicted = (0_u64, 0_u64);
                for n in 0..EACH {
                    if let Some(old) = store.offer(&mut tx, n * senders + sender).expect("open") {
                        evicted = (evicted.0 + 1, evicted.1 + old);
                    }
                }
                evicted
            })
        })
        .collect();
    let receivers: Vec<_> = (0..if P::MANY_RECEIVERS { 2 } else { 1 })
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut rx = store.receiver().expect("within the limit");
                let mut last = [None; 2];
                let (mut count, mut sum, mut lost) = (0_u64, 0_u64, 0_u64);
                loop {
                    match store.take(&mut rx) {
                        Taken::Message(message) => {
                            count += 1;
                            sum += message;
                            if !L::FRESHEST {
                                let last = &mut last[usize::from(message % senders != 0)];
                                assert!(*last < Some(message), "in order");
                                *last = Some(message);
                            }
                        }
                        Taken::Lagged(more) => lost += more,
                        Taken::Empty => thread::yield_now(),
                        Taken::End => return (count, sum, lost),
                    }
                }
            })
        })
        .collect();
    let evicted = threads.into_iter().fold((0, 0), |all, thread| {
        let evicted = thread.join().expect("no panic");
        (all.0 + evicted.0, all.1 + evicted.1)
    });
    store.close();
    let (count, sum, lost) = receivers.into_iter().fold((0, 0, 0), |all, thread| {
        let got = thread.join().expect("no panic");
        (all.0 + got.0, all.1 + got.1, all.2 + got.2)
    });
    let all = EACH * senders;
    let stats = store.stats();
    let of = core::any::type_name::<(L, P)>();
    assert_eq!((stats.accepted, stats.delivered, stats.held), (all, count, 0), "exact: {of}");
    assert_eq!(stats.overwritten, all - count, "exact: {of}");
    // What a receiver passed over while it was overtaken may still lie there, if nobody came after it.
    let mut gone = evicted;
    let mut store = Arc::into_inner(store).expect("the threads have ended");
    store.drain(&mut |message| gone = (gone.0 + 1, gone.1 + message));
    assert_eq!(gone.0, all - count, "each once: {of}");
    assert_eq!(gone.1 + sum, all * (all - 1) / 2, "no message changed: {of}");
    if L::REPORTS {
        assert_eq!(lost + count, all, "told exactly");
    }
}

#[test]
fn threads_lose_nothing_uncounted() {
    let capacities: &[usize] = if cfg!(miri) { &[2] } else { &[1, 2, 3, 16, 64] };
    for &capacity in capacities {
        stress::<BestEffort, OneToOne>(capacity, 1);
        stress::<Reliable, OneToOne>(capacity, 1);
        stress::<RealTime, OneToOne>(capacity, 1);
        stress::<BestEffort, ManyToOne>(capacity, 2);
        stress::<Reliable, ManyToOne>(capacity, 2);
        stress::<RealTime, ManyToOne>(capacity, 2);
        stress::<Reliable, ManyToMany>(capacity, 2);
        stress::<RealTime, ManyToMany>(capacity, 2);
    }
}

#[test]
fn every_message_is_dropped_once() {
    let message = Arc::new(());
    let store: SwapStore<Arc<()>, Reliable, OneToOne> =
        Store::new(&limits(3, 0)).expect("there is memory");
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    for _ in 0..5 {
        drop(store.offer(&mut tx, Arc::clone(&message)).expect("open"));
    }
    assert_eq!(store.take(&mut rx), Taken::Lagged(2), "two too many");
    assert!(matches!(store.peek(&mut rx), Taken::Message(_)), "the next one is in the hand");
    store.leave_receiver(&mut rx);
    assert_eq!(Arc::strong_count(&message), 3, "the one in the hand is gone");
    drop(store);
    assert_eq!(Arc::strong_count(&message), 1, "all are gone");
}

/// A receiver that was overtaken twice in one call goes further than it must, past a message that is there.
#[test]
fn what_a_receiver_went_past_is_taken_out_when_it_leaves() {
    fn check<P: Paths>() {
        let store = Arc::new(open::<BestEffort, P>(4, 0));
        let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
        for message in 0..6 {
            let _made_room = store.offer(&mut tx, message).expect("open");
        }
        let other = Arc::clone(&store);
        halt_at(Halt::Found, move || {
            assert_eq!(other.offer(&mut tx, 6), Ok(Some(2)), "the one that was found");
            other.leave_sender(&mut tx);
        });
        let taken: Vec<_> = core::iter::repeat_with(|| store.take(&mut rx)).take(3).collect();
        assert_eq!(taken, [4, 5, 6].map(Taken::Message), "not 3, which is there");
        store.close();
        assert_eq!(store.take(&mut rx), Taken::End, "nothing is left for it");
        let mut passed = Vec::new();
        store.sweep(&mut rx, &mut |message| passed.push(message));
        store.sweep(&mut rx, &mut |_| panic!("once"));
        assert_eq!(passed, [3], "what it went past");
        store.leave_receiver(&mut rx);
        let stats = store.stats();
        assert_eq!((stats.accepted, stats.delivered, stats.overwritten), (7, 3, 4), "all");
    }
    check::<OneToOne>();
    check::<ManyToOne>();
}

/// The message of a sender that comes behind the sweep comes back to it: nobody would find it.
#[test]
fn a_sender_that_was_gone_past_gets_its_message_back() {
    let store = Arc::new(open::<BestEffort, ManyToOne>(4, 0));
    let mut slow = store.sender().expect("first");
    let mut rx = store.receiver().expect("first");
    let other = Arc::clone(&store);
    halt_at(Halt::Claimed, move || {
        let mut tx = other.sender().expect("second");
        assert_eq!(other.offer(&mut tx, 1), Ok(None), "room");
        // As one that is being overtaken does.
        other.go_past(&mut rx);
        assert_eq!(other.take(&mut rx), Taken::Message(1), "the one behind it");
        other.close();
        other.sweep(&mut rx, &mut |_| panic!("nothing is there"));
        other.leave_receiver(&mut rx);
    });
    assert_eq!(store.offer(&mut slow, 0), Ok(Some(0)), "it is the oldest by now");
    assert_eq!((store.stats().overwritten, store.stats().held), (1, 0), "all is told");
}
