//! Describing a ring: its slots, its stages, and who waits for whom.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use windlass_sync::sync::Arc;
use windlass_sync::{CachePadded, EventCount};

use crate::access::Exclusive;
use crate::consumer::Poller;
use crate::error::BuildError;
use crate::graph::{Graph, Plan, Planned};
use crate::head::Head;
use crate::life::Life;
use crate::producer::{
    Multi, MultiProducer, Producer, ProducerOf, Sequencer, Single, producer_key,
};
use crate::ring::{Ring, Seats};
use crate::sequence::Sequence;
use crate::slots::{Marking, Storage};
use crate::stage_builder::{Declared, StageBuilder};
use crate::state::State;
use crate::wait::{Pacer, Wait};

/// Parties beyond the known ones for which room is kept in the queues of sleepers: clones of a
/// producer. More may wait; then a queue grows once.
const SPARE_WAITERS: usize = 16;

/// Each consumer keeps room for every other one to sleep at it, so memory grows with the square.
const MAX_CONSUMERS: usize = 1024;

/// Describes a ring, and starts it.
///
/// Nothing runs before [`start`](Self::start); a builder that is dropped leaves nothing behind.
///
/// # Examples
///
/// A diamond: two stages beside each other, and one behind both.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use windlass_ring::Builder;
///
/// static SUM: AtomicU64 = AtomicU64::new(0);
///
/// let (mut producer, ring) = Builder::new(1024, || 0_u64)
///     .stage("journal").each(|event, _| assert!(*event > 0))
///     .stage("replicate").each(|event, _| assert!(*event < 4))
///     .stage("apply").after("journal").after("replicate").each(|event, _| {
///         SUM.fetch_add(*event, Ordering::Relaxed);
///     })
///     .start()?;
/// for i in 1..4 {
///     producer.publish(move |event| *event = i)?;
/// }
/// drop(producer);
/// ring.wait_end()?;
/// assert_eq!(SUM.load(Ordering::Relaxed), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing runs before `start`"]
pub struct Builder<E> {
    capacity: usize,
    factory: Box<dyn FnMut() -> E>,
    pub(crate) declared: Vec<Declared<E>>,
    wait: Wait,
    producer_wait: Wait,
    joiners: usize,
    first: Sequence,
}

