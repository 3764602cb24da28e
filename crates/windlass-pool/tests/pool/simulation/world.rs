//! What a simulation is: its time, its faults, its end, and whoever waits in it for ever.

use std::time::Duration;

use windlass_pool::reply::{AskError, ReplyTo};
use windlass_pool::{DeadReason, Faults, Pool, QosLevel, Restart, Sender, Shutdown, Simulation};
use windlass_sync::sync::{Mutex, lock};

use super::{CLIENTS, DID, LONG, Msg, check, clerks};

#[test]
fn time_goes_by_only_as_it_is_told() {
    let sim = Simulation::new(1);
    let pool = clerks(&sim).tick(Duration::from_secs(1)).build().unwrap();
    sim.run();
    assert_eq!(DID.with_borrow(|did| did.ticks), 0, "not yet");
    sim.advance(Duration::from_secs(3_600));
    let ticks = DID.with_borrow(|did| did.ticks);
    assert!((3_599..=3_600).contains(&ticks), "an hour of them: {ticks}");
    assert!(sim.elapsed() < Duration::from_secs(3_601), "and no more");
    check(&pool.shutdown(Shutdown::drain()), &[]);
}

type Question = (u64, Option<ReplyTo<u64>>);

#[test]
fn questions_are_answered_or_time_out() {
    let sim = Simulation::new(3);
    let builder = Pool::each(|_| {
        |(n, reply): Question| {
            if let Some(reply) = reply {
                let _is_wanted = reply.send(n * n);
            }
        }
    });
    let pool = builder.workers(2).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let ask = |tx: &mut Sender<_>, n: u64| tx.ask(&n, LONG, |reply| (n, Some(reply)));
    assert_eq!(ask(&mut tx, 7).wait(), Ok(49), "waited for");
    let pending = ask(&mut tx, 8);
    assert_eq!(sim.block_on(pending), Ok(64), "awaited");
    pool.pause(0).unwrap();
    let before = sim.elapsed();
    let pending = tx.ask_worker(0, LONG, |reply| (9, Some(reply)));
    assert_eq!(pending.wait(), Err(AskError::Timeout), "it is paused");
    assert!(LONG <= sim.elapsed() - before, "an hour of its time");
    assert!(sim.block_on(tx.send_async(&1, (1, None))).is_ok(), "room");
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn several_pools_take_part() {
    let sim = Simulation::new(5);
    let sink = clerks(&sim).workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let to_sink = sink.sender().unwrap();
    let to_sink = Mutex::new(Some(to_sink));
    let source = Pool::each(move |_| {
        let mut tx = lock(&to_sink).take().unwrap();
        move |n: u64| {
            let _the_sink_is_open = tx.send(&n, Msg { client: CLIENTS, key: n, n: n + 1 });
        }
    });
    let source = source.simulate(&sim).build().unwrap();
    let mut tx = source.sender().unwrap();
    (0..100).for_each(|n| tx.send(&n, n).unwrap());
    assert_eq!(source.shutdown(Shutdown::drain()).handled, 100, "passed on");
    let report = sink.shutdown(Shutdown::drain());
    assert_eq!(report.handled, 100, "by way of full mailboxes");
    DID.take();
}

#[test]
fn whoever_waits_for_ever_is_told() {
    let sim = Simulation::new(1);
    let pool = clerks(&sim).mailbox(QosLevel::Guaranteed, 1).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    sim.run();
    let message = Msg { client: 0, key: 0, n: 1 };
    tx.send(&0, message).unwrap();
    let stuck = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tx.send(&0, message)));
    let said = *stuck.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("simulation 1") && said.contains("waits for ever"), "{said}");
}

