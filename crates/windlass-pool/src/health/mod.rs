//! How a pool is doing, at a look.
//!
//! Nobody watches by default, and workers do nothing for it but count their calls into what users wrote, one
//! relaxed store each. Whoever looks compares with what was seen before: a worker that is still in the same
//! call has not returned from it since. So the first look at a call begins its time, a look never says that a
//! worker is stuck which is not, and no clock is read for a batch.

mod look;
mod rules;
#[cfg(not(loom))]
mod watch;

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

pub(crate) use look::Looks;
pub use rules::HealthRules;
#[cfg(not(loom))]
pub use watch::Watch;

use crate::status::Phase;

/// How a worker is doing, or a pool; the worse, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Health {
    /// All is well.
    Healthy,
    /// It goes on, but not as it should; [`Symptom`] says why.
    Degraded,
    /// A handler, or the factory, does not return. Of a pool: of one worker at least.
    Stuck,
    /// It has ended by itself. Of a pool: all workers have.
    Dead,
}

/// What is wrong with a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Symptom {
    /// It is gone for good.
    Dead,
    /// A call into what the user wrote has not returned for too long.
    DoesNotReturn,
    /// It panicked, and waits before it is built anew.
    BackingOff,
    /// It was built anew within the window.
    Restarted,
    /// Messages of its mailbox died within the window: they made room, came too late, or were poison.
    LostMessages,
    /// Its mailbox is fuller than the mark.
    Behind,
}

impl Symptom {
    const fn health(self) -> Health {
        match self {
            Self::Dead => Health::Dead,
            Self::DoesNotReturn => Health::Stuck,
            Self::BackingOff | Self::Restarted | Self::LostMessages | Self::Behind => {
                Health::Degraded
            }
        }
    }
}

/// How one worker is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerHealth {
    /// Its number.
    pub worker: usize,
    /// The worst of its symptoms.
    pub health: Health,
    /// What it was doing.
    pub phase: Phase,
    /// How long it has been seen in the same call; nothing if it is in none. It may be there for longer, as
    /// the time begins with the first look.
    pub busy_for: Option<Duration>,
    /// How many slots it has. What is sent for the slots of one that is dead is refused; see
    /// [`Builder::orphans`](crate::Builder::orphans).
    pub slots: usize,
    /// What is wrong, the worst first; empty if nothing is.
    pub symptoms: Vec<Symptom>,
}

/// How a pool is doing, by [`Pool::health`](crate::Pool::health).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolHealth {
    /// Healthy if all workers are, dead if all are, stuck if one is, and degraded otherwise.
    pub health: Health,
    /// By worker.
    pub workers: Vec<WorkerHealth>,
}

impl PoolHealth {
    fn of(workers: Vec<WorkerHealth>) -> Self {
        let is_dead = |worker: &WorkerHealth| worker.health == Health::Dead;
        let health = if workers.iter().all(is_dead) {
            Health::Dead
        } else {
            // Others are there, so one that is dead is not the end.
            let of = |worker: &WorkerHealth| match worker.health {
                Health::Dead => Health::Degraded,
                other => other,
            };
            workers.iter().map(of).max().unwrap_or(Health::Dead)
        };
        Self { health, workers }
    }

    /// Workers that are not healthy.
    pub fn ailing(&self) -> impl Iterator<Item = &WorkerHealth> {
        self.workers.iter().filter(|worker| worker.health != Health::Healthy)
    }

    /// Whether this says of the pool and each worker what `other` says, however long that lasts.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let of = |worker: &WorkerHealth| (worker.worker, worker.health);
        self.health == other.health && self.workers.iter().map(of).eq(other.workers.iter().map(of))
    }
}

impl fmt::Display for PoolHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.health)?;
        for WorkerHealth { worker, health, symptoms, slots, .. } in self.ailing() {
            write!(f, "; worker {worker}: {health:?} {symptoms:?}")?;
            if *health == Health::Dead && *slots != 0 {
                write!(f, " with {slots} slots")?;
            }
        }
        Ok(())
    }
}
