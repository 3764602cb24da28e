//! What is told of pools and workers: how they begin, fail and end.

use std::rc::Rc;
use std::time::Duration;

use tracing::Level;
use windlass_pool::{
    Context, HealthRules, Init, Pool, PoolLink, QosLevel, Restart, Shutdown, Simulation,
    StopReason, Worker,
};
use windlass_sync::sync::{Mutex, lock};

use super::ear::{Ear, Heard};
use super::told;
use crate::support::{
    Actor, LONG, SHORT, a_key_of, actors, actors_by, balanced, hold_up_worker, note, panics,
    slot_of,
};

#[test]
fn the_beginning_and_the_end_of_a_pool_and_its_workers_are_told() {
    let ear = Ear::new("life");
    let pool = ear.actors().workers(2).build().unwrap();
    assert_eq!(ear.told("pool built"), [told(Level::INFO, "took_seconds=some workers=2")]);
    let both = [told(Level::INFO, "worker=0"), told(Level::INFO, "worker=1")];
    assert_eq!(ear.told_sorted("worker started"), both, "each");
    let mut tx = pool.sender().unwrap();
    (0..5).try_for_each(|n| tx.send(&n, note(n))).unwrap();
    balanced(&pool.shutdown(Shutdown::drain()));
    assert_eq!(ear.told("shutdown began"), [told(Level::INFO, "")]);
    let both = ["reason=Drained worker=0", "reason=Drained worker=1"];
    let both = both.map(|about| told(Level::INFO, about));
    assert_eq!(ear.told_sorted("worker stopped"), both, "each");
    let sums = "accepted=5 dead=0 handled=5 panics=0 restarts=0 took_seconds=some undelivered=0";
    assert_eq!(ear.told("pool shut down"), [told(Level::INFO, sums)]);
    assert_eq!(ear.told("pool dropped"), [], "it was shut down");
    let order =
        ["worker started", "pool built", "shutdown began", "worker stopped", "pool shut down"];
    let all = ear.all();
    let first = |what: &&str| all.iter().position(|one| one.says(what));
    assert!(order.iter().map(first).is_sorted(), "{all:?}");
}

#[test]
fn a_pool_that_is_dropped_says_so() {
    let ear = Ear::new("dropped");
    drop(ear.actors().build().unwrap());
    assert_eq!(ear.told("pool dropped"), [told(Level::INFO, "")]);
}

#[test]
fn a_worker_that_does_not_end_is_told() {
    let ear = Ear::new("straggler");
    let pool = ear.actors().workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    drop(pool.shutdown(Shutdown::drain_for(Duration::ZERO).abort_wait(Duration::ZERO)));
    let left: Vec<_> = ear.told("worker left to itself");
    // The other one may not have been quick enough either.
    assert!(left.contains(&told(Level::WARN, "worker=1")), "{left:?}");
    key.open();
}

#[test]
fn a_panic_and_what_becomes_of_it_are_told() {
    let ear = Ear::new("panic");
    let builder = ear.actors().workers(2).restart(Restart::on_panic().backoff(SHORT..LONG));
    let pool = builder.build().unwrap();
    let key = a_key_of(1, 2);
    pool.sender().unwrap().send(&key, panics(key)).unwrap();
    ear.wait_for("worker restarted");
    assert_eq!(ear.told("worker panicked"), [told(Level::ERROR, "panic=as it was told worker=1")]);
    let restarts = ear.all().into_iter().find(|one| one.says("worker restarts")).unwrap();
    assert_eq!((restarts.level, restarts.worker()), (Level::WARN, "1"));
    let backoff: f64 = restarts.fields["backoff_seconds"].parse().unwrap();
    assert!((0.0025..=0.005).contains(&backoff), "the wait that the policy says: {backoff}");
    assert_eq!(ear.told("worker restarted"), [told(Level::INFO, "restarts=1 worker=1")]);
    let dead = ear.all().into_iter().find(|one| one.says("dead letter")).unwrap();
    let about = format!("reason=Panicked slot={} worker=1", slot_of(key));
    assert_eq!((dead.level, dead.about()), (Level::DEBUG, about));
    assert_eq!(dead.target, "windlass_pool::dead_letter", "so that it can be left out");
    let others = ear.all().into_iter().filter(|one| !one.says("dead letter"));
    assert!(others.map(|one| one.target).all(|target| target == "windlass_pool"), "all others");
}

#[test]
fn a_dead_letter_without_a_key_has_no_slot() {
    let ear = Ear::new("letter");
    let pool = ear.actors().build().unwrap();
    pool.sender().unwrap().send_any(panics(0)).unwrap();
    ear.wait_for("dead letter");
    assert_eq!(ear.told("dead letter"), [told(Level::DEBUG, "reason=Panicked worker=0")]);
}

