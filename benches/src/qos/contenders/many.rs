//! Ends that lose nothing, and one sender to many readers.

use tokio::sync::broadcast;
use windlass_qos::{Guaranteed, TryRecvError};

use super::lossy::{Pop, Popped, Push, TokioBroadcast};
use crate::payload::Payload;
use crate::qos::message::Message;
use crate::ring::contenders::windlass::Windlass;
use crate::ring::contenders::{BOTH_ENDS, Link, Rx, Tx};
use crate::setup::Setup;

/// `windlass-ring`, whose name tells it from the buffers here.
pub(in crate::qos) struct RingOfOurs;

impl Link for RingOfOurs {
    const NAME: &'static str = "windlass_ring";
    const NOTE: &'static str = Windlass::NOTE;
    type Tx<P: Payload> = <Windlass as Link>::Tx<P>;
    type Rx<P: Payload> = <Windlass as Link>::Rx<P>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        Windlass::open(setup)
    }
}

/// `windlass-qos`, `Guaranteed`.
pub(in crate::qos) struct WindlassGuaranteed;

impl Link for WindlassGuaranteed {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "Guaranteed, send and recv, default wait (Adaptive)";
    type Tx<P: Payload> = windlass_qos::Sender<P, Guaranteed>;
    type Rx<P: Payload> = windlass_qos::Receiver<P, Guaranteed>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        windlass_qos::guaranteed(setup.capacity).expect("a valid buffer")
    }
}

impl<P: Payload> Tx<P> for windlass_qos::Sender<P, Guaranteed> {
    #[inline(always)]
    fn send(&mut self, value: P) {
        assert!(Self::send(self, value).is_ok(), "{BOTH_ENDS}");
    }
}

impl<P: Payload> Rx<P> for windlass_qos::Receiver<P, Guaranteed> {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            each(&self.recv().expect(BOTH_ENDS));
        }
    }
}

/// One sender, readers that each see everything or are told what they missed.
pub(in crate::qos) trait Broadcast: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx<M: Message>: Push<M>;
    /// A reading end.
    type Rx<M: Message>: Send + 'static;
    /// Opens one reading end for each of `setup.consumers`.
    fn open<M: Message>(setup: &Setup) -> (Self::Tx<M>, Vec<Self::Rx<M>>);
    /// The number of the next message; in place, where the reader need not own it.
    fn read<M: Message>(rx: &mut Self::Rx<M>) -> Popped<u64>;
}

impl Broadcast for TokioBroadcast {
    const NAME: &'static str = "tokio_broadcast";
    const NOTE: &'static str = "sync::broadcast, send and try_recv";
    type Tx<M: Message> = broadcast::Sender<M>;
    type Rx<M: Message> = broadcast::Receiver<M>;

    fn open<M: Message>(setup: &Setup) -> (Self::Tx<M>, Vec<Self::Rx<M>>) {
        let (tx, rx) = broadcast::channel(setup.capacity);
        let more = (1..setup.consumers).map(|_| tx.subscribe());
        let readers = core::iter::once(rx).chain(more.collect::<Vec<_>>()).collect();
        (tx, readers)
    }

    #[inline]
    fn read<M: Message>(rx: &mut Self::Rx<M>) -> Popped<u64> {
        rx.pop().number()
    }
}

/// `windlass-qos`, a broadcast whose messages are read in place.
pub(in crate::qos) struct WindlassBroadcast;

impl Broadcast for WindlassBroadcast {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "broadcast, send and try_recv, read in place";
    type Tx<M: Message> = windlass_qos::broadcast::Sender<M>;
    type Rx<M: Message> = windlass_qos::broadcast::Reader<M>;

    fn open<M: Message>(setup: &Setup) -> (Self::Tx<M>, Vec<Self::Rx<M>>) {
        let builder = windlass_qos::broadcast::Builder::new(setup.capacity);
        let (tx, readers) = builder.readers(setup.consumers).build().expect("a valid broadcast");
        let reader = |_| {
            readers.subscribe(windlass_qos::broadcast::From::Next).expect("as many as it is for")
        };
        let all = (0..setup.consumers).map(reader).collect();
        (tx, all)
    }

    #[inline]
    fn read<M: Message>(rx: &mut Self::Rx<M>) -> Popped<u64> {
        match rx.try_recv() {
            Ok(message) => Popped::Message(message.number()),
            Err(TryRecvError::Lagged(lost)) => Popped::Lost(lost),
            Err(_) => Popped::Nothing,
        }
    }
}

impl<M: Message> Push<M> for windlass_qos::broadcast::Sender<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        assert!(self.send(message).is_ok(), "{BOTH_ENDS}");
        0
    }
}

/// A queue that overwrites for each reader, as a user builds who has nothing else.
pub(in crate::qos) struct QueuePerReader;

/// One queue for each reader.
pub(in crate::qos) struct Queues<M>(Vec<std::sync::Arc<crossbeam_queue::ArrayQueue<M>>>);

impl Broadcast for QueuePerReader {
    const NAME: &'static str = "crossbeam-queue";
    const NOTE: &'static str = "an ArrayQueue for each reader, force_push, built by hand; what is \
                                lost is known to the sender alone";
    type Tx<M: Message> = Queues<M>;
    type Rx<M: Message> = Queues<M>;

    fn open<M: Message>(setup: &Setup) -> (Self::Tx<M>, Vec<Self::Rx<M>>) {
        let queue = || std::sync::Arc::new(crossbeam_queue::ArrayQueue::new(setup.capacity));
        let queues: Vec<_> = (0..setup.consumers).map(|_| queue()).collect();
        let readers = queues.iter().map(|queue| Queues(vec![std::sync::Arc::clone(queue)]));
        let readers = readers.collect();
        (Queues(queues), readers)
    }

    #[inline]
    fn read<M: Message>(rx: &mut Self::Rx<M>) -> Popped<u64> {
        let popped: Popped<M> =
            rx.0.first().and_then(|queue| crossbeam_queue::ArrayQueue::pop(queue)).into();
        popped.number()
    }
}

impl<M: Message> Push<M> for Queues<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        let Some((last, others)) = self.0.split_last() else { return 0 };
        let lost = |queue: &crossbeam_queue::ArrayQueue<M>, message| {
            u64::from(queue.force_push(message).is_some())
        };
        let before: u64 = others.iter().map(|queue| lost(queue, message.clone())).sum();
        before + lost(last, message)
    }
}
