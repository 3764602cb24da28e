//! Queues that make room by dropping the oldest, one sender and one receiver.

use core::num::NonZeroUsize;
use std::sync::Arc;

use tokio::sync::broadcast;
use windlass_qos::{BestEffort, RealTime, Receiver, Reliable, Sender, TryRecvError};

use crate::qos::message::Message;
use crate::ring::contenders::BOTH_ENDS;

/// A buffer whose oldest message makes room.
pub(crate) trait Lossy: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// Whether it hands messages out in the order in which they came.
    const IN_ORDER: bool = true;
    /// The sending end.
    type Tx<M: Message>: Push<M>;
    /// The receiving end.
    type Rx<M: Message>: Pop<M>;
    /// Opens a buffer.
    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>);
}

/// The sending end.
pub(crate) trait Push<M>: Send + 'static {
    /// Puts a message in. Returns how many came back for it.
    fn push(&mut self, message: M) -> u64;

    /// How many were dropped that did not come back to anybody, if the buffer counts them itself.
    fn dropped(&self) -> u64 {
        0
    }
}

/// What a receiver finds.
pub(crate) enum Popped<M> {
    /// A message.
    Message(M),
    /// So many were dropped.
    Lost(u64),
    /// Nothing.
    Nothing,
}

impl<M: Message> Popped<M> {
    /// The number in the place of the message.
    #[inline]
    pub(crate) fn number(&self) -> Popped<u64> {
        match self {
            Self::Message(message) => Popped::Message(message.number()),
            Self::Lost(lost) => Popped::Lost(*lost),
            Self::Nothing => Popped::Nothing,
        }
    }
}

/// The receiving end.
pub(crate) trait Pop<M>: Send + 'static {
    /// Takes the next message.
    fn pop(&mut self) -> Popped<M>;
}

impl<M> From<Option<M>> for Popped<M> {
    #[inline]
    fn from(popped: Option<M>) -> Self {
        popped.map_or(Self::Nothing, Self::Message)
    }
}

/// `windlass-qos`, `Reliable`.
pub(crate) struct Windlass;

impl Lossy for Windlass {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "Reliable, force_send and try_recv; what is lost is told in line";
    type Tx<M: Message> = Sender<M, Reliable>;
    type Rx<M: Message> = Receiver<M, Reliable>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        windlass_qos::reliable(capacity).expect("a valid buffer")
    }
}

impl<M: Message> Push<M> for Sender<M, Reliable> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        // What comes back here is told to the receiver as well, and counted there.
        assert!(self.force_send(message).is_ok(), "{BOTH_ENDS}");
        0
    }
}

impl<M: Message> Pop<M> for Receiver<M, Reliable> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        match self.try_recv() {
            Ok(message) => Popped::Message(message),
            Err(TryRecvError::Lagged(lost)) => Popped::Lost(lost),
            Err(_) => Popped::Nothing,
        }
    }
}

/// `windlass-qos`, `BestEffort`.
pub(crate) struct WindlassBestEffort;

impl Lossy for WindlassBestEffort {
    const NAME: &'static str = "windlass_best_effort";
    const NOTE: &'static str = "BestEffort, send and try_recv";
    type Tx<M: Message> = Sender<M, BestEffort>;
    type Rx<M: Message> = Receiver<M, BestEffort>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        windlass_qos::best_effort(capacity).expect("a valid buffer")
    }
}

/// `windlass-qos`, `RealTime`.
pub(crate) struct WindlassRealTime;

impl Lossy for WindlassRealTime {
    const NAME: &'static str = "windlass_real_time";
    const NOTE: &'static str = "RealTime, send and try_recv; the newest comes first";
    const IN_ORDER: bool = false;
    type Tx<M: Message> = Sender<M, RealTime>;
    type Rx<M: Message> = Receiver<M, RealTime>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        windlass_qos::real_time(capacity).expect("a valid buffer")
    }
}

/// The ends of a level that counts what is lost and does not tell it in line.
macro_rules! counted {
    ($level:ty) => {
        impl<M: Message> Push<M> for Sender<M, $level> {
            #[inline]
            fn push(&mut self, message: M) -> u64 {
                assert!(self.send(message).is_ok(), "{BOTH_ENDS}");
                0
            }

            fn dropped(&self) -> u64 {
                self.stats().overwritten
            }
        }

        impl<M: Message> Pop<M> for Receiver<M, $level> {
            #[inline]
            fn pop(&mut self) -> Popped<M> {
                self.try_recv().ok().into()
            }
        }
    };
}

