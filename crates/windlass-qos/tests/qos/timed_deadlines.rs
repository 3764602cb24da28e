//! What counts as sent and as got in time, by a clock that the tests set.

use std::time::Duration;

use windlass_qos::timed::{self, ManualClock};
use windlass_qos::{
    BestEffort, Builder, Deadline, Guaranteed, Level, ManyToMany, QosLevel, RealTime, Reliable,
};
use windlass_testkit::block_on;

const MS: Duration = Duration::from_millis(1);
/// What each end has to do something in.
const PERIOD: Duration = Duration::from_millis(10);

type Tx<L> = timed::Sender<u32, L, ManyToMany, ManualClock>;
type Rx<L> = timed::Receiver<u32, L, ManyToMany, ManualClock>;

fn ends<L: Level>(level: L) -> (ManualClock, Tx<L>, Rx<L>) {
    let (clock, plain) = (ManualClock::new(), Builder::new(level, 2).many_senders(2));
    let (tx, rx) = timed::Builder::over(plain.many_receivers(2))
        .send_every(PERIOD)
        .receive_every(PERIOD)
        .clock(clock.clone())
        .build()
        .unwrap();
    (clock, tx, rx)
}

#[test]
fn a_message_that_is_sent_begins_a_period_whatever_the_verb() {
    fn check<L: Level>(level: L, verbs: &[fn(&mut Tx<L>)]) {
        for (n, verb) in verbs.iter().enumerate() {
            let (clock, mut tx, _rx) = ends(level);
            clock.advance(PERIOD - MS);
            verb(&mut tx);
            clock.advance(PERIOD);
            assert_eq!(tx.deadline_missed().total, 0, "{level:?}, {n}: it was sent in between");
            clock.advance(MS);
            assert_eq!(tx.deadline_missed().total, 1, "{level:?}, {n}: and nothing since");
        }
    }
    fn any<L: Level>() -> [fn(&mut Tx<L>); 3] {
        [
            |tx| tx.send(1).unwrap(),
            |tx| tx.try_send(1).unwrap(),
            |tx| block_on(tx.send_async(1)).unwrap(),
        ]
    }
    check(BestEffort, &any());
    check(Reliable, &any());
    check(Guaranteed, &any());
    check(RealTime, &any());
    QosLevel::ALL.into_iter().for_each(|level| check(level, &any()));
    check(
        Guaranteed,
        &[
            |tx| tx.send_timeout(1, PERIOD).unwrap(),
            |tx| tx.send_deadline(1, Deadline::never()).unwrap(),
        ],
    );
    check(Reliable, &[|tx| assert_eq!(tx.force_send(1), Ok(None))]);
}

#[test]
fn what_is_refused_is_not_sent() {
    let verbs: [fn(&mut Tx<Guaranteed>); 5] = [
        |tx| assert!(tx.try_send(3).is_err()),
        |tx| assert!(tx.send_timeout(3, Duration::ZERO).is_err()),
        |tx| {
            tx.plain().close();
            assert!(tx.send(3).is_err());
        },
        |tx| {
            tx.plain().close();
            assert!(tx.try_send(3).is_err());
        },
        |tx| {
            tx.plain().close();
            assert!(block_on(tx.send_async(3)).is_err());
        },
    ];
    for (n, verb) in verbs.into_iter().enumerate() {
        let (clock, mut tx, _rx) = ends(Guaranteed);
        (1..=2).for_each(|message| tx.send(message).unwrap());
        clock.advance(PERIOD - MS);
        verb(&mut tx);
        clock.advance(2 * MS);
        assert_eq!(tx.deadline_missed().total, 1, "{n}: full or closed");
    }
}

#[test]
fn a_message_that_is_got_begins_a_period_whatever_the_verb() {
    fn check<L: Level>(level: L, verbs: &[fn(&mut Rx<L>)]) {
        for (n, verb) in verbs.iter().enumerate() {
            let (clock, mut tx, mut rx) = ends(level);
            tx.send(1).unwrap();
            clock.advance(PERIOD - MS);
            verb(&mut rx);
            clock.advance(PERIOD);
            assert_eq!(rx.deadline_missed().total, 0, "{level:?}, {n}: it came in between");
            clock.advance(MS);
            assert_eq!(rx.deadline_missed().total, 1, "{level:?}, {n}: and nothing since");
        }
    }
    fn any<L: Level>() -> [fn(&mut Rx<L>); 4] {
        [
            |rx| assert_eq!(rx.recv(), Ok(1)),
            |rx| assert_eq!(rx.try_recv(), Ok(1)),
            |rx| assert_eq!(rx.recv_timeout(PERIOD), Ok(1)),
            |rx| assert_eq!(block_on(rx.recv_async()), Ok(1)),
        ]
    }
    check(BestEffort, &any());
    check(Reliable, &any());
    check(Guaranteed, &any());
    check(RealTime, &any());
    QosLevel::ALL.into_iter().for_each(|level| check(level, &any()));
    check(RealTime, &[|rx| assert_eq!(rx.take_latest(), Ok(1))]);
}

#[test]
fn an_end_that_is_cloned_has_a_deadline_of_its_own() {
    let (clock, mut tx, mut rx) = ends(Guaranteed);
    clock.advance(PERIOD);
    let (mut other_tx, mut other_rx) = (tx.clone(), rx.clone());
    clock.advance(MS);
    assert_eq!((tx.deadline_missed().total, rx.deadline_missed().total), (1, 1), "the first ones");
    let others = (other_tx.deadline_missed().total, other_rx.deadline_missed().total);
    assert_eq!(others, (0, 0), "counted from when they were made");
    tx.send(1).unwrap();
    assert_eq!(rx.recv(), Ok(1), "by the first ones");
    clock.advance(PERIOD);
    assert_eq!((tx.deadline_missed().change, rx.deadline_missed().change), (0, 0), "in time");
    let others = (other_tx.deadline_missed().total, other_rx.deadline_missed().total);
    assert_eq!(others, (1, 1), "what others send and get does not count");
}
