//! What goes wrong outside: limits, destructors and callbacks that panic, handles that are forgotten,
//! threads that die.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use windlass_qos::{
    BestEffort, BuildError, Builder, DropReason, Guaranteed, Level, ManySenders, Overwrites,
    QosLevel, RealTime, Receiver, Reliable, Stats, adaptive, broadcast, conflate, lanes, latest,
    timed,
};
use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::thread;
use windlass_testkit::{Tallied, Tally, Wakes, poll_once};

use crate::levels::each_level;

const MAX: usize = 1_000_000;

/// What must hold whenever nobody is at work.
fn adds_up(stats: Stats) -> bool {
    stats.accepted == stats.delivered + stats.dropped() + stats.held
}

#[test]
fn a_capacity_that_cannot_be_is_refused() {
    fn check<L: Level>(level: L) {
        let build = |capacity| Builder::<u8, _>::new(level, capacity).build().err();
        assert_eq!(build(0), Some(BuildError::NoCapacity), "{level:?}");
        for capacity in [MAX + 1, usize::MAX / 2, usize::MAX] {
            let refused = BuildError::CapacityTooLarge { capacity, max: MAX };
            assert_eq!(build(capacity), Some(refused), "{level:?}");
        }
        assert_eq!(build(1), None, "{level:?}");
        if !cfg!(miri) {
            assert_eq!(build(MAX), None, "{level:?}");
        }
    }
    each_level!(check);
}

#[test]
fn a_number_of_handles_that_cannot_be_is_refused() {
    fn check<L: Level>(level: L) {
        let build = |senders, receivers| {
            let builder = Builder::<u8, _>::new(level, 4).many_senders(senders);
            builder.many_receivers(receivers).build().err()
        };
        assert_eq!(build(0, 1), Some(BuildError::NoHandles), "{level:?}");
        assert_eq!(build(1, 0), Some(BuildError::NoHandles), "{level:?}");
        for (senders, receivers) in [(65_537, 1), (1, 65_537), (usize::MAX, usize::MAX)] {
            let refused = build(senders, receivers);
            assert!(matches!(refused, Some(BuildError::TooManyHandles { .. })), "{level:?}");
        }
        assert_eq!(build(2, 2), None, "{level:?}");
    }
    each_level!(check);
}

#[test]
#[cfg_attr(miri, ignore = "asks for more memory than the interpreter has")]
fn memory_that_is_not_there_is_an_error() {
    /// A million of them are more than any process can address. Much larger ones take the compiler hours.
    type Huge = [u64; 1 << 26];
    fn refused<E>(built: Result<E, BuildError>) -> bool {
        matches!(built, Err(BuildError::OutOfMemory { bytes }) if MAX < bytes)
    }
    fn check<L: Level>(level: L) {
        let plain = || Builder::<Huge, _>::new(level, MAX);
        assert!(refused(plain().build()), "{level:?}");
        assert!(refused(plain().many_senders(2).build()), "{level:?}");
        assert!(refused(plain().many_receivers(2).build()), "{level:?}");
        let plain = Builder::<timed::Stamped<Huge>, _>::new(level, MAX);
        assert!(refused(timed::Builder::over(plain).build()), "{level:?}");
    }
    each_level!(check);
    for level in QosLevel::ALL {
        let lane = lanes::Lane::new(level, MAX);
        assert!(refused(lanes::Builder::<Huge>::new().lane(lane).build()), "{level:?}: a lane");
    }
    assert!(refused(broadcast::Builder::new(MAX).build::<Huge>()), "broadcast");
    assert!(refused(latest::shared::<Huge>(65_536)), "latest");
    assert!(refused(conflate::Builder::<Huge>::new(MAX).build()), "conflate");
    assert!(refused(adaptive::Builder::<Huge>::new(MAX).build()), "adaptive");
}

/// Panics when it is dropped, if it is told to.
#[derive(Debug)]
struct Bomb {
    explodes: bool,
    _tallied: Tallied,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.explodes, "boom");
    }
}

