//! `std::sync::mpsc`: the bounded channel of the standard library.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{BOTH_ENDS, FanIn, Link, Rx, Tx};
use crate::payload::Payload;
use crate::setup::Setup;

/// `sync_channel`, with its own blocking `send` and `recv`.
pub struct StdMpsc;

impl Link for StdMpsc {
    const NAME: &'static str = "std";
    const NOTE: &'static str = "sync_channel, its own blocking send and recv";
    type Tx<P: Payload> = SyncSender<P>;
    type Rx<P: Payload> = Receiver<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        sync_channel(setup.capacity)
    }
}

impl FanIn for StdMpsc {
    const NAME: &'static str = <Self as Link>::NAME;
    const NOTE: &'static str = <Self as Link>::NOTE;
    type Tx = SyncSender<u64>;
    type Rx = Receiver<u64>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let (tx, rx) = sync_channel(setup.capacity);
        (vec![tx; setup.producers], rx)
    }
}

impl<P: Payload> Tx<P> for SyncSender<P> {
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
