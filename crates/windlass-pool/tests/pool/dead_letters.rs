//! Dead letters that are sent again.
//!
//! Not in the interpreter: there is no unsafe code here, and it would take minutes.

use crate::support::{
    Act, Did, LONG, Msg, a_key_of, actors, balanced, gate, gated, hold_up, note, panics, slot_of,
};
use windlass_pool::{
    DeadLetter, DeadReason, Pool, QosLevel, ResendError, Restart, Shutdown, Slot, Worker,
};
use windlass_sync::atomic::AtomicU32;
use windlass_sync::sync::Arc;
use windlass_sync::thread::yield_now;

/// Panics once.
fn once(n: u64) -> Msg {
    Msg { n, act: Act::PanicTimes(Arc::new(AtomicU32::new(1))) }
}

/// Waits until so many messages have died, and takes what is kept of them.
fn letters<W: Worker>(pool: &Pool<W>, dead: u64) -> Vec<DeadLetter<W::Message>> {
    while pool.dead_counts().total() < dead {
        yield_now();
    }
    pool.take_dead_letters()
}

#[test]
fn a_dead_letter_goes_to_whoever_has_its_slot_now() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = a_key_of(0, 2);
    tx.send(&key, once(key)).unwrap();
    let [letter] = letters(&pool, 1).try_into().unwrap();
    assert_eq!(letter.slot().map(Slot::index), Some(slot_of(key)), "of its key");
    assert_eq!((letter.worker, letter.reason), (0, DeadReason::Panicked), "where it died");
    pool.move_slot(slot_of(key), 1, LONG).unwrap();
    tx.resend(letter).unwrap();
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!((report.accepted, report.handled, report.dead.total()), (2, 1, 1), "two messages");
    assert_eq!(seen.notes_of(1), [key], "the new owner has it");
}

#[test]
fn a_letter_that_dies_again_comes_back_again() {
    let (builder, _seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send(&0, panics(0)).unwrap();
    for died in 1..=3 {
        let [letter] = letters(&pool, died).try_into().unwrap();
        tx.resend(letter).unwrap();
    }
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.accepted, report.dead.total()), (4, 4), "each time");
}

#[test]
fn what_was_for_one_worker_goes_to_that_one_and_what_was_for_any_to_the_next() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(3).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send_to(1, first).unwrap();
    key.wait_until_entered();
    tx.send_to(1, panics(1)).unwrap();
    tx.send_to(1, note(2)).unwrap();
    for _ in 0..3 {
        tx.send_any(note(3)).unwrap();
    }
    key.open();
    // The one that panicked, the one behind it, and one of those for any.
    let mut letters = letters(&pool, 3);
    let at = letters.iter().position(|letter| letter.reason == DeadReason::Panicked).unwrap();
    drop(letters.remove(at));
    assert!(letters.iter().all(|letter| letter.slot().is_none()), "no keys");
    for letter in letters {
        let n = letter.message.as_ref().map(|message| message.n);
        match (n, tx.resend(letter)) {
            (Some(2), Err(ResendError::Closed(letter))) => {
                assert_eq!((letter.worker, letter.message.unwrap().n), (1, 2), "as it was");
            }
            (Some(3), Ok(())) => {}
            (n, sent) => panic!("{n:?}: {sent:?}"),
        }
    }
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!(seen.notes(), [0, 3, 3, 3], "all but those for the one that is gone");
}

#[test]
fn what_lay_in_the_mailbox_of_a_dead_worker_is_handled_by_the_next_owner() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = a_key_of(0, 2);
    let (first, gate) = gated(key);
    tx.send(&key, first).unwrap();
    gate.wait_until_entered();
    tx.send(&key, panics(key)).unwrap();
    for _ in 0..5 {
        tx.send(&key, note(key)).unwrap();
    }
    gate.open();
    let letters = letters(&pool, 6);
    pool.move_slot(slot_of(key), 1, LONG).unwrap();
    for letter in letters.into_iter().filter(|it| it.reason == DeadReason::WorkerGone) {
        tx.resend(letter).unwrap();
    }
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!(seen.notes_of(1), [key; 5], "handled there");
    assert_eq!((report.accepted, report.handled, report.dead.total()), (12, 6, 6), "counted");
}

#[test]
fn what_a_worker_could_not_send_names_the_worker_it_was_for() {
    let (builder, mut seen) = actors();
    let builder = builder.workers(2).restart(Restart::never());
    let pool = builder.mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (gate, key) = gate();
    tx.send_to(1, Msg { n: 0, act: Act::Gate(gate) }).unwrap();
    key.wait_until_entered();
    tx.send_to(1, panics(1)).unwrap();
    for n in 2..10 {
        tx.send_to(0, Msg { n, act: Act::Pass(1, 1) }).unwrap();
    }
    for _ in 2..10 {
        seen.until(|worker, did| worker == 0 && matches!(did, Did::Note(_)));
    }
    key.open();
    let letters = letters(&pool, 9);
    assert!(letters.iter().all(|letter| letter.worker == 1), "{letters:?}");
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_letter_without_a_message_or_behind_the_end_comes_back() {
    let pool = Pool::each(|_| |n: u64| assert!(n != 1, "as it was told")).build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send(&0, 1).unwrap();
    let [letter] = letters(&pool, 1).try_into().unwrap();
    let refused = tx.resend(letter.clone()).unwrap_err();
    assert_eq!(refused, ResendError::NoMessage(letter), "there is no copy");

    let mut letter = refused.into_letter();
    letter.message = Some(2);
    assert!(pool.shutdown(Shutdown::drain()).is_balanced(), "one message");
    let refused = tx.resend(letter.clone()).unwrap_err();
    assert_eq!(refused, ResendError::Closed(letter), "nobody takes it");
}

#[test]
fn a_letter_that_was_high_is_high_again() {
    for dies_in_its_mailbox in [false, true] {
        let (builder, mut seen) = actors();
        let restart = if dies_in_its_mailbox { Restart::never() } else { Restart::on_panic() };
        let pool = builder.workers(2).restart(restart).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let key = a_key_of(0, 2);
        let first = hold_up(&mut tx, key);
        if dies_in_its_mailbox {
            // The first one is the last that it does.
            tx.send_high(&key, panics(key)).unwrap();
            tx.send_high(&key, note(key)).unwrap();
        } else {
            tx.send_high(&key, once(key)).unwrap();
        }
        first.open();
        let dead = letters(&pool, 1 + u64::from(dies_in_its_mailbox)).pop().unwrap();
        assert!(dead.is_high(), "{dead:?}");
        pool.move_slot(slot_of(key), 1, LONG).unwrap();
        let second = hold_up(&mut tx, key);
        let other = (0..).find(|n| *n != key && slot_of(*n) == slot_of(key)).unwrap();
        tx.send(&other, note(other)).unwrap();
        tx.resend(dead).unwrap();
        second.open();
        drop(tx);
        balanced(&pool.shutdown(Shutdown::drain()));
        seen.until_the_end();
        assert_eq!(seen.notes_of(1), [key, key, other], "before what is not high");
    }
}
