//! Sending later in a simulation: the same turns, and no thread.

use super::clerk::{Clerk, Next};
use crate::simulation::{Task, Turn};
use crate::worker::Worker;

impl<W: Worker> Task for Clerk<W> {
    fn turn(&mut self) -> Turn {
        match self.turn_now() {
            (Next::End, _) => {
                self.leave();
                Turn::Over
            }
            (Next::Wait(_), true) => Turn::Worked,
            (Next::Wait(deadline), false) => Turn::Idle(deadline),
        }
    }

    fn is_worker(&self) -> bool {
        false
    }
}
