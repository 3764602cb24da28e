//! What becomes of a pool when workers panic, die, or cannot be built.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::{
    Act, BAD_NEWS, Did, LONG, Msg, actors, actors_by, balanced, gate, gated, note, panics,
};
use windlass_pool::{
    BuildError, Context, DeadReason, Phase, Poison, Pool, Restart, Shutdown, StopReason, Worker,
};
use windlass_sync::atomic::AtomicU32;
use windlass_sync::sync::{Arc, Mutex, lock};

#[test]
fn a_panic_in_a_batch_costs_one_message_and_the_rest_goes_on_in_order() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    for n in 1..10 {
        tx.send(&0, if n == 5 { panics(n) } else { note(n) }).unwrap();
    }
    key.open();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.notes_of(0), [0, 1, 2, 3, 4, 6, 7, 8, 9], "all but one, in order");
    assert_eq!((report.panics, report.restarts), (1, 1), "built anew once");
    assert_eq!(seen.count(|did| *did == Did::Built(1)), 1, "built anew once");
    let [dead] = &report.dead_letters[..] else { panic!("{report:?}") };
    assert_eq!(dead.reason, DeadReason::Panicked, "the one in flight");
    assert_eq!(dead.message.as_ref().map(|message| message.n), Some(5), "the copy of it");
}

#[test]
fn a_worker_that_panics_too_often_is_gone_and_what_it_had_is_among_the_dead_letters() {
    let (builder, mut seen) = actors();
    let pool = builder.restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    for n in 1..6 {
        tx.send(&0, if n == 2 { panics(n) } else { note(n) }).unwrap();
    }
    key.open();
    seen.until(|_, did| *did == Did::Dropped);
    // It refuses before it ends.
    while tx.try_send(&0, note(9)).is_ok() {
        windlass_sync::thread::yield_now();
    }
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.restarts), (2, 0), "those before the panic");
    assert_eq!(report.dead.of(DeadReason::Panicked), 1, "the one in flight");
    assert!(3 <= report.dead.of(DeadReason::WorkerGone), "those behind it");
}

#[test]
fn a_message_is_tried_again_as_often_as_it_may_and_keeps_its_place() {
    for (panics, handled) in [(2, 3), (3, 2)] {
        let (builder, mut seen) = actors();
        let pool = builder.poison(Poison::Retry(2)).build().unwrap();
        let mut tx = pool.sender().unwrap();
        tx.send(&0, note(0)).unwrap();
        let times = Arc::new(AtomicU32::new(panics));
        tx.send(&0, Msg { n: 1, act: Act::PanicTimes(times) }).unwrap();
        tx.send(&0, note(2)).unwrap();
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        drop(tx);
        seen.until_the_end();
        assert_eq!((report.handled, report.panics), (handled, u64::from(panics)), "as it may");
        let notes = seen.notes_of(0);
        assert_eq!(notes, if handled == 3 { vec![0, 1, 2] } else { vec![0, 2] }, "in its place");
    }
}

#[test]
fn a_poison_that_stops_stops() {
    let (builder, mut seen) = actors();
    let pool = builder.poison(Poison::Stop).build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send(&0, panics(0)).unwrap();
    seen.until(|_, did| *did == Did::Dropped);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.panics, report.restarts), (1, 0), "not built anew");
    assert!(report.dead_letters[0].message.is_none(), "nothing is copied");
}

#[test]
fn a_factory_that_fails_fails_the_build_and_the_others_are_stopped() {
    let (builder, mut seen) =
        actors_by(|init| if init.worker == 2 { Err("no".into()) } else { Ok(()) }, false);
    let error = builder.workers(4).build().unwrap_err();
    assert_eq!(error, BuildError::Init { worker: 2, reason: "no".into() }, "which and why");
    seen.until_the_end();
    let built = seen.count(|did| *did == Did::Built(0));
    assert_eq!(seen.count(|did| *did == Did::Dropped), built, "none is left");
}

#[test]
fn a_factory_that_panics_fails_the_build() {
    let (builder, _seen) = actors_by(|_| panic!("broken"), false);
    let error = builder.build().unwrap_err();
    let BuildError::Init { worker: 0, reason } = error else { panic!("{error:?}") };
    assert!(reason.contains("broken"), "{reason}");
}

/// An error that cannot even be shown.
#[derive(Debug)]
struct Unspeakable;

impl std::fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("unspeakable")
    }
}

impl std::error::Error for Unspeakable {}

struct Never;

impl Worker for Never {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {}
}

#[test]
fn an_error_that_panics_when_it_is_shown_fails_the_build_like_any_other() {
    let error = Pool::<Never>::try_builder(|_| Err::<Never, _>(Unspeakable)).build().unwrap_err();
    assert!(matches!(error, BuildError::Init { worker: 0, .. }), "{error:?}");
}

#[test]
fn a_factory_that_fails_later_is_tried_within_the_budget() {
    let (builder, mut seen) =
        actors_by(|init| if init.restarts == 1 { Err("no".into()) } else { Ok(()) }, false);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send(&0, panics(0)).unwrap();
    tx.send(&0, note(1)).unwrap();
    seen.until(|_, did| *did == Did::Note(1));
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.panics, report.restarts), (2, 1), "once in vain");
}

