//! What a pool tells those who subscribe to `tracing`, with the feature of that name.
//!
//! Nothing is told of a message that is handled, and no span is begun for one. So nothing of this lies on the
//! way of messages: what is told is told where workers begin, panic and end, and where somebody changes the
//! pool. Without a subscriber each of these costs a look at one number; without the feature, nothing.
//!
//! All events have the target `windlass_pool` and the field `pool`, by
//! [`Builder::name`](crate::Builder::name). Times are in seconds.
//!
//! | event | level | further fields |
//! |---|---|---|
//! | `pool built` | info | `workers`, `took_seconds` |
//! | `pool not built` | error | `workers`, `error` |
//! | `shutdown began` | info | |
//! | `pool shut down` | info | `accepted`, `handled`, `undelivered`, `dead`, `panics`, `restarts`, `took_seconds` |
//! | `worker left to itself`: it did not end in time | warn | `worker` |
//! | `pool dropped` | info | |
//! | `worker started` | info | `worker` |
//! | `worker not built` | error | `worker`, `restarts`, `error` |
//! | `worker panicked` | error | `worker`, `panic` |
//! | `worker restarts`: it will, behind this time | warn | `worker`, `backoff_seconds` |
//! | `worker restarted` | info | `worker`, `restarts` |
//! | `worker gone`: for good | error | `worker`, `restarts` |
//! | `worker stopped` | info | `worker`, `reason`: a [`StopReason`] |
//! | `worker stuck`, as [`Pool::watch`](crate::Pool::watch) sees it | warn | `worker`, `busy_seconds` |
//! | `worker returned`: it was stuck | info | `worker` |
//! | `change began` | info | `change`, and `workers` of `resize`, `slot` and `to` of `move_slot` |
//! | `nothing moves`: a rebalance is over | info | `change`, `outcome`: an [`Outcome`] |
//! | `change done`, also if nobody waits for it any more | info | `change`, `slots`: how many moved, `took_seconds` |
//! | `change held up`: it goes on | warn | `change`, `waiting_for`: workers |
//! | `change refused` | warn | `change`, `error` |
//!
//! The target of `dead letter` is `windlass_pool::dead_letter`, since there may be as many as messages: one for
//! each, at the level debug, with `worker`, `reason` (a [`DeadReason`](crate::DeadReason)), and `slot` unless it
//! had no key.
//!
//! All that a worker does is within the span `worker`, with `pool` and `worker`: so is what its handlers tell.
//! Whoever changes the pool waits within the span `change`, with `pool` and `change`. Their level is error, so that
//! whoever shows errors only sees where they come from.
//!
//! Workers are threads of their own, so they tell the global subscriber; in a simulation, that of the thread.
//! A subscriber that panics does not harm the pool. It must not change the pool that it is told of: whoever does
//! has the floor until that is done.
//!
//! # A trace that goes on in a worker
//!
//! A message does not know where it comes from. If it is to, send it as `InSpan`, which is there with the
//! feature: its handler is within the span in which it was sent. That costs what the subscriber takes for a
//! span, for each message; so it is for some of them, or for pools whose messages are much work each.
#![cfg_attr(not(feature = "tracing"), expect(unused_variables, reason = "nobody is told"))]

use core::time::Duration;
#[cfg(feature = "tracing")]
use {crate::quiet::drop_quietly, core::panic::AssertUnwindSafe, std::panic::catch_unwind};

#[cfg(feature = "tracing")]
pub use crate::in_span::InSpan;

use crate::balance::Outcome;
use crate::changes::{Kind, Open};
use crate::dead::DeadLetter;
use crate::error::{BuildError, ChangeError};
#[cfg(not(loom))]
use crate::health::{Health, PoolHealth};
use crate::shutdown::Report;
use crate::worker::StopReason;

/// Tells something, with the feature.
macro_rules! tell {
    ($level:ident, $($what:tt)+) => { tell!("windlass_pool", $level, $($what)+) };
    ($target:literal, $level:ident, $($what:tt)+) => {
        #[cfg(feature = "tracing")]
        quietly(|| tracing::event!(target: $target, tracing::Level::$level, $($what)+));
    };
}

/// A span, with the feature.
macro_rules! scope {
    ($($what:tt)+) => {
        Scope(
            #[cfg(feature = "tracing")]
            quietly(|| tracing::error_span!(target: "windlass_pool", $($what)+)),
        )
    };
}

/// Calls what may be a subscriber's, which may panic.
#[cfg(feature = "tracing")]
fn quietly<R>(call: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(call)).map_err(drop_quietly).ok()
}

/// What several things happen in.
pub(crate) struct Scope(#[cfg(feature = "tracing")] Option<tracing::Span>);

impl Scope {
    /// All that a worker does. It lasts longer than whatever it is begun in.
    pub(crate) fn of_worker((pool, worker): (&str, usize)) -> Self {
        scope!(parent: None, "worker", pool, worker)
    }

    pub(crate) fn of_change(pool: &str, kind: Kind) -> Self {
        let change = kind.name();
        scope!("change", pool, change)
    }

    /// Does something within this.
    pub(crate) fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        #[cfg(feature = "tracing")]
        let _entered = self.0.as_ref().and_then(|span| quietly(|| span.enter()));
        work()
    }
}

