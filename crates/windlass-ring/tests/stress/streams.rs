//! From producers to one consumer, through rings of every size and by every wait.

use std::thread::scope;
use std::time::Duration;

use windlass_ring::{Builder, MultiProducer, Poller, Wait, many_to_one, one_to_one};

use crate::{CAPACITIES, EVENTS};

/// Two words that must always belong together.
type Pair = [u64; 8];

fn pair(i: u64) -> Pair {
    [i, !i, i << 1, i ^ 77, 0, i, !i, i]
}

fn waits() -> Vec<Wait> {
    let mut waits = vec![
        Wait::adaptive(),
        Wait::blocking(),
        Wait::yielding(),
        Wait::sleeping(),
        Wait::phased(Duration::from_micros(1), Duration::from_micros(1), Wait::blocking()),
    ];
    if !cfg!(miri) {
        waits.push(Wait::busy_spin());
    }
    waits
}

/// Reads to the end; checks that events are whole and come as 0, 1, 2 ..
fn in_order(mut poller: Poller<Pair>) -> u64 {
    let mut next = 0;
    while let Ok(mut batch) = poller.wait() {
        batch.for_each(|event, at| {
            assert_eq!(*event, pair(next), "whole, and in order");
            assert_eq!(at.sequence.get(), next);
            next += 1;
        });
    }
    next
}

#[test]
fn one_to_one_arrives_whole_and_in_order() {
    for capacity in CAPACITIES {
        let (mut producer, poller) = one_to_one(capacity, || pair(0)).unwrap();
        scope(|scope| {
            let reader = scope.spawn(move || in_order(poller));
            for i in 0..EVENTS {
                producer.publish(move |event| *event = pair(i)).unwrap();
            }
            drop(producer);
            assert_eq!(reader.join().unwrap(), EVENTS, "capacity {capacity}");
        });
    }
}

#[test]
fn every_wait_strategy_carries_every_event() {
    for (wait, capacity) in waits().into_iter().flat_map(|wait| [(wait.clone(), 1), (wait, 64)]) {
        let builder = Builder::new(capacity, || pair(0)).wait(wait.clone()).producer_wait(wait);
        let (mut producer, mut ring) = builder.stage("a").poller_mut().start().unwrap();
        let poller = ring.poller_mut("a").unwrap();
        // Few where a crowded machine hands the core over once for each event.
        let events = EVENTS / if capacity == 1 { 400 } else { 4 };
        scope(|scope| {
            let reader = scope.spawn(move || in_order(poller));
            for i in 0..events {
                producer.publish(move |event| *event = pair(i)).unwrap();
            }
            drop(producer);
            assert_eq!(reader.join().unwrap(), events);
        });
    }
}

#[test]
fn batches_and_single_events_mix() {
    let (mut producer, poller) = one_to_one(50, || pair(0)).unwrap();
    let capacity = producer.capacity() as u64;
    scope(|scope| {
        let reader = scope.spawn(move || in_order(poller));
        let mut sent = 0;
        while sent < EVENTS {
            let n = sent % capacity + 1;
            producer
                .publish_batch(usize::try_from(n).unwrap(), |mut slots| {
                    slots.iter_mut().zip(sent..).for_each(|(event, i)| *event = pair(i));
                })
                .unwrap();
            sent += n;
            producer.publish(|event| *event = pair(sent)).unwrap();
            sent += 1;
        }
        drop(producer);
        assert_eq!(reader.join().unwrap(), sent);
    });
}

/// Publishes `EVENTS / producers` events of each producer, one by one, in batches, and by claims
/// of which every seventh is given up.
fn produce(mut producer: MultiProducer<[u64; 2]>, number: u64, events: u64) {
    let mut i = 0;
    while i < events {
        match i % 3 {
            0 => {
                producer.publish(|event| *event = [number, i]).unwrap();
                i += 1;
            }
            1 => {
                let n = producer.capacity().min(3).min(usize::try_from(events - i).unwrap());
                producer
                    .publish_batch(n, |mut slots| {
                        slots.iter_mut().zip(i..).for_each(|(event, i)| *event = [number, i]);
                    })
                    .unwrap();
                i += n as u64;
            }
            _ => {
                let mut claim = producer.claim(1).unwrap();
                if i % 7 == 0 {
                    drop(claim);
                    claim = producer.claim(1).unwrap();
                }
                *claim.get_mut(0).unwrap() = [number, i];
                claim.publish();
                i += 1;
            }
        }
    }
}

#[test]
fn four_to_one_keeps_the_order_of_each() {
    for capacity in CAPACITIES {
        let (producer, mut poller) = many_to_one(capacity, || [0_u64; 2]).unwrap();
        let events = if capacity < 1024 { EVENTS / 100 } else { EVENTS / 4 };
        scope(|scope| {
            for number in 0..4 {
                let producer = producer.clone();
                scope.spawn(move || produce(producer, number, events));
            }
            drop(producer);
            let mut next = [0; 4];
            while let Ok(mut batch) = poller.wait() {
                batch.for_each(|&[number, i], _| {
                    let next = &mut next[usize::try_from(number).unwrap()];
                    assert_eq!(i, *next, "of producer {number}");
                    *next += 1;
                });
            }
            assert_eq!(next, [events; 4], "capacity {capacity}");
        });
    }
}
