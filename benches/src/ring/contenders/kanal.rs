//! `kanal`: a bounded channel behind a lock, with direct hand-over.

use kanal::{Receiver, Sender, bounded};

use super::{BOTH_ENDS, FanIn, Link, Rx, Tx};
use crate::payload::Payload;
use crate::setup::Setup;

/// `bounded`, with its own blocking `send` and `recv`.
pub struct Kanal;

impl Link for Kanal {
    const NAME: &'static str = "kanal";
    const NOTE: &'static str = "bounded, its own blocking send and recv";
    type Tx<P: Payload> = Sender<P>;
    type Rx<P: Payload> = Receiver<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        bounded(setup.capacity)
    }
}

impl FanIn for Kanal {
    const NAME: &'static str = <Self as Link>::NAME;
    const NOTE: &'static str = <Self as Link>::NOTE;
    type Tx = Sender<u64>;
    type Rx = Receiver<u64>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let (tx, rx) = bounded(setup.capacity);
        (vec![tx; setup.producers], rx)
    }
}

impl<P: Payload> Tx<P> for Sender<P> {
    #[inline(always)]
    fn send(&mut self, value: P) {
        assert!(Self::send(self, value).is_ok(), "{BOTH_ENDS}");
    }
}

impl<P: Payload> Rx<P> for Receiver<P> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            each(&self.recv().expect(BOTH_ENDS));
        }
    }
}
