//! `ringbuf`: a single-producer single-consumer ring, one by one and in slices.

use ringbuf::traits::{Consumer as _, Observer as _, Producer as _, Split as _};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::{BatchTx, Link, Retry, Rx, TryPop, TryPush};
use crate::payload::Payload;
use crate::setup::{Relax, Setup};

/// `try_push` and `try_pop`.
pub struct Ringbuf;

/// `try_push`, or `push_iter` for batches; the consumer takes what is there with `pop_iter`.
pub struct RingbufSlices;

impl Link for Ringbuf {
    const NAME: &'static str = "ringbuf";
    const NOTE: &'static str = "try_push and try_pop, spinning";
    type Tx<P: Payload> = Retry<HeapProd<P>>;
    type Rx<P: Payload> = Retry<HeapCons<P>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = HeapRb::new(setup.capacity).split();
        (Retry::new(tx, setup), Retry::new(rx, setup))
    }
}

impl Link for RingbufSlices {
    const NAME: &'static str = "ringbuf_slices";
    const NOTE: &'static str = "try_push or push_iter, and as_slices with skip, spinning";
    type Tx<P: Payload> = Retry<HeapProd<P>>;
    type Rx<P: Payload> = Slices<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = HeapRb::new(setup.capacity).split();
        (Retry::new(tx, setup), Slices { end: rx, relax: setup.relax() })
    }
}

impl<P: Payload> TryPush<P> for HeapProd<P> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        ringbuf::traits::Producer::try_push(self, value)
    }
}

impl<P: Payload> TryPop<P> for HeapCons<P> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        ringbuf::traits::Consumer::try_pop(self)
    }
}

impl<P: Payload> BatchTx<P> for Retry<HeapProd<P>> {
    #[inline]
    fn send_batch(&mut self, count: usize, make: impl FnMut() -> P) {
        while self.end.vacant_len() < count {
            self.relax.pause();
        }
        self.end.push_iter(core::iter::repeat_with(make).take(count));
    }
}

/// A consumer that takes whatever is there as slices.
pub struct Slices<P> {
    end: HeapCons<P>,
    relax: Relax,
}

impl<P: Payload> Rx<P> for Slices<P> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        let mut left = count;
        while left > 0 {
            let (first, second) = self.end.as_slices();
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let there = (first.len() + second.len()).min(most);
            if there == 0 {
                self.relax.pause();
                continue;
            }
            first.iter().chain(second).take(there).for_each(&mut each);
            left -= self.end.skip(there) as u64;
        }
    }
}
