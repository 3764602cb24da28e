//! What is for any worker, where workers share one queue.

use std::cell::RefCell;
use std::time::Duration;

use windlass_pool::{
    Batch, Builder, Context, DeadReason, Phase, Pool, QosLevel, Restart, Shed, Shutdown,
    Simulation, Spread, Wait, Worker,
};
use windlass_sync::sync::Arc;
use windlass_sync::{Deadline, thread};

use crate::support::{
    Actor, LONG, Seen, a_key_of, actors, balanced, gated, hold_up_worker, note, panics,
};

const MESSAGES: u64 = if cfg!(miri) { 60 } else { 20_000 };

fn sharing(workers: usize) -> (Builder<Actor>, Seen) {
    let (builder, seen) = actors();
    (builder.workers(workers).spread(Spread::Shared(1)), seen)
}

#[test]
fn no_message_waits_behind_a_slow_one_while_a_worker_is_free() {
    let (builder, mut seen) = sharing(2);
    let pool = builder.mailbox(QosLevel::Guaranteed, 4).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (message, key) = gated(1_000);
    tx.send_any(message).unwrap();
    key.wait_until_entered();
    // Far more than there is room for; whoever waited for the one that is held up would wait for ever.
    (0..100).for_each(|n| tx.send_any(note(n)).unwrap());
    while seen.notes().len() < 100 {
        seen.until(|_, _| true);
    }
    drop(key);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 101, "all");
}

/// Whoever sleeps is woken, by each wait: two messages that hold their workers up need two of them.
#[test]
fn a_worker_is_woken_for_each_message() {
    let rounds = if cfg!(miri) { 3 } else { 500 };
    let waits = [Wait::blocking(), Wait::adaptive(), Wait::yielding(), Wait::sleeping()];
    for wait in waits {
        let (builder, _seen) = sharing(3);
        let pool = builder.wait(wait).build().unwrap();
        let mut tx = pool.sender().unwrap();
        for (n, worker) in (0..rounds).zip((0..3).cycle()) {
            let messages = [gated(n), gated(n)];
            let keys = messages.map(|(message, key)| {
                // What is for one worker comes in between, and wakes it for another reason.
                tx.send_to(worker, note(n)).unwrap();
                tx.send_any(message).unwrap();
                key
            });
            keys.iter().for_each(|key| key.wait_until_entered());
        }
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.handled, 4 * rounds, "all");
    }
}

