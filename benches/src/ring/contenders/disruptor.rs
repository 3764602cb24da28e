//! `disruptor`: the LMAX pattern in Rust, with managed consumers and with pollers.
//!
//! With a core for each thread it spins as it was made to. With more threads than cores its
//! producers go through `try_publish` and yield, and its consumers wait with a strategy that
//! yields: both are what its own traits allow.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use disruptor::wait_strategies::WaitStrategy;
use disruptor::{
    EventPoller, MultiConsumerBarrier, MultiProducer, MultiProducerBarrier, Producer, Sequence,
    SingleConsumerBarrier, SingleProducer, SingleProducerBarrier, build_multi_producer,
    build_single_producer,
};
use std::thread::yield_now;

use super::{
    BatchTx, Diamond, FanIn, Link, Managed, ManagedFanIn, ManagedMulticast, Multicast, Pipeline,
    Rx, Tx,
};
use crate::payload::Payload;
use crate::ring::scenarios::work;
use crate::setup::{Relax, Setup};

/// Consumers on threads of the crate.
pub struct Disruptor;

/// Consumers polled on threads of the harness.
pub struct DisruptorPoller;

/// Spins, or yields where threads have to share cores.
#[derive(Clone, Copy)]
pub struct Patience(Relax);

impl WaitStrategy for Patience {
    #[inline]
    fn wait_for(&self, _: Sequence) {
        match self.0 {
            // Its own BusySpin does nothing here either.
            Relax::Spin => {}
            Relax::Yield => yield_now(),
        }
    }
}

/// A producer that spins inside the crate, or tries and yields.
pub struct Publisher<D> {
    producer: D,
    relax: Relax,
}

impl<D> Publisher<D> {
    fn new(producer: D, setup: &Setup) -> Self {
        Self { producer, relax: setup.relax() }
    }

    #[inline]
    fn publish<E>(&mut self, write: impl Fn(&mut E))
    where
        D: Producer<E>,
    {
        match self.relax {
            Relax::Spin => self.producer.publish(write),
            Relax::Yield => {
                while self.producer.try_publish(&write).is_err() {
                    yield_now();
                }
            }
        }
    }
}

impl<P: Payload, D: Producer<P> + Send + 'static> Tx<P> for Publisher<D> {
    #[inline(always)]
    fn send(&mut self, value: P) {
        // Its closure is an `Fn`, which cannot give the value away.
        self.publish(|event: &mut P| event.clone_from(&value));
    }
}

impl<P: Payload, D: Producer<P> + Send + 'static> BatchTx<P> for Publisher<D> {
    #[inline]
    fn send_batch(&mut self, count: usize, mut make: impl FnMut() -> P) {
        // Only used with a core for each thread; the crate spins until the batch fits.
        self.producer.batch_publish(count, |events| {
            for event in events {
                *event = make();
            }
        });
    }
}

/// A poller that spins or yields while there is nothing.
pub struct Poller<P, B> {
    poller: EventPoller<P, B>,
    relax: Relax,
}

macro_rules! poller {
    ($barrier:ty) => {
        impl<P: Payload> Rx<P> for Poller<P, $barrier> {
            #[inline]
            fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
                let mut left = count;
                while left > 0 {
                    match self.poller.take(left) {
                        Ok(mut guard) => {
                            for event in &mut guard {
                                each(event);
                                left -= 1;
                            }
                        }
                        Err(_) => self.relax.pause(),
                    }
                }
            }
        }
    };
}

poller!(SingleProducerBarrier);
poller!(MultiProducerBarrier);

type Single<P> = Publisher<SingleProducer<P, SingleConsumerBarrier>>;
type SingleToMany<P> = Publisher<SingleProducer<P, MultiConsumerBarrier>>;
type Multi = Publisher<MultiProducer<u64, SingleConsumerBarrier>>;

impl Managed for Disruptor {
    const NAME: &'static str = "disruptor";
    const NOTE: &'static str = "managed consumer, BusySpin";
    type Tx<P: Payload> = Single<P>;

    fn start<P: Payload>(setup: &Setup, mut each: impl FnMut(&P) + Send + 'static) -> Single<P> {
        let wait = Patience(setup.relax());
        let ring = build_single_producer(setup.capacity, || P::of(0), wait);
        let ring = ring.handle_events_with(move |event: &P, _, _| each(event));
        Publisher::new(ring.build(), setup)
    }
}

impl Link for DisruptorPoller {
    const NAME: &'static str = "disruptor_poller";
    const NOTE: &'static str = "event poller, with a spin hint between empty polls";
    type Tx<P: Payload> = Single<P>;
    type Rx<P: Payload> = Poller<P, SingleProducerBarrier>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let relax = setup.relax();
        let ring = build_single_producer(setup.capacity, || P::of(0), Patience(relax));
        let (poller, ring) = ring.new_event_poller();
        (Publisher::new(ring.build(), setup), Poller { poller, relax })
    }
}

impl ManagedFanIn for Disruptor {
    const NAME: &'static str = "disruptor";
    const NOTE: &'static str = "managed consumer; yields with more threads than cores";
    type Tx = Multi;

    fn start(setup: &Setup, mut each: impl FnMut(&u64) + Send + 'static) -> Vec<Multi> {
        let ring = build_multi_producer(setup.capacity, || 0_u64, Patience(setup.relax()));
        let ring = ring.handle_events_with(move |event: &u64, _, _| each(event));
        clones(&ring.build(), setup)
    }
}