#[test]
fn a_destructor_that_panics_leaves_the_buffer_in_order() {
    fn check<L: Level>(level: L) {
        let tally = Tally::new();
        let bomb = |explodes| Bomb { explodes, _tallied: tally.make() };
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        tx.send(bomb(true)).unwrap();
        tx.send(bomb(false)).unwrap();
        if level.qos().overwrites() {
            let sent = catch_unwind(AssertUnwindSafe(|| tx.send(bomb(false))));
            assert!(sent.is_err(), "{level:?}: the panic is not swallowed");
        } else {
            assert!(catch_unwind(AssertUnwindSafe(|| drop(rx.recv()))).is_err(), "{level:?}");
            tx.send(bomb(false)).unwrap();
        }
        assert_eq!((tally.dropped(), rx.len()), (1, 2), "{level:?}: the message went in");
        assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
        drop((rx.try_iter().next().unwrap(), rx.try_iter().next().unwrap()));
        tx.send(bomb(false)).unwrap();
        drop((tx, rx));
        assert_eq!((tally.made(), tally.dropped()), (4, 4), "{level:?}: each of them once");
    }
    each_level!(check);
}

#[test]
fn a_destructor_that_panics_when_the_last_handle_goes_leaks_nothing_and_stays_an_end() {
    fn check<L: Level>(level: L) {
        let tally = Tally::new();
        let bomb = |explodes| Bomb { explodes, _tallied: tally.make() };
        let (mut tx, rx) = Builder::new(level, 3).build().unwrap();
        tx.send(bomb(false)).unwrap();
        tx.send(bomb(true)).unwrap();
        tx.send(bomb(false)).unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(rx))).is_err(), "{level:?}: not swallowed");
        assert!(tx.is_closed(), "{level:?}");
        drop(tx.send(bomb(false)).unwrap_err());
        drop(tx);
        assert_eq!((tally.made(), tally.dropped()), (4, 4), "{level:?}: each of them once");
    }
    each_level!(check);
}

#[test]
fn a_callback_that_panics_leaves_the_buffer_in_order() {
    fn check<L: Level>(level: L) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let (mut tx, mut rx) = Builder::new(level, 2)
            .on_drop(move |message: u32, reason| {
                counted.fetch_add(1, Ordering::Relaxed);
                panic!("{message} {reason:?}");
            })
            .build()
            .unwrap();
        for message in 1..=2 {
            tx.try_send(message).unwrap();
        }
        if level.qos().overwrites() {
            for message in 3..=4 {
                let sent = catch_unwind(AssertUnwindSafe(|| tx.send(message)));
                assert!(sent.is_err(), "{level:?}: the panic is not swallowed");
            }
            assert_eq!(calls.load(Ordering::Relaxed), 2, "{level:?}");
        }
        assert_eq!(rx.len(), 2, "{level:?}: the messages went in");
        assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
        assert!(rx.try_iter().next().is_some(), "{level:?}: and come out");
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(rx)));
        assert!(dropped.is_err(), "{level:?}: the panic is not swallowed");
        assert!(tx.send(5).is_err(), "{level:?}: closed");
        assert!(adds_up(tx.stats()), "{level:?}: {:?}", tx.stats());
    }
    each_level!(check);
}

#[test]
fn a_callback_that_panics_keeps_no_receiver_asleep() {
    let (mut tx, mut rx) = Builder::new(BestEffort, 1)
        .drop_newest()
        .on_drop(|_, _| panic!("as it likes"))
        .build()
        .unwrap();
    let wakes = Wakes::new();
    tx.send(1).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(2))).is_err(), "not swallowed");
    assert_eq!(tx.stats().newest, 1, "counted before");
    assert_eq!(rx.recv(), Ok(1), "it is there");
    let mut receiving = std::pin::pin!(rx.recv_async());
    assert!(poll_once(receiving.as_mut(), &wakes).is_pending(), "empty");
    assert!(catch_unwind(AssertUnwindSafe(|| tx.force_send(3))).is_ok(), "nothing is dropped");
    assert_eq!(wakes.count(), 1, "woken");
    assert_eq!(poll_once(receiving.as_mut(), &wakes), std::task::Poll::Ready(Ok(3)), "it is there");
}

#[test]
fn a_callback_may_use_the_buffer_it_is_called_for() {
    let (tx, mut rx) = Builder::new(BestEffort, 1)
        .many_senders(2)
        .on_drop(|message: Message, _| {
            if let Some(mut tx) = message.reply {
                assert!(tx.len() <= tx.capacity(), "the buffer is free");
                tx.close();
                assert!(tx.send(Message { reply: None }).is_err(), "closed");
            }
        })
        .build()
        .unwrap();
    struct Message {
        reply: Option<windlass_qos::Sender<Message, BestEffort, windlass_qos::ManyToOne>>,
    }
    let mut sender = tx.clone();
    sender.send(Message { reply: Some(tx) }).unwrap();
    sender.send(Message { reply: None }).unwrap();
    assert!(rx.recv().is_ok_and(|message| message.reply.is_none()), "the second");
    assert!(rx.recv().is_err(), "closed by the callback");
}

