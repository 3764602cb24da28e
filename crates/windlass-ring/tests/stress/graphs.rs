//! Graphs of stages, small and crowded.

use windlass_ring::{Batch, Builder, Exclusive, Flow, Handler, Member, Wait};
use windlass_testkit::Seen;

use crate::{CAPACITIES, CROWD, EVENTS};

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
    static DONE: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
    let mut builder = Builder::new(64, || 0_u64);
    for (side, name) in ["left", "right"].into_iter().enumerate() {
        builder = builder.stage(name).each(move |event: &u64, _| {
            // Relaxed: that the stage behind sees it is what the ring promises.
            DONE[side].store(*event + 1, Ordering::Relaxed);
        });
    }
    let (mut producer, ring) = builder
        .stage("end")
        .after("left")
        .after("right")
        .each(move |event: &u64, _| {
            for side in &DONE {
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
