//! What workers are told: orders, and control messages.

use windlass_qos::TrySendError as LaneError;
use windlass_sync::sync::lock;

use super::Pool;
use crate::error::{ChangeError, ControlError};
use crate::letter::{Post, System};
use crate::worker::Worker;

impl<W: Worker> Pool<W> {
    /// A worker takes no more messages until [`resume`](Self::resume); it still hears control messages.
    ///
    /// # Errors
    ///
    /// [`ChangeError::NoSuchWorker`], and [`ChangeError::Timeout`] if it is behind by 64 orders already.
    pub fn pause(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Pause)
    }

    /// A worker takes messages again.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn resume(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Resume)
    }

    /// Stops a worker between two batches and builds it anew. What is in its mailbox stays.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    pub fn restart(&self, worker: usize) -> Result<(), ChangeError> {
        self.order(worker, System::Restart)
    }

    fn order(&self, worker: usize, order: System<W>) -> Result<(), ChangeError> {
        self.shared.control(|controller| {
            if controller.is_closed {
                return Err(ChangeError::Closed);
            }
            if !controller.runs(worker) {
                return Err(ChangeError::NoSuchWorker { worker });
            }
            controller.order(worker, order)
        })
    }

    /// Tells one worker something, before its messages. Never waits.
    ///
    /// # Errors
    ///
    /// [`ControlError`] gives the message back.
    pub fn control(
        &self,
        worker: usize,
        control: W::Control,
    ) -> Result<(), ControlError<W::Control>> {
        let mut lanes = lock(&self.shared.control);
        let Some(Some(lane)) = lanes.get_mut(worker) else {
            return Err(ControlError::NoSuchWorker { worker, control });
        };
        match lane.try_send(Post::Control(control)) {
            Ok(()) => Ok(()),
            Err(LaneError::Full(post)) => {
                Err(ControlError::Full { worker, control: control_of(post) })
            }
            Err(LaneError::Closed(post)) => {
                Err(ControlError::NoSuchWorker { worker, control: control_of(post) })
            }
        }
    }

    /// Tells all workers something: what is told to all arrives everywhere in the same order. Never waits;
    /// paused workers hear it too.
    ///
    /// # Errors
    ///
    /// [`ControlError::Full`] if a worker is too far behind; then nobody was told.
    pub fn broadcast(&self, control: W::Control) -> Result<(), ControlError<W::Control>>
    where
        W::Control: Clone,
    {
        let mut lanes = lock(&self.shared.control);
        // Only whoever has the lock puts something in, so what has room now has it below.
        let full = |lane: &mut Option<windlass_qos::lanes::Sender<Post<W>>>| {
            lane.as_mut().is_some_and(|lane| !lane.has_room())
        };
        if let Some(worker) = lanes.iter_mut().position(full) {
            return Err(ControlError::Full { worker, control });
        }
        if lanes.iter().flatten().all(windlass_qos::lanes::Sender::is_closed) {
            return Err(ControlError::Closed(control));
        }
        for lane in lanes.iter_mut().flatten() {
            // One that is gone for good does not hear it.
            drop(lane.try_send(Post::Control(control.clone())));
        }
        Ok(())
    }
}

/// A refused post is the control message that was offered.
fn control_of<W: Worker>(post: Post<W>) -> W::Control {
    match post {
        Post::Control(control) => control,
        Post::System(_) | Post::Letter(_) => unreachable!("a control message comes back as one"),
    }
}