/// A waker that panics.
struct Nuisance;

impl Wake for Nuisance {
    fn wake(self: Arc<Self>) {
        panic!("as it likes");
    }
}

#[test]
fn a_waker_that_panics_keeps_nobody_else_asleep() {
    let (mut tx, mut rx) = Builder::new(Guaranteed, 2).many_receivers(2).build().unwrap();
    let (mut other, wakes) = (rx.clone(), Wakes::new());
    let waker = Waker::from(Arc::new(Nuisance));
    let mut bad = std::pin::pin!(rx.recv_async());
    assert!(bad.as_mut().poll(&mut Context::from_waker(&waker)).is_pending(), "empty");
    let mut good = std::pin::pin!(other.recv_async());
    assert!(poll_once(good.as_mut(), &wakes).is_pending(), "empty");
    assert!(catch_unwind(AssertUnwindSafe(|| tx.send(1))).is_err(), "not swallowed");
    assert_eq!(wakes.count(), 1, "woken");
    assert!(poll_once(good.as_mut(), &wakes).is_ready(), "the message went in");
}

#[test]
#[cfg_attr(miri, ignore = "what is forgotten leaks, and the interpreter looks for leaks")]
fn a_receiver_that_is_forgotten_with_a_message_in_its_hand_hangs_nobody() {
    fn check<L: Level>(level: L) {
        let tally = Tally::new();
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        for _ in 0..2 {
            tx.send(tally.make()).unwrap();
        }
        assert!(rx.peek().is_ok(), "{level:?}");
        std::mem::forget(rx);
        for _ in 0..5 {
            let _refused = tx.try_send(tally.make());
        }
        assert!(adds_up(tx.stats()), "{level:?}: {:?}", tx.stats());
        assert!(!tx.is_closed(), "{level:?}: it never left");
    }
    each_level!(check);
}

#[test]
fn a_sender_thread_that_dies_leaves_its_receiver_an_end() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 4).build().unwrap();
        let dying = thread::spawn(move || {
            let messages = (0..4).map(|n| if n < 2 { n } else { panic!("the third is bad") });
            tx.send_many(messages).unwrap();
        });
        assert_eq!(rx.iter().count(), 2, "{level:?}: what was sent, and then the end");
        assert!(dying.join().is_err(), "it died");
        assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
    }
    each_level!(check);
}

/// A sender of several dies in the callback for the message that it overwrote; the others go on, and all is counted.
#[test]
fn a_callback_that_panics_on_one_of_many_senders_costs_that_one_alone() {
    const BAD: u32 = u32::MAX;
    const EACH: u32 = 100;
    fn check<L: Overwrites, P: ManySenders>(builder: Builder<u32, L, P>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let on_drop = move |message, _| {
            counted.fetch_add(1, Ordering::Relaxed);
            assert_ne!(message, BAD, "as it likes");
        };
        let (mut tx, mut rx) = builder.on_drop(on_drop).build().unwrap();
        let level = tx.level();
        tx.send(BAD).unwrap();
        let senders: Vec<_> = (0..3)
            .map(|_| {
                let (mut tx, offered) = (tx.clone(), Arc::new(AtomicUsize::new(0)));
                let count = Arc::clone(&offered);
                let sending = thread::spawn(move || {
                    for message in 0..EACH {
                        count.fetch_add(1, Ordering::Relaxed);
                        tx.send(message).unwrap();
                    }
                });
                (sending, offered)
            })
            .collect();
        let ended: Vec<_> =
            senders.into_iter().map(|(thread, offered)| (thread.join(), offered)).collect();
        let died = ended.iter().filter(|(end, _)| end.is_err()).count();
        let offered: usize = ended.iter().map(|(_, offered)| offered.load(Ordering::Relaxed)).sum();
        assert_eq!(died, 1, "{level}: whoever overwrote it");
        assert!(2 * EACH as usize <= offered, "{level}: the others sent all");
        let stats = tx.stats();
        assert_eq!(stats.accepted, 1 + offered as u64, "{level}: that of the panic went in");
        assert_eq!(stats.overwritten, calls.load(Ordering::Relaxed) as u64, "{level}: each told");
        assert_eq!(stats.held, 2, "{level}: full");
        assert!(adds_up(stats), "{level}: {stats:?}");
        assert_eq!(rx.try_iter().count(), 2, "{level}: they come out");
        tx.send(7).unwrap();
        assert_eq!(rx.try_recv(), Ok(7), "{level}: it goes on");
        drop(tx);
        assert!(rx.is_closed(), "{level}: the one that died keeps nothing open");
    }
    fn each<L: Overwrites>(level: L) {
        check(Builder::new(level, 2).many_senders(4));
        check(Builder::new(level, 2).many_senders(4).many_receivers(2));
    }
    each(BestEffort);
    each(Reliable);
    each(RealTime);
}

