//! `windlass-pool`, in the ways in which a user may set it up.

use core::marker::PhantomData;
use core::time::Duration;
use std::sync::{Mutex, PoisonError};
use std::thread::yield_now;

use windlass_pool::reply::{Book, ReplyTo};
use windlass_pool::{
    Context, ControlError, Init, Pool, QosLevel, Sender, Shutdown, Spread, Wait, Worker,
};

use super::{Ask, Asked, Handle, Tell, Workers};
use crate::ring::contenders::BOTH_ENDS;
use crate::setup::Setup;

/// How the ends of a pool wait.
pub(in crate::pool) trait Way: Send + 'static {
    /// The name in the results.
    const NAME: &'static str;
    /// How it is used.
    const NOTE: &'static str;
    /// The wait of workers and senders.
    fn wait() -> Wait;

    /// Who gets what is for any.
    fn spread() -> Spread {
        Spread::RoundRobin
    }
}

/// Workers share a queue, and look into their mailboxes behind each message of it.
pub(in crate::pool) struct SharingOne;

/// Workers share a queue.
pub(in crate::pool) struct Sharing;

/// The emptier of two by chance.
pub(in crate::pool) struct Emptier;

impl Way for SharingOne {
    const NAME: &'static str = "windlass_one";
    const NOTE: &'static str = "send_any, Spread::Shared(1), default waits (Adaptive)";

    fn wait() -> Wait {
        Wait::default()
    }

    fn spread() -> Spread {
        Spread::Shared(1)
    }
}

impl Way for Sharing {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "send_any, Spread::Shared(16), default waits (Adaptive)";

    fn wait() -> Wait {
        Wait::default()
    }

    fn spread() -> Spread {
        Spread::Shared(16)
    }
}

impl Way for Emptier {
    const NAME: &'static str = "windlass_emptier";
    const NOTE: &'static str = "send_any, Spread::Emptier, a mailbox for each worker";

    fn wait() -> Wait {
        Wait::default()
    }

    fn spread() -> Spread {
        Spread::Emptier
    }
}

/// As it comes.
pub(in crate::pool) struct Default;

/// Workers and senders spin.
pub(in crate::pool) struct Spinning;

/// Workers and senders block at once.
pub(in crate::pool) struct Blocking;

impl Way for Default {
    const NAME: &'static str = "windlass";
    const NOTE: &'static str = "default waits (Adaptive)";

    fn wait() -> Wait {
        Wait::default()
    }
}

impl Way for Spinning {
    const NAME: &'static str = "windlass_spin";
    const NOTE: &'static str = "Wait::busy_spin for workers and senders";

    fn wait() -> Wait {
        Wait::busy_spin()
    }
}

impl Way for Blocking {
    const NAME: &'static str = "windlass_blocking";
    const NOTE: &'static str = "Wait::blocking for workers and senders";

    fn wait() -> Wait {
        Wait::blocking()
    }
}

/// A pool with a mailbox of the setup's capacity for each worker.
pub(in crate::pool) struct Windlass<Y>(PhantomData<Y>);

/// A worker that handles messages and control messages in the same way.
pub(in crate::pool) struct Counting<H>(H);

impl<H: Handle> Worker for Counting<H> {
    type Message = u64;
    type Control = u64;
    type Slot = ();

    #[inline]
    fn on_message(&mut self, _: &mut Context<'_, Self>, message: u64) {
        self.0.handle(message);
    }

    #[inline]
    fn on_control(&mut self, _: &mut Context<'_, Self>, control: u64) {
        self.0.handle(control);
    }
}

/// A sender, and the pool that ends when this is dropped.
pub(in crate::pool) struct PoolTx<H: Handle> {
    tx: Sender<Counting<H>>,
    pool: Option<Pool<Counting<H>>>,
}

