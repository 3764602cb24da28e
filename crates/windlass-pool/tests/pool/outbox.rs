//! What lies in outboxes when workers and pools end.

use std::cell::RefCell;
use std::time::Duration;

use crate::support::{Act, Did, Msg, actors, balanced, gated};
use windlass_pool::{
    Builder, Context, DeadReason, Faults, Pool, QosLevel, Report, Restart, Sender, Shutdown,
    Simulation, Worker,
};

const LONG: Duration = Duration::from_secs(3_600);
const SEEDS: u64 = if cfg!(miri) { 2 } else { 300 };

thread_local! {
    /// What each worker got, and how many messages were refused; on the one thread of a simulation.
    static DID: RefCell<([Vec<u64>; 3], u64)> = RefCell::default();
}

#[derive(Clone, Copy)]
enum Told {
    Note(u64),
    /// Sends so many numbers to a worker, and then does this.
    Pass(usize, u64, Then),
}

#[derive(Clone, Copy)]
enum Then {
    Goes,
    Stops,
    Panics,
}

struct Passer;

impl Worker for Passer {
    type Message = Told;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, told: Told) {
        let (to, numbers, then) = match told {
            Told::Note(n) => return DID.with_borrow_mut(|did| did.0[cx.worker()].push(n)),
            Told::Pass(to, numbers, then) => (to, numbers, then),
        };
        for n in 0..numbers {
            let refused = cx.send_to(to, Told::Note(n)).is_err();
            DID.with_borrow_mut(|did| did.1 += u64::from(refused));
        }
        match then {
            Then::Goes => {}
            Then::Stops => cx.stop(),
            Then::Panics => panic!("as it was told"),
        }
    }
}

/// Workers with mailboxes for one message.
fn passers(sim: &Simulation) -> Builder<Passer> {
    sim.faults(Faults::none().delays(30.0, Duration::from_millis(1)));
    let builder = Pool::builder(|_| Passer).workers(3).mailbox(QosLevel::Guaranteed, 1);
    builder.restart(Restart::never()).simulate(sim)
}

