//! A thread for each worker and a channel to it: what a user builds who wants no library.

use core::marker::PhantomData;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};

use super::{Ask, Asked, Handle, One, Tell, Workers, route};
use crate::payload::Payload;
use crate::pin;
use crate::ring::contenders::crossbeam_channel::CrossbeamChannel;
use crate::ring::contenders::{BOTH_ENDS, Link, Retry, Rx, TryPop, TryPush, Tx};
use crate::setup::Setup;

/// Ends a worker.
const STOP: u64 = u64::MAX;

/// A worker on a thread of its own behind a link of the ring's suite.
pub(in crate::pool) struct Thread<L>(PhantomData<L>);

/// The sending end.
pub(in crate::pool) struct ThreadTx<T: Tx<u64>> {
    tx: T,
    thread: Option<JoinHandle<()>>,
}

impl<T: Tx<u64>> Tx<u64> for ThreadTx<T> {
    #[inline]
    fn send(&mut self, value: u64) {
        self.tx.send(value);
    }
}

impl<T: Tx<u64>> Drop for ThreadTx<T> {
    fn drop(&mut self) {
        self.tx.send(STOP);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(!matches!(ended, Some(Err(_))), "the worker panicked");
    }
}

/// Starts a thread that gives each message to `each`.
fn serve<T: Tx<u64>>(
    tx: T,
    mut rx: impl Rx<u64>,
    mut each: impl FnMut(u64) + Send + 'static,
) -> ThreadTx<T> {
    let body = move || {
        let mut value = 0;
        loop {
            rx.take(1, |message| value = *message);
            if value == STOP {
                return;
            }
            each(value);
        }
    };
    // The handler pins its thread when it sees the first message.
    let thread = pin::spawn("worker", None, body).expect("a thread");
    ThreadTx { tx, thread: Some(thread) }
}

impl<L: Link> One for Thread<L> {
    const NAME: &'static str = L::NAME;
    const NOTE: &'static str = L::NOTE;
    const OWN_THREAD: bool = true;
    type Tx = ThreadTx<L::Tx<u64>>;

    fn start<H: Handle>(setup: &Setup, _: usize, mut handler: H) -> Self::Tx {
        let (tx, rx) = L::open::<u64>(setup);
        serve(tx, rx, move |value| {
            handler.handle(value);
        })
    }
}

/// The asking end: the answers come back on a link that the caller keeps.
pub(in crate::pool) struct ThreadAsk<L: Link> {
    worker: ThreadTx<L::Tx<u64>>,
    answers: L::Rx<u64>,
}

impl<L: Link> Asked for Thread<L> {
    const NAME: &'static str = L::NAME;
    const NOTE: &'static str = L::NOTE;
    type Tx<H: Handle> = ThreadAsk<L>;

    fn start<H: Handle>(setup: &Setup, mut handler: H) -> Self::Tx<H> {
        let (tx, rx) = L::open::<u64>(setup);
        let (mut reply, answers) = L::open::<u64>(setup);
        let worker = serve(tx, rx, move |value| reply.send(handler.handle(value)));
        ThreadAsk { worker, answers }
    }
}

impl<L: Link> Ask for ThreadAsk<L> {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        self.worker.send(value);
        let mut answer = 0;
        self.answers.take(1, |value| answer = *value);
        answer
    }
}

/// `crossbeam-channel` whose ends try again instead of parking.
pub(in crate::pool) struct CrossbeamSpin;

impl Link for CrossbeamSpin {
    const NAME: &'static str = "crossbeam-channel_spin";
    const NOTE: &'static str = "bounded, try_send and try_recv in a loop";
    type Tx<P: Payload> = Retry<Sender<P>>;
    type Rx<P: Payload> = Retry<Receiver<P>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let (tx, rx) = crossbeam_channel::bounded(setup.capacity);
        (Retry::new(tx, setup), Retry::new(rx, setup))
    }
}

impl<P: Payload> TryPush<P> for Sender<P> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        match self.try_send(value) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(value)) => Err(value),
            Err(TrySendError::Disconnected(_)) => unreachable!("{BOTH_ENDS}"),
        }
    }
}

impl<P: Payload> TryPop<P> for Receiver<P> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        match self.try_recv() {
            Ok(value) => Some(value),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => unreachable!("{BOTH_ENDS}"),
        }
    }
}

/// `crossbeam-channel` with a `Vec` for each worker of a batch.
pub(in crate::pool) struct CrossbeamVec;

/// The sending end.
pub(in crate::pool) struct VecTx {
    workers: Vec<Sender<Vec<u64>>>,
    threads: Vec<JoinHandle<()>>,
    batches: Vec<Vec<u64>>,
    /// Values of a batch that a worker gets on average.
    share: usize,
}

impl Workers for CrossbeamVec {
    const NAME: &'static str = "crossbeam-channel_vec";
    const NOTE: &'static str = "bounded, one Vec for each worker of a batch, blocking";
    type Tx<H: Handle> = VecTx;

    fn start<H: Handle>(setup: &Setup, handlers: Vec<H>) -> VecTx {
        let share = setup.batch.div_ceil(handlers.len().max(1)).max(1);
        let (workers, threads, batches) = (Vec::new(), Vec::new(), Vec::new());
        let mut all = VecTx { workers, threads, batches, share };
        for mut handler in handlers {
            // A message stands for about as many values as a worker's share of a batch.
            let capacity = (setup.capacity / share).max(1);
            let (tx, rx) = crossbeam_channel::bounded::<Vec<u64>>(capacity);
            let body = move || {
                for value in rx.into_iter().flatten() {
                    handler.handle(value);
                }
            };
            all.threads.push(pin::spawn("worker", None, body).expect("a thread"));
            all.workers.push(tx);
            all.batches.push(all.room());
        }
        all
    }
}

impl VecTx {
    /// Room for nearly all shares, in one allocation.
    fn room(&self) -> Vec<u64> {
        Vec::with_capacity(2 * self.share)
    }

    fn flush(&mut self) {
        for at in 0..self.workers.len() {
            if !self.batches[at].is_empty() {
                let next = self.room();
                let batch = core::mem::replace(&mut self.batches[at], next);
                assert!(self.workers[at].send(batch).is_ok(), "{BOTH_ENDS}");
            }
        }
    }
}

impl Tell for VecTx {
    fn tell(&mut self, key: u64, value: u64) {
        self.tell_batch(&[(key, value)]);
    }

    fn tell_next(&mut self, value: u64) {
        self.tell_batch(&[(value, value)]);
    }

    fn tell_batch(&mut self, batch: &[(u64, u64)]) {
        let workers = self.workers.len();
        for (key, value) in batch {
            self.batches[route(*key, workers)].push(*value);
        }
        self.flush();
    }

    fn tell_all(&mut self, value: u64) {
        self.batches.iter_mut().for_each(|batch| batch.push(value));
        self.flush();
    }
}

impl Drop for VecTx {
    fn drop(&mut self) {
        self.workers.clear();
        for thread in self.threads.drain(..) {
            assert!(thread.join().is_ok(), "the worker panicked");
        }
    }
}

/// The plain channel, for the notes of scenarios that name it.
pub(in crate::pool) type Crossbeam = Thread<CrossbeamChannel>;
