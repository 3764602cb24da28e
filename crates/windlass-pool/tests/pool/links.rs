//! Pools that send to each other: nobody waits for anybody, and nothing is lost.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use windlass_pool::{
    Batch, Builder, Context, Init, Pool, PoolLink, QosLevel, Report, Restart, Sender, Shutdown,
    Simulation, Slot, StopReason, TrySendError, Worker,
};
use windlass_sync::sync::{Mutex, lock};

const LONG: Duration = Duration::from_secs(3_600);

thread_local! {
    /// What the sink got, on the one thread of a simulation.
    static GOT: RefCell<Vec<u64>> = RefCell::default();
    /// What was refused, and whether since there was no room.
    static REFUSED: RefCell<Vec<(u64, bool)>> = RefCell::default();
    /// What came back behind an `Ok`.
    static UNSENT: RefCell<Vec<u64>> = RefCell::default();
}

/// Notes what it gets, or ends.
struct Sink;

impl Worker for Sink {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        if n == STOP {
            return cx.stop();
        }
        GOT.with_borrow_mut(|got| got.push(n));
    }
}

/// Sends numbers on; panics, ends, or leaves its batch.
struct Source {
    next: PoolLink<Sink>,
    /// Whether it takes nothing while there is no room.
    is_patient: bool,
}

const PANIC: u64 = 1 << 32;
const STOP: u64 = 2 << 32;
/// What it sends at its end, from here.
const LAST: u64 = 3 << 32;

impl Source {
    fn send(&mut self, n: u64) {
        if let Err(refused) = self.next.send_to(0, n) {
            let is_full = refused.is_full();
            REFUSED.with_borrow_mut(|all| all.push((refused.into_inner(), is_full)));
        }
    }
}

impl Worker for Source {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        match n {
            PANIC => panic!("as it was told"),
            STOP => cx.stop(),
            _ => self.send(n),
        }
    }

    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        while (!self.is_patient || 0 < self.next.room())
            && let Some(n) = batch.next()
        {
            self.on_message(cx, n);
        }
    }

    fn on_stop(mut self, reason: StopReason) {
        if reason == StopReason::Drained {
            (LAST..LAST + 3).for_each(|n| self.send(n));
        }
    }
}

/// A sink with room for one message, and sources whose links have room for three.
struct Line {
    sink: Pool<Sink>,
    source: Pool<Source>,
    tx: Sender<Source>,
}

fn sources(sink: &Pool<Sink>, is_patient: bool) -> Builder<Source> {
    let to_sink = Mutex::new(sink.sender().unwrap());
    Pool::try_builder(move |init: &Init| {
        let next = init.link(lock(&to_sink).try_clone()?).outbox(3);
        let next = next.on_unsent(|n| UNSENT.with_borrow_mut(|all| all.push(n)));
        Ok::<_, windlass_pool::BuildError>(Source { next, is_patient })
    })
}

fn line(sim: &Simulation, of: impl FnOnce(Builder<Source>) -> Builder<Source>) -> Line {
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 1).simulate(sim);
    let sink = sink.build().unwrap();
    let source = of(sources(&sink, false)).simulate(sim).build().unwrap();
    let tx = source.sender().unwrap();
    Line { sink, source, tx }
}

impl Line {
    fn send(&mut self, n: impl IntoIterator<Item = u64>) {
        n.into_iter().for_each(|n| self.tx.send(&0, n).unwrap());
    }

    /// Ends both, from front to back.
    fn end(self) -> (Report<u64>, Report<u64>) {
        (self.source.shutdown(Shutdown::drain()), self.sink.shutdown(Shutdown::drain()))
    }
}

fn all_balanced(reports: &[&Report<u64>]) {
    for report in reports {
        assert!(report.is_balanced(), "{report:?}");
        assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    }
}

#[test]
fn what_a_full_pool_has_no_room_for_lies_in_the_link_and_goes_on_in_order() {
    let sim = Simulation::new(1);
    let mut line = line(&sim, |builder| builder);
    line.sink.pause(0).unwrap();
    line.send(0..6);
    sim.run();
    assert_eq!(REFUSED.take(), [(4, true), (5, true)], "one in the mailbox, three in the link");
    assert_eq!(line.source.stats()[0].handled, 6, "nobody waited");
    line.sink.resume(0).unwrap();
    sim.advance(Duration::from_millis(1));
    assert_eq!(GOT.take(), [0, 1, 2, 3], "nobody sent anything");
    line.send(6..12);
    let (source, sink) = line.end();
    all_balanced(&[&source, &sink]);
    let refused = REFUSED.take();
    let in_order = GOT.take();
    assert!(in_order.is_sorted(), "in order: {in_order:?}");
    let (got, refused) = (in_order.len(), refused.len());
    assert_eq!(got + refused, 6 + 3, "each, and what was said at the end");
    assert_eq!((sink.accepted, source.unsent), (4 + got as u64, 0), "accepted when it arrived");
}

