//! One channel that several threads take from.

use core::marker::PhantomData;
use std::thread::JoinHandle;

use super::{Handle, Tell, Workers};
use crate::pin;
use crate::ring::contenders::BOTH_ENDS;
use crate::setup::Setup;

/// A channel with several receivers.
pub(in crate::pool) trait Channel: 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The sending end.
    type Tx: Send + 'static;
    /// A receiving end; there may be several.
    type Rx: Clone + Send + 'static;
    /// A channel with room for so many.
    fn open(capacity: usize) -> (Self::Tx, Self::Rx);
    /// Waits for room.
    fn send(tx: &Self::Tx, value: u64) -> bool;
    /// Waits for a message, or for the end.
    fn recv(rx: &Self::Rx) -> Option<u64>;
}

/// `crossbeam-channel`.
pub(in crate::pool) struct Crossbeam;

impl Channel for Crossbeam {
    const NAME: &'static str = "crossbeam-channel";
    const NOTE: &'static str = "bounded, one channel for all, blocking";
    type Tx = crossbeam_channel::Sender<u64>;
    type Rx = crossbeam_channel::Receiver<u64>;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        crossbeam_channel::bounded(capacity)
    }

    #[inline]
    fn send(tx: &Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    #[inline]
    fn recv(rx: &Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

/// `flume`.
pub(in crate::pool) struct Flume;

impl Channel for Flume {
    const NAME: &'static str = "flume";
    const NOTE: &'static str = "bounded, one channel for all, blocking";
    type Tx = flume::Sender<u64>;
    type Rx = flume::Receiver<u64>;

    fn open(capacity: usize) -> (Self::Tx, Self::Rx) {
        flume::bounded(capacity)
    }

    #[inline]
    fn send(tx: &Self::Tx, value: u64) -> bool {
        tx.send(value).is_ok()
    }

    #[inline]
    fn recv(rx: &Self::Rx) -> Option<u64> {
        rx.recv().ok()
    }
}

/// Threads that take from one channel.
pub(in crate::pool) struct Threads<C>(PhantomData<C>);

/// The sending end.
pub(in crate::pool) struct SharedTx<C: Channel> {
    tx: Option<C::Tx>,
    threads: Vec<JoinHandle<()>>,
}

impl<C: Channel> Workers for Threads<C> {
    const NAME: &'static str = C::NAME;
    const NOTE: &'static str = C::NOTE;
    type Tx<H: Handle> = SharedTx<C>;

    fn start<H: Handle>(setup: &Setup, handlers: Vec<H>) -> SharedTx<C> {
        let (tx, rx) = C::open(setup.capacity);
        let threads = handlers.into_iter().map(|mut handler| {
            let rx = rx.clone();
            let body = move || {
                while let Some(value) = C::recv(&rx) {
                    handler.handle(value);
                }
            };
            pin::spawn("worker", None, body).expect("a thread")
        });
        SharedTx { threads: threads.collect(), tx: Some(tx) }
    }
}

impl<C: Channel> Tell for SharedTx<C> {
    #[inline]
    fn tell(&mut self, _: u64, value: u64) {
        self.tell_next(value);
    }

    #[inline]
    fn tell_next(&mut self, value: u64) {
        let sent = self.tx.as_ref().is_some_and(|tx| C::send(tx, value));
        assert!(sent, "{BOTH_ENDS}");
    }

    fn tell_all(&mut self, _: u64) {
        unreachable!("a message goes to one of them");
    }
}

impl<C: Channel> Drop for SharedTx<C> {
    fn drop(&mut self) {
        self.tx = None;
        for thread in self.threads.drain(..) {
            assert!(thread.join().is_ok(), "the worker panicked");
        }
    }
}
