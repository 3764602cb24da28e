//! Messages that are sent later, by the thread that does it.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::{Act, Did, LONG, Msg, a_key_of, actors, balanced, gate, note};
use windlass_pool::{Context, Faults, Pool, QosLevel, Shutdown, Simulation, Worker};

const SOON: Duration = Duration::from_millis(1);

#[test]
fn what_is_due_sooner_is_sent_although_the_thread_waits_for_something_else() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let tx = pool.sender().unwrap();
    let later = tx.after(&1, 60 * LONG, note(1)).unwrap();
    tx.after(&2, SOON, note(2)).unwrap();
    seen.until(|_, did| *did == Did::Note(2));
    tx.after(&3, SOON, note(3)).unwrap();
    seen.until(|_, did| *did == Did::Note(3));
    assert_eq!(later.cancel().map(|message| message.n), Some(1), "not due for long");
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_repeated_message_comes_again_and_again_until_it_is_cancelled() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut next = 0..;
    let make = move || note(next.next().unwrap());
    let repeated = pool.sender().unwrap().every(&1, SOON, make).unwrap();
    for n in 0..3 {
        seen.until(|_, did| *did == Did::Note(n));
    }
    repeated.cancel();
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn what_a_worker_sends_later_by_key_comes_though_the_worker_has_ended() {
    struct Once;

    impl Worker for Once {
        type Message = std::sync::mpsc::Sender<usize>;
        type Control = ();
        type Slot = ();

        fn on_message(&mut self, cx: &mut Context<'_, Self>, tell: Self::Message) {
            tell.send(cx.worker()).unwrap();
            if cx.worker() == 1 {
                cx.after_key(&a_key_of(0, 2), SOON, tell).unwrap();
                cx.stop();
            }
        }
    }

    let pool = Pool::builder(|_| Once).workers(2).build().unwrap();
    let (tell, told) = channel();
    pool.sender().unwrap().send_to(1, tell).unwrap();
    assert_eq!(told.iter().collect::<Vec<_>>(), [1, 0], "the other one has got it");
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
}

#[test]
fn a_closure_that_does_not_return_does_not_hold_a_shutdown_up() {
    let (builder, _seen) = actors();
    let pool = builder.build().unwrap();
    let (gate, key) = gate();
    let make = move || {
        gate.pass();
        note(1)
    };
    let repeated = pool.sender().unwrap().every(&1, SOON, make).unwrap();
    key.wait_until_entered();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.accepted, 0, "it came too late");
    key.open();
    repeated.cancel();
}

#[test]
fn a_pool_that_is_dropped_ends_the_thread_that_sends_later() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let (held, is_held) = channel::<()>();
    let make = move || {
        let _held = &held;
        note(1)
    };
    pool.sender().unwrap().every(&1, 60 * LONG, make).unwrap();
    let (gate, key) = gate();
    let message = Msg { n: 1, act: Act::Gate(gate) };
    pool.sender().unwrap().after(&1, 60 * LONG, message).unwrap();
    drop(pool);
    seen.until_the_end();
    assert!(is_held.recv_timeout(LONG).is_err(), "the closure is gone");
    key.wait_until_dropped();
}

#[test]
fn sums_are_exact_while_messages_become_due_at_the_end() {
    for round in 0..if cfg!(miri) { 2 } else { 200 } {
        let (builder, _seen) = actors();
        let pool = builder.workers(2).build().unwrap();
        let tx = pool.sender().unwrap();
        for n in 0..50 {
            tx.after(&n, Duration::from_micros((n + round) % 100), note(n)).unwrap();
        }
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.accepted, 50, "each is somewhere: {report:?}");
    }
}

/// A day goes by, with resizes and full mailboxes, and each key gets its messages when they are due.
#[test]
#[cfg_attr(miri, ignore = "many turns")]
fn what_is_sent_later_comes_once_and_by_key_in_order_while_workers_come_and_go() {
    const HOUR: Duration = Duration::from_secs(3_600);
    Simulation::for_each(0..200, |sim| {
        sim.faults(Faults::none().delays(20.0, Duration::from_millis(50)));
        let (builder, mut seen) = actors();
        let builder = builder.workers(2).mailbox(QosLevel::Guaranteed, 2);
        let pool = builder.simulate(sim).build().unwrap();
        let tx = pool.sender().unwrap();
        // Number by key and hour, put in at random.
        let mut all: Vec<_> = (0..5).flat_map(|key| (0..24).map(move |hour| (key, hour))).collect();
        let mut cancelled = 0;
        while !all.is_empty() {
            let at = usize::try_from(sim.below(all.len() as u64)).unwrap();
            let (key, hour) = all.swap_remove(at);
            let delay = HOUR * u32::try_from(hour).unwrap();
            let scheduled = tx.after(&key, delay, note(key * 100 + hour)).unwrap();
            if hour == 7 {
                cancelled += u64::from(scheduled.cancel().is_some());
            }
        }
        assert_eq!(cancelled, 5, "none of them was due");
        for workers in [3, 1, 2] {
            sim.advance(HOUR * 5);
            pool.resize(workers, LONG).unwrap();
        }
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.accepted, 5 * 23, "all others");
        let overdue = report.undelivered.iter().any(|message| message.n % 100 < 15);
        assert!(!overdue, "what was due was sent");
        seen.now();
        for key in 0..5 {
            let note = |(_, did): &(usize, Did)| match did {
                Did::Note(n) if n / 100 == key => Some(n % 100),
                _ => None,
            };
            let got: Vec<u64> = seen.all.iter().filter_map(note).collect();
            assert!(got.is_sorted() && 14 <= got.len(), "in order: {got:?}");
        }
    });
}
