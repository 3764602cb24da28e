//! Conflation: exchanging against taking, entering a key again, merging, and the end.

use loom::thread;
use windlass_qos::conflate::{Builder, Receiver, Sender};
use windlass_qos::{RecvError, TryRecvError, Wait};

use crate::support::{end_tells, model};

/// Words that belong together.
type Update = (usize, Box<u64>);

fn buffer(keys: usize, senders: usize) -> (Sender<Update>, Receiver<Update>) {
    Builder::new(keys).senders(senders).wait(Wait::blocking()).build().unwrap()
}

fn put(tx: &mut Sender<Update>, key: usize, n: u64) {
    tx.send(key, (key, Box::new(n))).unwrap();
}

/// Receives to the end; each update is of its key.
fn all(rx: &mut Receiver<Update>) -> Vec<(usize, u64)> {
    let updates = rx.iter().map(|(key, (told, n))| {
        assert_eq!(key, told, "an update comes with its key");
        (key, *n)
    });
    updates.collect()
}

/// Of one key, in the order of one sender, and the last one for sure.
fn rises_to(seen: &[(usize, u64)], key: usize, last: u64) {
    let of_key: Vec<u64> = seen.iter().filter(|(at, _)| *at == key).map(|(_, n)| *n).collect();
    assert!(of_key.is_sorted_by(|a, b| a < b), "the newer replaces the older: {seen:?}");
    assert_eq!(of_key.last(), Some(&last), "the newest arrives: {seen:?}");
}

fn adds_up(rx: &Receiver<Update>) {
    let stats = rx.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "{stats:?}");
}

#[test]
fn an_update_is_replaced_or_taken_and_entered_once() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 1);
        let sender = thread::spawn(move || {
            put(&mut tx, 0, 1);
            put(&mut tx, 0, 2);
        });
        let seen = all(&mut rx);
        rises_to(&seen, 0, 2);
        sender.join().unwrap();
        adds_up(&rx);
        assert_eq!(rx.stats().accepted, 2, "all were counted");
    });
}

#[test]
fn two_senders_of_one_key_lose_nothing() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 2);
        let mut other = tx.clone();
        let sender = thread::spawn(move || put(&mut tx, 0, 1));
        put(&mut other, 0, 2);
        drop(other);
        let seen = all(&mut rx);
        assert!((1..=2).contains(&seen.len()), "each once at most: {seen:?}");
        sender.join().unwrap();
        adds_up(&rx);
        let stats = rx.stats();
        assert_eq!((stats.accepted, stats.delivered), (2, seen.len() as u64), "counted");
    });
}

#[test]
fn places_of_the_queue_are_used_again() {
    model(|| {
        let (mut tx, mut rx) = buffer(2, 2);
        let mut other = tx.clone();
        let sender = thread::spawn(move || {
            put(&mut tx, 0, 1);
            put(&mut tx, 0, 2);
        });
        let receiver = thread::spawn(move || {
            let seen: Vec<_> = rx.try_recv().into_iter().collect();
            (rx, seen)
        });
        let third = thread::spawn(move || put(&mut other, 1, 9));
        sender.join().unwrap();
        third.join().unwrap();
        let (mut rx, seen) = receiver.join().unwrap();
        let mut seen: Vec<_> = seen.into_iter().map(|(key, (_, n))| (key, *n)).collect();
        seen.extend(all(&mut rx));
        rises_to(&seen, 0, 2);
        rises_to(&seen, 1, 9);
        adds_up(&rx);
    });
}

#[test]
fn merging_against_a_receiver_loses_nothing() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 1);
        let sender = thread::spawn(move || {
            for n in [1, 10, 100] {
                let merge = |old: &mut Update, new: Update| *old.1 += *new.1;
                tx.send_merge(0, (0, Box::new(n)), merge).unwrap();
            }
        });
        let seen = all(&mut rx);
        assert_eq!(seen.iter().map(|(_, n)| n).sum::<u64>(), 111, "the sum: {seen:?}");
        sender.join().unwrap();
        adds_up(&rx);
    });
}

