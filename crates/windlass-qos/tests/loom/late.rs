//! What senders put in that were at work when the last receiver left: it is taken, by one of them.

use std::sync::Arc;

use loom::sync::Arc as Modelled;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;
use windlass_qos::model::late::Turns;
use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, ManyToMany, ManyToOne, OneToOne, Paths, RealTime,
    Receiver, Reliable, Sender, Stats, Wait, conflate, lanes,
};

/// Runs a model with one switch of thread more than others have: a sender goes on after the receiver has looked, and
/// the receiver goes on behind the sender.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.max(Some(3));
    model.max_branches = 20_000;
    model.check(body);
}

/// A message that is counted as long as it is somewhere.
type Message = Arc<()>;

fn asleep<L: Level, P: Paths>(builder: Builder<Message, L, P>) -> Builder<Message, L, P> {
    builder.wait(Wait::blocking()).sender_wait(Wait::blocking())
}

/// Nothing is left though there is a sender, and all of it is counted.
#[track_caller]
fn is_empty(message: &Message, sent: u64, stats: Stats) {
    assert_eq!(Arc::strong_count(message), 1, "each message is gone: {stats:?}");
    assert_eq!((stats.accepted, stats.held), (sent, 0), "and nothing is held: {stats:?}");
    assert_eq!(stats.dropped(), sent, "all of them were dropped: {stats:?}");
}

/// One sender that sends while the receiver leaves.
fn one<L: Level>(level: L, capacity: usize) {
    model(move || {
        let (mut tx, rx) = asleep(Builder::new(level, capacity)).build().unwrap();
        let message = Message::default();
        let sending = thread::spawn({
            let message = Arc::clone(&message);
            move || {
                let sent = tx.send(message).is_ok();
                (tx, sent)
            }
        });
        drop(rx);
        let (tx, sent) = sending.join().unwrap();
        is_empty(&message, sent.into(), tx.stats());
    });
}

/// Two senders that send while the receiver leaves.
fn two<L: Level, P: Paths>(make: fn() -> ([Sender<Message, L, P>; 2], Receiver<Message, L, P>)) {
    model(move || {
        let (senders, rx) = make();
        let message = Message::default();
        let sending = senders.map(|mut tx| {
            let message = Arc::clone(&message);
            thread::spawn(move || {
                let sent = tx.send(message).is_ok();
                (tx, u64::from(sent))
            })
        });
        drop(rx);
        let [(tx, first), (_tx, second)] = sending.map(|sending| sending.join().unwrap());
        is_empty(&message, first + second, tx.stats());
    });
}

fn many_to_one<L: Level>(
    level: L,
    capacity: usize,
) -> ([Sender<Message, L, ManyToOne>; 2], Receiver<Message, L, ManyToOne>) {
    let (tx, rx) = asleep(Builder::new(level, capacity).many_senders(2)).build().unwrap();
    ([tx.clone(), tx], rx)
}

fn many_to_many<L: Level>(
    level: L,
    capacity: usize,
) -> ([Sender<Message, L, ManyToMany>; 2], Receiver<Message, L, ManyToMany>) {
    let builder = Builder::new(level, capacity).many_senders(2).many_receivers(1);
    let (tx, rx) = asleep(builder).build().unwrap();
    ([tx.clone(), tx], rx)
}

/// Edge `event_count`: where nothing is lost, and there is one sender.
#[test]
fn what_comes_behind_the_receiver_of_one_is_taken() {
    one(Guaranteed, 1);
}

/// Edge `event_count`: the same where the oldest makes room.
#[test]
fn what_comes_behind_the_receiver_of_one_that_swaps_is_taken() {
    one(BestEffort, 1);
}

/// Edge `event_count`: the same where the freshest comes first.
#[test]
fn what_comes_behind_the_receiver_of_the_freshest_is_taken() {
    one(RealTime, 1);
}

