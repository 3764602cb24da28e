//! `rtrb`: a wait-free single-producer single-consumer ring, one by one and in chunks.

use rtrb::chunks::ChunkError;
use rtrb::{Consumer, Producer, PushError, RingBuffer};

use super::{BatchTx, Link, Retry, Rx, TryPop, TryPush};
use crate::payload::Payload;
use crate::setup::{Relax, Setup};

/// `push` and `pop`.
pub struct Rtrb;

/// `push`, or `write_chunk_uninit` for batches; the consumer takes chunks.
pub struct RtrbChunks;

impl Link for Rtrb {
    const NAME: &'static str = "rtrb";
    const NOTE: &'static str = "push and pop, spinning";
    type Tx<P: Payload> = Retry<Producer<P>>;
    type Rx<P: Payload> = Retry<Consumer<P>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = RingBuffer::new(setup.capacity);
        (Retry::new(tx, setup), Retry::new(rx, setup))
    }
}

impl Link for RtrbChunks {
    const NAME: &'static str = "rtrb_chunks";
    const NOTE: &'static str = "push or write_chunk_uninit, and read_chunk, spinning";
    type Tx<P: Payload> = Retry<Producer<P>>;
    type Rx<P: Payload> = Chunks<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = RingBuffer::new(setup.capacity);
        (Retry::new(tx, setup), Chunks { end: rx, relax: setup.relax() })
    }
}

impl<P: Payload> TryPush<P> for Producer<P> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        self.push(value).map_err(|PushError::Full(value)| value)
    }
}

impl<P: Payload> TryPop<P> for Consumer<P> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop().ok()
    }
}

impl<P: Payload> BatchTx<P> for Retry<Producer<P>> {
    #[inline]
    fn send_batch(&mut self, count: usize, mut make: impl FnMut() -> P) {
        loop {
            match self.end.write_chunk_uninit(count) {
                Ok(chunk) => {
                    chunk.fill_from_iter(core::iter::repeat_with(&mut make));
                    return;
                }
                Err(ChunkError::TooFewSlots(_)) => self.relax.pause(),
            }
        }
    }
}

/// A consumer that takes whatever is there as slices.
pub struct Chunks<P> {
    end: Consumer<P>,
    relax: Relax,
}

impl<P: Payload> Rx<P> for Chunks<P> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        let mut left = count;
        while left > 0 {
            let there = self.end.slots().min(usize::try_from(left).unwrap_or(usize::MAX));
            if there == 0 {
                self.relax.pause();
                continue;
            }
            if let Ok(chunk) = self.end.read_chunk(there) {
                let (first, second) = chunk.as_slices();
                first.iter().chain(second).for_each(&mut each);
                chunk.commit_all();
                left -= there as u64;
            }
        }
    }
}
