//! What a pool tells those who subscribe to `tracing`.
//!
//! One subscriber hears all pools of this program, and keeps what comes of those whose name it is asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Once;
use std::time::Duration;

use crate::support::{
    Actor, LONG, Msg, SHORT, a_key_of, actors, actors_by, balanced, gated, hold_up, hold_up_worker,
    note, panics, slot_of, until_only_held_up_by,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use windlass_pool::{
    Balance, Builder, ChangeError, HealthRules, Init, Pool, Restart, Shutdown, Simulation,
};
use windlass_sync::Deadline;
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::thread::yield_now;

type Fields = BTreeMap<&'static str, String>;

/// An event, and the spans it is in, the innermost last.
#[derive(Debug, Clone)]
struct Heard {
    level: Level,
    target: &'static str,
    fields: Fields,
    within: Vec<(&'static str, Fields)>,
}

impl Heard {
    fn says(&self, what: &str) -> bool {
        self.fields.get("message").is_some_and(|said| said == what)
    }

    fn worker(&self) -> &str {
        self.fields.get("worker").map_or("", |worker| worker)
    }

    /// Its fields besides those that all have, and times, of which it says only that they are there.
    fn about(&self) -> String {
        let of_all = |name: &str| ["pool", "message"].contains(&name);
        let mut about = Vec::new();
        for (name, value) in self.fields.iter().filter(|(name, _)| !of_all(name)) {
            let is_time = name.ends_with("_seconds");
            let value = if is_time && value.parse::<f64>().is_ok() { "some" } else { value };
            about.push(format!("{name}={value}"));
        }
        about.join(" ")
    }
}

/// Begins with this: pools that are listened to.
const MINE: &str = "traced-";
/// A pool of this name has a subscriber that panics at each event and span.
const HATED: &str = "traced-hated";

static HEARD: Mutex<Vec<Heard>> = Mutex::new(Vec::new());
static SPANS: Mutex<BTreeMap<u64, (&str, Fields)>> = Mutex::new(BTreeMap::new());

thread_local! {
    static WITHIN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

struct Listener;

/// The number of spans that nobody asked for.
const ANY: u64 = u64::MAX;

fn is_mine(pool: &str) -> bool {
    pool.starts_with(MINE)
}

/// The fields, if the first one is a pool that is listened to.
#[derive(Default)]
struct Reader {
    fields: Fields,
    is_other: bool,
}

impl Visit for Reader {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.is_other {
            self.fields.insert(field.name(), format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.is_other |= field.name() == "pool" && !is_mine(value);
        assert!(field.name() != "pool" || value != HATED, "it hates that pool");
        if !self.is_other {
            self.fields.insert(field.name(), value.to_owned());
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut reader = Reader::default();
        span.record(&mut reader);
        if reader.is_other || !reader.fields.contains_key("pool") {
            return Id::from_u64(ANY);
        }
        reader.fields.insert("is_root", span.is_root().to_string());
        let mut spans = lock(&SPANS);
        let id = spans.len() as u64 + 1;
        spans.insert(id, (span.metadata().name(), reader.fields));
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut reader = Reader::default();
        event.record(&mut reader);
        let within = WITHIN.with_borrow(|within| {
            let spans = lock(&SPANS);
            within.iter().filter_map(|id| spans.get(id).cloned()).collect::<Vec<_>>()
        });
        let is_told = reader.fields.contains_key("pool");
        if !reader.is_other && (is_told || !within.is_empty()) {
            let (level, target) = (*event.metadata().level(), event.metadata().target());
            let heard = Heard { level, target, fields: reader.fields, within };
            lock(&HEARD).push(heard);
        }
    }

    fn enter(&self, span: &Id) {
        WITHIN.with_borrow_mut(|within| within.push(span.into_u64()));
    }

    fn exit(&self, span: &Id) {
        let left = WITHIN.with_borrow_mut(Vec::pop);
        assert_eq!(left, Some(span.into_u64()), "spans are left in order");
    }
}

/// Pools of this name are listened to from now on.
struct Ear(String);

impl Ear {
    fn new(name: &str) -> Self {
        static BEGIN: Once = Once::new();
        BEGIN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        Self(format!("{MINE}{name}"))
    }

    fn actors(&self) -> Builder<Actor> {
        actors().0.name(self.0.clone())
    }

    fn all(&self) -> Vec<Heard> {
        let of = |fields: &Fields| fields.get("pool") == Some(&self.0);
        let mine = |one: &&Heard| of(&one.fields) || one.within.iter().any(|(_, span)| of(span));
        lock(&HEARD).iter().filter(mine).cloned().collect()
    }

    /// All events that say this: level and fields.
    fn told(&self, what: &str) -> Vec<(Level, String)> {
        let all = self.all().into_iter().filter(|one| one.says(what));
        all.map(|one| (one.level, one.about())).collect()
    }

    /// The same, in the order of workers.
    fn told_sorted(&self, what: &str) -> Vec<(Level, String)> {
        let mut told = self.told(what);
        told.sort_by(|one, other| one.1.cmp(&other.1));
        told
    }

    fn wait_for(&self, what: &str) {
        self.wait_for_one(what, |_| true);
    }

    fn wait_for_one(&self, what: &str, wanted: impl Fn(&Heard) -> bool) -> Heard {
        let deadline = Deadline::after(LONG);
        loop {
            let mut all = self.all().into_iter();
            if let Some(heard) = all.find(|one| one.says(what) && wanted(one)) {
                return heard;
            }
            assert!(!deadline.has_passed(), "{what} was to be told: {:?}", self.all());
            yield_now();
        }
    }
}

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
    let builder = actors_by(allow, false).0.name(ear.0.clone());
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
    let builder = actors_by(|_| Err("not today".to_owned()), false).0.name(ear.0.clone());
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
    Pool::each(handler).workers(workers).name(ear.0.clone())
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
        assert_eq!((*name, &fields["pool"], &fields["worker"]), ("worker", &ear.0, &me));
        assert_eq!(fields["is_root"], "true", "it outlives whoever begins it");
    }
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
    assert_eq!(ear.0, HATED);
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
