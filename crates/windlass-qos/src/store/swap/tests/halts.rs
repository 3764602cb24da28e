//! What others do while one of them is suspended.

use super::*;
use crate::halt::{Place as Halt, halt_at};

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

/// Numbers that are asked for while a sender stands between claim and put: no more is there than can be.
fn numbers_in_between<L: Manner, P: Paths>() {
    let store = Arc::new(open::<L, P>(1, 0));
    let mut tx = store.sender().expect("first");
    assert_eq!(store.offer(&mut tx, 1), Ok(None), "room");
    let other = Arc::clone(&store);
    halt_at(Halt::Claimed, move || {
        let stats = other.stats();
        assert_eq!((stats.held, stats.high_water), (1, 1), "one place");
        assert_eq!(stats.accepted, stats.dropped() + stats.held, "adds up");
    });
    assert_eq!(store.offer(&mut tx, 2), Ok(Some(1)), "the oldest made room");
    assert_eq!(store.stats().high_water, 1, "one place");
}

#[test]
fn the_most_is_at_most_the_capacity_also_in_the_middle_of_a_send() {
    numbers_in_between::<BestEffort, OneToOne>();
    numbers_in_between::<Reliable, ManyToOne>();
    numbers_in_between::<Reliable, ManyToMany>();
    numbers_in_between::<BestEffort, ManyToMany>();
    numbers_in_between::<RealTime, ManyToMany>();
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
