//! Clients, an operator and faults, on ten thousand schedules.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use windlass_pool::{
    Balance, Faults, Orphans, Poison, Pool, QosLevel, Restart, Sender, Shutdown, Simulation, Slot,
};

use super::{Clerk, DID, LONG, Msg, check, clerks};

const SEEDS: u64 = if cfg!(miri) { 4 } else { 10_000 };

/// Sends what comes next for a key of its own, and notes what is accepted.
struct Client {
    tx: Sender<Clerk>,
    number: u64,
    keys: u64,
    next: HashMap<u64, u64>,
    accepted: Rc<RefCell<Vec<Msg>>>,
}

impl Client {
    fn new(pool: &Pool<Clerk>, number: u64, accepted: &Rc<RefCell<Vec<Msg>>>) -> Self {
        let (tx, accepted) = (pool.sender().unwrap(), Rc::clone(accepted));
        Self { tx, number, keys: 5, next: HashMap::new(), accepted }
    }

    fn message(&mut self, key: u64) -> Msg {
        let n = self.next.entry(key).or_default();
        *n += 1;
        Msg { client: self.number, key, n: *n }
    }

    async fn send(&mut self, chance: u64) {
        let key = chance % self.keys;
        match chance % 2 {
            0 => {
                let message = self.message(key);
                if self.tx.try_send(&key, message).is_ok() {
                    self.accepted.borrow_mut().push(message);
                }
            }
            _ => {
                let message = self.message(key);
                if self.tx.send_async(&key, message).await.is_ok() {
                    self.accepted.borrow_mut().push(message);
                }
            }
        }
    }

    fn send_batch(&mut self, chance: u64) {
        // Some go in several parts.
        let most = if chance.is_multiple_of(100) { 300 } else { 20 };
        let keys = (0..chance % most).map(|at| (chance + at) % self.keys);
        let run: Vec<_> =
            keys.collect::<Vec<_>>().into_iter().map(|key| self.message(key)).collect();
        let unsent = match self.tx.send_batch(run.iter().map(|message| (message.key, *message))) {
            Ok(_) => Vec::new(),
            Err(unsent) => unsent.messages,
        };
        let sent = run.into_iter().filter(|message| !unsent.contains(message));
        self.accepted.borrow_mut().extend(sent);
    }
}

/// Something that an operator does to a pool.
fn operate(pool: &Pool<Clerk>, sim: &Simulation, told: &mut u64) {
    if sim.below(6) == 0 {
        // Whatever it says, it holds nobody up.
        assert_eq!(pool.health().workers.len(), pool.workers(), "of each");
        let balance = Balance::default().least(1);
        drop(pool.rebalance(balance, Duration::from_micros(sim.below(3_000))));
        drop(pool.snapshot(Duration::from_micros(sim.below(3_000))));
    }
    let worker = usize::try_from(sim.below(4)).unwrap();
    let wait = if sim.below(2) == 0 { LONG } else { Duration::from_micros(sim.below(3_000)) };
    match sim.below(9) {
        // Each may be refused, because the worker is gone or a change is not done in time.
        0 | 1 => drop(pool.resize(worker + 1, wait)),
        2 => drop(pool.move_slot(Slot::of_key(&sim.below(5)).index(), worker, wait)),
        3 => drop(pool.settle(wait)),
        4 => drop(pool.pause(worker)),
        5 => drop(pool.restart(worker)),
        6 => {
            // So many that some find a worker behind.
            for _ in 0..=sim.below(3) {
                *told += 1;
                if pool.broadcast(*told).is_err() {
                    DID.with_borrow_mut(|did| did.refused.push(*told));
                }
            }
        }
        7 => sim.advance(wait.min(Duration::from_millis(5))),
        _ => {
            let gathered = pool.gather(|clerk| clerk.worker, wait.min(Duration::from_millis(1)));
            assert!(gathered.answers.iter().all(|(who, me)| who == me), "each for itself");
        }
    }
    // One that is paused would hold up changes that wait for long.
    (0..4).for_each(|worker| drop(pool.resume(worker)));
}

/// A pool with clients and an operator, and faults; returns what the run looked like.
fn scenario(sim: &Simulation) -> (u64, u64) {
    let panics = [0.0, 2.0, 20.0][usize::try_from(sim.below(3)).unwrap()];
    let builds = if sim.below(4) == 0 { 30.0 } else { 0.0 };
    sim.faults(
        Faults::none().panics(panics).failing_builds(builds).delays(10.0, Duration::from_millis(2)),
    );
    let restart = match sim.below(4) {
        0 => Restart::never(),
        1 => Restart::on_panic().max(2, LONG),
        _ => Restart::on_panic().max(1_000, LONG),
    };
    let poison = [Poison::DeadLetter, Poison::Retry(2)][usize::from(sim.below(2) == 0)];
    let level = [QosLevel::Guaranteed, QosLevel::Reliable][usize::from(sim.below(8) == 0)];
    let capacity = usize::try_from(1 + sim.below(12)).unwrap();
    let builder = clerks(sim).workers(usize::try_from(1 + sim.below(3)).unwrap()).max_workers(4);
    let builder = builder.mailbox(level, capacity).restart(restart).poison(poison);
    let builder = builder.batch(usize::try_from(1 + sim.below(8)).unwrap()).dead_letters(10_000);
    let builder = builder.control_capacity(usize::try_from(1 + sim.below(4)).unwrap());
    let builder = if sim.below(3) == 0 { builder.snapshots(1 + sim.below(3)) } else { builder };
    let builder = if sim.below(2) == 0 { builder.orphans(Orphans::Move) } else { builder };
    let pool = builder.tick(Duration::from_micros(500)).build().unwrap();
    let accepted = Rc::new(RefCell::new(Vec::new()));
    for number in 0..2 {
        let mut client = Client::new(&pool, number, &accepted);
        let (sends, chance) = (sim.below(30), sim.below(u64::MAX));
        sim.spawn(async move {
            for at in 0..sends {
                Simulation::turn().await;
                client.send(chance.rotate_left(u32::try_from(at).unwrap()) % 1_000).await;
            }
        });
    }
    let mut batches = Client::new(&pool, 2, &accepted);
    let mut told = 0;
    for _ in 0..sim.below(12) {
        sim.yield_now();
        operate(&pool, sim, &mut told);
        batches.send_batch(sim.below(1_000));
    }
    let how = match sim.below(3) {
        0 => Shutdown::drain(),
        1 => Shutdown::drain_for(Duration::from_micros(sim.below(500))),
        _ => Shutdown::drain().then_abort(),
    };
    let report = pool.shutdown(how.abort_wait(LONG));
    // Clients that are still there are refused.
    sim.run();
    check(&report, &accepted.borrow());
    (sim.trace(), report.handled)
}

#[test]
fn every_schedule_keeps_the_promises() {
    // Each thread has simulations of its own.
    let part = |from: u64| {
        move || {
            Simulation::for_each(from..from + SEEDS / 2, |sim| {
                let _what_it_looked_like = scenario(sim);
            });
        }
    };
    let second = windlass_sync::thread::spawn(part(SEEDS / 2));
    part(0)();
    second.join().unwrap();
}

#[test]
fn a_seed_gives_the_same_run_again_and_another_one_another() {
    let run = |seed| {
        let sim = Simulation::new(seed);
        (scenario(&sim), sim.turns(), sim.elapsed())
    };
    for seed in 0..20 {
        assert_eq!(run(seed), run(seed), "the same");
    }
    assert_ne!(run(1), run(2), "another");
}
