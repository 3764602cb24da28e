//! Threads, as many as it takes, and sums that only come out if every event arrived once and whole.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

use std::thread::scope;
use std::time::Duration;

use windlass_ring::{
    Batch, Builder, Exclusive, Flow, From, Handler, Member, MultiProducer, Poller, Wait,
    many_to_one, one_to_one,
};
use windlass_testkit::Seen;

/// Events of a run. The interpreter is some thousand times slower.
const EVENTS: u64 = if cfg!(miri) { 40 } else { 40_000 };
/// Runs where threads come and go.
const VISITS: u64 = if cfg!(miri) { 4 } else { 400 };
/// More than any machine for tests has cores.
const CROWD: usize = if cfg!(miri) { 3 } else { 24 };
/// Tiny rings, where everybody always waits for everybody, and one where nobody does.
const CAPACITIES: [usize; 3] = [1, 2, 1024];

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
        let events = EVENTS / if capacity == 1 { 40 } else { 4 };
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
        let events = if capacity < 1024 { EVENTS / 40 } else { EVENTS / 4 };
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

#[test]
fn multicast_shows_everything_to_everybody() {
    for capacity in CAPACITIES {
        let sums = Seen::new();
        let events = if capacity < 1024 { EVENTS / 40 } else { EVENTS };
        let mut builder = Builder::new(capacity, || 0_u64);
        for name in ["a", "b", "c"] {
            let (sums, mut next) = (sums.clone(), 0);
            builder = builder.stage(name).each(move |event, _| {
                assert_eq!(*event, next, "in order");
                next += 1;
                if next == events {
                    sums.push(name);
                }
            });
        }
        let (mut producer, ring) = builder.start().unwrap();
        for i in 0..events {
            producer.publish(move |event| *event = i).unwrap();
        }
        drop(producer);
        assert!(ring.wait_end().unwrap().drained);
        assert_eq!(sums.take().len(), 3, "capacity {capacity}");
    }
}

