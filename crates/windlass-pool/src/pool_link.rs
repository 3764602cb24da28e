//! Sending from a worker into another pool.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::fmt;

use windlass_partition::{Key, Slot};

use crate::context::Context;
use crate::error::TrySendError;
use crate::links::LineTo;
use crate::sender::{Sender, Target};
use crate::shared::Init;
use crate::worker::Worker;

/// A worker's way into another pool; made by [`Init::link`] or [`Context::link`]. It never waits.
///
/// With a [`Sender`] of the other pool a worker waits while a mailbox there is full, and two pools that feed
/// each other then wait for each other for ever. What finds no room by a link lies in its outbox, in order
/// and up to a limit; the worker's thread sends it between batches, and every 200 microseconds while the
/// worker has nothing to do. So no handler waits, each worker goes on with its own mailbox, and however
/// full the pools are, nobody waits for anybody.
///
/// # When the outbox is full
///
/// [`TrySendError::Full`] gives the message back, and the worker decides:
///
/// - it drops the message, or keeps it for later itself;
/// - or it takes no more itself, until there is room: [`room`](Self::room) says how many messages are not
///   refused, and what [`on_batch`](Worker::on_batch) leaves in its batch comes first in the next one. The
///   thread then looks for room every 200 microseconds, and its own mailbox fills up: the pressure goes
///   back to whoever sends to it.
///
/// Limited buffers cannot hold a traffic that grows while it goes round: where each message brings forth
/// more than one for the other pool, some have to be dropped. And where *all* pools of a circle take no more
/// until there is room, a circle that is full moves no more: nobody hangs, control messages are heard and
/// the pools end, but nothing is handled until one of them ends. So at least one of a circle drops or keeps.
///
/// # What becomes of messages
///
/// A message that a link took was accepted by no pool yet; the other pool counts it when it is in a mailbox.
/// It is not lost with a panic: it stays with the thread, and goes on before what the worker sends when it
/// is built anew. A worker that drains or retires ends when its links are empty, within the deadline of the
/// shutdown. Where the other pool has ended, or this one aborts or has given the worker up, or the
/// worker has asked to end by [`Context::stop`], the message is *unsent*: counted by [`Report::unsent`](crate::Report::unsent) of the pool that the worker is of, and handed
/// to [`on_unsent`](Self::on_unsent). So what links took is what arrived and what is unsent.
///
/// All links of a worker to one pool are one, with one outbox: its messages arrive at each worker in the order in
/// which it sent them. A message for a full mailbox holds up those behind it.
///
/// Sending where there is room costs what it costs a [`Sender`]: no lock, and no allocation. Pools end from front
/// to back: what is sent to one that has ended comes back, or is unsent.
///
/// # Examples
///
/// ```
/// use std::sync::Mutex;
///
/// use windlass_pool::{Batch, Context, Pool, PoolLink, Shutdown, Worker};
///
/// struct Sum(u64);
/// # impl Worker for Sum {
/// #     type Message = u64;
/// #     type Control = ();
/// #     type Slot = ();
/// #     fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) { self.0 += n; }
/// # }
/// struct Square {
///     next: PoolLink<Sum>,
/// }
///
/// impl Worker for Square {
///     type Message = u64;
///     type Control = ();
///     type Slot = ();
///
///     fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) {
///         let _sent = self.next.send(&n, n * n);
///     }
///
///     fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
///         while 0 < self.next.room() && let Some(n) = batch.next() {
///             self.on_message(cx, n);
///         }
///     }
/// }
///
/// let sums = Pool::builder(|_| Sum(0)).workers(2).build()?;
/// let to_sums = Mutex::new(sums.sender()?);
/// let squares = Pool::try_builder(move |init| {
///     let sender = to_sums.lock().unwrap().try_clone();
///     sender.map(|sender| Square { next: init.link(sender) })
/// });
/// let squares = squares.workers(2).build()?;
/// let mut tx = squares.sender()?;
/// for n in 0..1000 {
///     tx.send(&n, n)?;
/// }
/// let report = squares.shutdown(Shutdown::drain());
/// assert_eq!((report.handled, report.unsent), (1000, 0));
/// assert_eq!(sums.shutdown(Shutdown::drain()).handled, 1000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PoolLink<W: Worker> {
    line: Rc<LineTo<W>>,
}

impl Init {
    /// A link to the pool of this sender: a worker sends by it and never waits.
    ///
    /// A worker that is built anew gets the link that it had, with what lies in there; the sender is of use
    /// only if it had none. Until then there are both: the other pool needs room for one sender more.
    #[must_use]
    pub fn link<W: Worker>(&self, sender: Sender<W>) -> PoolLink<W> {
        self.links.open(sender)
    }
}

impl<W: Worker> Context<'_, W> {
    /// A link to the pool of this sender, as [`Init::link`]: for pools that come later, or that feed each
    /// other.
    #[must_use]
    pub fn link<O: Worker>(&self, sender: Sender<O>) -> PoolLink<O> {
        self.links.open(sender)
    }
}

impl<W: Worker> PoolLink<W> {
    pub(crate) fn new(line: Rc<LineTo<W>>) -> Self {
        Self { line }
    }

    /// So many messages can wait for room; by default as many as
    /// [`Builder::outbox`](crate::Builder::outbox) says of this worker's own pool.
    #[must_use]
    pub fn outbox(self, messages: usize) -> Self {
        self.line.limit(messages);
        self
    }

    /// What is done with a message that the link took and that nobody takes any more. By default it is
    /// dropped; counted it is anyway.
    ///
    /// It is called on the worker's thread between two calls of the worker, behind its end perhaps, and a
    /// panic costs that message only.
    #[must_use]
    pub fn on_unsent(self, tell: impl FnMut(W::Message) + 'static) -> Self {
        self.line.tell_unsent(Box::new(tell));
        self
    }

    /// Sends to whoever has the key.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back: the outbox is full, or the other pool has ended or the worker
    /// there is gone for good.
    #[inline]
    pub fn send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.line.send(Target::key(key), message)
    }

    /// As [`send`](Self::send), and the worker handles it before what is not high. While it lies in the
    /// outbox it keeps its place.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_high<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.line.send(Target::key(key).high(), message)
    }

    /// Sends to whoever has the slot.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_slot(
        &mut self,
        slot: Slot,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.line.send(Target::of_slot(slot), message)
    }

    /// Sends to one worker.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also if there is no such worker.
    #[inline]
    pub fn send_to(
        &mut self,
        worker: usize,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        self.line.send(Target::worker(worker), message)
    }

    /// Sends to the workers in turn.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_any(&mut self, message: W::Message) -> Result<(), TrySendError<W::Message>> {
        self.line.send(Target::any(), message)
    }

    /// How many messages can be sent now that are not refused for want of room.
    #[must_use]
    pub fn room(&self) -> usize {
        self.line.room()
    }

    /// How many messages wait for room.
    #[must_use]
    pub fn len(&self) -> usize {
        self.line.len()
    }

    /// Whether no message waits for room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.line.len() == 0
    }
}

impl<W: Worker> fmt::Debug for PoolLink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolLink").field("len", &self.len()).finish_non_exhaustive()
    }
}