impl FanIn for DisruptorPoller {
    const NAME: &'static str = "disruptor_poller";
    const NOTE: &'static str = "event poller; yields with more threads than cores";
    type Tx = Multi;
    type Rx = Poller<u64, MultiProducerBarrier>;

    fn open(setup: &Setup) -> (Vec<Multi>, Self::Rx) {
        let relax = setup.relax();
        let ring = build_multi_producer(setup.capacity, || 0_u64, Patience(relax));
        let (poller, ring) = ring.new_event_poller();
        (clones(&ring.build(), setup), Poller { poller, relax })
    }
}

fn clones(producer: &MultiProducer<u64, SingleConsumerBarrier>, setup: &Setup) -> Vec<Multi> {
    (0..setup.producers).map(|_| Publisher::new(producer.clone(), setup)).collect()
}

impl ManagedMulticast for Disruptor {
    const NAME: &'static str = "disruptor";
    const NOTE: &'static str = "managed consumers; yields with more threads than cores";
    type Tx = SingleToMany<u64>;

    fn start<F: FnMut(&u64) + Send + 'static>(setup: &Setup, each: Vec<F>) -> Self::Tx {
        let wait = Patience(setup.relax());
        let ring = build_single_producer(setup.capacity, || 0_u64, wait).with_multi_consumer();
        let ring = each.into_iter().fold(ring, |ring, mut each| {
            ring.handle_events_with(move |event: &u64, _, _| each(event))
        });
        Publisher::new(ring.build(), setup)
    }
}

impl Multicast for DisruptorPoller {
    const NAME: &'static str = "disruptor_poller";
    const NOTE: &'static str = "event pollers; yields with more threads than cores";
    type Tx = SingleToMany<u64>;
    type Rx = Poller<u64, SingleProducerBarrier>;

    fn open(setup: &Setup) -> (Self::Tx, Vec<Self::Rx>) {
        let relax = setup.relax();
        let ring = build_single_producer(setup.capacity, || 0_u64, Patience(relax));
        let mut ring = ring.with_multi_consumer();
        let mut pollers = Vec::new();
        for _ in 0..setup.consumers {
            let (poller, next) = ring.new_event_poller();
            pollers.push(Poller { poller, relax });
            ring = next;
        }
        (Publisher::new(ring.build(), setup), pollers)
    }
}

/// An event of the pipeline; stages only get `&E`, so what they write is atomic.
#[derive(Default)]
pub struct Step {
    operand: u64,
    first: AtomicU64,
    second: AtomicU64,
}

/// An event of the diamond.
#[derive(Default)]
pub struct Judged {
    value: u64,
    fizz: AtomicBool,
    buzz: AtomicBool,
}

impl<D: Producer<Step> + Send + 'static> Tx<u64> for Stages<D, Step> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        self.publisher.publish(|event: &mut Step| event.operand = value);
    }
}

impl<D: Producer<Judged> + Send + 'static> Tx<u64> for Stages<D, Judged> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        self.publisher.publish(|event: &mut Judged| event.value = value);
    }
}

/// A producer in front of a graph.
pub struct Stages<D, E> {
    publisher: Publisher<D>,
    event: core::marker::PhantomData<fn() -> E>,
}

impl<D, E> Stages<D, E> {
    fn new(producer: D, setup: &Setup) -> Self {
        let publisher = Publisher::new(producer, setup);
        Self { publisher, event: core::marker::PhantomData }
    }
}

impl Pipeline for Disruptor {
    const NAME: &'static str = "disruptor";
    const NOTE: &'static str = "managed stages that write atomics in the event";
    type Tx = Stages<SingleProducer<Step, SingleConsumerBarrier>, Step>;

    fn start(setup: &Setup, mut last: impl FnMut(u64) + Send + 'static) -> Self::Tx {
        let ring = build_single_producer(setup.capacity, Step::default, Patience(setup.relax()));
        let ring = ring.handle_events_with(|event: &Step, _, _| {
            event.first.store(work::step_one(event.operand), Ordering::Relaxed);
        });
        let ring = ring.and_then().handle_events_with(|event: &Step, _, _| {
            let first = event.first.load(Ordering::Relaxed);
            event.second.store(work::step_two(first), Ordering::Relaxed);
        });
        let ring = ring.and_then().handle_events_with(move |event: &Step, _, _| {
            last(event.second.load(Ordering::Relaxed));
        });
        Stages::new(ring.build(), setup)
    }
}

impl Diamond for Disruptor {
    const NAME: &'static str = "disruptor";
    const NOTE: &'static str = "managed stages that write atomics in the event";
    type Tx = Stages<SingleProducer<Judged, SingleConsumerBarrier>, Judged>;

    fn start(setup: &Setup, mut last: impl FnMut(bool, bool) + Send + 'static) -> Self::Tx {
        let ring = build_single_producer(setup.capacity, Judged::default, Patience(setup.relax()));
        let ring = ring.handle_events_with(|event: &Judged, _, _| {
            event.fizz.store(work::fizz(event.value), Ordering::Relaxed);
        });
        let ring = ring.handle_events_with(|event: &Judged, _, _| {
            event.buzz.store(work::buzz(event.value), Ordering::Relaxed);
        });
        let ring = ring.and_then().handle_events_with(move |event: &Judged, _, _| {
            last(event.fizz.load(Ordering::Relaxed), event.buzz.load(Ordering::Relaxed));
        });
        Stages::new(ring.build(), setup)
    }
}
