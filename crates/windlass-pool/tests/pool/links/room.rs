//! What a link has room for, and that it goes on in order.

use std::rc::Rc;
use std::time::Duration;

use windlass_pool::{Init, Pool, QosLevel, Restart, Shutdown, Simulation, Slot, TrySendError};
use windlass_sync::sync::{Mutex, lock};

use super::{GOT, LAST, LONG, PANIC, REFUSED, Sink, all_balanced, line, resume_later, sources};

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