impl<E: Send + 'static> Builder<E> {
    /// A ring of at least `capacity` slots, each filled once by `factory`.
    ///
    /// Capacity is rounded up to whole blocks of slots (seven of eight bytes); handles report
    /// the real one.
    pub fn new(capacity: usize, factory: impl FnMut() -> E + 'static) -> Self {
        Self {
            capacity,
            factory: Box::new(factory),
            declared: Vec::new(),
            wait: Wait::default(),
            producer_wait: Wait::default(),
            joiners: 0,
            first: Sequence::ZERO,
        }
    }

    /// How consumers wait that do not say otherwise.
    pub fn wait(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// How producers wait while the ring is full.
    pub fn producer_wait(self, producer_wait: Wait) -> Self {
        Self { producer_wait, ..self }
    }

    /// Keeps seats for so many consumers that join while the ring runs, at one time.
    ///
    /// A ring with such seats, but without a consumer, overwrites what nobody reads; one without
    /// them closes when its last consumer leaves. Members of stages, pollers, gates and seats are 1024 at most.
    pub fn joiners(self, joiners: usize) -> Self {
        Self { joiners, ..self }
    }

    /// The sequence of the first event; 0 if not set.
    pub fn first_sequence(self, first: Sequence) -> Self {
        Self { first, ..self }
    }

    /// Declares a gate: a sequence that somebody outside the ring moves, such as "written to
    /// disk up to here". Stages come after it by its name.
    ///
    /// ```
    /// use windlass_ring::{Builder, Sequence};
    ///
    /// let (mut producer, mut ring) = Builder::new(64, || 0_u64)
    ///     .gate("synced")
    ///     .stage("acknowledge").after("synced").each(|_, _| {})
    ///     .start()?;
    /// let synced = ring.gate("synced")?;
    /// let first = producer.publish(|event| *event = 7)?;
    /// synced.advance_to(first.next())?; // now `acknowledge` sees it
    /// synced.open();
    /// drop(producer);
    /// ring.wait_end()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gate(mut self, name: impl Into<String>) -> Self {
        self.declared.push(Declared::gate(name.into()));
        self
    }

    /// Declares a stage or a poller; what follows up to its work (`each`, `handler`, `poller`
    /// ...) is about it.
    pub fn stage(self, name: impl Into<String>) -> StageBuilder<E> {
        StageBuilder::new(self, name.into())
    }

    /// Starts a ring with one producer: allocates it, and starts the stages' threads.
    ///
    /// # Errors
    ///
    /// [`BuildError`]; then nothing was started. Only [`BuildError::Spawn`] comes when stages may
    /// run already: these end without an event.
    pub fn start(self) -> Result<(Producer<E>, Ring<E>), BuildError> {
        self.build(Marking::Mark, |state| {
            let shape = state.storage.shape();
            Single::new::<E>(shape.start(), shape.blocks)
        })
    }

    /// Starts a ring with any number of producers, which are clones of the first.
    ///
    /// # Errors
    ///
    /// [`BuildError`]; then nothing was started. Only [`BuildError::Spawn`] comes when stages may
    /// run already: these end without an event.
    pub fn start_multi(self) -> Result<(MultiProducer<E>, Ring<E>), BuildError> {
        self.build(Marking::Stamps, |state| Multi::new(state.storage.shape().start()))
    }

    fn build<S: Sequencer>(
        self,
        marking: Marking,
        sequencer: impl FnOnce(&State<E>) -> S,
    ) -> Result<(ProducerOf<E, S>, Ring<E>), BuildError> {
        let origin = self.first.get();
        if Sequence::MAX <= self.first {
            return Err(BuildError::SequenceTooLarge(self.first));
        }
        for declared in &self.declared {
            declared.check()?;
        }
        let parties = self.declared.iter().map(Declared::members).fold(0, usize::saturating_add);
        let consumers = parties.saturating_add(self.joiners);
        if MAX_CONSUMERS < consumers {
            return Err(BuildError::TooManyConsumers { consumers, max: MAX_CONSUMERS });
        }
        let planned: Vec<Planned> = self.declared.iter().map(|it| it.planned.clone()).collect();
        let plan = Plan::new(planned, self.joiners)?;
        let storage = Storage::new(self.capacity, origin, marking, self.factory)?;
        let waiters = consumers + SPARE_WAITERS;
        let capacity = storage.capacity();
        let limit = (origin + capacity).min(Sequence::MAX.get());
        let state = State {
            graph: Graph::new(&plan, self.joiners, origin, waiters),
            head: Head::new(origin, limit, waiters),
            life: Life::new(),
            ended: CachePadded::new(EventCount::new(waiters)),
            storage,
        };
        let sequencer = sequencer(&state);
        let state = Arc::new(state);
        let pacer = Pacer::new(self.producer_wait);
        let producer = ProducerOf::new(Arc::clone(&state), sequencer, pacer, producer_key(0));
        // If a thread cannot be had, dropping the producer ends those that run already.
        let ring = Ring::start(state, Seats::new(self.declared, self.wait, capacity))?;
        Ok((producer, ring))
    }
}

impl<E> core::fmt::Debug for Builder<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Builder")
            .field("capacity", &self.capacity)
            .field("stages", &self.declared.len())
            .finish_non_exhaustive()
    }
}

/// Makes a ring of one producer and one poller, with a free hand for both.
///
/// # Errors
///
/// [`BuildError`] if the capacity cannot be had.
///
/// # Examples
///
/// ```
/// let (mut producer, mut poller) = windlass_ring::one_to_one(1024, || [0_u8; 16])?;
/// producer.publish(|event| event[0] = 1)?;
/// assert_eq!(poller.wait()?.next().unwrap()[0], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn one_to_one<E: Send + 'static>(
    capacity: usize,
    factory: impl FnMut() -> E + 'static,
) -> Result<(Producer<E>, Poller<E, Exclusive>), BuildError> {
    let (producer, ring) = Builder::new(capacity, factory).stage(READER).poller_mut().start()?;
    Ok((producer, the_reader(ring)))
}

/// Makes a ring of any number of producers and one poller.
///
/// # Errors
///
/// [`BuildError`] if the capacity cannot be had.
///
/// # Examples
///
/// ```
/// let (mut first, mut poller) = windlass_ring::many_to_one(1024, || 0_u64)?;
/// let mut second = first.clone();
/// first.publish(|event| *event = 1)?;
/// second.publish(|event| *event = 2)?;
/// assert_eq!(poller.wait()?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn many_to_one<E: Send + 'static>(
    capacity: usize,
    factory: impl FnMut() -> E + 'static,
) -> Result<(MultiProducer<E>, Poller<E, Exclusive>), BuildError> {
    let (producer, ring) =
        Builder::new(capacity, factory).stage(READER).poller_mut().start_multi()?;
    Ok((producer, the_reader(ring)))
}

const READER: &str = "reader";

fn the_reader<E: Send + 'static>(mut ring: Ring<E>) -> Poller<E, Exclusive> {
    match ring.poller_mut(READER) {
        Ok(poller) => poller,
        Err(_) => unreachable!("the poller was declared with this name and access"),
    }
}
