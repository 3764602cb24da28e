//! Ours, through its public API only, as a reader of the documentation would write it.
//!
//! `windlass` waits by the default, which knows how many cores there are, and polls on the
//! harness's thread. The other names say what else is chosen; nothing is tuned for the harness.

use core::sync::atomic::{AtomicBool, Ordering};

use windlass_ring::{Builder, Exclusive, MultiProducer, Poller, Producer, Ring, Shared, Wait};

use super::{
    BOTH_ENDS, BatchTx, Diamond, FanIn, Link, Managed, ManagedFanIn, ManagedMulticast, Multicast,
    Pipeline, Rx, Tx,
};
use crate::payload::Payload;
use crate::ring::scenarios::work;
use crate::setup::Setup;

/// A poller that waits by the default, Adaptive.
pub struct Windlass;

/// A poller that takes slices.
pub struct WindlassRuns;

/// A poller and a producer that spin.
pub struct WindlassSpin;

/// A poller and a producer that block.
pub struct WindlassBlocking;

/// Stages on threads of the crate, waiting by the default.
pub struct WindlassManaged;

/// A producer, and the ring's own handle where there are stages.
pub struct Publisher<P> {
    producer: P,
    // Dropping the handle lets the stages run until the ring is drained.
    _ring: Option<Box<dyn Send>>,
}

impl<P> Publisher<P> {
    fn alone(producer: P) -> Self {
        Self { producer, _ring: None }
    }

    fn with<E: Send + 'static>((producer, ring): (P, Ring<E>)) -> Self {
        Self { producer, _ring: Some(Box::new(ring)) }
    }
}

impl<P: Payload> Tx<P> for Publisher<Producer<P>> {
    #[inline(always)]
    fn send(&mut self, value: P) {
        let sent = self.producer.publish(move |event| *event = value);
        assert!(sent.is_ok(), "{BOTH_ENDS}");
    }
}

impl<P: Payload> BatchTx<P> for Publisher<Producer<P>> {
    #[inline]
    fn send_batch(&mut self, count: usize, mut make: impl FnMut() -> P) {
        let sent = self.producer.publish_batch(count, |mut slots| {
            slots.iter_mut().for_each(|event| *event = make());
        });
        assert!(sent.is_ok(), "{BOTH_ENDS}");
    }
}

impl Tx<u64> for Publisher<MultiProducer<u64>> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        let sent = self.producer.publish(move |event| *event = value);
        assert!(sent.is_ok(), "{BOTH_ENDS}");
    }
}

macro_rules! poller {
    ($access:ty) => {
        impl<P: Payload> Rx<P> for Poller<P, $access> {
            #[inline]
            fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
                let mut left = count;
                while left > 0 {
                    let mut batch = self.wait().expect(BOTH_ENDS);
                    batch.take_while(|event, _| {
                        each(event);
                        left -= 1;
                        left > 0
                    });
                }
            }
        }
    };
}

poller!(Exclusive);
poller!(Shared);

type Pair<P> = (Publisher<Producer<P>>, Poller<P, Exclusive>);

fn waiting<P: Payload>(setup: &Setup, wait: fn() -> Wait) -> Pair<P> {
    let ring = Builder::new(setup.capacity, || P::of(0)).wait(wait()).producer_wait(wait());
    let ring = ring.stage("consumer").poller_mut();
    let (producer, mut ring) = ring.start().expect("a valid ring");
    let poller = ring.poller_mut("consumer").expect("the only poller");
    (Publisher::alone(producer), poller)
}

impl Link for Windlass {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "poller, default wait (Adaptive)";
    type Tx<P: Payload> = Publisher<Producer<P>>;
    type Rx<P: Payload> = Poller<P, Exclusive>;

    fn open<P: Payload>(setup: &Setup) -> Pair<P> {
        let ends = windlass_ring::one_to_one(setup.capacity, || P::of(0));
        let (producer, poller) = ends.expect("a valid ring");
        (Publisher::alone(producer), poller)
    }
}

impl Link for WindlassSpin {
    const NAME: &'static str = "windlass_spin";
    const NOTE: &'static str = "poller, Wait::busy_spin at both ends";
    type Tx<P: Payload> = Publisher<Producer<P>>;
    type Rx<P: Payload> = Poller<P, Exclusive>;

    fn open<P: Payload>(setup: &Setup) -> Pair<P> {
        waiting(setup, Wait::busy_spin)
    }
}

impl Link for WindlassBlocking {
    const NAME: &'static str = "windlass_blocking";
    const NOTE: &'static str = "poller, Wait::blocking at both ends";
    type Tx<P: Payload> = Publisher<Producer<P>>;
    type Rx<P: Payload> = Poller<P, Exclusive>;

    fn open<P: Payload>(setup: &Setup) -> Pair<P> {
        waiting(setup, Wait::blocking)
    }
}

impl Link for WindlassRuns {
    const NAME: &'static str = "windlass_runs";
    const NOTE: &'static str = "poller that takes slices, default wait (Adaptive)";
    type Tx<P: Payload> = Publisher<Producer<P>>;
    type Rx<P: Payload> = Runs<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (producer, poller) = <Windlass as Link>::open(setup);
        (producer, Runs(poller))
    }
}

/// A poller that takes each batch as slices.
pub struct Runs<P: Payload>(Poller<P, Exclusive>);

impl<P: Payload> Rx<P> for Runs<P> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        let mut left = count;
        while left > 0 {
            let mut batch = self.0.wait().expect(BOTH_ENDS);
            while let Some(run) = batch.next_run() {
                run.iter().for_each(&mut each);
                left -= run.len() as u64;
            }
        }
    }
}

