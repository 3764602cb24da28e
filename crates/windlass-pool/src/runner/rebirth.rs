//! A worker that panicked: what becomes of its message, and when it is built anew.

use alloc::format;
use alloc::string::{String, ToString};
use core::any::Any;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use windlass_sync::atomic::Ordering;

use super::{Runner, Step};
use crate::batch::Taking;
use crate::dead::DeadReason;
use crate::letter::{Letter, ORDERS};
use crate::poison::Poison;
use crate::quiet::drop_quietly;
use crate::restart::Verdict;
use crate::shared::Init;
use crate::trace;
use crate::worker::{StopReason, Worker};

impl<W: Worker> Runner<W> {
    /// Decides about the message with which the worker panicked.
    pub(super) fn settle_poison(&mut self, taken: u64, taking: Taking<W::Message>) {
        // Another message was in front since the last retry.
        if 1 < taken {
            self.retries = 0;
        }
        match (self.shared.plan.poison, taking.copy) {
            (Poison::Retry(most), Some(message)) if self.retries < most => {
                self.retries += 1;
                self.hand.push_front(Letter::new(taking.way, 0, message));
            }
            (_, copy) => {
                self.retries = 0;
                self.bury(taking.way, copy, DeadReason::Panicked);
            }
        }
    }

    #[cold]
    pub(super) fn panicked(&mut self) {
        self.status.count_panic();
        drop_quietly(self.state.take());
        let stops = matches!(self.shared.plan.poison, Poison::Stop);
        match self.ledger.panicked(self.now()) {
            Verdict::Again { after } if !stops => {
                let waits = !after.is_zero() && !self.is_draining;
                self.resume_at = waits.then(|| self.shared.time.now() + after);
                trace::worker_restarts(self.name(), if waits { after } else { Duration::ZERO });
            }
            _ => self.stop = true,
        }
    }

    /// Builds the worker anew, when it is time; until then only orders are obeyed.
    #[cold]
    pub(super) fn come_back(&mut self) -> Step {
        if self.stop {
            return self.die_of_panics();
        }
        let _filled = self.fill();
        // What it sent before goes on meanwhile.
        self.flush();
        if self.is_closed && !self.is_draining {
            return self.die_of_panics();
        }
        if self.resume_at.is_some_and(|at| self.shared.time.now() < at) {
            return Step::Wait(self.wait_until());
        }
        self.resume_at = None;
        self.restarts += 1;
        match self.build() {
            Ok(()) => {
                self.status.count_restart(self.shared.time.nanos());
                trace::worker_restarted(self.name(), self.restarts);
                // This one was told nothing yet.
                self.was_idle = false;
                while self.state.is_some()
                    && let Some(order) = self.deferred.pop_front()
                {
                    self.take(ORDERS, order);
                }
            }
            Err(reason) => {
                trace::worker_not_built(self.name(), self.restarts, &reason);
                self.panicked();
            }
        }
        Step::Again
    }

    fn die_of_panics(&mut self) -> Step {
        trace::worker_gone(self.name(), self.restarts);
        self.die()
    }

    pub(super) fn build(&mut self) -> Result<(), String> {
        if 0 < self.restarts && self.shared.time.fails_build() {
            return Err("a fault of the simulation".to_string());
        }
        // ORDERING: Relaxed. A number to show.
        let workers = self.shared.planned.load(Ordering::Relaxed);
        let (restarts, links) = (self.restarts, self.links.clone());
        let init = Init { worker: self.worker, workers, restarts, links };
        self.status.enter_call();
        let built = catch_unwind(AssertUnwindSafe(|| {
            (self.shared.factory)(&init).map_err(|error| error.to_string())
        }));
        self.status.leave_call();
        match built {
            Ok(Ok(state)) => self.state = Some(state),
            Ok(Err(reason)) => return Err(reason),
            Err(cause) => {
                let reason = format!("its factory panicked: {}", said(&*cause));
                drop_quietly(cause);
                return Err(reason);
            }
        }
        self.hand_copies()
    }

    pub(super) fn restart(&mut self) {
        self.copy();
        if let Some(state) = self.state.take() {
            self.say_stop(state, StopReason::Restarted);
            trace::worker_stopped(self.name(), StopReason::Restarted);
        }
    }
}

pub(super) fn said(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<&str>().copied();
    text.or_else(|| cause.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
