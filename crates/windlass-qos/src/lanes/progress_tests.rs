//! What is promised of progress: one end stops in the middle of an operation on a lane, and the others go on.

use alloc::vec::Vec;

use windlass_sync::sync::{Arc, Mutex, lock};

use super::{Builder, Lane, Receiver, Sender};
use crate::QosLevel;
use crate::halt::{Place, halt_at, is_set};
use crate::stats::Stats;

type Ends = (Vec<Sender<u64>>, Receiver<u64>);

/// Two lanes for three messages each.
fn lanes(levels: [QosLevel; 2]) -> Ends {
    let lane = |level| Lane::new(level, 3).senders(2).budget(2);
    let builder = levels.into_iter().fold(Builder::new(), |all, level| all.lane(lane(level)));
    builder.build().expect("there is memory")
}

fn each_pair(check: impl Fn([QosLevel; 2], usize)) {
    for first in QosLevel::ALL {
        for second in QosLevel::ALL {
            (0..2).for_each(|stopped| check([first, second], stopped));
        }
    }
}

fn adds_up(stats: Stats) -> bool {
    stats.accepted == stats.delivered + stats.dropped() + stats.held
}

/// A sender stops behind its claim. Others of its lane, those of the other lane and the receiver go on.
fn a_sender_stops(levels: [QosLevel; 2], stopped: usize, send: impl FnOnce(&mut Sender<u64>, u64)) {
    let (mut tx, rx) = lanes(levels);
    let mut far = tx.remove(1 - stopped);
    let mut slow = tx.remove(0);
    let mut near = slow.clone();
    let rx = Arc::new(Mutex::new(rx));
    let receiver = Arc::clone(&rx);
    slow.send(1).expect("there is room");
    halt_at(Place::Claimed, move || {
        near.try_send(2).expect("there is room");
        far.try_send(3).expect("there is room");
        let got: Vec<_> = lock(&receiver).try_iter().collect();
        assert!(got.contains(&(stopped, 1)), "what came before: {got:?}");
        assert!(got.contains(&(1 - stopped, 3)), "the other lane: {got:?}");
        // Where nothing is lost it comes behind what is on its way.
        let there = levels[stopped].overwrites();
        assert_eq!(got.contains(&(stopped, 2)), there, "{levels:?}: {got:?}");
        far.try_send(4).expect("there is room again");
        assert_eq!(lock(&receiver).try_recv(), Ok((1 - stopped, 4)), "and so on");
    });
    send(&mut slow, 5);
    assert!(!is_set(), "it was stopped");
    slow.try_send(6).expect("it goes on");
    let got: Vec<_> = lock(&rx).try_iter().map(|(_, n)| n).collect();
    let all = if levels[stopped].overwrites() { &[6][..] } else { &[5, 2, 6] };
    assert!(all.iter().all(|n| got.contains(n)), "{levels:?}: {got:?}");
    assert!(adds_up(slow.stats()), "{levels:?}: {:?}", slow.stats());
}

#[test]
fn a_sender_of_a_lane_that_stopped_holds_up_nobody() {
    each_pair(|levels, stopped| {
        a_sender_stops(levels, stopped, |slow, n| slow.try_send(n).expect("open"));
    });
}

#[test]
fn a_run_that_stopped_holds_up_nobody() {
    each_pair(|levels, stopped| {
        if !levels[stopped].overwrites() {
            let run = |slow: &mut Sender<u64>, n| {
                assert_eq!(slow.try_send_run(&mut [n].into(), 1), 1, "there was room");
            };
            a_sender_stops(levels, stopped, run);
        }
    });
}

/// The receiver stops with a message that it has found. Senders of all lanes go on.
fn the_receiver_stops(levels: [QosLevel; 2], stopped: usize) {
    let (mut tx, mut rx) = lanes(levels);
    tx[stopped].send(1).expect("there is room");
    let tx = Arc::new(Mutex::new(tx));
    let senders = Arc::clone(&tx);
    halt_at(Place::Found, move || {
        for (lane, sender) in lock(&senders).iter_mut().enumerate() {
            let room = sender.capacity() - sender.len();
            for n in 0..40 {
                let goes_in = levels[lane].overwrites() || n < room;
                assert_eq!(sender.try_send(2).is_ok(), goes_in, "{levels:?}: {n} of {lane}");
            }
        }
    });
    let got: Vec<_> = rx.try_iter().map(|(lane, _)| lane).collect();
    assert!(!is_set(), "it was stopped");
    for lane in 0..2 {
        assert!(got.contains(&lane), "{levels:?}: {got:?}");
        assert!(adds_up(lock(&tx)[lane].stats()), "{levels:?}: {:?}", lock(&tx)[lane].stats());
    }
}

#[test]
fn a_receiver_of_lanes_that_stopped_holds_up_no_sender() {
    each_pair(the_receiver_stops);
}
