//! External gates, and a ring that is poisoned by one.

use crate::support::{ALL, model, poll, put, ring_of_one, ring_of_two, wait};
use loom::thread;
use windlass_ring::Sequence;
use windlass_sync::sync::Arc;

/// Edges `released`, `event_count`: a stage behind a gate sees an event when the gate has passed it.
#[test]
fn a_stage_sees_what_the_gate_has_passed() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        let moving = thread::spawn(move || {
            // Perhaps ahead of the event, which is claimed and not published.
            let _early = gate.advance_to(Sequence::new(1));
            gate
        });
        let seen = poll_twice(&mut last);
        producing.join().unwrap();
        let gate = moving.join().unwrap();
        let passed = gate.position() == Sequence::new(1);
        assert!(passed || seen.is_empty(), "nothing before the gate has passed it");
        gate.open();
        let rest = poll(&mut last, 1 - seen.len());
        assert_eq!([seen, rest].concat(), [1], "and then the event, once");
    });
}

/// Looks twice. Lets the others go first each time: the one that moves the gate reads its cursor
/// before it writes it, and loom, which goes back to the last access only, tries nothing else then.
fn poll_twice(
    last: &mut windlass_ring::Poller<crate::support::Event, windlass_ring::Exclusive>,
) -> Vec<u64> {
    let mut seen = Vec::new();
    for _ in 0..2 {
        thread::yield_now();
        if let Ok(mut batch) = last.poll() {
            batch.for_each(|event, _| seen.push(crate::support::get(event)));
        }
    }
    seen
}

/// Edge `event_count`: a stage that sleeps is woken when the gate moves, and when it is opened.
#[test]
fn a_gate_wakes_the_stage_behind_it() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let moving = thread::spawn(move || {
            gate.advance_to(Sequence::new(1)).unwrap();
            gate.open();
        });
        assert_eq!(wait(&mut last, 2), [0, 1], "woken for each");
        moving.join().unwrap();
    });
}

/// Edge `released`: two threads that move a gate at once never move it back.
#[test]
fn a_gate_never_moves_back() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = Arc::new(ring.gate("gate").unwrap());
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let moving = thread::spawn({
            let gate = Arc::clone(&gate);
            move || gate.advance_to(Sequence::new(2)).unwrap()
        });
        let _late = gate.advance_to(Sequence::new(1));
        moving.join().unwrap();
        assert_eq!(gate.position(), Sequence::new(2), "the furthest of both");
    });
}

/// Edge `sealed`: a stage behind a gate that is dropped ends, learns why, and is given no event that
/// the gate has not passed, though it leaves.
#[test]
fn a_stage_behind_a_gate_that_failed_gets_nothing() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        producer.publish(put(0)).unwrap();
        let failing = thread::spawn(move || drop(gate));
        assert_eq!(wait(&mut last, ALL), [], "the gate never passed it");
        assert!(last.poison().is_some(), "and it learns why");
        failing.join().unwrap();
    });
}

/// Edges `refused`, `event_count`: a producer that waits for room is refused when the ring is
/// poisoned, and learns why.
#[test]
fn a_poisoned_ring_refuses_a_producer() {
    model(|| {
        let ring = ring_of_one().gate("gate").stage("slow").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        producer.publish(put(0)).unwrap();
        let failing = thread::spawn(move || drop(gate));
        assert!(producer.publish(put(1)).is_err(), "no room was ever made");
        assert!(producer.poison().is_some(), "and it learns why");
        failing.join().unwrap();
    });
}

/// Edges `refused`, `event_count`: the same for one of several producers, and for one that finds
/// room.
#[test]
fn a_poisoned_ring_refuses_one_of_several_producers() {
    model(|| {
        let ring = ring_of_one().gate("gate").stage("slow").poller();
        let (mut producer, mut ring) = ring.start_multi().unwrap();
        let gate = ring.gate("gate").unwrap();
        let failing = thread::spawn(move || drop(gate));
        let refused = (0..2).any(|n| producer.publish(put(n)).is_err());
        assert!(refused, "the second finds no room");
        assert!(producer.poison().is_some(), "and it learns why");
        failing.join().unwrap();
    });
}

/// Edges `sealed`, `event_count`: a consumer that waits for events ends when the ring is poisoned,
/// and learns why.
#[test]
fn a_poisoned_ring_ends_a_consumer() {
    model(|| {
        let ring = ring_of_one().gate("gate").stage("reader").poller();
        let (_producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut reader = ring.poller("reader").unwrap();
        let failing = thread::spawn(move || drop(gate));
        assert_eq!(wait(&mut reader, ALL), [], "no event ever came");
        assert!(reader.poison().is_some(), "and it learns why");
        failing.join().unwrap();
    });
}

/// Edges `published`, `released`: a gate that passed an event hands it on, whoever published it.
#[test]
fn a_gate_hands_on_the_event_that_it_passes() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start_multi().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            producer
        });
        let moving = thread::spawn(move || {
            let passed = gate.advance_to(Sequence::new(1)).is_ok();
            (gate, passed)
        });
        let seen = poll_twice(&mut last);
        producing.join().unwrap();
        let (_gate, passed) = moving.join().unwrap();
        assert!(passed || seen.is_empty(), "nothing before the gate has passed it");
    });
}

/// Edge `event_count`: a stage that sleeps is woken when the gate moves, and not only at its end.
#[test]
fn a_gate_that_stays_wakes_the_stage_behind_it() {
    model(|| {
        let ring = ring_of_two().gate("gate").stage("last").after("gate").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let gate = ring.gate("gate").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        producer.publish(put(0)).unwrap();
        let moving = thread::spawn(move || {
            gate.advance_to(Sequence::new(1)).unwrap();
            gate
        });
        assert_eq!(wait(&mut last, 1), [0], "woken");
        moving.join().unwrap();
    });
}

/// Edge `sealed`: a ring that is closed and poisoned at once is both.
#[test]
fn a_poisoning_survives_a_close_beside_it() {
    model(|| {
        let ring = ring_of_one().gate("gate").stage("reader").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        producer.publish(put(0)).unwrap();
        let gate = ring.gate("gate").unwrap();
        let reader = ring.poller("reader").unwrap();
        let failing = thread::spawn(move || drop(gate));
        ring.close();
        failing.join().unwrap();
        assert!(ring.is_closed() && reader.poison().is_some(), "closed, and with its cause");
    });
}