#[test]
fn each_message_is_handled_once_whoever_sends_and_takes() {
    for most in [0, 1, 16] {
        let (builder, mut seen) = sharing(3);
        let builder = builder.spread(Spread::Shared(most)).mailbox(QosLevel::Guaranteed, 64);
        let pool = Arc::new(builder.build().unwrap());
        let senders: Vec<_> = (0..2)
            .map(|sender| {
                let mut tx = pool.sender().unwrap();
                thread::spawn(move || {
                    for n in 0..MESSAGES / 2 {
                        let n = 2 * n + sender;
                        // A quarter goes by key, in between.
                        let sent =
                            if n % 8 < 2 { tx.send(&7, note(n)) } else { tx.send_any(note(n)) };
                        sent.unwrap();
                    }
                })
            })
            .collect();
        for workers in [1, 4, 2] {
            pool.resize(workers, LONG).unwrap();
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        let report = Arc::into_inner(pool).unwrap().shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!((report.handled, report.dead.total()), (MESSAGES, 0), "all");
        seen.until_the_end();
        assert!(seen.notes().into_iter().eq(0..MESSAGES), "each once");
        // Whoever had the key, when: of each sender they came in order, worker by worker.
        for worker in 0..4 {
            for sender in 0..2 {
                let mine = |n: &u64| n % 8 == sender;
                let keyed: Vec<_> = seen.notes_of(worker).into_iter().filter(mine).collect();
                assert!(keyed.is_sorted(), "{worker}: in order");
            }
        }
    }
}

#[test]
fn a_full_queue_refuses_or_lets_wait() {
    let (builder, mut seen) = sharing(1);
    let pool = builder.mailbox(QosLevel::BestEffort, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 0, 1_000);
    (0..2).for_each(|n| tx.try_send_any(note(n)).unwrap());
    let refused = tx.try_send_any(note(2)).unwrap_err();
    assert!(refused.is_full(), "whatever the level of mailboxes: {refused:?}");
    assert_eq!((refused.into_inner().n, pool.shared_len()), (2, 2), "it comes back");
    let waits = thread::spawn(move || tx.send_any(note(2)).unwrap());
    drop(key);
    waits.join().unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!(seen.notes_of(0), [1_000, 0, 1, 2], "in order");
}

/// Neither the shared queue nor a mailbox waits for the other, however full it is.
#[test]
fn a_busy_worker_takes_of_both() {
    let sim = Simulation::new(1);
    let (builder, mut seen) = sharing(1);
    let pool = builder.batch(4).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    sim.run();
    (0..100).for_each(|n| tx.send(&n, note(n)).unwrap());
    (100..200).for_each(|n| tx.send_any(note(n)).unwrap());
    sim.run();
    seen.now();
    assert!(seen.notes_of(0).is_empty(), "it is paused");
    pool.resume(0).unwrap();
    sim.run();
    seen.now();
    let notes = seen.notes_of(0);
    for batch in notes[..125].chunks(5) {
        let shared = batch.iter().filter(|n| 100 <= **n).count();
        assert_eq!(
            shared, 1,
            "one behind each batch of four, as long as there are both: {notes:?}"
        );
    }
    assert_eq!(notes.len(), 200, "all");
    balanced(&pool.shutdown(Shutdown::drain()));
}

thread_local! {
    /// What was handled, on the one thread of a simulation.
    static GOT: RefCell<Vec<u64>> = RefCell::default();
}

/// Takes one message of each batch.
struct Slow;

impl Worker for Slow {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) {
        GOT.with_borrow_mut(|got| got.push(n));
    }

    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        if let Some(n) = batch.next() {
            self.on_message(cx, n);
        }
    }
}

#[test]
fn a_worker_that_left_some_of_its_batch_takes_none() {
    let sim = Simulation::new(1);
    let pool = Pool::builder(|_| Slow).spread(Spread::Shared(1)).batch(4);
    let pool = pool.simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    sim.run();
    (0..9).for_each(|n| tx.send(&n, n).unwrap());
    (100..103).for_each(|n| tx.send_any(n).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!((report.handled, report.panics), (12, 0), "{report:?}");
    let got = GOT.take();
    assert_eq!(got, [100, 0, 1, 2, 3, 4, 5, 6, 7, 8, 101, 102], "what it left came first");
}

#[test]
fn a_paused_worker_takes_none_and_the_others_do() {
    let (builder, mut seen) = sharing(2);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    drop(pool.gather(|_| (), LONG));
    (0..50).for_each(|n| tx.send_any(note(n)).unwrap());
    while seen.notes().len() < 50 {
        seen.until(|_, _| true);
    }
    assert_eq!(seen.notes_of(1).len(), 50, "the other one");
    pool.pause(1).unwrap();
    drop(pool.gather(|_| (), LONG));
    (50..60).for_each(|n| tx.send_any(note(n)).unwrap());
    assert_eq!(pool.shared_len(), 10, "nobody takes them");
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 60, "at the end they are handled");
}

#[test]
fn what_nobody_took_comes_back_at_an_abort() {
    let (builder, _seen) = sharing(1);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 0, 1_000);
    (0..10).for_each(|n| tx.send_any(note(n)).unwrap());
    let wait = Duration::from_millis(1);
    let report = pool.shutdown(Shutdown::drain_for(wait).abort_wait(wait));
    assert_eq!(report.undelivered.len(), 10, "{report:?}");
    assert!(report.undelivered.iter().map(|message| message.n).eq(0..10), "in order");
    let refused = tx.send_any(note(10)).unwrap_err();
    assert_eq!(refused.0.n, 10, "nothing is taken any more");
    drop(key);
}

