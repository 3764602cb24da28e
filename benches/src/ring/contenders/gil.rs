//! `gil`: rings for one or several producers; spinning, or parking for the waits.

use core::num::NonZeroUsize;

use gil::{mpsc, spsc};

use super::{FanIn, Link, Rx, Tx};
use crate::payload::Payload;
use crate::setup::Setup;

/// Its spinning rings.
pub struct Gil;

/// Its parking ring.
pub struct GilParking;

/// Its several single-producer rings behind one consumer.
pub struct GilSharded;

fn capacity(setup: &Setup) -> NonZeroUsize {
    NonZeroUsize::new(setup.capacity).unwrap_or(NonZeroUsize::MIN)
}

impl Link for Gil {
    const NAME: &'static str = "gil";
    const NOTE: &'static str = "spsc; its own spinning send and recv";
    type Tx<P: Payload> = spsc::Sender<P>;
    type Rx<P: Payload> = spsc::Receiver<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        spsc::channel(capacity(setup))
    }
}

impl Link for GilParking {
    const NAME: &'static str = "gil";
    const NOTE: &'static str = "spsc::parking; its own send and recv, which spin, yield, then park";
    type Tx<P: Payload> = spsc::parking::Sender<P>;
    type Rx<P: Payload> = spsc::parking::Receiver<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        spsc::parking::channel(capacity(setup))
    }
}

impl FanIn for Gil {
    const NAME: &'static str = "gil";
    const NOTE: &'static str = "mpsc; its own send and recv, which spin, then yield";
    type Tx = mpsc::Sender<u64>;
    type Rx = mpsc::Receiver<u64>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let (tx, rx) = mpsc::channel(capacity(setup));
        ((0..setup.producers).map(|_| tx.clone()).collect(), rx)
    }
}

impl FanIn for GilSharded {
    const NAME: &'static str = "gil_sharded";
    const NOTE: &'static str = "mpsc::sharded, a ring of the full capacity for each producer";
    type Tx = mpsc::sharded::Sender<u64>;
    type Rx = mpsc::sharded::Receiver<u64>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let shards = NonZeroUsize::new(setup.producers.next_power_of_two());
        let shards = shards.unwrap_or(NonZeroUsize::MIN);
        let (tx, rx) = mpsc::sharded::channel(shards, capacity(setup));
        let mut ends: Vec<Self::Tx> = (1..setup.producers).filter_map(|_| tx.clone()).collect();
        ends.push(tx);
        assert_eq!(ends.len(), setup.producers, "one shard for each producer");
        (ends, rx)
    }
}

macro_rules! ends {
    ($($module:path),*) => {$(
        const _: () = {
            use $module as module;

            impl<P: Payload> Tx<P> for module::Sender<P> {
                #[inline(always)]
                fn send(&mut self, value: P) {
                    Self::send(self, value);
                }
            }

            impl<P: Payload> Rx<P> for module::Receiver<P> {
                #[inline]
                fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
                    (0..count).for_each(|_| each(&self.recv()));
                }
            }
        };
    )*};
}

ends!(gil::spsc, gil::spsc::parking, gil::mpsc, gil::mpsc::sharded);
