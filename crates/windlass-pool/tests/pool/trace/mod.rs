//! What a pool tells those who subscribe to `tracing`.

mod ear;

use std::rc::Rc;
use std::time::Duration;

use crate::support::{
    Actor, LONG, Msg, SHORT, a_key_of, actors, actors_by, balanced, gated, hold_up, hold_up_worker,
    note, panics, slot_of, until_only_held_up_by,
};
use ear::{Ear, Fields, HATED, Heard};
use tracing::Level;
use windlass_pool::trace::InSpan;
use windlass_pool::{
    Balance, Builder, ChangeError, Context, HealthRules, Init, Pool, PoolLink, QosLevel, Restart,
    Shutdown, Simulation, StopReason, Worker,
};
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::thread::yield_now;

fn told(level: Level, about: &str) -> (Level, String) {
    (level, about.to_owned())
}

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
fn changes_are_told_with_what_they_came_to() {
    let ear = Ear::new("changes");
    let pool = ear.actors().workers(2).build().unwrap();
    let slot = slot_of(a_key_of(0, 2));
    pool.move_slot(slot, 1, LONG).unwrap();
    pool.resize(1, LONG).unwrap();
    pool.rebalance(Balance::default(), LONG).unwrap();
    let refused = pool.move_slot(slot, 7, LONG);
    assert!(matches!(refused, Err(ChangeError::NoSuchWorker { worker: 7 })), "{refused:?}");
    let began = [
        format!("change=move_slot slot={slot} to=1"),
        "change=resize workers=1".to_owned(),
        "change=rebalance".to_owned(),
        format!("change=move_slot slot={slot} to=7"),
    ];
    assert_eq!(ear.told("change began"), began.map(|about| (Level::INFO, about)));
    let done = [
        "change=move_slot slots=1 took_seconds=some",
        "change=resize slots=2049 took_seconds=some",
    ];
    assert_eq!(ear.told("change done"), done.map(|about| told(Level::INFO, about)));
    let nothing = "change=rebalance outcome=TooFewMessages";
    assert_eq!(ear.told("nothing moves"), [told(Level::INFO, nothing)]);
    let no = "change=move_slot error=there is no worker 7";
    assert_eq!(ear.told("change refused"), [told(Level::WARN, no)]);
}

#[test]
fn a_change_waits_within_its_span() {
    let ear = Ear::new("span");
    let pool = ear.actors().workers(2).build().unwrap();
    pool.move_slot(slot_of(a_key_of(0, 2)), 1, LONG).unwrap();
    pool.resize(1, LONG).unwrap();
    pool.rebalance(Balance::default(), LONG).unwrap();
    for began in ear.all().into_iter().filter(|one| one.says("change began")) {
        let [(name, fields)] = &began.within[..] else { panic!("{began:?}") };
        assert_eq!((*name, &fields["change"]), ("change", &began.fields["change"]));
    }
    let all = ear.all();
    assert!(all.last().is_some_and(|one| one.within.len() == 1), "{all:?}");
    drop(pool);
    let dropped = ear.all().into_iter().find(|one| one.says("pool dropped")).unwrap();
    assert!(dropped.within.is_empty(), "no change: {dropped:?}");
}

