//! Who takes what workers share when one of them ends.

use windlass_pool::{QosLevel, Shutdown, Simulation, Spread, StopReason};

use crate::support::{Act, Did, LONG, Msg, actors, balanced, note};

/// Whoever retires leaves it to the others: it would never be done while more comes.
#[test]
fn a_worker_retires_while_the_queue_is_never_empty() {
    let sim = Simulation::new(1);
    sim.most_turns(100_000);
    let (builder, mut seen) = actors();
    let builder = builder.workers(2).spread(Spread::Shared(1)).mailbox(QosLevel::Guaranteed, 64);
    let pool = builder.simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    sim.spawn(async move {
        loop {
            while tx.try_send_any(note(0)).is_ok() {}
            Simulation::turn().await;
        }
    });
    sim.yield_now();
    pool.resize(1, LONG).unwrap();
    seen.now();
    assert!(seen.all.contains(&(1, Did::Stopped(StopReason::Retired))), "{:?}", seen.all);
    assert_eq!(pool.workers(), 1, "the other one");
    drop(pool);
}

#[test]
fn a_worker_that_stops_takes_no_more_of_its_share() {
    let sim = Simulation::new(1);
    let (builder, _seen) = actors();
    let pool = builder.workers(1).spread(Spread::Shared(4)).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send_any(Msg { n: 0, act: Act::Stop }).unwrap();
    (1..4).for_each(|n| tx.send_any(note(n)).unwrap());
    sim.run();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.undelivered.len()), (1, 3), "{report:?}");
}
