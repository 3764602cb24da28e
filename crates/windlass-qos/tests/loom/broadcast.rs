//! One sender, readers in place.

use loom::thread;
use windlass_qos::broadcast::{Builder, From, Reader, Readers, Sender};
use windlass_qos::{RecvError, TryRecvError, Wait};

use crate::support::tells;

/// Runs a model in every interleaving with few switches of thread.
pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

fn of(capacity: usize, readers: usize) -> (Sender<u64>, Readers<u64>) {
    Builder::new(capacity).readers(readers).wait(Wait::blocking()).build().unwrap()
}

fn sending(mut tx: Sender<u64>, n: u64) -> thread::JoinHandle<Sender<u64>> {
    thread::spawn(move || {
        for i in 0..n {
            tx.send(i).unwrap();
        }
        tx
    })
}

/// Reads to the end, and returns how many it got; what it missed is told where it is missing.
fn read_all(reader: &mut Reader<u64>, mut next: u64) -> u64 {
    let mut got = 0;
    loop {
        match reader.recv() {
            Ok(message) => {
                assert_eq!(*message, next, "in order, and none is missing untold");
                next += 1;
                got += 1;
            }
            Err(RecvError::Lagged(n)) => {
                assert_ne!(n, 0, "something was missed");
                next += n;
            }
            Err(RecvError::Closed) => return got,
        }
    }
}

#[test]
fn a_reader_is_told_exactly_what_it_missed_and_gets_the_last() {
    for (capacity, n) in [(1, 3), (2, 4)] {
        model(move || {
            let (tx, readers) = of(capacity, 1);
            let mut reader = readers.subscribe(From::Next).unwrap();
            let sender = thread::spawn(move || drop(sending_here(tx, n)));
            let got = read_all(&mut reader, 0);
            sender.join().unwrap();
            let stats = reader.stats();
            assert_eq!((stats.delivered, stats.delivered + stats.lagged), (got, n));
            assert!(got >= 1, "the last is never lost");
        });
    }
}

fn sending_here(mut tx: Sender<u64>, n: u64) -> Sender<u64> {
    for i in 0..n {
        tx.send(i).unwrap();
    }
    tx
}

#[test]
fn what_is_read_is_not_overwritten() {
    model(|| {
        let (tx, readers) = of(1, 1);
        let mut reader = readers.subscribe(From::Next).unwrap();
        let sender = sending(tx, 3);
        for _ in 0..2 {
            thread::yield_now();
            if let Ok(message) = reader.latest() {
                let first = *message;
                thread::yield_now();
                assert_eq!(*message, first, "it stays while it is read");
            }
        }
        sender.join().unwrap();
    });
}

#[test]
fn a_sender_always_finds_a_slot() {
    model(|| {
        let (tx, readers) = of(1, 1);
        let mut reader = readers.subscribe(From::Next).unwrap();
        let sender = sending(tx, 5);
        thread::yield_now();
        for _ in 0..3 {
            drop(reader.latest());
        }
        sender.join().unwrap();
    });
}

/// Three slots, and the reader has one of two in hand: that it gave the other one back has to be seen.
#[test]
#[expect(clippy::mem_forget, reason = "a message is held beyond a call")]
fn who_sees_a_pin_sees_what_was_given_back_before_it() {
    model(|| {
        let (mut tx, readers) = of(1, 1);
        let mut reader = readers.subscribe(From::Next).unwrap();
        tx.send(0).unwrap();
        core::mem::forget(reader.latest());
        tx.send(1).unwrap();
        let pins = thread::spawn(move || {
            core::mem::forget(reader.latest());
            reader
        });
        tx.send(2).unwrap();
        tx.send(3).unwrap();
        drop(pins.join().unwrap());
    });
}

