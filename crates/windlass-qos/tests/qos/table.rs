//! What each level does with a full buffer, word for word, and that closing takes nothing away.

use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, Paths, QosLevel, RealTime, Receiver, Reliable, Sender,
    TryRecvError, TrySendError,
};

type Told = Result<u32, TryRecvError>;

const LAGGED: Told = Err(TryRecvError::Lagged(2));

/// What a receiver is told until there is nothing more now.
fn told<L: Level, P: Paths>(rx: &mut Receiver<u32, L, P>) -> Vec<Told> {
    let mut told = Vec::new();
    loop {
        match rx.try_recv() {
            Err(TryRecvError::Empty | TryRecvError::Closed) => return told,
            one => told.push(one),
        }
    }
}

/// Sends one message and returns it if there was no room.
fn push<L: Level, P: Paths>(tx: &mut Sender<u32, L, P>, message: u32) -> Option<u32> {
    match tx.try_send(message) {
        Ok(()) => None,
        Err(TrySendError::Full(back)) => Some(back),
        Err(TrySendError::Closed(_)) => panic!("it is open"),
    }
}

/// Capacity 3, messages 1 to 5: what is refused and what is told, for all numbers of handles.
fn row<L: Level>(level: L, refused: &[u32], expected: &[Told]) {
    let (mut tx, mut rx) = Builder::new(level, 3).build().unwrap();
    let back: Vec<u32> = (1..=5).filter_map(|message| push(&mut tx, message)).collect();
    assert_eq!((back.as_slice(), &*told(&mut rx)), (refused, expected), "{level:?}");

    let (mut tx, mut rx) = Builder::new(level, 3).many_senders(2).build().unwrap();
    let mut other = tx.clone();
    let odd = |message| message % 2 == 1;
    let back: Vec<u32> = (1..=5)
        .filter_map(|message| push(if odd(message) { &mut tx } else { &mut other }, message))
        .collect();
    assert_eq!((back.as_slice(), &*told(&mut rx)), (refused, expected), "{level:?}, two senders");

    let (mut tx, mut rx) = Builder::new(level, 3).many_receivers(2).build().unwrap();
    let other = rx.clone();
    let back: Vec<u32> = (1..=5).filter_map(|message| push(&mut tx, message)).collect();
    assert_eq!((back.as_slice(), &*told(&mut rx)), (refused, expected), "{level:?}, two receivers");
    drop(other);

    let stats = rx.stats();
    let accepted = 5 - refused.len() as u64;
    assert_eq!((stats.accepted, stats.delivered), (accepted, 3), "{level:?}: counted");
    assert_eq!((stats.overwritten, stats.held), (accepted - 3, 0), "{level:?}: counted");
    assert_eq!(stats.high_water, 3, "{level:?}: it was full");
    assert_eq!(rx.lost(), accepted - 3, "{level:?}: exactly");
}

#[test]
fn best_effort_keeps_the_newest_in_order() {
    row(BestEffort, &[], &[Ok(3), Ok(4), Ok(5)]);
    row(QosLevel::BestEffort, &[], &[Ok(3), Ok(4), Ok(5)]);
}

#[test]
fn reliable_says_in_line_what_is_missing() {
    row(Reliable, &[], &[LAGGED, Ok(3), Ok(4), Ok(5)]);
    row(QosLevel::Reliable, &[], &[LAGGED, Ok(3), Ok(4), Ok(5)]);
}

#[test]
fn guaranteed_refuses_and_keeps_everything() {
    row(Guaranteed, &[4, 5], &[Ok(1), Ok(2), Ok(3)]);
    row(QosLevel::Guaranteed, &[4, 5], &[Ok(1), Ok(2), Ok(3)]);
}

#[test]
fn real_time_gives_the_freshest_first() {
    row(RealTime, &[], &[Ok(5), Ok(4), Ok(3)]);
    row(QosLevel::RealTime, &[], &[Ok(5), Ok(4), Ok(3)]);
}

