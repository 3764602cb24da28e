//! A worker in a simulation: the same rounds, and turns instead of waits.

use windlass_qos::TryRecvError;
use windlass_sync::Deadline;

use super::{Runner, Step};
use crate::shared_queue::SharedRx;
use crate::simulation::{Task, Turn, here};
use crate::trace::Scope;
use crate::worker::Worker;

/// A worker that takes turns with others.
pub(crate) struct Simulated<W: Worker> {
    runner: Runner<W>,
    stands: Stands,
    scope: Scope,
}

enum Stands {
    /// Not built yet.
    Outside,
    Working,
    /// Waits for something to come, or for that moment.
    Waiting(Deadline),
}

impl<W: Worker> Simulated<W> {
    pub(crate) fn new(runner: Runner<W>) -> Self {
        Self { scope: runner.scope(), runner, stands: Stands::Outside }
    }
}

impl<W: Worker> Task for Simulated<W> {
    fn turn(&mut self) -> Turn {
        let Self { runner, stands, scope } = self;
        scope.within(|| turn(runner, stands))
    }

    fn is_worker(&self) -> bool {
        true
    }
}

fn turn<W: Worker>(runner: &mut Runner<W>, stands: &mut Stands) -> Turn {
    let step = match *stands {
        Stands::Outside => {
            if !runner.begin(None) {
                return Turn::Over;
            }
            Step::Again
        }
        Stands::Waiting(deadline) => {
            let is_late = here().is_none_or(|schedule| schedule.has_passed(deadline));
            if !runner.hears() && !is_late {
                return Turn::Idle(deadline);
            }
            Step::Again
        }
        Stands::Working => runner.step(),
    };
    *stands = match step {
        Step::Again => Stands::Working,
        Step::Wait(deadline) => {
            runner.rest();
            Stands::Waiting(deadline)
        }
        Step::End => return Turn::Over,
    };
    Turn::Worked
}

impl<W: Worker> Runner<W> {
    /// Takes what has come. Whether a wait would be over.
    fn hears(&mut self) -> bool {
        match self.receiver.try_recv() {
            Ok((lane, post)) => self.take(lane, post),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty) => {
                let has_some = self.queue.as_ref().is_some_and(SharedRx::has_some);
                return has_some && self.takes_shared();
            }
            Err(TryRecvError::Closed) => return !core::mem::replace(&mut self.is_closed, true),
        }
        true
    }
}