#[test]
fn two_that_merge_lose_nothing() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 2);
        let mut other = tx.clone();
        let merge = |old: &mut Update, new: Update| *old.1 += *new.1;
        put(&mut tx, 0, 1);
        let sender = thread::spawn(move || tx.send_merge(0, (0, Box::new(10)), merge).unwrap());
        other.send_merge(0, (0, Box::new(100)), merge).unwrap();
        drop(other);
        let seen = all(&mut rx);
        assert_eq!(seen.iter().map(|(_, n)| n).sum::<u64>(), 111, "the sum: {seen:?}");
        sender.join().unwrap();
        adds_up(&rx);
    });
}

#[test]
fn a_key_keeps_its_place_while_it_is_merged() {
    model(|| {
        let (mut tx, mut rx) = buffer(2, 1);
        put(&mut tx, 0, 1);
        let sender = thread::spawn(move || {
            let merge = |old: &mut Update, new: Update| *old.1 += *new.1;
            tx.send_merge(0, (0, Box::new(10)), merge).unwrap();
            put(&mut tx, 1, 5);
        });
        let seen = all(&mut rx);
        assert_eq!(seen[0].0, 0, "the first that was unread comes first: {seen:?}");
        assert_eq!(seen.last(), Some(&(1, 5)), "and the last one last: {seen:?}");
        sender.join().unwrap();
    });
}

#[test]
fn what_was_accepted_before_the_close_is_received() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 2);
        let closer = tx.clone();
        let sender = thread::spawn(move || tx.send(0, (0, Box::new(1))).is_ok());
        closer.close();
        let mut seen = 0;
        loop {
            match rx.try_recv() {
                Ok(_) => seen += 1,
                Err(TryRecvError::Empty) => thread::yield_now(),
                Err(_) => break,
            }
        }
        assert_eq!(sender.join().unwrap(), seen == 1, "accepted means received");
        drop(closer);
        adds_up(&rx);
    });
}

#[test]
fn a_receiver_that_sleeps_is_woken_by_an_update_and_by_the_end() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 1);
        let receiver = thread::spawn(move || {
            assert_eq!(rx.recv().map(|(key, (_, n))| (key, *n)), Ok((0, 4)), "the update");
            assert_eq!(rx.recv(), Err(RecvError::Closed), "the end");
        });
        put(&mut tx, 0, 4);
        drop(tx);
        receiver.join().unwrap();
    });
}

#[test]
fn a_sender_goes_on_counting_where_another_one_left() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 2);
        let mut other = tx.clone();
        let sender = thread::spawn(move || put(&mut other, 0, 1));
        let mut next = loop {
            match tx.try_clone() {
                Ok(next) => break next,
                Err(_) => thread::yield_now(),
            }
        };
        put(&mut next, 0, 2);
        put(&mut tx, 0, 3);
        sender.join().unwrap();
        drop((tx, next));
        rises_to(&all(&mut rx), 0, 3);
        adds_up(&rx);
        assert_eq!(rx.stats().accepted, 3, "all of them");
    });
}

#[test]
fn the_end_is_not_seen_before_what_was_on_its_way() {
    model(|| {
        let (mut tx, mut rx) = buffer(1, 2);
        let closer = tx.clone();
        let sender = thread::spawn(move || tx.send(0, (0, Box::new(1))).is_ok());
        // It looks once: after a yield loom would show it the newest.
        let receiver = thread::spawn(move || {
            let seen = rx.try_recv().map(|(_, (_, n))| *n);
            (rx, seen)
        });
        closer.close();
        let accepted = sender.join().unwrap();
        let (mut rx, seen) = receiver.join().unwrap();
        match seen {
            Ok(n) => assert!(accepted && n == 1, "it was sent"),
            Err(TryRecvError::Closed) => assert!(!accepted, "the end comes behind it"),
            Err(_) => assert_eq!(rx.try_recv().is_ok(), accepted, "accepted means received"),
        }
        drop(closer);
    });
}

#[test]
fn who_sees_the_end_of_conflation_sees_what_each_sender_did_before_it_left() {
    let make = || {
        let (tx, rx) = buffer(1, 2);
        ([tx.clone(), tx], rx)
    };
    end_tells(make, |rx| matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}