#[test]
fn a_factory_that_never_returns_runs_into_the_deadline() {
    let (gate, key) = gate();
    let gate = Mutex::new(gate);
    let hold = move |init: &windlass_pool::Init| {
        if init.worker == 1 {
            lock(&gate).pass();
        }
        Ok(())
    };
    let (builder, mut seen) = actors_by(hold, false);
    let error = builder.workers(2).init_timeout(Duration::from_millis(100)).build().unwrap_err();
    assert_eq!(error, BuildError::InitTimeout { worker: 1 }, "the one that hangs");
    key.open();
    seen.until_the_end();
}

#[test]
fn a_factory_is_told_how_many_workers_there_will_be() {
    let (tell, told) = channel();
    let (builder, _seen) = actors_by(
        move |init| {
            tell.send(init.workers).unwrap();
            Ok(())
        },
        false,
    );
    let pool = builder.workers(4).build().unwrap();
    pool.resize(6, LONG).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    let told: Vec<usize> = told.try_iter().collect();
    assert_eq!(told, [4, 4, 4, 4, 6, 6], "all of them");
}

/// Panics when it is idle for the first time.
struct IdlePanics {
    restarts: u64,
    tell: std::sync::mpsc::Sender<u64>,
}

impl Worker for IdlePanics {
    type Message = u64;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {}

    fn on_idle(&mut self, cx: &mut Context<'_, Self>) {
        assert!(self.restarts != 0, "it is idle for the first time");
        self.tell.send(self.restarts).unwrap();
        cx.stop();
    }

    fn on_stop(self, reason: StopReason) {
        assert_eq!(reason, StopReason::Asked, "it asked for it");
        self.tell.send(100).unwrap();
    }
}

#[test]
fn a_panic_and_a_stop_when_idle_are_heard_at_once() {
    let (tell, told) = channel();
    let pool =
        Pool::builder(move |init| IdlePanics { restarts: init.restarts, tell: tell.clone() })
            .build()
            .unwrap();
    assert_eq!(told.recv_timeout(LONG), Ok(1), "built anew without a message");
    assert_eq!(told.recv_timeout(LONG), Ok(100), "ended without a message");
    drop(pool);
}

#[test]
fn a_control_message_behind_a_panic_is_heard() {
    let (builder, mut seen) = actors();
    // One message at a time before each control message.
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    // By the budgets, one control message is taken, then a message, then the next control message.
    for n in 1..=2 {
        pool.control(0, n).unwrap();
    }
    tx.send(&0, panics(1)).unwrap();
    pool.control(0, BAD_NEWS).unwrap();
    for n in 3..=4 {
        pool.control(0, n).unwrap();
    }
    key.open();
    seen.until(|_, did| *did == Did::Told(4));
    assert_eq!(seen.told(0), [1, 2, 3, 4], "all of them");
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_control_message_between_messages_is_heard_although_the_batch_before_it_panics() {
    let (builder, mut seen) = actors();
    let pool = builder.budgets(1, 1, 1).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    for n in 1..=4 {
        pool.control(0, n).unwrap();
        tx.send(&0, panics(n)).unwrap();
    }
    key.open();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.told(0), [1, 2, 3, 4], "all of them");
}

#[test]
fn a_worker_that_asked_to_end_says_so_and_is_gone() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send_to(0, Msg { n: 0, act: Act::Stop }).unwrap();
    seen.until(|_, did| *did == Did::Stopped(StopReason::Asked));
    while tx.send_to(0, note(1)).is_ok() {
        windlass_sync::thread::yield_now();
    }
    while pool.stats()[0].phase != Phase::Dead {
        windlass_sync::thread::yield_now();
    }
    assert!(tx.send_to(1, note(2)).is_ok(), "the other one is there");
    for n in 3..7 {
        assert!(tx.send_any(note(n)).is_ok(), "whoever is there takes it");
    }
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(times(&report.dead), report.accepted - 6, "{report:?}");
}

fn times(dead: &windlass_pool::DeadCounts) -> u64 {
    dead.of(DeadReason::WorkerGone)
}

#[test]
fn a_worker_restarts_when_it_is_told_and_its_messages_stay() {
    let (builder, mut seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    (1..5).for_each(|n| tx.send(&0, note(n)).unwrap());
    pool.restart(0).unwrap();
    key.open();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    drop(tx);
    seen.until_the_end();
    assert_eq!(seen.notes_of(0), [0, 1, 2, 3, 4], "in order");
    assert_eq!(seen.count(|did| *did == Did::Stopped(StopReason::Restarted)), 1, "once");
    assert_eq!((report.restarts, report.panics), (1, 0), "without a panic");
}

#[test]
fn a_message_whose_drop_panics_does_no_harm() {
    let (builder, mut seen) = actors();
    let pool = builder.dead_letters(0).restart(Restart::never()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send(&0, first).unwrap();
    key.wait_until_entered();
    tx.send(&0, panics(1)).unwrap();
    for n in 2..5 {
        tx.send(&0, Msg { n, act: Act::Bomb(crate::support::Bomb(true)) }).unwrap();
    }
    key.open();
    seen.until(|_, did| *did == Did::Dropped);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.dead.of(DeadReason::WorkerGone), 3, "counted, and dropped");
}
