//! `nexus-queue`: rings for one or several producers and one consumer.

use nexus_queue::{mpsc, spsc};

use super::{FanIn, Link, Retry, TryPop, TryPush};
use crate::payload::Payload;
use crate::setup::Setup;

/// Its rings for one and for several producers.
pub struct NexusQueue;

impl Link for NexusQueue {
    const NAME: &'static str = "nexus-queue";
    const NOTE: &'static str = "spsc, spinning";
    type Tx<P: Payload> = Retry<spsc::Producer<P>>;
    type Rx<P: Payload> = Retry<spsc::Consumer<P>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = spsc::ring_buffer(setup.capacity);
        (Retry::new(tx, setup), Retry::new(rx, setup))
    }
}

impl FanIn for NexusQueue {
    const NAME: &'static str = "nexus-queue";
    const NOTE: &'static str = "mpsc; spinning, yielding with more threads than cores";
    type Tx = Retry<mpsc::Producer<u64>>;
    type Rx = Retry<mpsc::Consumer<u64>>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let (tx, rx) = mpsc::ring_buffer(setup.capacity);
        let ends = (0..setup.producers).map(|_| Retry::new(tx.clone(), setup)).collect();
        (ends, Retry::new(rx, setup))
    }
}

impl<P: Payload> TryPush<P> for spsc::Producer<P> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        self.push(value).map_err(nexus_queue::Full::into_inner)
    }
}

impl<P: Payload> TryPop<P> for spsc::Consumer<P> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop()
    }
}

impl<P: Payload> TryPush<P> for mpsc::Producer<P> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        self.push(value).map_err(nexus_queue::Full::into_inner)
    }
}

impl<P: Payload> TryPop<P> for mpsc::Consumer<P> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop()
    }
}
