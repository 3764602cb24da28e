//! Workers that share a queue, on many schedules with faults: each message is handled once, dead or undelivered.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use windlass_pool::{
    Context, Faults, Pool, QosLevel, Restart, Shutdown, Simulation, Spread, Worker,
};

const LONG: Duration = Duration::from_secs(3_600);
const SEEDS: u64 = if cfg!(miri) { 4 } else { 3_000 };
const MESSAGES: u64 = 120;

thread_local! {
    /// What was handled, and how often.
    static HANDLED: RefCell<BTreeMap<u64, u32>> = RefCell::default();
}

struct Clerk;

impl Worker for Clerk {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        HANDLED.with_borrow_mut(|handled| *handled.entry(n).or_default() += 1);
        if n == MESSAGES - 1 && cx.worker() != 0 {
            cx.stop();
        }
    }
}

fn scenario(sim: &Simulation) {
    HANDLED.take();
    let below = |n| usize::try_from(sim.below(n)).unwrap();
    let faults = Faults::none().panics(3.0).delays(15.0, Duration::from_millis(5));
    sim.faults(faults.failing_builds(20.0));
    let spread = Spread::Shared([1, 4][below(2)]);
    let capacity = 1 + below(8);
    let builder = Pool::builder(|_| Clerk).workers(1 + below(4)).max_workers(4);
    let builder = builder.mailbox(QosLevel::Guaranteed, capacity).batch(1 + capacity / 2);
    let restart = Restart::on_panic().max(200, LONG);
    let pool = builder.spread(spread).restart(restart).simulate(sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let mut other = pool.sender().unwrap();
    sim.spawn(async move {
        for n in 0..MESSAGES / 3 {
            let _accepted = other.try_send_any(n).is_ok();
            Simulation::turn().await;
        }
    });
    for n in MESSAGES / 3..MESSAGES {
        let by_key = n % 4 == 0;
        let tried = if by_key { tx.try_send(&n, n) } else { tx.try_send_any(n) };
        if tried.is_err() {
            // Somebody takes them, unless all are paused.
            (0..4).for_each(|worker| drop(pool.resume(worker)));
            let sent = if by_key { tx.send(&n, n) } else { tx.send_any(n) };
            assert!(sent.is_ok(), "a worker is there");
        }
        sim.yield_now();
        let worker = below(4);
        match sim.below(60) {
            0 => drop(pool.resize(1 + worker, LONG)),
            1 => drop(pool.pause(worker)),
            2 => (0..4).for_each(|worker| drop(pool.resume(worker))),
            3 => drop(pool.restart(worker)),
            _ => {}
        }
    }
    let how = match sim.below(3) {
        0 => Shutdown::drain_for(Duration::from_millis(sim.below(3))),
        _ => Shutdown::drain(),
    };
    let report = pool.shutdown(how);
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    let handled = HANDLED.take();
    // One that panicked behind its message was handled too.
    let times = handled.values().map(|times| u64::from(*times)).sum::<u64>();
    assert!(report.handled <= times, "{report:?}");
    assert!(handled.values().all(|times| *times == 1), "none twice: {handled:?}");
    let comes_back = |n: &u64| assert!(!handled.contains_key(n), "{n} was handled");
    report.undelivered.iter().for_each(comes_back);
}

#[test]
fn workers_that_share_handle_each_message_once_on_every_schedule() {
    Simulation::for_each(0..SEEDS, scenario);
}