/// Each worker takes its own handler, on its own thread.
fn open<Y: Way, H: Handle, W: Worker>(
    setup: &Setup,
    handlers: Vec<H>,
    worker: fn(H) -> W,
) -> Pool<W> {
    let workers = handlers.len();
    let handlers: Vec<_> = handlers.into_iter().map(|handler| Mutex::new(Some(handler))).collect();
    let pool = Pool::builder(move |init: &Init| {
        let mut handler = handlers[init.worker].lock().unwrap_or_else(PoisonError::into_inner);
        worker(handler.take().expect("each worker is built once"))
    });
    let pool = pool.workers(workers).mailbox(QosLevel::Guaranteed, setup.capacity);
    let pool = pool.spread(Y::spread()).wait(Y::wait()).sender_wait(Y::wait());
    pool.build().expect("a valid pool")
}

impl<Y: Way> Workers for Windlass<Y> {
    const NAME: &'static str = Y::NAME;
    const NOTE: &'static str = Y::NOTE;
    type Tx<H: Handle> = PoolTx<H>;

    fn start<H: Handle>(setup: &Setup, handlers: Vec<H>) -> PoolTx<H> {
        let pool = open::<Y, H, _>(setup, handlers, Counting);
        PoolTx { tx: pool.sender().expect("the first sender"), pool: Some(pool) }
    }
}

impl<H: Handle> Tell for PoolTx<H> {
    #[inline]
    fn tell(&mut self, key: u64, value: u64) {
        assert!(self.tx.send(&key, value).is_ok(), "{BOTH_ENDS}");
    }

    #[inline]
    fn tell_next(&mut self, value: u64) {
        assert!(self.tx.send_any(value).is_ok(), "{BOTH_ENDS}");
    }

    #[inline]
    fn tell_batch(&mut self, batch: &[(u64, u64)]) {
        assert!(self.tx.send_batch(batch.iter().copied()).is_ok(), "{BOTH_ENDS}");
    }

    fn tell_all(&mut self, value: u64) {
        let Some(pool) = &self.pool else { return };
        while let Err(refused) = pool.broadcast(value) {
            assert!(matches!(refused, ControlError::Full { .. }), "{BOTH_ENDS}");
            yield_now();
        }
    }
}

impl<H: Handle> Drop for PoolTx<H> {
    fn drop(&mut self) {
        let report = self.pool.take().map(|pool| pool.shutdown(Shutdown::drain()));
        let balanced = report.is_none_or(|report| report.is_balanced());
        assert!(balanced, "what was accepted was handled");
    }
}

/// A worker that answers.
pub(in crate::pool) struct Answering<H>(H);

impl<H: Handle> Worker for Answering<H> {
    type Message = (u64, ReplyTo<u64>);
    type Control = ();
    type Slot = ();

    #[inline]
    fn on_message(&mut self, _: &mut Context<'_, Self>, (value, reply): Self::Message) {
        assert!(reply.send(self.0.handle(value)).is_ok(), "{BOTH_ENDS}");
    }
}

/// An asker, and the pool that ends when this is dropped.
pub(in crate::pool) struct AskTx<H: Handle> {
    tx: Sender<Answering<H>>,
    book: Book<u64>,
    pool: Option<Pool<Answering<H>>>,
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

impl<Y: Way> Asked for Windlass<Y> {
    const NAME: &'static str = Y::NAME;
    const NOTE: &'static str = Y::NOTE;
    type Tx<H: Handle> = AskTx<H>;

    fn start<H: Handle>(setup: &Setup, handler: H) -> AskTx<H> {
        let pool = open::<Y, H, _>(setup, vec![handler], Answering);
        let tx = pool.sender().expect("the first sender");
        AskTx { tx, book: Book::with_wait(1, Y::wait(), 2), pool: Some(pool) }
    }
}

impl<H: Handle> Ask for AskTx<H> {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        let Self { tx, book, .. } = self;
        let pending = tx.ask_from(book, &0_u64, PATIENCE, |reply| (value, reply));
        pending.expect("one question at a time").wait().expect(BOTH_ENDS)
    }
}

impl<H: Handle> Drop for AskTx<H> {
    fn drop(&mut self) {
        let report = self.pool.take().map(|pool| pool.shutdown(Shutdown::drain()));
        assert!(report.is_none_or(|report| report.is_balanced()), "what was accepted was handled");
    }
}
