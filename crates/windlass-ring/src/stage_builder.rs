//! Describing one stage.

#[cfg(feature = "std")]
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
#[cfg(feature = "std")]
use core::cell::{Cell, RefCell};
use core::marker::PhantomData;

use crate::access::{Access, Exclusive, Shared};
use crate::builder::Builder;
use crate::error::BuildError;
use crate::graph::{Planned, Role};
use crate::stage::Options;
#[cfg(feature = "std")]
use crate::stage::{PanicPolicy, Rewinds};
use crate::wait::Wait;
#[cfg(feature = "std")]
use crate::{
    consumer::At,
    handler::{Each, EachMut, Flow, Handler, Runs, RunsMut},
    stage::{Member, Runner, run},
};
#[cfg(feature = "std")]
use alloc::sync::Arc;
#[cfg(feature = "std")]
use core::time::Duration;
#[cfg(feature = "std")]
use windlass_sync::sync::{Mutex, lock};

/// Describes one stage of a ring; made by [`Builder::stage`].
///
/// Choices first, then the work, which leads back to the builder: `each` and `runs` for closures,
/// `handler` for a [`Handler`](crate::Handler), `build_with` for a handler that is made on its
/// own thread, `poller` for a consumer on a thread of the user's. The verbs with `_mut` get
/// exclusive access: they may change events in place, need only `E: Send`, and the builder checks
/// that no other stage can run beside them.
#[must_use = "a stage is declared by giving it work"]
pub struct StageBuilder<E> {
    builder: Builder<E>,
    name: String,
    after: Vec<String>,
    members: usize,
    options: Options,
}

/// A stage or gate as it was declared.
pub(crate) struct Declared<E> {
    pub(crate) planned: Planned,
    pub(crate) options: Options,
    pub(crate) work: Work<E>,
}

/// Who does the work of a stage.
pub(crate) enum Work<E> {
    /// Nobody: it is a gate.
    Gate,
    /// The user polls.
    Poller(PhantomData<fn(E)>),
    /// A thread of the ring for each member. Without a factory there is work for one only.
    #[cfg(feature = "std")]
    Thread { runner: Runner<E>, factory: bool },
}

impl<E: Send + 'static> StageBuilder<E> {
    pub(crate) fn new(builder: Builder<E>, name: String) -> Self {
        Self { builder, name, after: Vec::new(), members: 1, options: Options::default() }
    }

    /// Sees an event only when the stage, poller or gate of this name has released it. May be
    /// said several times; the other may be declared later.
    pub fn after(mut self, name: impl Into<String>) -> Self {
        self.after.push(name.into());
        self
    }

    /// How this stage waits.
    pub fn wait(mut self, wait: Wait) -> Self {
        self.options.wait = Some(wait);
        self
    }

    /// The most events of a batch; at least 1.
    ///
    /// Slots are released batch by batch: the rest of the ring is the room that producers have
    /// while a batch is handled. So a batch is a quarter of the capacity if not set, and no more
    /// than 1024; in a tiny ring, where that is less than 4, up to 4, but never more than half.
    pub fn max_batch(mut self, events: usize) -> Self {
        self.options.max_batch = Some(events.max(1));
        self
    }

    /// Makes this stage a group of so many members, each on a thread of its own: every event
    /// goes to exactly one of them, and there is no order between members.
    ///
    /// A batch of a group has at most a quarter of the capacity and 16 events if `max_batch` is not
    /// set.
    pub fn members(mut self, members: usize) -> Self {
        self.members = members;
        self
    }

    /// Declares a poller with shared access, to be taken with [`Ring::poller`](crate::Ring::poller).
    pub fn poller(self) -> Builder<E>
    where
        E: Sync,
    {
        self.declare::<Shared>(Work::Poller(PhantomData))
    }

    /// Declares a poller with exclusive access, to be taken with
    /// [`Ring::poller_mut`](crate::Ring::poller_mut).
    pub fn poller_mut(self) -> Builder<E> {
        self.declare::<Exclusive>(Work::Poller(PhantomData))
    }

    fn declare<A: Access>(mut self, work: Work<E>) -> Builder<E> {
        let planned = Planned {
            name: self.name,
            after: self.after,
            role: Role::Consumers(self.members),
            exclusive: A::EXCLUSIVE,
        };
        self.builder.declared.push(Declared { planned, options: self.options, work });
        self.builder
    }
}