#[test]
fn a_link_says_what_it_has_room_for() {
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 2).simulate(&sim);
    let sink = sink.workers(2).build().unwrap();
    let to_sink = Mutex::new(sink.sender().unwrap());
    let worker = Pool::each(move |init: &Init| {
        let mut next = init.link(lock(&to_sink).try_clone().unwrap()).outbox(2);
        move |n: u64| {
            match n {
                0 => {
                    assert_eq!((next.len(), next.room()), (0, 2), "{next:?}");
                    assert!(next.is_empty(), "nothing");
                    let refused = next.send_to(2, 7).unwrap_err();
                    assert_eq!(refused, TrySendError::Closed(7), "there is no such worker");
                    // One worker, whoever that is.
                    let slot = Slot::of_key(&1_u64);
                    next.send(&1_u64, 0).unwrap();
                    next.send_slot(slot, 1).unwrap();
                    assert_eq!(next.len(), 0, "there was room");
                    next.send_high(&1_u64, 2).unwrap();
                    assert_eq!(next.len(), 0, "in another lane");
                    next.send(&1_u64, 3).unwrap();
                    assert_eq!((next.len(), next.room()), (1, 1), "full");
                    next.send_any(4).unwrap();
                    assert!(!next.is_empty(), "behind the other");
                    let refused = next.send_any(5).unwrap_err();
                    assert_eq!((refused, next.room()), (TrySendError::Full(5), 0), "no room");
                }
                _ => assert_eq!(next.send(&1_u64, 6), Err(TrySendError::Closed(6)), "it is over"),
            }
        }
    });
    let worker = worker.simulate(&sim).build().unwrap();
    let mut tx = worker.sender().unwrap();
    tx.send(&0, 0).unwrap();
    sim.advance(Duration::from_secs(1));
    assert_eq!(GOT.take().len(), 5, "all that were taken");
    assert_eq!(sink.shutdown(Shutdown::drain()).accepted, 5, "once each");
    tx.send(&0, 1).unwrap();
    let report = worker.shutdown(Shutdown::drain());
    assert_eq!((report.panics, report.unsent), (0, 0), "as it should be");
}

#[test]
fn what_a_link_took_goes_on_while_its_worker_is_gone() {
    let sim = Simulation::new(1);
    let mut line =
        line(&sim, |builder| builder.restart(Restart::on_panic().backoff(LONG..2 * LONG)));
    line.sink.pause(0).unwrap();
    line.send([0, 1, 2, PANIC, 3]);
    sim.run();
    assert_eq!(line.source.stats()[0].panics, 1, "it is gone, and waits for an hour");
    line.sink.resume(0).unwrap();
    sim.advance(Duration::from_secs(1));
    assert_eq!(GOT.take(), [0, 1, 2], "what it had sent");
    let (source, sink) = line.end();
    all_balanced(&[&source, &sink]);
    assert_eq!(GOT.take(), [3, LAST, LAST + 1, LAST + 2], "what the next one sent");
}

#[test]
fn a_worker_that_is_built_anew_has_the_link_that_it_had() {
    let sim = Simulation::new(1);
    let mut line = line(&sim, |builder| builder);
    for round in 0..10 {
        line.sink.pause(0).unwrap();
        let from = 10 * round;
        line.send([from, from + 1, PANIC, from + 2, from + 3, from + 4]);
        sim.advance(Duration::from_secs(10));
        assert_eq!(REFUSED.take(), [(from + 4, true)], "the room is that of one link");
        line.sink.resume(0).unwrap();
        sim.advance(Duration::from_secs(1));
        assert_eq!(GOT.take(), [from, from + 1, from + 2, from + 3], "in order");
    }
    let (source, sink) = line.end();
    all_balanced(&[&source, &sink]);
    assert_eq!((source.panics, sink.accepted), (10, 43), "with the three at its end");
}