impl FanIn for Windlass {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "many_to_one, poller, default wait (Adaptive)";
    type Tx = Publisher<MultiProducer<u64>>;
    type Rx = Poller<u64, Exclusive>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let ends = windlass_ring::many_to_one(setup.capacity, || 0_u64);
        let (producer, poller) = ends.expect("a valid ring");
        let senders = (0..setup.producers).map(|_| Publisher::alone(producer.clone()));
        (senders.collect(), poller)
    }
}

impl Multicast for Windlass {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "pollers, default wait (Adaptive)";
    type Tx = Publisher<Producer<u64>>;
    type Rx = Poller<u64, Shared>;

    fn open(setup: &Setup) -> (Self::Tx, Vec<Self::Rx>) {
        let names: Vec<String> = (0..setup.consumers).map(|at| format!("consumer {at}")).collect();
        let ring = Builder::new(setup.capacity, || 0_u64);
        let ring = names.iter().fold(ring, |ring, name| ring.stage(name).poller());
        let (producer, mut ring) = ring.start().expect("a valid ring");
        let poller = |name: &String| ring.poller(name).expect("each poller once");
        (Publisher::alone(producer), names.iter().map(poller).collect())
    }
}

impl Managed for WindlassManaged {
    const NAME: &'static str = "windlass_managed";
    const NOTE: &'static str = "a stage on its own thread, default wait (Adaptive)";
    type Tx<P: Payload> = Publisher<Producer<P>>;

    fn start<P: Payload>(setup: &Setup, mut each: impl FnMut(&P) + Send + 'static) -> Self::Tx<P> {
        let ring = Builder::new(setup.capacity, || P::of(0));
        let ring = ring.stage("consumer").each(move |event, _| each(event));
        Publisher::with(ring.start().expect("a valid ring"))
    }
}

impl ManagedFanIn for WindlassManaged {
    const NAME: &'static str = "windlass_managed";
    const NOTE: &'static str = "a stage on its own thread, default wait (Adaptive)";
    type Tx = Publisher<MultiProducer<u64>>;

    fn start(setup: &Setup, mut each: impl FnMut(&u64) + Send + 'static) -> Vec<Self::Tx> {
        let ring = Builder::new(setup.capacity, || 0_u64);
        let ring = ring.stage("consumer").each(move |event, _| each(event));
        let (producer, _) = ring.start_multi().expect("a valid ring");
        (0..setup.producers).map(|_| Publisher::alone(producer.clone())).collect()
    }
}

impl ManagedMulticast for WindlassManaged {
    const NAME: &'static str = "windlass_managed";
    const NOTE: &'static str = "a stage on its own thread each, default wait (Adaptive)";
    type Tx = Publisher<Producer<u64>>;

    fn start<F: FnMut(&u64) + Send + 'static>(setup: &Setup, each: Vec<F>) -> Self::Tx {
        let ring = Builder::new(setup.capacity, || 0_u64);
        let ring = each.into_iter().enumerate().fold(ring, |ring, (at, mut each)| {
            ring.stage(format!("consumer {at}")).each(move |event, _| each(event))
        });
        Publisher::with(ring.start().expect("a valid ring"))
    }
}

/// An event of the pipeline; the stages write it in place.
#[derive(Default)]
pub struct Step {
    operand: u64,
    first: u64,
    second: u64,
}

/// An event of the diamond; two stages share it, so what they write is atomic.
#[derive(Default)]
pub struct Judged {
    value: u64,
    fizz: AtomicBool,
    buzz: AtomicBool,
}

impl Tx<u64> for Publisher<Producer<Step>> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        let sent = self.producer.publish(move |event| event.operand = value);
        assert!(sent.is_ok(), "{BOTH_ENDS}");
    }
}

impl Tx<u64> for Publisher<Producer<Judged>> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        let sent = self.producer.publish(move |event| event.value = value);
        assert!(sent.is_ok(), "{BOTH_ENDS}");
    }
}

impl Pipeline for WindlassManaged {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "stages that write the event in place, default wait (Adaptive)";
    type Tx = Publisher<Producer<Step>>;

    fn start(setup: &Setup, mut last: impl FnMut(u64) + Send + 'static) -> Self::Tx {
        let ring = Builder::new(setup.capacity, Step::default)
            .stage("one")
            .each_mut(|event, _| event.first = work::step_one(event.operand))
            .stage("two")
            .after("one")
            .each_mut(|event, _| event.second = work::step_two(event.first))
            .stage("three")
            .after("two")
            .each_mut(move |event, _| last(event.second));
        Publisher::with(ring.start().expect("a valid ring"))
    }
}

impl Diamond for WindlassManaged {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "stages that write atomics in the event, default wait (Adaptive)";
    type Tx = Publisher<Producer<Judged>>;

    fn start(setup: &Setup, mut last: impl FnMut(bool, bool) + Send + 'static) -> Self::Tx {
        let ring = Builder::new(setup.capacity, Judged::default)
            .stage("fizz")
            .each(|event, _| event.fizz.store(work::fizz(event.value), Ordering::Relaxed))
            .stage("buzz")
            .each(|event, _| event.buzz.store(work::buzz(event.value), Ordering::Relaxed))
            .stage("fizz buzz")
            .after("fizz")
            .after("buzz")
            .each(move |event, _| {
                last(event.fizz.load(Ordering::Relaxed), event.buzz.load(Ordering::Relaxed));
            });
        Publisher::with(ring.start().expect("a valid ring"))
    }
}