/// The same, where the pins are of one reader and of the next one on its seat.
#[test]
#[expect(clippy::mem_forget, reason = "a message is held beyond a call")]
fn who_sees_a_pin_sees_what_the_last_reader_on_its_seat_gave_back() {
    model(|| {
        let (mut tx, readers) = of(1, 1);
        let mut first = readers.subscribe(From::Next).unwrap();
        tx.send(0).unwrap();
        core::mem::forget(first.latest());
        tx.send(1).unwrap();
        let leaves = thread::spawn(move || drop(first));
        let pins = thread::spawn(move || {
            let mut second = readers.subscribe(From::Oldest).ok();
            if let Some(reader) = &mut second {
                core::mem::forget(reader.latest());
            }
            (readers, second)
        });
        tx.send(2).unwrap();
        tx.send(3).unwrap();
        leaves.join().unwrap();
        drop(pins.join().unwrap());
    });
}

#[test]
fn a_seat_that_changes_hands_keeps_one_slot_busy() {
    model(|| {
        let (tx, readers) = of(1, 1);
        let mut first = readers.subscribe(From::Next).unwrap();
        let sender = sending(tx, 4);
        let leaver = thread::spawn(move || drop(first.latest()));
        thread::yield_now();
        let second = readers.subscribe(From::Oldest);
        let held = second.map(|mut reader| reader.latest().map(|message| *message));
        sender.join().unwrap();
        leaver.join().unwrap();
        drop(held);
    });
}

#[test]
#[expect(clippy::mem_forget, reason = "that is what it is about")]
fn a_forgotten_message_is_given_back_by_the_next_call() {
    model(|| {
        let (tx, readers) = of(1, 1);
        let mut reader = readers.subscribe(From::Next).unwrap();
        let sender = sending(tx, 4);
        thread::yield_now();
        for _ in 0..2 {
            core::mem::forget(reader.latest());
        }
        drop(reader);
        sender.join().unwrap();
    });
}

#[test]
fn two_readers_read_the_same_message() {
    model(|| {
        let (mut tx, readers) = of(1, 2);
        let mut both = [(); 2].map(|()| readers.subscribe(From::Next).unwrap());
        tx.send(0).unwrap();
        let mut here = both[0].another().err().map(|_| both);
        let [mut one, mut two] = here.take().unwrap();
        let reader = thread::spawn(move || one.try_recv().map(|message| *message));
        let there = two.try_recv().map(|message| *message);
        tx.send(1).unwrap();
        tx.send(2).unwrap();
        tx.send(3).unwrap();
        assert_eq!(there, Ok(0));
        let elsewhere = reader.join().unwrap();
        assert!(matches!(elsewhere, Ok(0) | Err(TryRecvError::Lagged(1..=3))), "or told");
    });
}

#[test]
fn a_close_wakes_who_sleeps_and_loses_nothing() {
    model(|| {
        let (mut tx, readers) = of(1, 1);
        let mut reader = readers.subscribe(From::Next).unwrap();
        let sleeper = thread::spawn(move || read_all(&mut reader, 0));
        tx.send(0).unwrap();
        tx.close();
        assert_eq!(sleeper.join().unwrap(), 1, "the last one");
    });
}

#[test]
fn who_comes_late_gets_what_is_kept_or_is_told() {
    model(|| {
        let (mut tx, readers) = of(2, 1);
        tx.send(0).unwrap();
        let late = thread::spawn(move || {
            let mut reader = readers.subscribe(From::Oldest).unwrap();
            let first = reader.lag();
            let seen = reader.try_recv().map(|message| *message);
            // Kept until the end: nothing is accepted when nobody will ever read.
            drop(reader);
            (readers, first, seen)
        });
        for i in 1..4 {
            tx.send(i).unwrap();
        }
        let (_readers, kept, seen) = late.join().unwrap();
        assert_ne!(kept, 0, "something was there when it came");
        match seen {
            Ok(message) => assert!(message <= 2, "the oldest that was kept then"),
            Err(TryRecvError::Lagged(n)) => assert!((1..=2).contains(&n), "told"),
            Err(other) => panic!("there was something to read: {other:?}"),
        }
    });
}

/// Edge `told`: the end has no message that would hand it over.
#[test]
fn who_sees_the_end_of_a_broadcast_sees_what_was_done_before() {
    let make = || {
        let (tx, readers) = of(1, 1);
        let reader = readers.subscribe(From::Next).unwrap();
        (tx, reader)
    };
    tells(make, Sender::close, |reader| matches!(reader.try_recv(), Err(TryRecvError::Closed)));
}