#[test]
fn what_is_left_when_the_simulation_is_over_is_closed() {
    let sim = Simulation::new(1);
    let pool = clerks(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let message = Msg { client: 0, key: 0, n: 1 };
    tx.send(&0, message).unwrap();
    drop(sim);
    assert!(tx.send(&0, message).is_err(), "its worker is gone");
    assert!(pool.resize(2, LONG).is_err(), "nobody could do it");
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!((report.handled, report.stragglers.len()), (0, 1), "it says so");
    drop(Simulation::new(2));
}

#[test]
fn a_thread_has_one_simulation_at_a_time() {
    let sim = Simulation::new(1);
    let second = std::panic::catch_unwind(|| drop(Simulation::new(2)));
    assert!(second.is_err(), "it has one");
    drop(sim);
    drop(Simulation::new(3));
}

/// What somebody said who panicked.
fn said(panics: impl FnOnce()) -> String {
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
    *panicked.downcast::<String>().unwrap()
}

#[test]
fn faults_come_as_they_are_asked_for() {
    let message = |n| Msg { client: CLIENTS, key: 0, n };
    let run = |faults: Faults| {
        let sim = Simulation::new(1);
        sim.faults(faults);
        let pool = clerks(&sim).batch(1).restart(Restart::on_panic().max(1_000, LONG));
        let pool = pool.build().unwrap();
        let mut tx = pool.sender().unwrap();
        for n in 1..=20 {
            let _its_worker_may_be_gone = tx.send(&0, message(n));
        }
        sim.run();
        let took = sim.elapsed();
        (pool.shutdown(Shutdown::drain()), took)
    };
    let (report, took) = run(Faults::none());
    assert_eq!((report.handled, report.panics), (20, 0), "none");
    assert!(took < Duration::from_millis(1), "and none is held up: {took:?}");
    let (report, _) = run(Faults::none().panics(100.0));
    assert_eq!((report.handled, report.panics), (0, 20), "each batch");
    assert_eq!(report.dead.of(DeadReason::Panicked), 20, "at its only message");
    let (report, _) = run(Faults::none().panics(100.0).failing_builds(100.0));
    assert_eq!(report.restarts, 0, "never built anew");
    assert!(1_000 < report.panics, "tried as often as it may: {report:?}");
    let (report, took) = run(Faults::none().delays(100.0, Duration::from_secs(60)));
    assert_eq!(report.handled, 20, "late");
    assert!(Duration::from_secs(60) < took, "held up behind each round: {took:?}");
    let (half, _) = run(Faults::none().panics(50.0));
    assert!((1..20).contains(&half.panics), "some: {half:?}");
    DID.take();
}

#[test]
fn odds_that_are_none_are_refused() {
    for percent in [-1.0, 100.5, f64::NAN, f64::INFINITY] {
        let refused = said(|| {
            let _never = Faults::none().panics(percent);
        });
        assert!(refused.contains("not a number from 0 to 100"), "{refused}");
    }
}

#[test]
fn whoever_goes_round_in_circles_is_told() {
    let sim = Simulation::new(9);
    sim.most_turns(100);
    sim.spawn(async {
        loop {
            Simulation::turn().await;
        }
    });
    let told = said(|| sim.advance(LONG));
    assert!(told.contains("simulation 9: not done after 101 turns"), "{told}");
}

#[test]
fn a_future_that_waits_for_what_cannot_come_is_told() {
    let sim = Simulation::new(9);
    let told = said(|| sim.block_on(std::future::pending()));
    assert!(told.contains("waits for ever"), "{told}");
}

#[test]
fn a_deadline_is_one_of_its_own_time() {
    let sim = Simulation::new(1);
    let pool = clerks(&sim).mailbox(QosLevel::Guaranteed, 1).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    sim.run();
    let message = Msg { client: CLIENTS, key: 0, n: 1 };
    tx.send(&0, message).unwrap();
    let before = sim.elapsed();
    let refused = tx.send_deadline(&0, message, sim.deadline(LONG)).unwrap_err();
    assert_eq!(refused.into_inner(), message, "it comes back");
    assert!(LONG <= sim.elapsed() - before, "an hour later");
    assert!(sim.elapsed() - before < 2 * LONG, "and not more");
}

#[test]
fn a_pool_in_the_simulation_of_another_thread_is_refused() {
    let sim = Simulation::new(1);
    let builder = clerks(&sim);
    let refused = windlass_sync::thread::spawn(|| builder.build().err()).join().unwrap().unwrap();
    assert!(refused.to_string().contains("another thread's"), "{refused}");
}

#[test]
fn a_change_that_is_held_up_is_done_when_nothing_holds_it_up_any_more() {
    Simulation::for_each(0..if cfg!(miri) { 2 } else { 100 }, |sim| {
        let pool = clerks(sim).workers(3).build().unwrap();
        pool.pause(2).unwrap();
        let mut tx = pool.sender().unwrap();
        for n in 1..=20 {
            tx.send(&n, Msg { client: CLIENTS, key: n, n }).unwrap();
        }
        assert!(pool.resize(1, Duration::from_micros(sim.below(2_000))).is_err(), "it is paused");
        pool.resume(2).unwrap();
        sim.advance(Duration::from_secs(1));
        assert_eq!(pool.workers(), 1, "nobody asked again");
        assert_eq!(pool.settle(Duration::ZERO), Ok(()), "nothing is left to do");
        assert_eq!(pool.shutdown(Shutdown::drain()).handled, 20, "all");
        DID.take();
    });
}
