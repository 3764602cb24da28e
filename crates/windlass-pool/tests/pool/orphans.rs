//! Slots of workers that are gone for good, and who gets them.

use crate::support::{Act, Did, LONG, Msg, a_key_of, actors, balanced, note, panics, slot_of};
use windlass_pool::{
    Arrived, Builder, Faults, Health, Orphans, Pool, QosLevel, Restart, Sender, Shutdown,
    Simulation,
};
use windlass_sync::thread::yield_now;

use crate::support::Actor;

fn mortals(builder: Builder<Actor>, orphans: Orphans) -> Builder<Actor> {
    builder.workers(3).restart(Restart::never()).orphans(orphans)
}

/// Lets a worker die, and waits until it is seen to be dead.
fn kill(pool: &Pool<Actor>, tx: &mut Sender<Actor>, worker: usize) {
    tx.send_to(worker, panics(0)).unwrap();
    while pool.health().workers[worker].health != Health::Dead {
        yield_now();
    }
}

#[test]
fn slots_of_a_dead_worker_stay_and_health_says_how_many() {
    let (builder, _seen) = actors();
    let pool = mortals(builder, Orphans::default()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = a_key_of(1, 3);
    kill(&pool, &mut tx, 1);
    pool.settle(LONG).unwrap();
    assert!(tx.send(&key, note(key)).is_err(), "refused");
    let health = pool.health();
    let slots: Vec<usize> = health.workers.iter().map(|worker| worker.slots).collect();
    assert_eq!(slots.iter().sum::<usize>(), 4096, "each has an owner: {slots:?}");
    assert!((1365..=1366).contains(&slots[1]), "the dead one as well: {slots:?}");
    let said = health.to_string();
    assert!(said.contains(&format!("with {} slots", slots[1])), "{said}");
    balanced(&pool.shutdown(Shutdown::drain()));
}

#[test]
fn slots_of_a_dead_worker_go_to_the_living_and_their_keys_go_on() {
    let (builder, mut seen) = actors();
    let pool = mortals(builder, Orphans::Move).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let keys: Vec<u64> = (0..300).collect();
    kill(&pool, &mut tx, 1);
    while pool.health().workers[1].slots != 0 {
        pool.settle(LONG).unwrap();
    }
    let slots: Vec<usize> = pool.health().workers.iter().map(|worker| worker.slots).collect();
    assert_eq!((slots[0], slots[1], slots[2]), (2048, 0, 2048), "evenly");
    keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    // No later change gives it any.
    pool.resize(4, LONG).unwrap();
    assert_eq!(pool.health().workers[1].slots, 0, "nor does a change");
    keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    seen.until_the_end();
    assert_eq!((report.handled, report.dead.total()), (600, 1), "all but the one that killed");
    assert!(seen.count(|did| matches!(did, Did::In(_, Arrived::Lost))) != 0, "without copies");
}

#[test]
fn the_living_get_the_newest_copies_of_a_dead_worker() {
    let (builder, mut seen) = actors();
    let pool = mortals(builder, Orphans::Move).snapshots(1).batch(1).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = a_key_of(1, 3);
    (0..5).for_each(|_| tx.send(&key, note(key)).unwrap());
    // Its batch is not copied yet, by which it dies.
    kill(&pool, &mut tx, 1);
    while pool.health().workers[1].slots != 0 {
        pool.settle(LONG).unwrap();
    }
    drop(tx);
    balanced(&pool.shutdown(Shutdown::drain()));
    seen.until_the_end();
    let came = |did: &Did| *did == Did::In(slot_of(key), Arrived::State(5));
    assert_eq!(seen.count(came), 1, "with what it had counted");
}

#[test]
fn a_worker_that_dies_while_others_send_leaves_its_slots_to_the_last() {
    Simulation::for_each(0..if cfg!(miri) { 2 } else { 200 }, |sim| {
        sim.faults(Faults::none().delays(20.0, std::time::Duration::from_micros(500)));
        let (builder, mut seen) = actors();
        let builder = mortals(builder, Orphans::Move).mailbox(QosLevel::Guaranteed, 4);
        let pool = builder.simulate(sim).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let keys = [0, 1, 2].map(|worker| a_key_of(worker, 3));
        let first = usize::try_from(sim.below(3)).unwrap();
        let second = (first + 1 + usize::try_from(sim.below(2)).unwrap()) % 3;
        let mut refused = 0;
        for n in 0..60 {
            let key = keys[n % 3];
            refused += u64::from(tx.send(&key, note(key)).is_err());
            sim.yield_now();
            match n {
                10 => drop(tx.send_to(first, panics(0))),
                25 => drop(tx.send_to(second, Msg { n: 0, act: Act::Stop })),
                30 => pool.resize(4, LONG).unwrap(),
                _ => {}
            }
        }
        sim.advance(std::time::Duration::from_secs(1));
        pool.settle(LONG).unwrap();
        let health = pool.health();
        assert!(health.workers[first].slots + health.workers[second].slots == 0, "{health}");
        // Each key has somebody by now.
        keys.iter().for_each(|key| tx.send(key, note(*key)).unwrap());
        drop(tx);
        let report = pool.shutdown(Shutdown::drain());
        balanced(&report);
        assert_eq!(report.accepted + refused, 60 + 2 + 3, "each in one place");
        assert_eq!(report.undelivered.len(), 0, "there was time");
        seen.now();
    });
}
