//! The time of a pool: the machine's, or that of a simulation.

use core::time::Duration;
use std::time::Instant;

use windlass_qos::lanes;
use windlass_ring::{Wait, Waiter};
use windlass_sync::{Deadline, EventCount};

use crate::nanos::nanos;
use crate::shared_queue::Tx;
use crate::simulation::here;

/// The clock of a pool, and how somebody waits by it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    started: Instant,
    /// Whether it is that of the simulation of this thread.
    is_simulated: bool,
}

impl Time {
    /// The machine's time, from now on.
    pub(crate) fn of_machine() -> Self {
        Self { started: Instant::now(), is_simulated: false }
    }

    /// The time of the simulation of this thread, which is at `started` now.
    pub(crate) fn of_simulation(started: Instant) -> Self {
        Self { started, is_simulated: true }
    }

    pub(crate) fn is_simulated(self) -> bool {
        self.is_simulated
    }

    /// What is left of a simulation that is over stands still.
    pub(crate) fn now(self) -> Instant {
        if self.is_simulated {
            here().map_or(self.started, |schedule| schedule.now())
        } else {
            Instant::now()
        }
    }

    /// Nanoseconds since the pool was built.
    pub(crate) fn nanos(self) -> u64 {
        nanos(self.elapsed())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.now().saturating_duration_since(self.started)
    }

    /// So many nanoseconds after the pool was built; nothing if the clock does not go so far.
    pub(crate) fn at(self, nanos: u64) -> Option<Instant> {
        self.started.checked_add(Duration::from_nanos(nanos))
    }

    pub(crate) fn after(self, wait: Duration) -> Deadline {
        self.now().checked_add(wait).map_or_else(Deadline::never, Deadline::at)
    }

    /// The end of `wait` from now on, or `deadline` if that comes before.
    pub(crate) fn sooner(self, deadline: Deadline, wait: Duration) -> Deadline {
        let soon = self.after(wait);
        match (soon.moment(), deadline.moment()) {
            (Some(soon), Some(end)) if end < soon => deadline,
            (None, _) => deadline,
            _ => soon,
        }
    }

    /// Waits until what refuses when it is full has room or is closed; `false` if the deadline has passed, or the
    /// simulation is over.
    pub(crate) fn wait_for_room(self, room: &mut impl Room, deadline: Deadline) -> bool {
        if !self.is_simulated {
            return room.wait(deadline);
        }
        let has_room = || room.is_there().then_some(());
        here().is_some_and(|schedule| schedule.wait(deadline, has_room).is_some())
    }

    /// In a simulation, at which of so many messages the worker is to panic.
    #[inline]
    pub(crate) fn panic(self, messages: usize) -> Option<usize> {
        if self.is_simulated { here()?.panic(messages) } else { None }
    }

    /// In a simulation, whether a worker is not to be built anew this time.
    pub(crate) fn fails_build(self) -> bool {
        self.is_simulated && here().is_some_and(|schedule| schedule.fails_build())
    }

    /// Waits until `look` finds something, at most until `deadline`. Whoever may change what it finds rings
    /// the bell, at which nobody else waits.
    pub(crate) fn wait_at<R>(
        self,
        bell: &EventCount,
        deadline: Deadline,
        mut look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        if self.is_simulated {
            return match here() {
                Some(schedule) => schedule.wait(deadline, look),
                None => look(),
            };
        }
        Waiter::new(Wait::blocking()).wait_at(bell, 0, 2, deadline, look)
    }
}

/// What messages are put into.
pub(crate) trait Room {
    fn wait(&mut self, deadline: Deadline) -> bool;

    /// Whether there is some, or none will ever be needed.
    fn is_there(&self) -> bool;
}

impl<T: Send> Room for lanes::Sender<T> {
    fn wait(&mut self, deadline: Deadline) -> bool {
        self.wait_for_room(deadline)
    }

    fn is_there(&self) -> bool {
        self.is_closed() || self.len() < self.capacity()
    }
}

impl<M: Send> Room for Tx<M> {
    fn wait(&mut self, deadline: Deadline) -> bool {
        self.wait_for_room(deadline)
    }

    fn is_there(&self) -> bool {
        self.is_closed() || !self.is_full()
    }
}

/// Whether a deadline has passed, by the clock that whoever asks lives by.
pub(crate) fn has_passed(deadline: Deadline) -> bool {
    match here() {
        Some(schedule) => schedule.has_passed(deadline),
        None => deadline.has_passed(),
    }
}