#[test]
fn a_change_that_is_held_up_names_who_holds_it_up_and_its_end_is_told() {
    let ear = Ear::new("held-up");
    let pool = ear.actors().workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let n = a_key_of(0, 2);
    let key = hold_up(&mut tx, n);
    assert!(pool.move_slot(slot_of(n), 1, SHORT).is_err(), "its owner is held up");
    let held_up = ear.all().into_iter().find(|one| one.says("change held up")).unwrap();
    assert_eq!((held_up.level, &held_up.fields["change"][..]), (Level::WARN, "move_slot"));
    until_only_held_up_by(&pool, 0);
    assert_eq!(ear.told("change done"), [], "it is not");
    key.open();
    // Nobody waits for it: a worker tells of its end.
    ear.wait_for("change done");
    let done = ear.all().into_iter().find(|one| one.says("change done")).unwrap();
    assert_eq!(done.within[0].0, "worker", "{done:?}");
    assert_eq!(ear.told("change done").len(), 1, "once");
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_rebalance_tells_how_much_it_moved() {
    let ear = Ear::new("rebalance");
    let pool = ear.actors().workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let mut slots = std::collections::BTreeSet::new();
    let members = windlass_partition::Members::count(2).unwrap();
    let table = windlass_partition::SlotTable::new(&members).unwrap();
    let own = |n: &u64| table.owners()[slot_of(*n)] == 0;
    let keys: Vec<u64> = (0..).filter(own).filter(|n| slots.insert(slot_of(*n))).take(10).collect();
    for _ in 0..200 {
        keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    }
    while pool.stats()[0].handled < 2_000 {
        yield_now();
    }
    let done = pool.rebalance(Balance::default().least(500), LONG).unwrap();
    assert_ne!(done.moved, [], "one had everything");
    let about = format!("change=rebalance slots={} took_seconds=some", done.moved.len());
    assert_eq!(ear.told("change done"), [(Level::INFO, about)]);
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

/// The spans of what handlers said, and who it was: these say it in a field, too.
fn said_by_handlers(ear: &Ear) -> Vec<(String, Vec<(&'static str, Fields)>)> {
    let all = ear.all().into_iter().filter(|one| one.says("in a handler"));
    all.map(|one| (one.fields["me"].clone(), one.within)).collect()
}

fn chatty(ear: &Ear, workers: usize) -> Builder<windlass_pool::Each<u64, impl FnMut(u64) + use<>>> {
    let handler = |init: &Init| {
        let me = init.worker;
        move |_: u64| tracing::info!(me, "in a handler")
    };
    Pool::each(handler).workers(workers).name(ear.name())
}

#[test]
fn what_handlers_tell_is_within_the_span_of_their_worker() {
    let ear = Ear::new("handlers");
    let pool = chatty(&ear, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    // Whoever sends is not whoever handles.
    let _unrelated = tracing::error_span!("outside", pool = "traced-outside").entered();
    (0..20).try_for_each(|n| tx.send(&n, n)).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    let said = said_by_handlers(&ear);
    assert_eq!(said.len(), 20, "all");
    for (me, within) in said {
        let [(name, fields)] = &within[..] else { panic!("{within:?}") };
        assert_eq!(
            (*name, &fields["pool"], &fields["worker"]),
            ("worker", &ear.name().to_owned(), &me)
        );
        assert_eq!(fields["is_root"], "true", "it outlives whoever begins it");
    }
}

#[test]
fn what_a_message_in_a_span_causes_is_told_within_that() {
    let ear = Ear::new("in-span");
    let name = ear.name().to_owned();
    let handler = |_: &Init| {
        |message: InSpan<u64>| {
            let number = *message.message();
            message.handle(|n| {
                assert!(n != 13, "on purpose");
                tracing::info!(n, number, "handled");
            });
        }
    };
    let pool = Pool::each(handler).workers(2).name(ear.name()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 12..16 {
        let request = tracing::info_span!("request", pool = name, n);
        request.in_scope(|| tx.send(&n, InSpan::new(n))).unwrap();
        // From another thread, or from outside of it.
        tx.send(&n, InSpan::within(request, 100 + n)).unwrap();
    }
    tx.send(&0, InSpan::new(1_000)).unwrap();
    assert!(pool.shutdown(Shutdown::drain()).is_balanced());
    let heard = ear.all().into_iter().filter(|one| one.says("handled"));
    let mut heard: Vec<_> = heard
        .map(|one| {
            let (innermost, fields) = one.within.last().unwrap().clone();
            (one.fields["n"].clone(), innermost, fields.get("n").cloned())
        })
        .collect();
    heard.sort();
    let in_request = |n: u64| ((100 + n).to_string(), "request", Some(n.to_string()));
    let mut expected: Vec<_> = (12..16).map(in_request).collect();
    expected.extend([12, 14, 15].map(|n: u64| (n.to_string(), "request", Some(n.to_string()))));
    expected.push(("1000".to_owned(), "worker", None));
    expected.sort();
    assert_eq!(
        heard, expected,
        "each within its own, also behind a panic; and one that was sent in none"
    );
}

#[test]
fn a_simulation_tells_the_same_with_workers_that_take_turns() {
    let ear = Ear::new("simulated");
    let sim = Simulation::new(3);
    let pool = chatty(&ear, 3).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..30 {
        tx.send(&n, n).unwrap();
        sim.yield_now();
    }
    pool.resize(2, LONG).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    let said = said_by_handlers(&ear);
    assert_eq!(said.len(), 30, "all");
    for (me, within) in said {
        let (name, fields) = within.last().unwrap();
        assert_eq!((*name, &fields["worker"]), ("worker", &me), "of whoever has its turn");
    }
    assert_eq!(ear.told("worker stopped").len(), 3, "each");
    let resize = ear.all().into_iter().find(|one| one.says("change done")).unwrap();
    let took: f64 = resize.fields["took_seconds"].parse().unwrap();
    assert!(0.0 < took && took <= sim.elapsed().as_secs_f64(), "by its clock: {took}");
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

#[test]
fn nothing_is_told_of_messages_that_are_handled() {
    let run = |name: &str, messages: u64| {
        let ear = Ear::new(name);
        let pool = ear.actors().workers(2).build().unwrap();
        let mut tx = pool.sender().unwrap();
        for n in 0..messages {
            tx.send(&n, note(n)).unwrap();
            tx.send_high(&n, note(n)).unwrap();
        }
        balanced(&pool.shutdown(Shutdown::drain()));
        ear.all().len()
    };
    assert_eq!(run("few", 1), run("many", 1_000));
}

#[test]
fn a_subscriber_that_panics_does_not_harm_the_pool() {
    let ear = Ear::new("hated");
    assert_eq!(ear.name(), HATED);
    let pool = ear.actors().workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (message, key): (Msg, _) = gated(0);
    tx.send_to(0, message).unwrap();
    key.wait_until_entered();
    key.open();
    tx.send_to(0, panics(1)).unwrap();
    tx.send_to(0, note(2)).unwrap();
    pool.resize(3, LONG).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.dead.total(), report.restarts), (2, 1, 1), "{report:?}");
    assert!(ear.all().is_empty(), "it hears nothing");
}
