//! What is told of changes.

use tracing::Level;
use windlass_pool::{Balance, ChangeError, Shutdown};
use windlass_sync::thread::yield_now;

use super::ear::Ear;
use super::told;
use crate::support::{
    LONG, SHORT, a_key_of, balanced, hold_up, note, slot_of, until_only_held_up_by,
};

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
