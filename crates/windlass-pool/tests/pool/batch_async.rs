//! Batches as futures.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context as Task, Poll, Waker};
use std::time::Duration;

use windlass_pool::{Faults, Pool, QosLevel, Restart, Shutdown, Simulation};

const LONG: Duration = Duration::from_secs(3_600);

thread_local! {
    static GOT: RefCell<Vec<u64>> = RefCell::default();
}

fn note(n: u64) {
    GOT.with_borrow_mut(|got| got.push(n));
}

#[test]
fn a_batch_that_awaits_room_arrives_in_order_while_slots_move() {
    Simulation::for_each(0..if cfg!(miri) { 2 } else { 200 }, |sim| {
        sim.faults(Faults::none().delays(20.0, Duration::from_micros(500)));
        let capacity = 1 + usize::try_from(sim.below(20)).unwrap();
        let pool = Pool::each(|_| note).workers(3).mailbox(QosLevel::Guaranteed, capacity);
        let pool = pool.simulate(sim).build().unwrap();
        let mut tx = pool.sender().unwrap();
        let sent = Rc::new(Cell::new(0));
        let is_sent = Rc::clone(&sent);
        // It goes on only when it is woken.
        sim.spawn(async move {
            let first = tx.send_batch_async((0..500).map(|n| (n % 7, n))).await.unwrap();
            let second = tx.send_batch_async((500..900).map(|n| (n % 7, n))).await.unwrap();
            is_sent.set(first + second);
        });
        for workers in [2, 4, 1] {
            (0..5).for_each(|_| sim.yield_now());
            pool.resize(workers, LONG).unwrap();
        }
        sim.run();
        assert_eq!(sent.get(), 900, "all, and it was woken for each");
        assert_eq!(pool.shutdown(Shutdown::drain()).handled, 900, "each once");
        let got = GOT.take();
        for key in 0..7 {
            let of_key: Vec<u64> = got.iter().copied().filter(|n| n % 7 == key).collect();
            assert!(of_key.is_sorted(), "key {key} in order: {of_key:?}");
        }
    });
}

#[test]
fn a_batch_that_is_dropped_gives_back_what_it_had_taken_and_not_sent() {
    let sim = Simulation::new(1);
    let pool = Pool::each(|_| note).workers(2).mailbox(QosLevel::Guaranteed, 10).simulate(&sim);
    let pool = pool.build().unwrap();
    let mut tx = pool.sender().unwrap();
    (0..2).for_each(|worker| pool.pause(worker).unwrap());
    sim.run();
    let mut messages = (0..500).map(|n| (n % 7, n));
    {
        let mut sending = pin!(tx.send_batch_async(messages.by_ref()));
        let polled = sending.as_mut().poll(&mut Task::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending), "there is no room");
    }
    let unsent = tx.take_unsent();
    assert!(tx.take_unsent().is_empty(), "once");
    for key in 0..7 {
        assert!(unsent.iter().filter(|n| **n % 7 == key).is_sorted(), "{key} in order: {unsent:?}");
    }
    (0..2).for_each(|worker| pool.resume(worker).unwrap());
    // None of them goes with the next batch.
    sim.block_on(tx.send_batch_async([(0, 1_000)])).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    let mut all = [GOT.take(), unsent, messages.map(|(_, n)| n).collect()].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq((0..500).chain([1_000])), "each is in one place");
}

#[test]
fn a_batch_that_finds_a_worker_gone_gives_back_what_was_for_it() {
    let sim = Simulation::new(1);
    let handle = |n: u64| {
        assert!(n != 13, "as it was told");
        note(n);
    };
    let pool = Pool::each(move |_| handle).workers(2).restart(Restart::never()).simulate(&sim);
    let pool = pool.build().unwrap();
    let mut tx = pool.sender().unwrap();
    tx.send_to(1, 13).unwrap();
    sim.run();
    let unsent = sim.block_on(tx.send_batch_async((100..200).map(|n| (n, n)))).unwrap_err();
    assert_eq!(unsent.sent + unsent.messages.len() as u64, 100, "each");
    assert!(0 < unsent.sent && !unsent.messages.is_empty(), "{unsent:?}");
    assert_eq!(pool.shutdown(Shutdown::drain()).handled, unsent.sent, "the others");
    GOT.take();
}