/// Capacity 1: the second message meets a full buffer.
fn one_place<L: Level>(level: L, expected: &[Told]) {
    let (mut tx, mut rx) = Builder::new(level, 1).build().unwrap();
    for round in 0..3 {
        let back = [push(&mut tx, 1), push(&mut tx, 2)];
        let refused = (!level.qos().overwrites()).then_some(2);
        assert_eq!(back, [None, refused], "{level:?}, round {round}");
        assert!(tx.is_full() && rx.is_full(), "{level:?}: one is all there can be");
        assert_eq!(told(&mut rx), expected, "{level:?}, round {round}");
        assert!(tx.is_empty() && rx.is_empty(), "{level:?}: and it was taken");
    }
}

#[test]
fn one_place_is_enough_for_every_level() {
    let lagged = Err(TryRecvError::Lagged(1));
    one_place(BestEffort, &[Ok(2)]);
    one_place(Reliable, &[lagged, Ok(2)]);
    one_place(Guaranteed, &[Ok(1)]);
    one_place(RealTime, &[Ok(2)]);
    one_place(QosLevel::BestEffort, &[Ok(2)]);
    one_place(QosLevel::Reliable, &[lagged, Ok(2)]);
    one_place(QosLevel::Guaranteed, &[Ok(1)]);
    one_place(QosLevel::RealTime, &[Ok(2)]);
}

/// After a close: refused, everything drained, the end, and the end again.
fn closing<L: Level>(level: L, expected: &[Told]) {
    let (mut tx, mut rx) = Builder::new(level, 3).build().unwrap();
    let _back: Vec<u32> = (1..=5).filter_map(|message| push(&mut tx, message)).collect();
    tx.close();
    tx.close();
    assert!(tx.is_closed() && rx.is_closed(), "{level:?}: both know");
    assert_eq!(tx.try_send(6), Err(TrySendError::Closed(6)), "{level:?}: given back");
    assert_eq!(tx.send(7).unwrap_err().into_inner(), 7, "{level:?}: given back");
    assert_eq!(told(&mut rx), expected, "{level:?}: the last one is still there");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "{level:?}: the end");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Closed), "{level:?}: and stays");
    assert!(rx.recv().is_err(), "{level:?}: nobody waits for ever");
}

#[test]
fn closing_drains_and_overwrites_nothing() {
    closing(BestEffort, &[Ok(3), Ok(4), Ok(5)]);
    closing(Reliable, &[LAGGED, Ok(3), Ok(4), Ok(5)]);
    closing(Guaranteed, &[Ok(1), Ok(2), Ok(3)]);
    closing(RealTime, &[Ok(5), Ok(4), Ok(3)]);
    closing(QosLevel::Reliable, &[LAGGED, Ok(3), Ok(4), Ok(5)]);
}

#[test]
fn any_capacity_holds_exactly_as_many() {
    fn fill<L: Level>(level: L, capacity: usize) {
        let (mut tx, mut rx) = Builder::new(level, capacity).build().unwrap();
        assert_eq!((tx.capacity(), rx.capacity()), (capacity, capacity), "as asked for");
        for message in 0..=u32::try_from(capacity).unwrap() {
            assert_eq!(tx.len(), capacity.min(message as usize), "{level:?} of {capacity}");
            push(&mut tx, message);
        }
        assert!(tx.is_full(), "{level:?} of {capacity}");
        let messages = told(&mut rx).iter().filter(|told| told.is_ok()).count();
        assert_eq!(messages, capacity, "{level:?} of {capacity}");
    }
    for capacity in [1, 2, 3, 5, 7, 8, 9, 63, 64, 65, 100, 127, 128, 129, 255, 256, 257, 1000] {
        fill(BestEffort, capacity);
        fill(Reliable, capacity);
        fill(Guaranteed, capacity);
        fill(RealTime, capacity);
        if cfg!(miri) && 8 < capacity {
            break;
        }
    }
}
