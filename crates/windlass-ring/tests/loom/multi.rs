//! Several producers: claims, events that are published out of order, and abandoned claims.

use crate::support::{ALL, Event, Words, model, poll, put, ring, ring_of_one, ring_of_two, wait};
use loom::thread;

/// Edges `published`, `released`: events published out of order, also across a lap, arrive whole
/// and once, those of each producer in order.
#[test]
fn two_producers_fill_a_lap_out_of_order() {
    two_fill_a_lap::<Event>();
}

/// Two producers put three events into a ring of two.
pub(crate) fn two_fill_a_lap<E: Words>() {
    model(|| {
        let ring = ring::<E>(2).stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            for n in [10, 11] {
                second.publish(put(n)).unwrap();
            }
            second
        });
        let reading = thread::spawn(move || {
            let seen = poll(&mut reader, 3);
            (reader, seen)
        });
        first.publish(put(20)).unwrap();
        producing.join().unwrap();
        let (_reader, seen) = reading.join().unwrap();
        let second: Vec<u64> = seen.iter().copied().filter(|n| *n != 20).collect();
        assert_eq!(second, [10, 11], "those of one producer are in order");
        assert_eq!(seen.len(), 3, "and that of the other one is there once");
    });
}

/// Edge `published`: a consumer stops at a slot that is claimed and not published, and steps over
/// it when its claim is abandoned.
#[test]
fn an_abandoned_claim_leaves_no_hole() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let abandoning = thread::spawn(move || {
            drop(first.claim(1).unwrap());
            first
        });
        let producing = thread::spawn(move || {
            second.publish(put(1)).unwrap();
            second
        });
        assert_eq!(wait(&mut reader, 1), [1], "the only event");
        drop((abandoning.join().unwrap(), producing.join().unwrap()));
        assert_eq!(wait(&mut reader, ALL), [], "and nothing else");
    });
}

/// Edge `released`: a slot that one producer filled is refilled by another one, after its consumer
/// released it.
#[test]
fn a_producer_reuses_the_slot_of_another_one() {
    model(|| {
        let ring = ring_of_one().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            second.publish(put(1)).unwrap();
            second
        });
        let reading = thread::spawn(move || {
            let seen = poll(&mut reader, 2);
            (reader, seen)
        });
        first.publish(put(2)).unwrap();
        producing.join().unwrap();
        let (_reader, mut seen) = reading.join().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, [1, 2], "each once");
    });
}

/// Edges `last_producer`, `published`: claims that were forgotten are skipped by the last producer
/// that leaves, and nothing that the other one published.
#[test]
fn the_last_producer_skips_what_was_forgotten_and_nothing_else() {
    model(|| {
        let ring = ring_of_two().stage("reader").poller_mut();
        let (mut first, mut ring) = ring.start_multi().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let mut second = first.clone();
        std::mem::forget(first.claim(1).unwrap());
        let producing = thread::spawn(move || {
            second.publish(put(1)).unwrap();
            drop(second);
        });
        drop(first);
        assert_eq!(poll(&mut reader, ALL), [1], "the only event, and the end");
        producing.join().unwrap();
    });
}
