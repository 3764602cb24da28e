//! How a worker waits, and until when.

use core::time::Duration;

use windlass_qos::RecvTimeoutError;
use windlass_sync::{Deadline, thread};

use super::Runner;
use crate::status::Phase;
use crate::worker::Worker;

/// How long a message lies in the outbox at most before it is offered again.
const OUTBOX_RETRY: Duration = Duration::from_micros(200);

/// How long a worker that drains waits at most before it looks whether the pool aborts.
const ABORT_LOOK: Duration = Duration::from_millis(5);

impl<W: Worker> Runner<W> {
    /// Waits for whatever comes next, and does it.
    pub(super) fn wait(&mut self, deadline: Deadline) {
        self.rest();
        if self.is_closed {
            // Nothing comes that could end the wait.
            return thread::sleep(OUTBOX_RETRY);
        }
        let shares = self.takes_shared();
        let Self { receiver, queue, .. } = self;
        let came = match queue {
            Some(queue) if shares => queue.wait(|has_some| receiver.recv_or(deadline, has_some)),
            _ => receiver.recv_deadline(deadline).map(Some),
        };
        match came {
            Ok(Some((lane, post))) => {
                self.look_for_late();
                // Whoever sent it may wait for the answer: it is handled before another look at all lanes.
                self.has_come = self.take_more(lane, post);
            }
            Ok(None) => {}
            // What is missing does not count for a fence: it may have been so before that.
            Err(RecvTimeoutError::Lagged(_) | RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Closed) => self.is_closed = true,
        }
    }

    /// Says how it waits.
    pub(super) fn rest(&self) {
        if self.is_dying {
            return;
        }
        let resting = if self.is_paused { Phase::Paused } else { Phase::Idle };
        self.status.enter(if self.resume_at.is_some() { Phase::BackingOff } else { resting });
    }

    pub(super) fn wait_until(&self) -> Deadline {
        let now = || self.shared.time.now();
        // What is in the outbox finds room when others take messages, and nobody rings for that.
        let retry = (!self.is_all_sent()).then(|| now() + OUTBOX_RETRY);
        // Nobody rings for the end of a shutdown's patience.
        let abort = self.is_draining.then(|| now() + ABORT_LOOK);
        let due = self.link.next_due().filter(|_| !self.is_paused);
        let due = due.and_then(|due| self.shared.time.at(due));
        let moments = [self.next_tick, self.resume_at, retry, abort, due];
        moments.into_iter().flatten().min().map_or_else(Deadline::never, Deadline::at)
    }
}