/// A pool of which two send ten numbers to each other.
fn to_each_other(sim: &Simulation) -> (Pool<Passer>, Sender<Passer>) {
    let pool = passers(sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for (from, to) in [(0, 1), (1, 0)] {
        tx.send_to(from, Told::Pass(to, 10, Then::Goes)).unwrap();
    }
    (0..sim.below(8)).for_each(|_| sim.yield_now());
    (pool, tx)
}

/// All that was accepted of ten numbers, in order and once.
fn all_of_ten(report: &Report<Told>) {
    let (got, refused) = DID.take();
    assert!(report.is_balanced() && report.dead.total() == 0, "{report:?}");
    assert_eq!(report.undelivered.len(), 0, "there was time");
    let notes: usize = got.iter().map(Vec::len).sum();
    assert_eq!(notes as u64, report.accepted - 2, "each once");
    assert_eq!(notes as u64 + refused, 20, "what was refused was not accepted");
    for got in got {
        assert!(got.iter().copied().eq(0..got.len() as u64), "in order: {got:?}");
    }
}

#[test]
fn what_lies_in_outboxes_when_a_pool_closes_is_handled_by_those_it_is_for() {
    let passed = std::cell::Cell::new(0);
    Simulation::for_each(0..SEEDS, |sim| {
        let (pool, _tx) = to_each_other(sim);
        let report = pool.shutdown(Shutdown::drain());
        passed.set(passed.get() + report.handled - 2);
        all_of_ten(&report);
    });
    assert!(4 * SEEDS < passed.get(), "more than the mailboxes hold: {}", passed.get());
}

#[test]
fn what_is_left_in_outboxes_at_the_deadline_comes_back() {
    let left = std::cell::Cell::new(0);
    Simulation::for_each(0..SEEDS, |sim| {
        let (pool, _tx) = to_each_other(sim);
        let wait = Duration::from_micros(sim.below(2_000));
        let report = pool.shutdown(Shutdown::drain_for(wait).abort_wait(LONG));
        assert!(report.is_balanced() && report.dead.total() == 0, "{report:?}");
        left.set(left.get() + report.undelivered.len());
        DID.take();
    });
    assert!(0 < left.get(), "there was not always time");
}

#[test]
fn a_worker_that_ends_sends_on_what_it_had_sent() {
    for then in [Then::Stops, Then::Panics] {
        let handled_before = std::cell::Cell::new(0);
        Simulation::for_each(0..SEEDS / 3 + 1, |sim| {
            let pool = passers(sim).build().unwrap();
            let mut tx = pool.sender().unwrap();
            tx.send_to(0, Told::Pass(1, 10, then)).unwrap();
            (0..sim.below(20)).for_each(|_| sim.yield_now());
            if sim.below(2) == 0 {
                sim.advance(Duration::from_secs(1));
                let at_once = DID.with_borrow(|did| did.0[1].len());
                assert_eq!(at_once, 10, "also while the pool goes on");
                handled_before.set(handled_before.get() + 1);
            }
            let panics = u64::from(matches!(then, Then::Panics));
            let report = pool.shutdown(Shutdown::drain());
            let (got, refused) = DID.take();
            assert!(report.is_balanced() && report.dead.total() == panics, "{report:?}");
            assert_eq!(got[1].len() as u64 + refused, 10, "all of them: {got:?} {refused}");
            assert!(got[1].iter().copied().eq(0..10 - refused), "in order: {got:?}");
        });
        assert!(0 < handled_before.get(), "some before the end");
    }
}

#[test]
fn what_lies_in_an_outbox_for_one_that_is_gone_dies_with_its_reason() {
    Simulation::for_each(0..SEEDS, |sim| {
        let pool = passers(sim).build().unwrap();
        let mut tx = pool.sender().unwrap();
        // The one that it is for ends meanwhile, and has something for a third.
        tx.send_to(0, Told::Pass(1, 10, Then::Goes)).unwrap();
        tx.send_to(1, Told::Pass(2, 10, Then::Stops)).unwrap();
        (0..sim.below(8)).for_each(|_| sim.yield_now());
        let report = pool.shutdown(Shutdown::drain());
        let (got, refused) = DID.take();
        assert!(report.is_balanced() && report.undelivered.is_empty(), "{report:?}");
        let gone = report.dead.of(DeadReason::WorkerGone);
        assert_eq!(gone, report.dead.total(), "for no other reason");
        assert!(report.dead_letters.iter().all(|letter| letter.worker == 1), "of that one");
        let notes: usize = got.iter().map(Vec::len).sum();
        assert_eq!(notes as u64 + gone + refused, 20, "each in one place");
    });
}

#[test]
fn threads_hand_on_what_lies_in_outboxes_when_their_pool_closes() {
    let (builder, mut seen) = actors();
    let pool = builder.workers(2).mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (first, key) = gated(0);
    tx.send_to(1, first).unwrap();
    key.wait_until_entered();
    for n in 1..=20 {
        tx.send_to(0, Msg { n, act: Act::Pass(1, 1) }).unwrap();
        seen.until(|worker, did| worker == 0 && *did == Did::Note(n));
    }
    // It goes on when the pool refuses messages, and not before.
    let opens = windlass_sync::thread::spawn(move || {
        while !matches!(
            tx.try_send_to(1, Msg { n: 100, act: Act::Note }),
            Err(windlass_pool::TrySendError::Closed(_))
        ) {
            windlass_sync::thread::yield_now();
        }
        key.open();
    });
    let report = pool.shutdown(Shutdown::drain());
    opens.join().unwrap();
    balanced(&report);
    seen.until_the_end();
    assert_eq!((report.handled, report.dead.total()), (41, 0), "{report:?}");
    assert_eq!(seen.notes_of(1), Vec::from_iter(0..=20), "in order");
}
