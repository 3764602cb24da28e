//! What becomes of what links hold when a pool or a worker ends, at either side.

use std::rc::Rc;
use std::time::Duration;

use windlass_pool::{Init, Pool, QosLevel, Restart, Shutdown, Simulation};
use windlass_sync::sync::{Mutex, lock};

use super::{
    GOT, LAST, LONG, Line, PANIC, REFUSED, STOP, Sink, UNSENT, all_balanced, line, resume_later,
};

#[test]
fn a_drain_waits_for_what_links_hold_and_for_what_is_sent_at_the_end() {
    let sim = Simulation::new(1);
    let mut line = line(&sim, |builder| builder);
    line.sink.pause(0).unwrap();
    line.send(0..4);
    sim.run();
    let Line { sink, source, tx: _tx } = line;
    let sink = Rc::new(sink);
    resume_later(&sim, &sink);
    let report = source.shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    assert_eq!((report.handled, report.unsent), (4, 0), "all went on");
    let report = Rc::into_inner(sink).unwrap().shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    assert_eq!(GOT.take(), [0, 1, 2, 3, LAST, LAST + 1, LAST + 2], "and what was sent at last");
}

#[test]
fn a_worker_that_retires_ends_behind_what_its_links_hold() {
    let sim = Simulation::new(1);
    let mut line = line(&sim, |builder| builder.workers(2));
    line.sink.pause(0).unwrap();
    (0..4).for_each(|n| line.tx.send_to(1, n).unwrap());
    sim.run();
    assert!(line.source.resize(1, Duration::from_secs(1)).is_err(), "it holds something");
    line.sink.resume(0).unwrap();
    line.source.settle(LONG).unwrap();
    sim.run();
    assert_eq!(GOT.take(), [0, 1, 2, 3], "all");
    let (source, sink) = line.end();
    all_balanced(&[&source, &sink]);
    assert_eq!((source.handled, source.unsent), (4, 0), "none was left");
}

#[test]
fn what_the_other_pool_does_not_take_any_more_comes_back_and_is_counted() {
    let sim = Simulation::new(1);
    let mut line = line(&sim, |builder| builder);
    line.sink.pause(0).unwrap();
    line.send(0..4);
    sim.run();
    let Line { sink, source, mut tx } = line;
    // It handles what it has accepted, and that is one.
    let report = sink.shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    assert_eq!((report.accepted, GOT.take()), (1, vec![0]), "what arrived");
    tx.send(&0, 4).unwrap();
    sim.advance(Duration::from_millis(1));
    assert_eq!(UNSENT.take(), [1, 2, 3], "what lay in the link");
    assert_eq!(source.stats()[0].unsent, 3, "counted");
    let report = source.shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    assert_eq!((report.handled, report.unsent), (5, 3), "in the report too");
    let refused: Vec<_> = REFUSED.take().into_iter().filter(|(_, is_full)| !is_full).collect();
    assert!(refused.ends_with(&[(LAST, false), (LAST + 1, false), (LAST + 2, false)]), "at once");
}

#[test]
fn what_links_hold_comes_back_at_an_abort_and_when_the_worker_is_gone_for_good() {
    for given_up in [None, Some(PANIC), Some(STOP)] {
        let sim = Simulation::new(1);
        let mut line = line(&sim, |builder| builder.restart(Restart::never()));
        line.sink.pause(0).unwrap();
        line.send((0..4).chain(given_up));
        sim.run();
        let Line { sink, source, tx: _tx } = line;
        let report = source.shutdown(Shutdown::drain().then_abort().abort_wait(LONG));
        all_balanced(&[&report]);
        assert_eq!((UNSENT.take(), report.unsent), (vec![1, 2, 3], 3), "{given_up:?}");
        assert_eq!(REFUSED.take(), [], "nothing more was sent");
        sink.resume(0).unwrap();
        let report = sink.shutdown(Shutdown::drain());
        all_balanced(&[&report]);
        assert_eq!((report.accepted, GOT.take()), (1, vec![0]), "{given_up:?}");
    }
}

#[test]
fn whoever_is_told_of_unsent_messages_is_told_each_time() {
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).workers(2).mailbox(QosLevel::Guaranteed, 1).simulate(&sim);
    let sink = sink.build().unwrap();
    let to_sink = Mutex::new(sink.sender().unwrap());
    let worker = Pool::each(move |init: &Init| {
        let next = init.link(lock(&to_sink).try_clone().unwrap());
        let mut next = next.on_unsent(|n| UNSENT.with_borrow_mut(|all| all.push(n)));
        move |(to, n): (usize, u64)| next.send_to(to, n).unwrap()
    });
    let worker = worker.simulate(&sim).build().unwrap();
    let mut tx = worker.sender().unwrap();
    (0..2).for_each(|worker| sink.pause(worker).unwrap());
    [STOP, 1, 2, 3].into_iter().for_each(|n| tx.send(&0, (1, n)).unwrap());
    sim.run();
    sink.resume(1).unwrap();
    sim.advance(Duration::from_secs(1));
    // One may have got into the mailbox before its worker was gone.
    let unsent = UNSENT.take();
    assert!(unsent.ends_with(&[2, 3]), "its worker is gone: {unsent:?}");
    [4, 5, 6].into_iter().for_each(|n| tx.send(&0, (0, n)).unwrap());
    sim.run();
    let report = worker.shutdown(Shutdown::drain().then_abort().abort_wait(LONG));
    assert_eq!(UNSENT.take(), [5, 6], "told again");
    assert_eq!(report.unsent, unsent.len() as u64 + 2, "all are counted");
    sink.resume(0).unwrap();
    assert!(sink.shutdown(Shutdown::drain()).is_balanced(), "it may have one");
    assert_eq!(GOT.take(), [4], "what arrived");
}

#[test]
fn a_panic_over_an_unsent_message_costs_that_one() {
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 1).simulate(&sim);
    let sink = sink.build().unwrap();
    let to_sink = Mutex::new(sink.sender().unwrap());
    let worker = Pool::each(move |init: &Init| {
        let mut next = init.link(lock(&to_sink).try_clone().unwrap()).on_unsent(|n| {
            assert_ne!(n, 2, "on purpose");
            UNSENT.with_borrow_mut(|all| all.push(n));
        });
        move |n: u64| next.send_to(0, n).unwrap()
    });
    let worker = worker.simulate(&sim).build().unwrap();
    sink.pause(0).unwrap();
    let mut tx = worker.sender().unwrap();
    (0..4).for_each(|n| tx.send(&0, n).unwrap());
    sim.run();
    drop(sink.shutdown(Shutdown::drain()));
    let report = worker.shutdown(Shutdown::drain());
    assert_eq!((UNSENT.take(), report.unsent, report.panics), (vec![1, 3], 3, 0), "all but one");
    GOT.take();
}
