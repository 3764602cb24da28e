//! `crossfire`: bounded channels with a blocking end each.

use crossfire::{MTx, Rx as Receiver, Tx as Sender, mpsc, spsc};

use super::{BOTH_ENDS, FanIn, Link, Rx, Tx};
use crate::payload::Payload;
use crate::setup::Setup;

/// `bounded_blocking`, for one and for several producers.
pub struct Crossfire;

impl Link for Crossfire {
    const NAME: &'static str = "crossfire";
    const NOTE: &'static str = "spsc::bounded_blocking, backoff detected";
    type Tx<P: Payload> = Sender<spsc::Array<P>>;
    type Rx<P: Payload> = Receiver<spsc::Array<P>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        crossfire::detect_backoff_cfg();
        spsc::bounded_blocking(setup.capacity)
    }
}

impl FanIn for Crossfire {
    const NAME: &'static str = "crossfire";
    const NOTE: &'static str = "mpsc::bounded_blocking, backoff detected";
    type Tx = MTx<mpsc::Array<u64>>;
    type Rx = Receiver<mpsc::Array<u64>>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        crossfire::detect_backoff_cfg();
        let (tx, rx) = mpsc::bounded_blocking(setup.capacity);
        ((0..setup.producers).map(|_| tx.clone()).collect(), rx)
    }
}

impl<P: Payload> Tx<P> for Sender<spsc::Array<P>> {
    #[inline(always)]
    fn send(&mut self, value: P) {
        assert!(Self::send(self, value).is_ok(), "{BOTH_ENDS}");
    }
}

impl<P: Payload> Rx<P> for Receiver<spsc::Array<P>> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            each(&self.recv().expect(BOTH_ENDS));
        }
    }
}

impl Tx<u64> for MTx<mpsc::Array<u64>> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        assert!(Sender::send(self, value).is_ok(), "{BOTH_ENDS}");
    }
}

impl Rx<u64> for Receiver<mpsc::Array<u64>> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&u64)) {
        for _ in 0..count {
            each(&self.recv().expect(BOTH_ENDS));
        }
    }
}