#[cfg(feature = "std")]
impl<E: Send + 'static> StageBuilder<E> {
    /// Calls [`Handler::on_timeout`] whenever no event came for so long.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// What becomes of the stage when its handler panics.
    pub fn on_panic(mut self, policy: PanicPolicy) -> Self {
        self.options.on_panic = policy;
        self
    }

    /// How often the stage may answer [`Flow::Rewind`] for the same batch.
    pub fn rewinds(mut self, rewinds: Rewinds) -> Self {
        self.options.rewinds = rewinds;
        self
    }

    /// Reads each event.
    pub fn each<F, R>(self, work: F) -> Builder<E>
    where
        E: Sync,
        F: FnMut(&E, At) -> R + Send + 'static,
        R: Into<Flow> + 'static,
    {
        self.handler(Each(work, PhantomData))
    }

    /// May change each event in place.
    pub fn each_mut<F, R>(self, work: F) -> Builder<E>
    where
        F: FnMut(&mut E, At) -> R + Send + 'static,
        R: Into<Flow> + 'static,
    {
        self.handler_mut(EachMut(work, PhantomData))
    }

    /// Reads events in runs that lie side by side.
    pub fn runs<F, R>(self, work: F) -> Builder<E>
    where
        E: Sync,
        F: FnMut(&[E], At) -> R + Send + 'static,
        R: Into<Flow> + 'static,
    {
        self.handler(Runs(work, PhantomData))
    }

    /// May change events in runs that lie side by side.
    pub fn runs_mut<F, R>(self, work: F) -> Builder<E>
    where
        F: FnMut(&mut [E], At) -> R + Send + 'static,
        R: Into<Flow> + 'static,
    {
        self.handler_mut(RunsMut(work, PhantomData))
    }

    /// Hands batches to a handler with shared access.
    pub fn handler(self, handler: impl Handler<E, Shared> + Send + 'static) -> Builder<E>
    where
        E: Sync,
    {
        self.run_one::<Shared, _>(handler)
    }

    /// Hands batches to a handler with exclusive access.
    pub fn handler_mut(self, handler: impl Handler<E, Exclusive> + Send + 'static) -> Builder<E> {
        self.run_one::<Exclusive, _>(handler)
    }

    /// Hands batches to a handler that `make` makes on the stage's own thread, so that it need
    /// not be `Send`; with shared access. `make` is called for each member, and again by
    /// [`PanicPolicy::Restart`].
    pub fn build_with<H: Handler<E, Shared>>(
        self,
        make: impl Fn(Member) -> H + Send + Sync + 'static,
    ) -> Builder<E>
    where
        E: Sync,
    {
        let runner: Runner<E> = Arc::new(move |work| run::<E, Shared, H>(work, &make));
        self.declare::<Shared>(Work::Thread { runner, factory: true })
    }

    /// As [`build_with`](Self::build_with), with exclusive access.
    pub fn build_with_mut<H: Handler<E, Exclusive>>(
        self,
        make: impl Fn(Member) -> H + Send + Sync + 'static,
    ) -> Builder<E> {
        let runner: Runner<E> = Arc::new(move |work| run::<E, Exclusive, H>(work, &make));
        self.declare::<Exclusive>(Work::Thread { runner, factory: true })
    }

    /// A handler that exists already. There is one, and a restart goes on with it.
    fn run_one<A: Access, H: Handler<E, A> + Send + 'static>(self, handler: H) -> Builder<E> {
        let handler = Mutex::new(Some(handler));
        let runner: Runner<E> = Arc::new(move |work| {
            if let Some(handler) = lock(&handler).take() {
                let kept =
                    Rc::new(Kept { handler: RefCell::new(handler), started: Cell::new(false) });
                run::<E, A, _>(work, move |_| Lent(Rc::clone(&kept)));
            }
        });
        self.declare::<A>(Work::Thread { runner, factory: false })
    }
}

/// A handler that outlives the stage's restarts.
#[cfg(feature = "std")]
struct Kept<H> {
    handler: RefCell<H>,
    started: Cell<bool>,
}

/// The same, from one restart to the next.
#[cfg(feature = "std")]
struct Lent<H>(Rc<Kept<H>>);

#[cfg(feature = "std")]
impl<E, A: Access, H: Handler<E, A>> Handler<E, A> for Lent<H> {
    fn on_start(&mut self) {
        if !self.0.started.replace(true) {
            self.0.handler.borrow_mut().on_start();
        }
    }

    #[inline]
    fn on_batch_start(&mut self, size: usize, depth: usize) {
        self.0.handler.borrow_mut().on_batch_start(size, depth);
    }

    #[inline]
    fn on_batch(&mut self, batch: &mut crate::consumer::Batch<'_, E, A>) -> Flow {
        self.0.handler.borrow_mut().on_batch(batch)
    }

    fn on_timeout(&mut self) {
        self.0.handler.borrow_mut().on_timeout();
    }

    fn on_shutdown(&mut self) {
        self.0.handler.borrow_mut().on_shutdown();
    }
}

impl<E> Declared<E> {
    /// A gate.
    pub(crate) fn gate(name: String) -> Self {
        let planned = Planned { name, after: Vec::new(), role: Role::Gate, exclusive: false };
        Self { planned, options: Options::default(), work: Work::Gate }
    }

    /// How many threads or pollers it has.
    pub(crate) fn members(&self) -> usize {
        match self.planned.role {
            Role::Consumers(members) => members,
            Role::Gate => 0,
        }
    }

    /// What can be said about it alone.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        #[cfg(feature = "std")]
        if let Work::Thread { factory: false, .. } = self.work
            && self.members() > 1
        {
            return Err(BuildError::NeedsFactory { stage: self.planned.name.clone() });
        }
        Ok(())
    }
}

impl<E> core::fmt::Debug for StageBuilder<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("StageBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