pub(crate) fn pool_built(
    pool: &str,
    workers: usize,
    started: &Result<(), BuildError>,
    took: Duration,
) {
    match started {
        Ok(()) => {
            tell!(INFO, pool, workers, took_seconds = took.as_secs_f64(), "pool built");
        }
        Err(error) => {
            tell!(ERROR, pool, workers, %error, "pool not built");
        }
    }
}

pub(crate) fn shutdown_began(pool: &str) {
    tell!(INFO, pool, "shutdown began");
}

pub(crate) fn pool_shut_down<M>(pool: &str, report: &Report<M>, took: Duration) {
    tell!(
        INFO,
        pool,
        accepted = report.accepted,
        handled = report.handled,
        undelivered = report.undelivered.len(),
        dead = report.dead.total(),
        panics = report.panics,
        restarts = report.restarts,
        took_seconds = took.as_secs_f64(),
        "pool shut down"
    );
    for worker in &report.stragglers {
        tell!(WARN, pool, worker, "worker left to itself");
    }
}

pub(crate) fn pool_dropped(pool: &str) {
    tell!(INFO, pool, "pool dropped");
}

pub(crate) fn worker_started((pool, worker): (&str, usize)) {
    tell!(INFO, pool, worker, "worker started");
}

pub(crate) fn worker_not_built((pool, worker): (&str, usize), restarts: u64, error: &str) {
    tell!(ERROR, pool, worker, restarts, error, "worker not built");
}

pub(crate) fn worker_panicked((pool, worker): (&str, usize), panic: &str) {
    tell!(ERROR, pool, worker, panic, "worker panicked");
}

pub(crate) fn worker_restarts((pool, worker): (&str, usize), backoff: Duration) {
    tell!(WARN, pool, worker, backoff_seconds = backoff.as_secs_f64(), "worker restarts");
}

pub(crate) fn worker_restarted((pool, worker): (&str, usize), restarts: u64) {
    tell!(INFO, pool, worker, restarts, "worker restarted");
}

pub(crate) fn worker_gone((pool, worker): (&str, usize), restarts: u64) {
    tell!(ERROR, pool, worker, restarts, "worker gone");
}

pub(crate) fn worker_stopped((pool, worker): (&str, usize), reason: StopReason) {
    tell!(INFO, pool, worker, ?reason, "worker stopped");
}

/// Tells of workers that are stuck since the last look, or are no more.
#[cfg(not(loom))]
pub(crate) fn health(pool: &str, before: Option<&PoolHealth>, now: &PoolHealth) {
    for seen in &now.workers {
        let worker = seen.worker;
        let mut before = before.iter().flat_map(|before| &before.workers);
        let was_stuck = before.any(|one| one.worker == worker && one.health == Health::Stuck);
        match (was_stuck, seen.health == Health::Stuck) {
            (false, true) => {
                let busy_seconds = seen.busy_for.as_ref().map(Duration::as_secs_f64);
                tell!(WARN, pool, worker, busy_seconds, "worker stuck");
            }
            (true, false) => {
                tell!(INFO, pool, worker, "worker returned");
            }
            _ => {}
        }
    }
}

pub(crate) fn resize_began(pool: &str, workers: usize) {
    let change = Kind::Resize.name();
    tell!(INFO, pool, change, workers, "change began");
}

pub(crate) fn move_slot_began(pool: &str, slot: usize, to: usize) {
    let change = Kind::MoveSlot.name();
    tell!(INFO, pool, change, slot, to, "change began");
}

pub(crate) fn rebalance_began(pool: &str) {
    let change = Kind::Rebalance.name();
    tell!(INFO, pool, change, "change began");
}

pub(crate) fn nothing_moves(pool: &str, outcome: Outcome) {
    let change = Kind::Rebalance.name();
    tell!(INFO, pool, change, ?outcome, "nothing moves");
}

pub(crate) fn change_done(pool: &str, Open { kind, slots, .. }: Open, nanos: u64) {
    let (change, took_seconds) = (kind.name(), Duration::from_nanos(nanos).as_secs_f64());
    tell!(INFO, pool, change, slots, took_seconds, "change done");
}

pub(crate) fn change_failed(pool: &str, kind: Kind, error: &ChangeError) {
    let change = kind.name();
    if let ChangeError::Timeout { waiting_for } = error {
        tell!(WARN, pool, change, ?waiting_for, "change held up");
    } else {
        tell!(WARN, pool, change, %error, "change refused");
    }
}

pub(crate) fn dead_letter<M>(pool: &str, letter: &DeadLetter<M>) {
    let DeadLetter { reason, worker, .. } = letter;
    let slot = letter.slot().map(|slot| slot.index());
    tell!("windlass_pool::dead_letter", DEBUG, pool, worker, ?reason, slot, "dead letter");
}
