//! Where messages of a worker lie that find no room.

use alloc::collections::VecDeque;

use crate::error::TrySendError;
use crate::sender::{Offered, Sender, Target};
use crate::worker::Worker;

/// Messages to the workers of one pool, in order, up to a limit.
pub(crate) struct Outbox<W: Worker> {
    lying: VecDeque<(Target, W::Message)>,
    most: usize,
}

/// What became of a message that was taken.
pub(crate) enum Took {
    Sent,
    /// It lies here until it is offered again.
    Lies,
}

/// Room that is made at once; for more, when it is needed.
const MOST_AT_ONCE: usize = 1 << 16;

impl<W: Worker> Outbox<W> {
    pub(crate) fn new(most: usize) -> Self {
        Self { lying: VecDeque::with_capacity(most.min(MOST_AT_ONCE)), most }
    }

    /// From now on so many can lie here; what lies here stays.
    pub(crate) fn limit(&mut self, most: usize) {
        let room = most.min(MOST_AT_ONCE).saturating_sub(self.lying.len());
        self.lying.reserve_exact(room);
        self.most = most;
    }

    /// Sends a message, or lets it lie behind those that are here. Never waits.
    #[inline]
    pub(crate) fn send(
        &mut self,
        sender: &mut Sender<W>,
        target: Target,
        message: W::Message,
    ) -> Result<Took, TrySendError<W::Message>> {
        let message = if self.lying.is_empty() {
            match sender.offer(target, message) {
                Offered::Sent => return Ok(Took::Sent),
                Offered::Closed(message) => return Err(TrySendError::Closed(message)),
                Offered::Full(message) => message,
            }
        } else {
            message
        };
        if self.lying.len() < self.most {
            self.lying.push_back((target, message));
            Ok(Took::Lies)
        } else {
            Err(TrySendError::Full(message))
        }
    }

    /// Offers what lies here, as far as there is room. Calls `refused` with what nobody takes any more.
    /// Whether any message is gone from here.
    pub(crate) fn flush(
        &mut self,
        mut offer: impl FnMut(Target, W::Message) -> Offered<W::Message>,
        mut refused: impl FnMut(Target, W::Message),
    ) -> bool {
        let mut moved = false;
        while let Some((target, message)) = self.lying.pop_front() {
            match offer(target, message) {
                Offered::Sent => {}
                Offered::Closed(message) => refused(target, message),
                Offered::Full(message) => {
                    self.lying.push_front((target, message));
                    break;
                }
            }
            moved = true;
        }
        moved
    }

    pub(crate) fn len(&self) -> usize {
        self.lying.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.lying.is_empty()
    }

    /// How many more can lie here.
    pub(crate) fn room(&self) -> usize {
        self.most.saturating_sub(self.lying.len())
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (Target, W::Message)> + '_ {
        self.lying.drain(..)
    }
}