#[test]
fn a_pipeline_changes_events_in_place() {
    let sums = Seen::new();
    let (log, mut sum) = (sums.clone(), 0_u64);
    let (mut producer, ring) = Builder::new(64, || [0_u64; 3])
        .stage("one")
        .each_mut(|event: &mut [u64; 3], _| event[1] = event[0] + 1)
        .stage("two")
        .after("one")
        .runs_mut(|events: &mut [[u64; 3]], _| {
            events.iter_mut().for_each(|event| event[2] = event[0] * event[1]);
        })
        .stage("sum")
        .after("two")
        .each(move |event, at| {
            sum = sum.wrapping_add(event[2]);
            if at.sequence.get() == EVENTS - 1 {
                log.push(sum);
            }
        })
        .start()
        .unwrap();
    for i in 0..EVENTS {
        producer.publish(move |event| *event = [i, 0, 0]).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
    let expected = (0..EVENTS).fold(0_u64, |sum, i| sum.wrapping_add(i * (i + 1)));
    assert_eq!(sums.take(), [expected]);
}

#[test]
fn a_diamond_meets_with_all_that_its_sides_have_done() {
    use windlass_sync::atomic::{AtomicU64, Ordering};
    let done: &'static [AtomicU64; 2] = Box::leak(Box::new([AtomicU64::new(0), AtomicU64::new(0)]));
    let mut builder = Builder::new(64, || 0_u64);
    for (side, name) in ["left", "right"].into_iter().enumerate() {
        builder = builder.stage(name).each(move |event: &u64, _| {
            // Relaxed: that the stage behind sees it is what the ring promises.
            done[side].store(*event + 1, Ordering::Relaxed);
        });
    }
    let (mut producer, ring) = builder
        .stage("end")
        .after("left")
        .after("right")
        .each(move |event: &u64, _| {
            for side in done {
                assert!(*event < side.load(Ordering::Relaxed), "before both sides");
            }
        })
        .start()
        .unwrap();
    for i in 0..EVENTS {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    assert!(ring.wait_end().unwrap().drained);
}

/// A member of a group that marks what it got.
struct Marks(u64);

impl Handler<[u64; 2], Exclusive> for Marks {
    fn on_batch(&mut self, batch: &mut Batch<'_, [u64; 2], Exclusive>) -> Flow {
        batch.for_each_mut(|event, _| {
            assert_eq!(event[1], 0, "nobody had it before");
            event[1] = self.0;
        });
        Flow::Continue
    }
}

#[test]
fn a_group_and_those_behind_it_see_each_event_once() {
    for (capacity, wait) in [(1, Wait::blocking()), (8, Wait::blocking()), (1024, Wait::adaptive())]
    {
        let counts = Seen::new();
        let (log, mut next) = (counts.clone(), 0);
        let events = if capacity < 1024 { EVENTS / 10 } else { EVENTS };
        let (mut producer, ring) = Builder::new(capacity, || [0_u64; 2])
            .wait(wait.clone())
            .producer_wait(wait)
            .stage("group")
            .members(3)
            .max_batch(3)
            .build_with_mut(|member: Member| Marks(member.index as u64 + 1))
            .stage("behind")
            .after("group")
            .max_batch(2)
            .each(move |event, _| {
                assert_eq!(event[0], next, "in order");
                assert!((1..=3).contains(&event[1]), "a member had it");
                next += 1;
                log.push(event[1]);
            })
            .start()
            .unwrap();
        for i in 0..events {
            producer.publish(move |event| *event = [i, 0]).unwrap();
        }
        drop(producer);
        assert!(ring.wait_end().unwrap().drained);
        assert_eq!(counts.take().len() as u64, events, "capacity {capacity}");
    }
}

#[test]
fn consumers_join_and_leave_while_producers_run() {
    let (producer, ring) = Builder::new(32, || 0_u64)
        .joiners(3)
        .stage("always")
        .each(|_, _| {})
        .start_multi()
        .unwrap();
    scope(|scope| {
        for _ in 0..2 {
            let mut producer = producer.clone();
            // Ends when the ring is closed.
            scope.spawn(move || while producer.publish(|event| *event += 1).is_ok() {});
        }
        let visitors: Vec<_> = (0..3_u64)
            .map(|visitor| {
                let ring = &ring;
                scope.spawn(move || {
                    for visit in 0..VISITS {
                        let from = if visit % 2 == 0 { From::Next } else { From::Oldest };
                        let mut poller = ring.join(from).unwrap();
                        let mut next = poller.sequence().get();
                        while next % (5 + visitor) != 0 || next == 0 {
                            poller.wait().unwrap().take_while(|_, at| {
                                assert_eq!(at.sequence.get(), next, "no gap, nothing twice");
                                next += 1;
                                at.sequence.get() % 3 != visit % 3
                            });
                        }
                    }
                })
            })
            .collect();
        visitors.into_iter().for_each(|visitor| visitor.join().unwrap());
        ring.close();
    });
    drop(producer);
    assert!(ring.wait_end().unwrap().drained);
}

#[test]
fn more_threads_than_cores_get_on() {
    for wait in [Wait::adaptive(), Wait::blocking()] {
        let ends = Seen::new();
        let mut builder = Builder::new(16, || 0_u64).wait(wait.clone()).producer_wait(wait);
        for i in 0..CROWD {
            let (ends, mut sum) = (ends.clone(), 0);
            let stage = builder.stage(format!("stage {i}"));
            let stage = if i < 2 { stage } else { stage.after(format!("stage {}", i - 2)) };
            builder = stage.each(move |event, at| {
                sum += *event;
                if at.sequence.get() == EVENTS / 40 - 1 {
                    ends.push(sum);
                }
            });
        }
        let (mut producer, ring) = builder.start().unwrap();
        for i in 0..EVENTS / 40 {
            producer.publish(move |event| *event = i).unwrap();
        }
        drop(producer);
        ring.wait_end().unwrap();
        assert_eq!(ends.take(), vec![(0..EVENTS / 40).sum::<u64>(); CROWD]);
    }
}

#[test]
fn closing_at_any_time_loses_nothing_that_was_accepted() {
    for round in 0..VISITS {
        let (producer, mut ring) =
            Builder::new(8, || 0_u64).stage("a").poller().start_multi().unwrap();
        let mut poller = ring.poller("a").unwrap();
        scope(|scope| {
            let senders: Vec<_> = (0..2)
                .map(|_| {
                    let mut producer = producer.clone();
                    scope.spawn(move || {
                        (0..).take_while(|_| producer.publish(|event| *event = 1).is_ok()).count()
                    })
                })
                .collect();
            let reader = scope.spawn(move || {
                let mut seen = 0;
                while let Ok(mut batch) = poller.wait() {
                    batch.for_each(|_, _| seen += 1);
                }
                seen
            });
            if round % 2 == 0 {
                windlass_sync::thread::yield_now();
            }
            ring.close();
            let accepted: usize = senders.into_iter().map(|it| it.join().unwrap()).sum();
            assert_eq!(reader.join().unwrap(), accepted, "accepted, and seen");
        });
    }
}

#[test]
fn closing_the_ring_of_one_producer_loses_nothing_that_was_accepted() {
    for _ in 0..VISITS {
        let (mut producer, mut ring) =
            Builder::new(8, || 0_u64).stage("a").poller().start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        scope(|scope| {
            let sender = scope.spawn(move || {
                (0..).take_while(|_| producer.publish(|event| *event = 1).is_ok()).count()
            });
            let reader = scope.spawn(move || {
                let mut seen = 0;
                while let Ok(mut batch) = poller.wait() {
                    batch.for_each(|_, _| seen += 1);
                }
                seen
            });
            ring.close();
            assert_eq!(reader.join().unwrap(), sender.join().unwrap(), "accepted, and seen");
        });
    }
}
