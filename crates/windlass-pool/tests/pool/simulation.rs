//! The promises of a pool, on ten thousand schedules with faults.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use windlass_pool::reply::{AskError, ReplyTo};
use windlass_pool::{
    Arrived, Balance, Batch, Builder, Context, DeadReason, Faults, Init, Orphans, Poison, Pool,
    QosLevel, Report, Restart, Sender, Shutdown, Simulation, Slot, Snapshot, Worker,
};
use windlass_sync::sync::{Mutex, lock};

const LONG: Duration = Duration::from_secs(3_600);
/// Clients outside of the pool have the numbers below.
const CLIENTS: u64 = 3;
/// And those whose messages come later, without a key, the numbers from here.
const LATER: u64 = 1_000;
const SEEDS: u64 = if cfg!(miri) { 4 } else { 10_000 };

/// A message: the `n`th that this client sent for this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Msg {
    client: u64,
    key: u64,
    n: u64,
}

thread_local! {
    /// What workers did, on the one thread that there is.
    static DID: RefCell<Did> = RefCell::default();
}

#[derive(Default)]
struct Did {
    /// By key, what was handled, in order.
    handled: BTreeMap<u64, Vec<Msg>>,
    /// By worker as it was built, what it was told.
    told: HashMap<u64, Vec<u64>>,
    /// Workers that were built.
    built: u64,
    ticks: u64,
    /// Slots of which something was handled before they came.
    too_early: u64,
    /// What was told to nobody, since somebody was behind.
    refused: Vec<u64>,
    /// Accepted from workers.
    accepted: Vec<Msg>,
    /// Messages that workers sent.
    passed_on: u64,
}

/// A worker sends something to another key, or to itself for later.
fn pass_on(cx: &mut Context<'_, Clerk>, message: Msg) {
    let (worker, now) = (cx.worker() as u64, message.n % 5);
    let n = DID.with_borrow_mut(|did| {
        did.passed_on += 1;
        did.passed_on
    });
    let key = (message.key + 1) % 5;
    let (sent, message) = match now {
        0 => {
            let message = Msg { client: CLIENTS + worker, key, n };
            (cx.send(&key, message).is_ok(), message)
        }
        1 => {
            // It waits with the worker and not with the key, so each is a client of its own.
            let message = Msg { client: LATER + n, key, n };
            (cx.after(Duration::from_micros(n % 3_000), message).is_ok(), message)
        }
        _ => return,
    };
    if sent {
        DID.with_borrow_mut(|did| did.accepted.push(message));
    }
}

/// Counts the messages of each slot that it has.
struct Clerk {
    worker: usize,
    /// Tells it from all that were built before.
    me: u64,
    counts: HashMap<usize, u64>,
}

impl Clerk {
    fn new(init: &Init) -> Self {
        let me = DID.with_borrow_mut(|did| {
            did.built += 1;
            did.built
        });
        Self { worker: init.worker, me, counts: HashMap::new() }
    }
}

impl Worker for Clerk {
    type Message = Msg;
    type Control = u64;
    type Slot = u64;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Msg) {
        if message.client < CLIENTS {
            pass_on(cx, message);
        }
        if message.client < LATER {
            *self.counts.entry(Slot::of_key(&message.key).index()).or_default() += 1;
        }
        DID.with_borrow_mut(|did| did.handled.entry(message.key).or_default().push(message));
    }

    /// Leaves some for the next batch now and then.
    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        while let Some(message) = batch.next() {
            self.on_message(cx, message);
            if message.n % 7 == 3 {
                return;
            }
        }
    }

    fn on_control(&mut self, _: &mut Context<'_, Self>, n: u64) {
        DID.with_borrow_mut(|did| did.told.entry(self.me).or_default().push(n));
    }

    fn on_tick(&mut self, _: &mut Context<'_, Self>) {
        DID.with_borrow_mut(|did| did.ticks += 1);
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u64> {
        self.counts.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<u64>) {
        if let Arrived::State(count) = state {
            let before = self.counts.insert(slot.index(), count);
            // A panic would only restart the worker.
            DID.with_borrow_mut(|did| did.too_early += u64::from(before.is_some()));
        }
    }

    fn keep(message: &Msg) -> Option<Msg> {
        Some(*message)
    }
}

impl Snapshot for Clerk {
    fn slot_copy(&self, slot: Slot) -> Option<u64> {
        self.counts.get(&slot.index()).copied()
    }
}

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

fn clerks(sim: &Simulation) -> Builder<Clerk> {
    Pool::builder(Clerk::new).simulate(sim)
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

/// What there is to say of any run.
fn check(report: &Report<Msg>, accepted: &[Msg]) {
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    assert_eq!(report.dead_letters.len() as u64, report.dead.total(), "all were kept");
    assert_eq!(
        report.dead.of(DeadReason::Moved),
        0,
        "nothing came to a worker that had not the slot"
    );
    let did = DID.take();
    assert_eq!(did.too_early, 0, "nothing was handled for a slot before it came");
    let handled: Vec<Msg> = did.handled.values().flatten().copied().collect();
    let dead = report.dead_letters.iter().map(|letter| letter.message.unwrap());
    let mut places: Vec<Msg> =
        handled.iter().copied().chain(dead).chain(report.undelivered.iter().copied()).collect();
    let mut expected = [accepted, &did.accepted].concat();
    places.sort_unstable();
    expected.sort_unstable();
    assert_eq!(places, expected, "each message that was accepted is in one place");
    for (key, messages) in &did.handled {
        let mut last: HashMap<u64, u64> = HashMap::new();
        for message in messages {
            let last = last.entry(message.client).or_default();
            assert!(*last < message.n, "key {key}: {messages:?}");
            *last = message.n;
        }
    }
    for told in did.told.values() {
        assert!(told.is_sorted(), "in the order in which it was said: {told:?}");
        let refused = told.iter().find(|n| did.refused.contains(n));
        assert_eq!(refused, None, "what one has no room for reaches nobody");
        for pair in told.windows(2) {
            let missing = (pair[0] + 1..pair[1]).find(|n| !did.refused.contains(n));
            assert_eq!(missing, None, "what reaches one reaches all that are there: {told:?}");
        }
    }
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
