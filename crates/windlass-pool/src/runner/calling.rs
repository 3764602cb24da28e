//! Calls of the worker, from which nothing panics: it is gone then.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::{Runner, rebirth};
use crate::context::Context;
use crate::quiet::drop_quietly;
use crate::trace;
use crate::worker::Worker;

impl<W: Worker> Runner<W> {
    /// Calls the worker. Whether it went well; if not, the worker is gone.
    pub(super) fn guarded(&mut self, call: impl FnOnce(&mut W, &mut Context<'_, W>)) -> bool {
        let Self { worker, restarts, stop, link, links, shared, .. } = self;
        let Some(state) = &mut self.state else { return false };
        self.was_idle = false;
        let mut cx = Context { worker: *worker, restarts: *restarts, stop, link, links, shared };
        self.status.enter_call();
        let called = catch_unwind(AssertUnwindSafe(|| call(state, &mut cx)));
        self.status.leave_call();
        match called {
            Ok(()) => true,
            Err(cause) => {
                trace::worker_panicked(self.name(), rebirth::said(&*cause));
                drop_quietly(cause);
                self.panicked();
                false
            }
        }
    }

    pub(super) fn tick(&mut self) -> bool {
        let (Some(at), Some(every)) = (self.next_tick, self.shared.plan.tick) else { return false };
        let now = self.shared.time.now();
        if now < at {
            return false;
        }
        // Behind by more than one: those are gone, and the rhythm stays.
        let behind = now.saturating_duration_since(at).as_nanos() / every.as_nanos().max(1);
        let missed = u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(1);
        self.next_tick = at.checked_add(every.saturating_mul(missed));
        self.guarded(W::on_tick);
        true
    }

    pub(super) fn idle(&mut self) {
        if !self.was_idle && !self.is_paused {
            // One that panicked here is told again when it is back.
            self.was_idle = self.guarded(W::on_idle);
        }
    }
}