#[test]
fn a_batch_whose_messages_panic_accounts_for_those_that_were_there() {
    fn check<L: Level, P: ManySenders>(builder: Builder<Tallied, L, P>, trying: bool) {
        let tally = Tally::new();
        let (tx, mut rx) = builder.build().unwrap();
        let level = tx.level();
        let mut dying = tx.clone();
        let make = tally.clone();
        let sending = thread::spawn(move || {
            let batch =
                (0..6).map(|n| if n < 3 { make.make() } else { panic!("the fourth is bad") });
            let sent = if trying { dying.try_send_many(batch) } else { dying.send_many(batch) };
            sent.map(drop).map_err(drop)
        });
        assert!(sending.join().is_err(), "{level}: it died");
        assert_eq!((tally.made(), tx.stats().accepted), (3, 3), "{level}: what was taken went in");
        assert!(adds_up(tx.stats()), "{level}: {:?}", tx.stats());
        let mut other = tx;
        other.try_send(tally.make()).unwrap();
        drop(other);
        assert!(rx.is_closed(), "{level}: the one that died keeps nothing open");
        assert_eq!(rx.iter().count(), 4, "{level}: others went on");
        assert_eq!((tally.made(), tally.dropped()), (4, 4), "{level}: each once");
    }
    fn each<L: Level>(level: L) {
        for trying in [false, true] {
            check(Builder::new(level, 8).many_senders(2), trying);
            check(Builder::new(level, 8).many_senders(2).many_receivers(2), trying);
        }
    }
    each_level!(each);
}

#[test]
fn a_receiver_thread_that_dies_gives_senders_their_messages_back() {
    let (mut tx, mut rx) = Builder::new(Guaranteed, 1).build().unwrap();
    let dying = thread::spawn(move || {
        let first: u32 = rx.recv().unwrap();
        panic!("{first} is bad");
    });
    let mut message = 0;
    while let Ok(()) = tx.send(message) {
        message += 1;
    }
    assert!(dying.join().is_err(), "it died");
    assert!(adds_up(tx.stats()), "{:?}", tx.stats());
}

#[test]
fn messages_of_no_size_are_counted_like_others() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 3).build().unwrap();
        let sent = (0..5).filter(|_| tx.try_send(()).is_ok()).count();
        assert_eq!(rx.try_iter().count(), 3, "{level:?}");
        assert_eq!(rx.stats().accepted, sent as u64, "{level:?}");
        assert!(adds_up(rx.stats()), "{level:?}: {:?}", rx.stats());
    }
    each_level!(check);
}

#[test]
fn messages_may_borrow() {
    let text = String::from("hello");
    let (mut tx, mut rx) = Builder::new(Reliable, 2).build().unwrap();
    tx.send(text.as_str()).unwrap();
    assert_eq!(rx.recv(), Ok("hello"), "it outlives the buffer");
}

#[test]
fn dropped_messages_are_told_by_their_reasons() {
    let reasons = windlass_testkit::Seen::new();
    let told = reasons.clone();
    let (mut tx, mut rx): (_, Receiver<u32, RealTime>) = Builder::new(RealTime, 2)
        .on_drop(move |message, reason| told.push((message, reason)))
        .build()
        .unwrap();
    (1..=3).try_for_each(|message| tx.send(message)).unwrap();
    assert_eq!(rx.take_latest(), Ok(3), "the newest");
    tx.send(4).unwrap();
    drop(rx);
    let expected =
        [(1, DropReason::Overwritten), (2, DropReason::PassedOver), (4, DropReason::Left)];
    assert_eq!(reasons.take(), expected, "each by its own");
}
