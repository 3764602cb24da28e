//! The graphs that the waits are tried in, each made of stages on threads of the ring.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use windlass_ring::{
    Batch, Builder, Flow, Handler, Poison, ProducerOf, Ring, Sequencer, Shared, StageBuilder, Wait,
};

use super::seat::Seat;
use crate::case::Failure;
use crate::pin;
use crate::ring::contenders::BOTH_ENDS;
use crate::ring::scenarios::work;
use crate::setup::Setup;

/// An event. Stages that share it write atomics.
#[derive(Default)]
pub(super) struct Event {
    value: u64,
    /// When it was sent, or due, by the watch.
    from: u64,
    first: AtomicU64,
    second: AtomicU64,
}

/// Who hands events to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topology {
    OneToOne,
    TwoToOne,
    OneToThree,
    Pipeline,
    Diamond,
    Sharing,
}

impl Topology {
    /// All of them.
    pub(super) const ALL: [Self; 6] = [
        Self::OneToOne,
        Self::TwoToOne,
        Self::OneToThree,
        Self::Pipeline,
        Self::Diamond,
        Self::Sharing,
    ];

    /// Its part of an id.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OneToOne => "one_to_one",
            Self::TwoToOne => "two_to_one",
            Self::OneToThree => "one_to_three",
            Self::Pipeline => "pipeline_3",
            Self::Diamond => "diamond_3",
            Self::Sharing => "sharing_3",
        }
    }

    /// Its name in a sentence.
    pub(super) fn short(self) -> &'static str {
        match self {
            Self::OneToOne => "One to one",
            Self::TwoToOne => "Two to one",
            Self::OneToThree => "One to three",
            Self::Pipeline => "Three in a row",
            Self::Diamond => "A diamond",
            Self::Sharing => "Three that share",
        }
    }

    /// What it is, in words.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::OneToOne => "one producer, one stage",
            Self::TwoToOne => "two producers, one stage",
            Self::OneToThree => "one producer, three stages that each see everything",
            Self::Pipeline => "one producer, three stages in a row",
            Self::Diamond => "one producer, two stages side by side and one after both",
            Self::Sharing => "one producer, three members that share the events",
        }
    }

    /// Threads that send.
    pub(super) fn producers(self) -> usize {
        1 + usize::from(self == Self::TwoToOne)
    }

    /// Stages and members, each of which is a thread.
    fn stages(self) -> usize {
        match self {
            Self::OneToOne | Self::TwoToOne => 1,
            _ => 3,
        }
    }

    /// Stages and members after which nobody comes.
    pub(super) fn seats(self) -> usize {
        match self {
            Self::OneToThree | Self::Sharing => 3,
            _ => 1,
        }
    }

    /// How many seats see each event.
    pub(super) fn copies(self) -> u64 {
        if self == Self::OneToThree { 3 } else { 1 }
    }

    /// Threads, cores and capacity.
    pub(super) fn setup(self, cores: &pin::Cores, capacity: usize) -> Setup {
        Setup::new(cores, self.producers(), self.stages(), capacity)
    }

    /// What the seats add up for so many events of one producer, whose values count from 0.
    pub(super) fn expected(self, events: u64) -> u64 {
        let results = (0..events).map(|value| match self {
            Self::Pipeline => work::pipeline(value),
            Self::Diamond => work::diamond(value),
            _ => value,
        });
        results.fold(0, u64::wrapping_add).wrapping_mul(self.copies())
    }

    /// The stages, of which the last ones have these seats.
    pub(super) fn build(self, setup: &Setup, wait: &Wait, seats: Vec<Seat>) -> Builder<Event> {
        let ring = Builder::new(setup.capacity, Event::default);
        let ring = ring.wait(wait.clone()).producer_wait(wait.clone());
        let cores = (0..self.stages()).map(|stage| setup.core(setup.producers + stage));
        let mut seats: Vec<Member> = seats
            .into_iter()
            .zip(cores)
            .map(|(seat, core)| Member { seat, core, result: |event| event.value })
            .collect();
        match self {
            Self::Sharing => {
                let seats = seats.into_iter().map(|seat| Mutex::new(Some(seat)));
                let seats: Vec<_> = seats.collect();
                ring.stage("sharing").members(seats.len()).build_with(move |member| {
                    let seat = seats[member.index].lock();
                    let mut seat = seat.unwrap_or_else(PoisonError::into_inner);
                    seat.take().expect("each member is made once")
                })
            }
            Self::Pipeline => {
                seats.iter_mut().for_each(|last| last.result = third_step);
                let ring = ring.stage("one").each(|event, _| {
                    event.first.store(work::step_one(event.value), Ordering::Relaxed);
                });
                let ring = ring.stage("two").after("one").each(|event, _| {
                    let first = event.first.load(Ordering::Relaxed);
                    event.second.store(work::step_two(first), Ordering::Relaxed);
                });
                last(ring.stage("last").after("two"), seats)
            }
            Self::Diamond => {
                seats.iter_mut().for_each(|last| last.result = both_judged);
                let ring = ring.stage("fizz").each(|event, _| {
                    event.first.store(u64::from(work::fizz(event.value)), Ordering::Relaxed);
                });
                let ring = ring.stage("buzz").each(|event, _| {
                    event.second.store(u64::from(work::buzz(event.value)), Ordering::Relaxed);
                });
                last(ring.stage("last").after("fizz").after("buzz"), seats)
            }
            Self::OneToOne | Self::TwoToOne | Self::OneToThree => seats
                .into_iter()
                .enumerate()
                .fold(ring, |ring, (at, seat)| ring.stage(format!("consumer {at}")).handler(seat)),
        }
    }
}

fn last(stage: StageBuilder<Event>, seats: Vec<Member>) -> Builder<Event> {
    stage.handler(seats.into_iter().next().expect("one seat at the end of a graph"))
}

fn third_step(event: &Event) -> u64 {
    work::step_three(event.second.load(Ordering::Relaxed))
}

fn both_judged(event: &Event) -> u64 {
    let [fizz, buzz] = [&event.first, &event.second].map(|judged| judged.load(Ordering::Relaxed));
    work::fizz_buzz(fizz == 1, buzz == 1)
}

/// A stage or member that has a seat.
struct Member {
    seat: Seat,
    core: Option<core_affinity::CoreId>,
    result: fn(&Event) -> u64,
}

impl Handler<Event, Shared> for Member {
    fn on_start(&mut self) {
        if let Some(core) = self.core {
            pin::pin(core);
        }
    }

    #[inline]
    fn on_batch(&mut self, batch: &mut Batch<'_, Event, Shared>) -> Flow {
        batch.for_each(|event, _| self.seat.see((self.result)(event), event.from));
        Flow::Continue
    }
}

/// Publishes one event that counts from `from`.
#[inline]
pub(super) fn publish<S: Sequencer>(producer: &mut ProducerOf<Event, S>, value: u64, from: u64) {
    let sent = producer.publish(|event| {
        event.value = value;
        event.from = from;
    });
    assert!(sent.is_ok(), "{BOTH_ENDS}");
}

/// Waits until the stages have ended, so that none of them is in the figures of others.
pub(super) fn end(ring: Ring<Event>) -> Result<(), Failure> {
    let panicked = |poison: Poison| Failure::Panicked(format!("stage: {poison}"));
    ring.wait_end().map(drop).map_err(panicked)
}
