//! The checker itself: it takes what can happen, and refuses what cannot.

use windlass_qos::TryRecvError::{Closed, Empty, Lagged};

use super::buffer::Call::{Close, ForceSend, TakeLatest, TryRecv};
use super::buffer::{Buffer, Call, Rules};
use super::wgl::{Timed, linearise};

const FIFO: Rules = Rules { capacity: 2, freshest: false, reports: true };
const FRESHEST: Rules = Rules { capacity: 2, freshest: true, reports: false };

/// Calls one behind the other, but those of which the number says that they end only with a later one.
fn can_happen(rules: Rules, calls: &[(Call, u64)]) -> bool {
    let timed = |(number, (call, longer)): (u64, &(Call, u64))| Timed {
        call: call.clone(),
        begin: 2 * number,
        end: 2 * (number + longer) + 1,
    };
    let history: Vec<_> = (0..).zip(calls).map(timed).collect();
    linearise(Buffer::new(rules), &history).is_ok()
}

#[test]
fn what_can_happen_is_accepted() {
    let told = [
        (ForceSend(1, Ok(None)), 0),
        (ForceSend(2, Ok(None)), 0),
        (ForceSend(3, Ok(Some(1))), 0),
        (TryRecv(Err(Lagged(1))), 0),
        (TryRecv(Ok(2)), 0),
        (Close, 0),
        (ForceSend(4, Err(())), 0),
        (TryRecv(Ok(3)), 0),
        (TryRecv(Err(Closed)), 0),
    ];
    assert!(can_happen(FIFO, &told), "the oldest makes room, and the receiver is told");
    let latest = [
        (ForceSend(1, Ok(None)), 0),
        (ForceSend(2, Ok(None)), 0),
        (ForceSend(3, Ok(Some(1))), 0),
        (TakeLatest(Ok(3), vec![2]), 0),
        (TryRecv(Err(Empty)), 0),
    ];
    assert!(can_happen(FRESHEST, &latest), "the newest, and the other is passed over");
    let overlapping = [
        (ForceSend(1, Ok(None)), 2),
        (TryRecv(Err(Empty)), 0),
        (TryRecv(Ok(1)), 0),
        (TryRecv(Err(Empty)), 0),
    ];
    assert!(can_happen(FIFO, &overlapping), "a call takes effect before it ends");
}

#[test]
fn what_cannot_happen_is_refused() {
    let sent = [(ForceSend(1, Ok(None)), 0), (ForceSend(2, Ok(None)), 0)];
    let then = |rules, calls: &[Call]| {
        let calls = calls.iter().map(|call| (call.clone(), 0));
        can_happen(rules, &sent.iter().cloned().chain(calls).collect::<Vec<_>>())
    };
    assert!(!then(FIFO, &[TryRecv(Ok(2))]), "out of order");
    assert!(!then(FRESHEST, &[TryRecv(Ok(1))]), "not the freshest");
    assert!(!then(FIFO, &[TryRecv(Ok(1)), TryRecv(Ok(1))]), "twice");
    assert!(!then(FIFO, &[TryRecv(Err(Empty))]), "there is one");
    assert!(!then(FIFO, &[TryRecv(Err(Lagged(1)))]), "nothing is missing");
    assert!(!then(FIFO, &[ForceSend(3, Ok(None))]), "nothing came back");
    assert!(!then(FIFO, &[ForceSend(3, Ok(Some(2)))]), "the newer one made room");
    assert!(!then(FIFO, &[ForceSend(3, Ok(Some(1))), TryRecv(Ok(2))]), "not told");
    assert!(!then(FIFO, &[ForceSend(3, Ok(Some(1))), TryRecv(Err(Lagged(2)))]), "one too many");
    assert!(!then(FIFO, &[Close, ForceSend(3, Ok(Some(1)))]), "closed");
    assert!(!then(FIFO, &[Close, TryRecv(Err(Closed))]), "not drained");
    assert!(!then(FIFO, &[TakeLatest(Ok(1), vec![])]), "not the newest");
    assert!(!then(FRESHEST, &[TakeLatest(Ok(1), vec![2])]), "the newest was passed over");
}
