//! The handle of a running ring.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use windlass_sync::sync::Arc;

use crate::access::{Access, Exclusive, Shared};
use crate::consumer::{Poller, Seat};
use crate::error::{BuildError, JoinError, TakeError};
use crate::gate::Gate;
use crate::life::Poison;
use crate::sequence::Sequence;
use crate::stage_builder::{Declared, Work};
use crate::state::State;
use crate::stats::{RingStats, StageStats};
use crate::wait::{Pacer, Wait};

/// The most events of a group's batch if nothing else was said.
const GROUP_BATCH: u64 = 16;

/// The most events of a batch if nothing else was said.
const BATCH: u64 = 1024;

/// A quarter of fewer events is no batch.
const TINY_BATCH: u64 = 4;

/// The most events of a batch if nothing else was said, in a ring of so many slots.
///
/// The slots of a batch are released together. So what is not in the batch is the room that
/// producers have meanwhile: three quarters of the ring, and half of it at least.
fn batch(capacity: u64) -> u64 {
    (capacity / 4).max(TINY_BATCH.min(capacity / 2)).clamp(1, BATCH)
}

/// Where a consumer joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinFrom {
    /// At the first event that is not published yet.
    Next,
    /// At the oldest event that is kept.
    Oldest,
    /// At this event, if it is kept.
    At(Sequence),
}

/// A running ring: its pollers and gates to take, its numbers to read, its end to bring about.
///
/// Dropping it detaches the threads of the stages; they end when the ring closes, which it does
/// when its last producer is dropped.
#[must_use = "call `wait_end` or `shutdown` to see the stages end"]
pub struct Ring<E> {
    pub(crate) state: Arc<State<E>>,
    /// Pollers that were declared and not taken.
    pollers: BTreeMap<String, Untaken>,
    /// Gates that were declared and not taken.
    gates: BTreeMap<String, Option<usize>>,
    /// How joiners wait.
    wait: Wait,
    #[cfg(feature = "std")]
    pub(crate) threads: crate::shutdown::Threads,
}

/// The seats of a declared poller, last member first.
struct Untaken {
    exclusive: bool,
    seats: Vec<Seat>,
}

/// What seats are made of.
pub(crate) struct Seats<E> {
    declared: Vec<Declared<E>>,
    wait: Wait,
    capacity: u64,
}

impl<E> Seats<E> {
    pub(crate) fn new(declared: Vec<Declared<E>>, wait: Wait, capacity: u64) -> Self {
        Self { declared, wait, capacity }
    }

    /// The batch limit of a consumer that did not choose one.
    fn batch(&self, members: usize) -> u64 {
        if members == 1 {
            return batch(self.capacity);
        }
        // What one member takes the others do not get: no more because the ring is tiny.
        (self.capacity / 4).clamp(1, GROUP_BATCH)
    }

    fn seat(&self, state: &State<E>, index: usize, member: usize) -> Seat {
        let declared = &self.declared[index];
        let members = declared.members();
        let wait = declared.options.wait.as_ref().unwrap_or(&self.wait);
        let max_batch = declared.options.max_batch.map_or(self.batch(members), |n| n as u64);
        Seat::new(
            index,
            (members > 1).then_some(member),
            &state.graph.node(index).after,
            state.storage.shape().start(),
            max_batch,
            Pacer::new(wait.clone()),
        )
    }
}

