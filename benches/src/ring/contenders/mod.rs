//! Who is measured. One file each; each offers only the topologies its crate supports.

use crate::payload::Payload;
use crate::setup::{Relax, Setup};

pub mod crossbeam_channel;
pub mod crossbeam_queue;
pub mod crossfire;
pub mod disruptor;
pub mod floor;
pub mod flume;
pub mod gil;
pub mod kanal;
pub mod nexus_queue;
pub mod per_consumer;
pub mod ringbuf;
pub mod rtrb;
pub mod std_mpsc;
pub mod windlass;

/// The sending end.
pub trait Tx<P>: Send + 'static {
    /// Sends one message and waits while there is no room.
    fn send(&mut self, value: P);
}

/// A sending end that takes several messages at once.
pub trait BatchTx<P>: Tx<P> {
    /// Sends `count` messages in one go and waits while there is no room for all of them.
    fn send_batch(&mut self, count: usize, make: impl FnMut() -> P);
}

/// The receiving end.
pub trait Rx<P>: Send + 'static {
    /// Receives exactly `count` messages, waiting for each.
    fn take(&mut self, count: u64, each: impl FnMut(&P));
}

/// One producer, one consumer on the harness's thread.
pub trait Link: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx<P: Payload>: Tx<P>;
    /// The receiving end.
    type Rx<P: Payload>: Rx<P>;
    /// Opens a link.
    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>);
}

/// One producer, one consumer on a thread of the contender.
pub trait Managed: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end; its drop waits for the consumer or lets it end.
    type Tx<P: Payload>: Tx<P>;
    /// Starts the consumer.
    fn start<P: Payload>(setup: &Setup, each: impl FnMut(&P) + Send + 'static) -> Self::Tx<P>;
}

/// Several producers, one consumer on the harness's thread.
pub trait FanIn: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// A sending end.
    type Tx: Tx<u64>;
    /// The receiving end.
    type Rx: Rx<u64>;
    /// Opens one sending end for each of `setup.producers`.
    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx);
}

/// Several producers, one consumer on a thread of the contender.
pub trait ManagedFanIn: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// A sending end.
    type Tx: Tx<u64>;
    /// Starts the consumer and opens one sending end for each of `setup.producers`.
    fn start(setup: &Setup, each: impl FnMut(&u64) + Send + 'static) -> Vec<Self::Tx>;
}

/// One producer, every consumer sees everything.
pub trait Multicast: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx: Tx<u64>;
    /// A receiving end.
    type Rx: Rx<u64>;
    /// Opens one receiving end for each of `setup.consumers`.
    fn open(setup: &Setup) -> (Self::Tx, Vec<Self::Rx>);
}

/// One producer, every consumer sees everything, each on a thread of the contender.
pub trait ManagedMulticast: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx: Tx<u64>;
    /// Starts one consumer for each of `each`.
    fn start<F: FnMut(&u64) + Send + 'static>(setup: &Setup, each: Vec<F>) -> Self::Tx;
}

/// Three stages, each of which writes what the next one reads.
pub trait Pipeline: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end; it takes the first operand.
    type Tx: Tx<u64>;
    /// Starts the stages; the last one calls `last` with the result of the second.
    fn start(setup: &Setup, last: impl FnMut(u64) + Send + 'static) -> Self::Tx;
}

/// Two stages side by side and one that joins what they found.
pub trait Diamond: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx: Tx<u64>;
    /// Starts the stages; the last one calls `last` with what both found.
    fn start(setup: &Setup, last: impl FnMut(bool, bool) + Send + 'static) -> Self::Tx;
}

/// A sending end that refuses instead of waiting.
pub trait TryPush<P>: Send + 'static {
    /// Gives the value back where there is no room.
    ///
    /// # Errors
    ///
    /// The value, where there is no room.
    fn try_push(&mut self, value: P) -> Result<(), P>;
}

/// A receiving end that refuses instead of waiting.
pub trait TryPop<P>: Send + 'static {
    /// The next message, if there is one.
    fn try_pop(&mut self) -> Option<P>;
}

/// An end that tries again until it succeeds.
pub struct Retry<T> {
    /// The end of the queue.
    pub end: T,
    /// What to do between two tries.
    pub relax: Relax,
}

impl<T> Retry<T> {
    /// Wraps one end.
    pub fn new(end: T, setup: &Setup) -> Self {
        Self { end, relax: setup.relax() }
    }
}

impl<P: Payload, T: TryPush<P>> Tx<P> for Retry<T> {
    #[inline(always)]
    fn send(&mut self, mut value: P) {
        while let Err(back) = self.end.try_push(value) {
            value = back;
            self.relax.pause();
        }
    }
}

impl<P: Payload, T: TryPop<P>> Rx<P> for Retry<T> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            let value = loop {
                match self.end.try_pop() {
                    Some(value) => break value,
                    None => self.relax.pause(),
                }
            };
            each(&value);
        }
    }
}

/// Where the harness holds both ends, the other one cannot be gone.
pub const BOTH_ENDS: &str = "the harness holds both ends";
