//! What a pool says of how it is doing.

use std::sync::mpsc::channel;
use std::time::Duration;

use crate::support::{LONG, actors, actors_by, gate, gated, hold_up_worker, note, panics};
use windlass_pool::{
    Health, HealthRules, Pool, PoolHealth, QosLevel, Restart, Shutdown, Symptom, Worker,
};
use windlass_sync::sync::{Mutex, lock};
use windlass_sync::{Deadline, thread};

/// Any time that passes between two looks is too long.
const AT_ONCE: Duration = Duration::from_nanos(1);

fn look_until<W: Worker>(pool: &Pool<W>, wanted: impl Fn(&PoolHealth) -> bool) -> PoolHealth {
    let deadline = Deadline::after(LONG);
    loop {
        let now = pool.health();
        if wanted(&now) {
            return now;
        }
        assert!(!deadline.has_passed(), "it was to come: {now}");
        thread::yield_now();
    }
}

fn until<W: Worker>(pool: &Pool<W>, health: Health) -> PoolHealth {
    look_until(pool, |now| now.health == health)
}

#[test]
fn a_handler_that_does_not_return_is_noticed_at_the_second_look() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).health(HealthRules::default().stuck_after(AT_ONCE));
    let pool = pool.build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 1, 0);
    let first = pool.health();
    assert_eq!(first.health, Health::Healthy, "it may have been called just now");
    assert_eq!(first.workers[1].busy_for, Some(Duration::ZERO), "its time begins");
    let now = until(&pool, Health::Stuck);
    assert_eq!(now.workers[1].symptoms, [Symptom::DoesNotReturn], "that one");
    assert_eq!(now.ailing().map(|worker| worker.worker).collect::<Vec<_>>(), [1], "that one only");
    key.open();
    until(&pool, Health::Healthy);
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_worker_that_goes_on_is_never_said_to_be_stuck() {
    let (builder, _seen) = actors();
    let pool = builder.batch(1).health(HealthRules::default().stuck_after(AT_ONCE));
    let pool = pool.build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..3 {
        let key = hold_up_worker(&mut tx, 0, n);
        // It was seen in the call before, and is in another one.
        let now = pool.health();
        assert_eq!(now.workers[0].busy_for, Some(Duration::ZERO), "another call");
        assert_eq!(now.health, Health::Healthy, "{now}");
        key.open();
    }
    drop(pool.shutdown(Shutdown::drain()));
    let (builder, _seen) = actors();
    let pool = builder.health(HealthRules::default().stuck_after(LONG)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up_worker(&mut tx, 0, 0);
    look_until(&pool, |now| now.workers[0].busy_for.is_some_and(|time| !time.is_zero()));
    assert_eq!(pool.health().health, Health::Healthy, "not for so long");
    key.open();
}

#[test]
fn a_factory_that_does_not_return_is_noticed() {
    let (gate, key) = gate();
    let gate = Mutex::new(gate);
    let allow = move |init: &windlass_pool::Init| {
        if init.restarts == 1 {
            lock(&gate).pass();
        }
        Ok(())
    };
    let (builder, _seen) = actors_by(allow, false);
    let rules = HealthRules::default().stuck_after(AT_ONCE).window(Duration::ZERO);
    let pool = builder.health(rules).build().unwrap();
    pool.sender().unwrap().send_to(0, panics(0)).unwrap();
    key.wait_until_entered();
    until(&pool, Health::Stuck);
    key.open();
    until(&pool, Health::Healthy);
}

#[test]
fn a_worker_that_was_built_anew_is_degraded_for_a_while() {
    for (window, health) in [(LONG, Health::Degraded), (Duration::ZERO, Health::Healthy)] {
        let (builder, _seen) = actors();
        let pool = builder.workers(2).health(HealthRules::default().window(window));
        let pool = pool.build().unwrap();
        pool.sender().unwrap().send_to(0, panics(0)).unwrap();
        while pool.stats()[0].restarts == 0 || pool.dead_counts().total() == 0 {
            thread::yield_now();
        }
        // The restart is counted before the wait for it is over.
        let is_back = |now: &PoolHealth| !now.workers[0].symptoms.contains(&Symptom::BackingOff);
        let now = look_until(&pool, is_back);
        assert_eq!(now.health, health, "{now}");
        let symptoms = &now.workers[0].symptoms;
        let both = [Symptom::Restarted, Symptom::LostMessages];
        assert!(health == Health::Healthy || symptoms == &both, "{now}");
        assert!(now.workers[1].symptoms.is_empty(), "the other one is well");
    }
}

#[test]
fn a_worker_that_waits_before_it_is_built_anew_says_so() {
    let (builder, _seen) = actors();
    let pool = builder.restart(Restart::on_panic().backoff(LONG..LONG * 2)).build().unwrap();
    pool.sender().unwrap().send_to(0, panics(0)).unwrap();
    let backs_off = |now: &PoolHealth| now.workers[0].symptoms.contains(&Symptom::BackingOff);
    let now = look_until(&pool, backs_off);
    assert_eq!(now.health, Health::Degraded, "{now}");
}

#[test]
fn a_mailbox_above_the_mark_is_seen() {
    let (builder, _seen) = actors();
    let pool = builder.mailbox(QosLevel::Guaranteed, 4).health(HealthRules::default());
    let pool = pool.build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    // Behind the pause, since the order is heard between two batches.
    drop(pool.gather(|_| (), LONG));
    (0..3).try_for_each(|n| tx.send_to(0, note(n))).unwrap();
    assert_eq!(pool.health().health, Health::Healthy, "at the mark, and a pause is no illness");
    tx.send_to(0, note(3)).unwrap();
    let now = pool.health();
    assert_eq!(
        (now.health, &now.workers[0].symptoms[..]),
        (Health::Degraded, &[Symptom::Behind][..])
    );
    pool.resume(0).unwrap();
    until(&pool, Health::Healthy);
}

#[test]
fn a_pool_is_dead_when_all_of_its_workers_are() {
    let (builder, _seen) = actors();
    let rules = HealthRules::default().window(Duration::ZERO);
    let pool = builder.workers(2).restart(Restart::never()).health(rules).build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send_to(0, panics(0)).unwrap();
    let now = until(&pool, Health::Degraded);
    assert_eq!(now.workers[0].symptoms, [Symptom::Dead], "{now}");
    assert_eq!(now.workers[1].health, Health::Healthy, "{now}");
    tx.send_to(1, panics(1)).unwrap();
    until(&pool, Health::Dead);
}

#[test]
fn whoever_watches_is_called_at_first_and_at_each_change_until_the_end() {
    let (builder, _seen) = actors();
    let pool = builder.health(HealthRules::default().stuck_after(AT_ONCE)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (tell, told) = channel();
    let on_change = move |now: &PoolHealth| tell.send(now.health).unwrap_or_default();
    let watch = pool.watch(Duration::from_micros(100), on_change).unwrap();
    assert_eq!(told.recv_timeout(LONG), Ok(Health::Healthy), "at first");
    let (message, key) = gated(0);
    tx.send_to(0, message).unwrap();
    assert_eq!(told.recv_timeout(LONG), Ok(Health::Stuck), "it does not return");
    key.open();
    assert_eq!(told.recv_timeout(LONG), Ok(Health::Healthy), "it has returned");
    watch.stop();
    assert!(told.recv().is_err(), "its thread is gone, and said nothing twice");
    let (tell, told) = channel();
    let on_change = move |now: &PoolHealth| tell.send(now.health).unwrap_or_default();
    let watch = pool.watch(Duration::from_micros(100), on_change).unwrap();
    assert_eq!(told.recv_timeout(LONG), Ok(Health::Healthy), "at first");
    drop(pool.shutdown(Shutdown::drain()));
    while told.recv_timeout(LONG).is_ok() {}
    assert!(told.recv().is_err(), "it ends with the pool");
    drop(watch);
}