#[test]
fn links_to_one_pool_are_one_and_one_sender() {
    const DROP: u64 = 100;
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 1).senders(3);
    let sink = sink.simulate(&sim).build().unwrap();
    let to_sink = Mutex::new(sink.sender().unwrap());
    let two = Pool::each(move |init: &Init| {
        let link = || init.link(lock(&to_sink).try_clone().unwrap());
        let mut links = Some((link().outbox(4), link()));
        move |n: u64| {
            let Some((one, two)) = &mut links else { return };
            if n == DROP {
                return links = None;
            }
            one.send_to(0, 2 * n).unwrap();
            two.send_to(0, 2 * n + 1).unwrap();
            assert_eq!((one.len(), one.room()), (two.len(), two.room()), "the same");
        }
    });
    let two = two.simulate(&sim).build().unwrap();
    sink.pause(0).unwrap();
    let mut tx = two.sender().unwrap();
    [0, 1, DROP].into_iter().for_each(|n| tx.send(&0, n).unwrap());
    sim.run();
    let third = sink.sender().unwrap();
    assert!(sink.sender().is_err(), "the link has one, since it has messages");
    sink.resume(0).unwrap();
    sim.advance(Duration::from_millis(1));
    assert_eq!(GOT.take(), [0, 1, 2, 3], "in the order in which they were sent");
    drop((third, sink.sender().unwrap()));
    let report = two.shutdown(Shutdown::drain());
    assert_eq!((report.panics, report.unsent), (0, 0), "all went well");
}

#[test]
fn a_link_that_is_told_of_its_own_messages_is_not_kept_for_ever() {
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).senders(2).simulate(&sim).build().unwrap();
    let to_sink = Mutex::new(Some(sink.sender().unwrap()));
    let worker = Pool::each(move |init: &Init| {
        let sender = lock(&to_sink).take().unwrap();
        let mut again = init.link(sender.try_clone().unwrap());
        let mut link = init.link(sender).on_unsent(move |n| again.send(&n, n).unwrap());
        move |n: u64| link.send(&n, n).unwrap()
    });
    let worker = worker.simulate(&sim).build().unwrap();
    worker.sender().unwrap().send(&0, 1).unwrap();
    let report = worker.shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    drop((sink.sender().unwrap(), sink.sender().unwrap()));
    assert_eq!(sink.shutdown(Shutdown::drain()).handled, 1, "it arrived");
    assert_eq!(GOT.take(), [1], "once");
}

/// Goes on with the pool some time later, while somebody waits.
fn resume_later(sim: &Simulation, pool: &Rc<Pool<Sink>>) {
    let pool = Rc::clone(pool);
    sim.spawn(async move {
        for _ in 0..1_000 {
            Simulation::turn().await;
        }
        pool.resume(0).unwrap();
    });
}

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

#[test]
fn a_worker_that_leaves_its_batch_waits_and_so_does_whoever_sends_to_it() {
    let sim = Simulation::new(1);
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 1).simulate(&sim);
    let sink = Rc::new(sink.build().unwrap());
    let source = sources(&sink, true).mailbox(QosLevel::Guaranteed, 4).batch(2).simulate(&sim);
    let source = source.build().unwrap();
    let mut tx = source.sender().unwrap();
    sink.pause(0).unwrap();
    let mut sent = 0;
    loop {
        sim.advance(Duration::from_millis(1));
        match tx.try_send(&0, sent) {
            Ok(()) => sent += 1,
            Err(refused) => break assert!(refused.is_full(), "{refused:?}"),
        }
    }
    assert_eq!(sent, 1 + 3 + 2 + 4, "one arrived; the link, the hand and the mailbox are full");
    let turns = sim.turns();
    sim.advance(Duration::from_secs(1));
    assert!(sim.turns() - turns < 20_000, "it looks for room, and does not go round in between");
    assert_eq!(source.stats()[0].handled, 4, "and takes nothing");
    source.gather(|_| (), LONG).answers.iter().for_each(|(worker, ())| assert_eq!(*worker, 0));
    resume_later(&sim, &sink);
    tx.send(&0, sent).unwrap();
    let report = source.shutdown(Shutdown::drain());
    all_balanced(&[&report]);
    assert_eq!((report.handled, report.unsent), (11, 0), "all, though it ended meanwhile");
    let full = REFUSED.take();
    assert_eq!(full, [], "whoever asks for room is not refused, also at the end");
    sim.run();
    let got = GOT.take();
    assert_eq!((got.len(), got.is_sorted()), (14, true), "in order: {got:?}");
}
