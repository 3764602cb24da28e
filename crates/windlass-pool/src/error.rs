//! Every refusal, with what it gives back.

use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

use crate::breaker::BreakerError;
use crate::placement::PlacementError;
use crate::restart::RestartError;

pub use windlass_qos::{Closed, SendTimeoutError, TrySendError};

/// Why a pool was not built, or not enlarged. Workers that were built already are stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// No workers were asked for.
    NoWorkers,
    /// More workers than the pool may have.
    TooManyWorkers {
        /// How many were asked for.
        workers: usize,
        /// How many it may have.
        max: usize,
    },
    /// As many senders exist as the pool was built for.
    TooManySenders {
        /// How many it was built for.
        max: usize,
    },
    /// A rule with more partitions than there are slots.
    TooManyPartitions {
        /// How many it has.
        partitions: usize,
        /// How many it may have.
        max: usize,
    },
    /// The pool has no rule for keys of this type.
    NoPartitioner,
    /// A batch of no messages.
    NoBatch,
    /// More messages for later than can be.
    TooManyTimers {
        /// How many were asked for.
        timers: usize,
        /// How many there may be.
        max: usize,
    },
    /// A mailbox cannot be what was asked for.
    Mailbox(windlass_qos::BuildError),
    /// The restart policy cannot be.
    Restart(RestartError),
    /// The circuit breaker cannot be.
    Breaker(BreakerError),
    /// Workers cannot be placed as asked.
    Placement(PlacementError),
    /// The operating system starts no thread.
    Spawn {
        /// Which worker it was for.
        worker: usize,
        /// What it said.
        reason: String,
    },
    /// A worker could not be built.
    Init {
        /// Which one.
        worker: usize,
        /// What its factory said, or its panic.
        reason: String,
    },
    /// A worker was not built in time. Its thread is left to itself and ends when its factory returns.
    InitTimeout {
        /// Which one.
        worker: usize,
    },
    /// What is to be restored names a slot that there is not.
    NoSuchSlot {
        /// Which one.
        slot: u16,
    },
    /// The pool has been shut down.
    Closed,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWorkers => f.write_str("a pool has at least one worker"),
            Self::TooManyWorkers { workers, max } => {
                write!(f, "{workers} workers, but at most {max}; see `Builder::max_workers`")
            }
            Self::TooManySenders { max } => {
                write!(f, "there are {max} senders already; drop one or see `Builder::senders`")
            }
            Self::TooManyPartitions { partitions, max } => {
                write!(f, "a rule of {partitions} partitions, but there are {max} slots")
            }
            Self::NoPartitioner => {
                f.write_str("no rule for keys of this type; see `Builder::partition_by`")
            }
            Self::NoBatch => f.write_str("a batch has room for at least one message"),
            Self::TooManyTimers { timers, max } => {
                write!(f, "room for {timers} messages for later, but there can be {max}")
            }
            Self::Mailbox(error) => write!(f, "mailbox: {error}"),
            Self::Restart(error) => error.fmt(f),
            Self::Breaker(error) => error.fmt(f),
            Self::Placement(error) => error.fmt(f),
            Self::Spawn { worker, reason } => write!(f, "no thread for worker {worker}: {reason}"),
            Self::Init { worker, reason } => write!(f, "worker {worker} was not built: {reason}"),
            Self::InitTimeout { worker } => {
                write!(f, "worker {worker} was not built in time; see `Builder::init_timeout`")
            }
            Self::NoSuchSlot { slot } => {
                write!(f, "there is no slot {slot} to restore: their numbers are below 4096")
            }
            Self::Closed => f.write_str("the pool has been shut down"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Self::Mailbox(error) = self { Some(error) } else { None }
    }
}

impl From<PlacementError> for BuildError {
    fn from(error: PlacementError) -> Self {
        Self::Placement(error)
    }
}

impl From<windlass_qos::BuildError> for BuildError {
    fn from(error: windlass_qos::BuildError) -> Self {
        Self::Mailbox(error)
    }
}

/// Why a pool was not changed as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeError {
    /// A new worker could not be had; the pool is as it was.
    Build(BuildError),
    /// There is no such worker, or it is gone.
    NoSuchWorker {
        /// Which one was named.
        worker: usize,
    },
    /// Not all workers did their part in time. The change goes on all the same;
    /// [`Pool::settle`](crate::Pool::settle) waits for its end.
    Timeout {
        /// Those that something is waited from: stuck in a handler, or paused.
        waiting_for: Vec<usize>,
    },
    /// The pool has been shut down.
    Closed,
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::NoSuchWorker { worker } => write!(f, "there is no worker {worker}"),
            Self::Timeout { waiting_for } => {
                write!(
                    f,
                    "not done in time: waiting for workers {waiting_for:?}; it goes on, `settle` waits for it"
                )
            }
            Self::Closed => f.write_str("the pool has been shut down"),
        }
    }
}

impl Error for ChangeError {}

impl From<BuildError> for ChangeError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

/// A control message that was refused.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlError<C> {
    /// The control lane of a worker is full; nobody got the message.
    Full {
        /// Whose lane it is. It handles nothing, or is told too much.
        worker: usize,
        /// The message.
        control: C,
    },
    /// There is no such worker, or it is gone.
    NoSuchWorker {
        /// Which one was named.
        worker: usize,
        /// The message.
        control: C,
    },
    /// The pool has been shut down.
    Closed(C),
}

impl<C> ControlError<C> {
    /// The message that was refused.
    pub fn into_inner(self) -> C {
        match self {
            Self::Full { control, .. }
            | Self::NoSuchWorker { control, .. }
            | Self::Closed(control) => control,
        }
    }
}

impl<C> fmt::Debug for ControlError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { worker, .. } => write!(f, "Full {{ worker: {worker}, .. }}"),
            Self::NoSuchWorker { worker, .. } => {
                write!(f, "NoSuchWorker {{ worker: {worker}, .. }}")
            }
            Self::Closed(_) => f.write_str("Closed(..)"),
        }
    }
}

impl<C> fmt::Display for ControlError<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { worker, .. } => write!(f, "the control lane of worker {worker} is full"),
            Self::NoSuchWorker { worker, .. } => write!(f, "there is no worker {worker}"),
            Self::Closed(_) => f.write_str("the pool has been shut down"),
        }
    }
}

impl<C> Error for ControlError<C> {}
