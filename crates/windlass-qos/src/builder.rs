//! Building a buffer.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use windlass_ring::Wait;
use windlass_sync::sync::Arc;

use crate::error::{BuildError, MAX_CAPACITY, MAX_HANDLES};
use crate::level::{BestEffort, Guaranteed, Level, RealTime, Reliable};
use crate::paths::{ManyToMany, ManyToOne, OneToOne, Paths};
use crate::receiver::Receiver;
use crate::sender::{Sender, WhenFull};
use crate::shared::{OnDrop, Shared};
use crate::stats::DropReason;
use crate::store::{Choice, Limits};

/// Builds a buffer: its level, its capacity, how many use it and how they wait.
///
/// # Examples
///
/// ```
/// use windlass_qos::{Builder, QosLevel, Wait};
///
/// let level: QosLevel = "best_effort".parse()?; // from a configuration
/// let (mut tx, mut rx) = Builder::new(level, 64).many_senders(4).wait(Wait::blocking()).build()?;
/// let mut other = tx.clone();
/// tx.send("one")?;
/// other.send("two")?;
/// drop((tx, other));
/// assert_eq!(rx.iter().collect::<Vec<_>>(), ["one", "two"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<T, L, P = OneToOne> {
    level: L,
    limits: Limits,
    wait: Wait,
    sender_wait: Wait,
    when_full: WhenFull,
    on_drop: Option<OnDrop<T>>,
    paths: PhantomData<P>,
}

impl<T, L: Level> Builder<T, L> {
    /// A buffer of this level for so many messages, with one sender and one receiver.
    pub fn new(level: L, capacity: usize) -> Self {
        Self {
            level,
            limits: Limits { capacity, senders: 1, receivers: 1, origin: 0 },
            wait: Wait::default(),
            sender_wait: Wait::default(),
            when_full: WhenFull::Level,
            on_drop: None,
            paths: PhantomData,
        }
    }

    /// Senders can be cloned, up to `n` at a time.
    pub fn many_senders(self, n: usize) -> Builder<T, L, ManyToOne> {
        self.with_senders(n).with_paths()
    }

    /// Receivers can be cloned, up to `n` at a time; each message goes to one of them.
    pub fn many_receivers(self, n: usize) -> Builder<T, L, ManyToMany> {
        self.with_receivers(n).with_paths()
    }
}

impl<T, L: Level> Builder<T, L, ManyToOne> {
    /// Receivers can be cloned, up to `n` at a time; each message goes to one of them.
    pub fn many_receivers(self, n: usize) -> Builder<T, L, ManyToMany> {
        self.with_receivers(n).with_paths()
    }
}

impl<T, L: Level> Builder<T, L, ManyToMany> {
    /// Senders can be cloned, up to `n` at a time.
    pub fn many_senders(self, n: usize) -> Self {
        self.with_senders(n)
    }
}

impl<T, L: Level, P: Paths> Builder<T, L, P> {
    /// How receivers wait for messages.
    pub fn wait(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// How senders wait for room, where they do.
    pub fn sender_wait(self, sender_wait: Wait) -> Self {
        Self { sender_wait, ..self }
    }

    /// Where a full buffer would overwrite, it drops the new message instead.
    ///
    /// [`Guaranteed`] drops nothing, with this as without. [`Reliable`] tells nothing in line of what was dropped so;
    /// [`Stats::newest`](crate::Stats::newest) counts it. Of this and
    /// [`wait_then_overwrite`](Self::wait_then_overwrite) the one that is called last counts.
    ///
    /// Sending is wait-free with one sender and lock-free with many, as where it overwrites.
    ///
    /// ```
    /// use windlass_qos::{BestEffort, Builder};
    ///
    /// let (mut tx, mut rx) = Builder::new(BestEffort, 2).drop_newest().build()?;
    /// (1..=4).try_for_each(|i| tx.send(i))?;
    /// assert_eq!([rx.recv()?, rx.recv()?], [1, 2]);
    /// assert_eq!(rx.stats().newest, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drop_newest(self) -> Self {
        Self { when_full: WhenFull::DropNewest, ..self }
    }