#[test]
fn where_all_workers_are_gone_nothing_is_taken_and_nobody_waits() {
    let (builder, _seen) = sharing(2);
    let builder = builder.mailbox(QosLevel::Guaranteed, 4).restart(Restart::never());
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let is_dead = |worker: usize| pool.stats()[worker].phase == Phase::Dead;
    tx.send_to(0, panics(1_000)).unwrap();
    while !is_dead(0) {
        thread::yield_now();
    }
    let key = hold_up_worker(&mut tx, 1, 1_000);
    (0..4).for_each(|n| tx.send_any(note(n)).unwrap());
    tx.send_to(1, panics(1_001)).unwrap();
    let mut other = tx.try_clone().unwrap();
    let waits = thread::spawn(move || other.send_any(note(4)));
    // It takes what is shared before what is for it alone, one for each batch.
    drop(key);
    while !is_dead(1) {
        thread::yield_now();
    }
    let waited = waits.join().unwrap();
    assert!(tx.send_any(note(5)).is_err(), "nobody is there");
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    let accepted = 3 + 4 + u64::from(waited.is_ok());
    assert_eq!(report.accepted, accepted, "{report:?}");
    assert!(!report.undelivered.is_empty(), "what nobody took: {report:?}");
}

#[test]
fn a_panic_costs_the_message_in_flight() {
    let (builder, mut seen) = sharing(2);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..20).for_each(|n| tx.send_any(if n == 7 { panics(n) } else { note(n) }).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.dead.of(DeadReason::Panicked)), (19, 1), "{report:?}");
    drop(tx);
    seen.until_the_end();
    assert!(seen.notes().into_iter().eq((0..20).filter(|n| *n != 7)), "all others");
}

#[test]
fn what_waited_too_long_is_dead() {
    let (builder, _seen) = sharing(1);
    let pool = builder.shed(Shed::older_than(Duration::ZERO)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..10).for_each(|n| tx.send_any(note(n)).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.dead.of(DeadReason::Expired), 10, "{report:?}");
}

/// A change ends although the shared queue is never empty and messages of the mailbox are missing.
#[test]
fn a_resize_ends_while_the_queue_is_never_empty() {
    let sim = Simulation::new(1);
    sim.most_turns(100_000);
    let (builder, _seen) = sharing(1);
    // So many that no schedule finds it empty.
    let pool = builder.mailbox(QosLevel::BestEffort, 64).batch(2).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let mut other = pool.sender().unwrap();
    sim.spawn(async move {
        loop {
            while other.try_send_any(note(0)).is_ok() {}
            Simulation::turn().await;
        }
    });
    (0..100).for_each(|n| tx.send(&n, note(n)).unwrap());
    let moves = a_key_of(1, 2);
    (0..100).for_each(|n| tx.send(&moves, note(n)).unwrap());
    pool.resize(2, LONG).unwrap();
    drop((tx, pool));
}

/// Nobody turns to a pool that was dropped, and what it shares is handled all the same.
#[test]
fn a_dropped_pool_handles_what_was_shared() {
    let (builder, mut seen) = sharing(2);
    let pool: Pool<Actor> = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..30).for_each(|n| tx.send_any(note(n)).unwrap());
    drop(pool);
    let deadline = Deadline::after(LONG);
    while tx.try_send_any(note(30)).is_ok() {
        assert!(!deadline.has_passed(), "it is closed");
    }
    drop(tx);
    seen.until_the_end();
    assert!(seen.notes().starts_with(&(0..30).collect::<Vec<_>>()), "all that was sent before");
}