impl<E: Send + 'static> Ring<E> {
    /// Makes every seat, and starts the threads of the stages.
    pub(crate) fn start(state: Arc<State<E>>, seats: Seats<E>) -> Result<Self, BuildError> {
        let mut ring = Self {
            pollers: BTreeMap::new(),
            gates: BTreeMap::new(),
            wait: seats.wait.clone(),
            #[cfg(feature = "std")]
            threads: crate::shutdown::Threads::default(),
            state,
        };
        for (index, declared) in seats.declared.iter().enumerate() {
            let name = &declared.planned.name;
            let members = 0..declared.members();
            match &declared.work {
                Work::Gate => {
                    ring.gates.insert(name.clone(), Some(index));
                }
                Work::Poller(_) => {
                    let seats = members.rev().map(|n| seats.seat(&ring.state, index, n)).collect();
                    let exclusive = declared.planned.exclusive;
                    ring.pollers.insert(name.clone(), Untaken { exclusive, seats });
                }
                #[cfg(feature = "std")]
                Work::Thread { .. } => {}
            }
        }
        #[cfg(feature = "std")]
        for (index, declared) in seats.declared.iter().enumerate() {
            for member in 0..declared.members() {
                if let Work::Thread { runner, .. } = &declared.work {
                    let seat = seats.seat(&ring.state, index, member);
                    ring.threads.spawn(&ring.state, declared, runner, member, seat)?;
                }
            }
        }
        Ok(ring)
    }

    /// Takes a poller that was declared with shared access; of a group, one member a call.
    ///
    /// # Errors
    ///
    /// [`TakeError`]
    pub fn poller(&mut self, name: &str) -> Result<Poller<E, Shared>, TakeError> {
        self.take(name)
    }

    /// Takes a poller that was declared with exclusive access; of a group, one member a call.
    ///
    /// # Errors
    ///
    /// [`TakeError`]
    pub fn poller_mut(&mut self, name: &str) -> Result<Poller<E, Exclusive>, TakeError> {
        self.take(name)
    }

    fn take<A: Access>(&mut self, name: &str) -> Result<Poller<E, A>, TakeError> {
        let untaken = self.pollers.get_mut(name);
        let untaken = untaken.ok_or_else(|| TakeError::Unknown(name.to_string()))?;
        if untaken.exclusive != A::EXCLUSIVE {
            return Err(TakeError::Access(name.to_string()));
        }
        let seat = untaken.seats.pop().ok_or_else(|| TakeError::Taken(name.to_string()))?;
        Ok(Poller::new(Arc::clone(&self.state), seat))
    }

    /// Takes a gate.
    ///
    /// # Errors
    ///
    /// [`TakeError`]
    pub fn gate(&mut self, name: &str) -> Result<Gate<E>, TakeError> {
        let index = self.gates.get_mut(name);
        let index = index.ok_or_else(|| TakeError::Unknown(name.to_string()))?;
        let index = index.take().ok_or_else(|| TakeError::Taken(name.to_string()))?;
        Ok(Gate::new(Arc::clone(&self.state), index))
    }

    /// Joins the running ring as a consumer that no declared stage waits for.
    ///
    /// From the sequence where it joined it sees every event, and producers wait for it, until
    /// it is dropped.
    ///
    /// # Errors
    ///
    /// [`JoinError`]
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_ring::{Builder, JoinFrom};
    ///
    /// let (mut producer, ring) = Builder::new(64, || 0_u64).joiners(2).start()?;
    /// producer.publish(|event| *event = 1)?;
    /// let mut late = ring.join(JoinFrom::Next)?;
    /// let mut early = ring.join(JoinFrom::Oldest)?;
    /// producer.publish(|event| *event = 2)?;
    /// assert_eq!(late.poll()?.len(), 1);
    /// assert_eq!(early.poll()?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn join(&self, from: JoinFrom) -> Result<Poller<E, Shared>, JoinError>
    where
        E: Sync,
    {
        self.join_after(from, &[])
    }

    /// As [`join`](Self::join), behind stages, pollers or gates.
    ///
    /// # Errors
    ///
    /// [`JoinError`]
    pub fn join_after(&self, from: JoinFrom, after: &[&str]) -> Result<Poller<E, Shared>, JoinError>
    where
        E: Sync,
    {
        let graph = &self.state.graph;
        let find = |name: &&str| {
            graph.find(name).ok_or_else(|| JoinError::UnknownStage((*name).to_string()))
        };
        let after: Vec<usize> = after.iter().map(find).collect::<Result<_, _>>()?;
        if let Some(stage) = graph.beside(&after) {
            return Err(JoinError::NotExclusive { stage });
        }
        if self.state.life.is_closed() {
            return Err(JoinError::Closed);
        }
        let no_seat = JoinError::NoSeat { joiners: graph.joiners() };
        let (index, oldest) = graph.take_seat().ok_or(no_seat)?;
        // Not what is claimed: a claim may be taken back, and its slots hold other events then.
        let next = self.state.published(oldest);
        let at = match from {
            JoinFrom::Next => Ok(next),
            JoinFrom::Oldest => Ok(oldest),
            JoinFrom::At(at) if at.get() < oldest => {
                Err(JoinError::TooOld { oldest: Sequence::new(oldest) })
            }
            JoinFrom::At(at) if next < at.get() => {
                Err(JoinError::NotYet { next: Sequence::new(next) })
            }
            JoinFrom::At(at) => Ok(at.get()),
        };
        let at = at.inspect_err(|_| {
            let _last = graph.leave(index);
        })?;
        let node = graph.node(index);
        if let Some(cursor) = node.cursor() {
            cursor.set(at);
        }
        // Until now it stood further back. A producer may have seen it there and gone to sleep, and this one
        // perhaps has nothing to read, and so nothing to release.
        node.released.notify();
        let capacity = self.state.storage.capacity();
        let seat = Seat::new(
            index,
            None,
            &after,
            self.state.storage.shape().locate::<E>(at),
            batch(capacity),
            Pacer::new(self.wait.clone()),
        );
        Ok(Poller::new(Arc::clone(&self.state), seat))
    }

    /// Refuses all further events, wakes whoever waits, and lets every consumer drain what was
    /// published.
    pub fn close(&self) {
        self.state.close();
    }

    /// Whether the ring takes no more events.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state.life.is_closed()
    }

    /// Why the ring ended before its time, if it did.
    #[must_use]
    pub fn poison(&self) -> Option<Poison> {
        self.state.life.cause()
    }

    /// The numbers of the ring, read from its cursors without stopping anybody.
    #[must_use]
    pub fn stats(&self) -> RingStats {
        let claimed = self.state.head.claimed();
        let stage = |node: &crate::graph::Node| StageStats {
            name: node.name.clone(),
            position: Sequence::new(node.last_position()),
            lag: claimed.saturating_sub(node.last_position()),
            left: node.position().is_none(),
        };
        let fill = self.state.fill();
        let capacity = self.state.storage.capacity();
        let (stalls, high_water) = self.state.head.noted();
        RingStats {
            capacity,
            next: Sequence::new(claimed),
            fill,
            remaining: capacity - fill,
            high_water: high_water.max(fill),
            stalls,
            stages: self.state.graph.declared().iter().map(stage).collect(),
        }
    }
}

impl<E> Ring<E> {
    /// Nobody can take these any more: pollers leave, and gates that were never opened poison.
    pub(crate) fn abandon_untaken(&mut self) {
        for mut untaken in core::mem::take(&mut self.pollers).into_values() {
            for seat in &mut untaken.seats {
                seat.leave(&self.state);
            }
        }
        for index in core::mem::take(&mut self.gates).into_values().flatten() {
            drop(Gate::new(Arc::clone(&self.state), index));
        }
    }
}

impl<E> Drop for Ring<E> {
    fn drop(&mut self) {
        self.abandon_untaken();
    }
}

impl<E> fmt::Debug for Ring<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("capacity", &self.state.storage.capacity())
            .field("next", &self.state.head.claimed())
            .finish_non_exhaustive()
    }
}