    /// Where a full buffer would overwrite at once, [`send`](Sender::send) first waits so long for room.
    ///
    /// The other verbs overwrite at once, as they did. [`Guaranteed`] waits as long as it takes, with this
    /// as without. Of this and [`drop_newest`](Self::drop_newest) the one that is called last counts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use windlass_qos::{Builder, Reliable, TryRecvError};
    ///
    /// let patience = Duration::from_millis(1);
    /// let (mut tx, mut rx) = Builder::new(Reliable, 1).wait_then_overwrite(patience).build()?;
    /// tx.send("old")?;
    /// tx.send("new")?; // waits a millisecond, for nobody receives
    /// assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(1)));
    /// assert_eq!(rx.recv()?, "new");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_then_overwrite(self, wait: Duration) -> Self {
        Self { when_full: WhenFull::WaitFirst(wait), ..self }
    }

    /// Calls `on_drop` with each message that nobody gets, and why; without it they are dropped.
    ///
    /// It runs on whichever thread finds the message: the sender that overwrote it, the receiver that
    /// passed over it or that left it behind. The buffer is free for others meanwhile, and stays in
    /// order if the callback panics; the panic goes on to the caller of the verb. What
    /// [`force_send`](Sender::force_send) hands back does not come here.
    pub fn on_drop(self, on_drop: impl Fn(T, DropReason) + Send + Sync + 'static) -> Self {
        Self { on_drop: Some(Box::new(on_drop)), ..self }
    }

    /// Allocates the buffer. Nothing allocates afterwards but cloning a handle.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the capacity is 0 or above 1,000,000, if it is for no sender or no receiver or for
    /// too many, or if the memory is not there.
    pub fn build(self) -> Result<Pair<T, L, P>, BuildError>
    where
        T: Send,
    {
        check(&self.limits)?;
        let qos = self.level.qos();
        let when_full = if qos.overwrites() { self.when_full } else { WhenFull::Level };
        let senders_wait = L::WAITS || matches!(when_full, WhenFull::WaitFirst(_));
        let waiting_senders = if senders_wait { self.limits.senders } else { 0 };
        let store = Choice::open(self.level, &self.limits)?;
        let shared = Shared::new(store, qos, self.limits, waiting_senders, self.on_drop);
        let shared = Arc::new(shared);
        let sender = Sender::first(Arc::clone(&shared), when_full, self.sender_wait)?;
        let receiver = Receiver::first(shared, self.wait)?;
        Ok((sender, receiver))
    }

    fn with_senders(mut self, n: usize) -> Self {
        self.limits.senders = n;
        self
    }

    fn with_receivers(mut self, n: usize) -> Self {
        self.limits.receivers = n;
        self
    }

    fn with_paths<Q>(self) -> Builder<T, L, Q> {
        Builder {
            level: self.level,
            limits: self.limits,
            wait: self.wait,
            sender_wait: self.sender_wait,
            when_full: self.when_full,
            on_drop: self.on_drop,
            paths: PhantomData,
        }
    }
}

pub(crate) fn check(limits: &Limits) -> Result<(), BuildError> {
    let Limits { capacity, senders, receivers, .. } = *limits;
    if capacity == 0 {
        return Err(BuildError::NoCapacity);
    }
    if MAX_CAPACITY < capacity {
        return Err(BuildError::CapacityTooLarge { capacity, max: MAX_CAPACITY });
    }
    if senders == 0 || receivers == 0 {
        return Err(BuildError::NoHandles);
    }
    let handles = senders.max(receivers);
    if MAX_HANDLES < handles {
        return Err(BuildError::TooManyHandles { handles, max: MAX_HANDLES });
    }
    Ok(())
}

impl<T, L: fmt::Debug, P> fmt::Debug for Builder<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("level", &self.level)
            .field("limits", &self.limits)
            .field("when_full", &self.when_full)
            .finish_non_exhaustive()
    }
}

/// A sender and a receiver, and a buffer between them.
pub type Pair<T, L, P = OneToOne> = (Sender<T, L, P>, Receiver<T, L, P>);

/// A buffer whose oldest message makes room, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for a capacity of 0 or above 1,000,000.
pub fn best_effort<T: Send>(capacity: usize) -> Result<Pair<T, BestEffort>, BuildError> {
    Builder::new(BestEffort, capacity).build()
}

/// A buffer whose receiver is told what is missing, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for a capacity of 0 or above 1,000,000.
pub fn reliable<T: Send>(capacity: usize) -> Result<Pair<T, Reliable>, BuildError> {
    Builder::new(Reliable, capacity).build()
}

/// A buffer that loses nothing, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for a capacity of 0 or above 1,000,000.
///
/// # Examples
///
/// ```
/// let (mut tx, mut rx) = windlass_qos::guaranteed(64)?;
/// tx.send("hello")?;
/// assert_eq!(rx.recv()?, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn guaranteed<T: Send>(capacity: usize) -> Result<Pair<T, Guaranteed>, BuildError> {
    Builder::new(Guaranteed, capacity).build()
}

/// A buffer whose receiver gets the freshest first, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for a capacity of 0 or above 1,000,000.
pub fn real_time<T: Send>(capacity: usize) -> Result<Pair<T, RealTime>, BuildError> {
    Builder::new(RealTime, capacity).build()
}