/// Edges `event_count`, `qos_late`: two senders hand the turn on, or one looks for both.
#[test]
fn what_two_put_in_behind_the_receiver_is_taken() {
    two(|| many_to_one(Guaranteed, 2));
}

/// The same where the oldest makes room.
#[test]
fn what_two_swap_in_behind_the_receiver_is_taken() {
    two(|| many_to_one(Reliable, 1));
}

/// The same where there might be several receivers.
#[test]
fn what_two_put_in_behind_the_last_receiver_is_taken() {
    two(|| many_to_many(Guaranteed, 2));
}

/// The same in lanes.
#[test]
fn what_comes_behind_the_receiver_of_lanes_is_taken() {
    model(|| {
        let lane = lanes::Lane::new(windlass_qos::QosLevel::Guaranteed, 1);
        let builder = lanes::Builder::new().wait(Wait::blocking()).sender_wait(Wait::blocking());
        let (lanes, rx) = builder.lane(lane).lane(lane).build().unwrap();
        let message = Message::default();
        let sending: Vec<_> = lanes
            .into_iter()
            .map(|mut tx| {
                let message = Arc::clone(&message);
                thread::spawn(move || {
                    let sent = tx.send(message).is_ok();
                    (tx, u64::from(sent))
                })
            })
            .collect();
        drop(rx);
        let sent: Vec<_> = sending.into_iter().map(|sending| sending.join().unwrap()).collect();
        assert_eq!(Arc::strong_count(&message), 1, "each message is gone");
        for (tx, sent) in sent {
            is_empty(&message, sent, tx.stats());
        }
    });
}

/// The same of two updates of one key.
#[test]
fn what_comes_behind_the_receiver_of_conflation_is_taken() {
    model(|| {
        let builder = conflate::Builder::new(1).senders(2).wait(Wait::blocking());
        let (tx, rx) = builder.build().unwrap();
        let message = Message::default();
        let sending = [tx.clone(), tx].map(|mut tx| {
            let message = Arc::clone(&message);
            thread::spawn(move || {
                let sent = tx.send(0, message).is_ok();
                (tx, u64::from(sent))
            })
        });
        drop(rx);
        let [(tx, first), (_tx, second)] = sending.map(|sending| sending.join().unwrap());
        is_empty(&message, first + second, tx.stats());
    });
}

/// What is handed on from turn to turn.
#[derive(Default)]
struct Handed {
    put_in: AtomicBool,
    /// One writes it at a time, and goes on where the last one stopped.
    looks: AtomicU64,
}

impl Handed {
    /// Says whether it is there.
    fn look(&self) -> bool {
        self.looks.store(self.looks.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        self.put_in.load(Ordering::Relaxed)
    }
}

/// Edge `qos_late`: whoever has a turn sees what those put in who asked for it, and what was done in turns before.
#[test]
fn whoever_has_a_turn_sees_what_others_put_in_and_did() {
    model(|| {
        let (turns, gone) = (Modelled::new(Turns::new()), Modelled::new(AtomicBool::new(false)));
        let handed = Modelled::new(Handed::default());
        let asking = thread::spawn({
            let (turns, gone) = (Modelled::clone(&turns), Modelled::clone(&gone));
            let handed = Modelled::clone(&handed);
            move || {
                // In the place of the bell, whose barrier would order more.
                if !gone.load(Ordering::Acquire) {
                    return None;
                }
                handed.put_in.store(true, Ordering::Relaxed);
                let (mut seen, mut looks) = (false, 0);
                turns.ask(|| {
                    seen |= handed.look();
                    looks += 1;
                });
                Some((seen, looks))
            }
        });
        let (mut seen, mut looks) = (false, 0);
        turns.leave(
            || gone.store(true, Ordering::Release),
            || {
                seen |= handed.look();
                looks += 1;
            },
        );
        if let Some((other, more)) = asking.join().unwrap() {
            assert!(seen || other, "one of them sees what was put in");
            looks += more;
        }
        assert_eq!(handed.looks.load(Ordering::Relaxed), looks, "no look went unseen");
    });
}