#[test]
fn a_worker_that_is_gone_for_good_is_told() {
    let ear = Ear::new("gone");
    let allow = |init: &Init| if init.restarts == 0 { Ok(()) } else { Err("no more".to_owned()) };
    let builder = actors_by(allow, false).0.name(ear.name());
    let restart = Restart::on_panic().max(1, LONG).backoff(Duration::from_nanos(1)..SHORT);
    let pool = builder.restart(restart).build().unwrap();
    pool.sender().unwrap().send_to(0, panics(0)).unwrap();
    ear.wait_for("worker gone");
    let not_built = [told(Level::ERROR, "error=no more restarts=1 worker=0")];
    assert_eq!(ear.told("worker not built"), not_built);
    assert_eq!(ear.told("worker gone"), [told(Level::ERROR, "restarts=1 worker=0")]);
    assert_eq!(ear.told("worker panicked").len(), 1, "it was not built, and that is no panic");
}

#[test]
fn a_pool_that_is_not_built_says_why() {
    let ear = Ear::new("unbuilt");
    let builder = actors_by(|_| Err("not today".to_owned()), false).0.name(ear.name());
    assert!(builder.build().is_err(), "its worker is not");
    let not_built = [told(Level::ERROR, "error=not today restarts=0 worker=0")];
    assert_eq!(ear.told("worker not built"), not_built);
    let error = "error=worker 0 was not built: not today workers=1";
    assert_eq!(ear.told("pool not built"), [told(Level::ERROR, error)]);
    assert_eq!(ear.told("pool dropped"), [], "there was none");
}

#[test]
fn a_worker_that_ends_on_demand_says_why() {
    let ear = Ear::new("demand");
    let pool = ear.actors().workers(2).build().unwrap();
    pool.restart(1).unwrap();
    ear.wait_for("worker restarted");
    assert_eq!(ear.told("worker stopped"), [told(Level::INFO, "reason=Restarted worker=1")]);
    assert_eq!(ear.told("worker restarts"), [], "there was no panic");
    pool.resize(1, LONG).unwrap();
    assert_eq!(ear.told("worker stopped")[1], told(Level::INFO, "reason=Retired worker=1"));
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_stuck_worker_is_told_to_whoever_watches_and_to_those_who_subscribe() {
    let ear = Ear::new("stuck");
    let rules = HealthRules::default().stuck_after(Duration::from_nanos(1));
    let pool = ear.actors().workers(2).health(rules).build().unwrap();
    let watch = pool.watch(Duration::from_micros(100), |_| {}).unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    // The other one may be seen in a call that only takes its time.
    let that_one = |one: &Heard| one.worker() == "1";
    let stuck = ear.wait_for_one("worker stuck", that_one);
    assert_eq!((stuck.level, &stuck.about()[..]), (Level::WARN, "busy_seconds=some worker=1"));
    let returned = ear.all().into_iter().find(|one| one.says("worker returned") && that_one(one));
    assert!(returned.is_none(), "not yet: {returned:?}");
    key.open();
    let returned = ear.wait_for_one("worker returned", that_one);
    assert_eq!((returned.level, &returned.about()[..]), (Level::INFO, "worker=1"));
    watch.stop();
}

/// Says something into another pool when it ends.
struct LastWords(PoolLink<Actor>);

impl Worker for LastWords {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {}

    fn on_stop(mut self, _: StopReason) {
        self.0.send_to(0, note(1)).unwrap();
    }
}

#[test]
fn a_worker_whose_last_words_wait_for_room_stops_once() {
    let (ear, sim) = (Ear::new("last-words"), Simulation::new(1));
    let listens = actors().0.mailbox(QosLevel::Guaranteed, 1).simulate(&sim).build().unwrap();
    listens.pause(0).unwrap();
    let mut tx = listens.sender().unwrap();
    tx.send_to(0, note(0)).unwrap();
    let tx = Mutex::new(tx);
    let speaks = Pool::builder(move |init| LastWords(init.link(lock(&tx).try_clone().unwrap())));
    let speaks = speaks.name(ear.name()).simulate(&sim).build().unwrap();
    let listens = Rc::new(listens);
    let there = Rc::clone(&listens);
    sim.spawn(async move {
        for _ in 0..1_000 {
            Simulation::turn().await;
        }
        there.resume(0).unwrap();
    });
    assert_eq!(speaks.shutdown(Shutdown::drain()).unsent, 0, "there is room at last");
    assert_eq!(ear.told("worker stopped"), [told(Level::INFO, "reason=Drained worker=0")]);
}