counted!(BestEffort);
counted!(RealTime);

/// `crossbeam-queue`, `force_push`.
pub(crate) struct ArrayQueue;

impl Lossy for ArrayQueue {
    const NAME: &'static str = "crossbeam-queue";
    const NOTE: &'static str = "ArrayQueue, force_push and pop";
    type Tx<M: Message> = Arc<crossbeam_queue::ArrayQueue<M>>;
    type Rx<M: Message> = Arc<crossbeam_queue::ArrayQueue<M>>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        let queue = Arc::new(crossbeam_queue::ArrayQueue::new(capacity));
        (Arc::clone(&queue), queue)
    }
}

impl<M: Message> Push<M> for Arc<crossbeam_queue::ArrayQueue<M>> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        u64::from(self.force_push(message).is_some())
    }
}

impl<M: Message> Pop<M> for Arc<crossbeam_queue::ArrayQueue<M>> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        crossbeam_queue::ArrayQueue::pop(self).into()
    }
}

/// `concurrent-queue`, `force_push`.
pub(crate) struct ConcurrentQueue;

impl Lossy for ConcurrentQueue {
    const NAME: &'static str = "concurrent-queue";
    const NOTE: &'static str = "bounded, force_push and pop";
    type Tx<M: Message> = Arc<concurrent_queue::ConcurrentQueue<M>>;
    type Rx<M: Message> = Arc<concurrent_queue::ConcurrentQueue<M>>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        let queue = Arc::new(concurrent_queue::ConcurrentQueue::bounded(capacity));
        (Arc::clone(&queue), queue)
    }
}

impl<M: Message> Push<M> for Arc<concurrent_queue::ConcurrentQueue<M>> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        u64::from(self.force_push(message).is_ok_and(|back| back.is_some()))
    }
}

impl<M: Message> Pop<M> for Arc<concurrent_queue::ConcurrentQueue<M>> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        concurrent_queue::ConcurrentQueue::pop(self).ok().into()
    }
}

/// `async-channel`, `force_send`.
pub(crate) struct AsyncChannel;

impl Lossy for AsyncChannel {
    const NAME: &'static str = "async-channel";
    const NOTE: &'static str = "bounded, force_send and try_recv";
    type Tx<M: Message> = async_channel::Sender<M>;
    type Rx<M: Message> = async_channel::Receiver<M>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        async_channel::bounded(capacity)
    }
}

impl<M: Message> Push<M> for async_channel::Sender<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        u64::from(self.force_send(message).is_ok_and(|back| back.is_some()))
    }
}

impl<M: Message> Pop<M> for async_channel::Receiver<M> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        self.try_recv().ok().into()
    }
}

/// `ring-channel`.
pub(crate) struct RingChannel;

impl Lossy for RingChannel {
    const NAME: &'static str = "ring-channel";
    const NOTE: &'static str = "send and try_recv";
    type Tx<M: Message> = ring_channel::RingSender<M>;
    type Rx<M: Message> = ring_channel::RingReceiver<M>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        ring_channel::ring_channel(NonZeroUsize::new(capacity).unwrap_or(NonZeroUsize::MIN))
    }
}

impl<M: Message> Push<M> for ring_channel::RingSender<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        u64::from(self.send(message).is_ok_and(|back| back.is_some()))
    }
}

impl<M: Message> Pop<M> for ring_channel::RingReceiver<M> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        self.try_recv().ok().into()
    }
}

/// `tokio`, a broadcast with one receiver.
pub(crate) struct TokioBroadcast;

impl Lossy for TokioBroadcast {
    const NAME: &'static str = "tokio_broadcast";
    const NOTE: &'static str = "sync::broadcast with one receiver, send and try_recv";
    type Tx<M: Message> = broadcast::Sender<M>;
    type Rx<M: Message> = broadcast::Receiver<M>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        broadcast::channel(capacity)
    }
}

impl<M: Message> Push<M> for broadcast::Sender<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        // An error says that there is no receiver, and the harness holds one.
        let _receivers = self.send(message).ok();
        0
    }
}

impl<M: Message> Pop<M> for broadcast::Receiver<M> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        match self.try_recv() {
            Ok(message) => Popped::Message(message),
            Err(broadcast::error::TryRecvError::Lagged(lost)) => Popped::Lost(lost),
            Err(_) => Popped::Nothing,
        }
    }
}
