//! Sending many messages, put together by worker.
//!
//! What goes to the same worker goes there in one section, so that its mailbox stays in this core's cache
//! for a while. The order between messages of one key is that of the batch.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::error::Error;
use core::{fmt, mem};

use windlass_partition::{Key, SLOTS};
use windlass_qos::TrySendError as LaneError;
use windlass_sync::Deadline;

use super::Sender;
use super::offer::{Target, message_of, slot_of};
use crate::error::SendTimeoutError;
use crate::letter::{Letter, Post};
use crate::worker::Worker;

/// Messages for one worker that go together.
const COMBINED: usize = 64;

/// Messages of a batch that were not sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Unsent<M> {
    /// How many were sent before the first of these.
    pub sent: u64,
    /// The others. Those that nobody takes come first.
    pub messages: Vec<M>,
}

impl<M> fmt::Debug for Unsent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent")
            .field("sent", &self.sent)
            .field("left", &self.messages.len())
            .finish()
    }
}

impl<M> fmt::Display for Unsent<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = self.messages.len();
        write!(f, "{left} messages after {} found the pool closed or their worker gone", self.sent)
    }
}

impl<M> Error for Unsent<M> {}

impl<W: Worker> Sender<W> {
    /// Sends many messages by key, and waits while mailboxes are full. Returns how many were sent.
    ///
    /// Allocates at its first call, and when there are more workers than before.
    ///
    /// # Errors
    ///
    /// [`Unsent`] gives back what found its worker gone or the pool closed; all others were sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).build()?;
    /// let mut tx = pool.sender()?;
    /// assert_eq!(tx.send_batch((0..1000).map(|n| (n % 10, n)))?, 1000);
    /// assert_eq!(pool.shutdown(Shutdown::drain()).handled, 1000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_batch<K: Key>(
        &mut self,
        messages: impl IntoIterator<Item = (K, W::Message)>,
    ) -> Result<u64, Unsent<W::Message>> {
        let mut unsent = Unsent { sent: 0, messages: Vec::new() };
        self.make_room();
        let mut epoch = self.epoch;
        for (key, message) in messages {
            if epoch != self.epoch {
                // What was put together by an older table goes first, or a key could overtake itself.
                epoch = self.epoch;
                self.send_all_together(&mut unsent);
            }
            let (slot, sent) = (slot_of(&key), self.stamp());
            let worker = usize::from(self.owners[usize::from(slot) & (SLOTS - 1)]);
            let Some(together) = self.combining.get_mut(worker) else {
                // Where there was never a worker.
                unsent.messages.push(message);
                continue;
            };
            together.push_back(Letter { slot, sent, message });
            if together.len() == COMBINED {
                self.send_together(worker, &mut unsent);
            }
        }
        self.send_all_together(&mut unsent);
        if unsent.messages.is_empty() { Ok(unsent.sent) } else { Err(unsent) }
    }

    fn make_room(&mut self) {
        while self.combining.len() < self.doors.len() {
            self.combining.push(VecDeque::with_capacity(COMBINED));
        }
    }

    fn send_all_together(&mut self, unsent: &mut Unsent<W::Message>) {
        for worker in 0..self.combining.len() {
            self.send_together(worker, unsent);
        }
    }

    /// Sends what was put together for one worker; to others, if the table has changed meanwhile.
    fn send_together(&mut self, worker: usize, unsent: &mut Unsent<W::Message>) {
        let mut letters = mem::take(&mut self.combining[worker]);
        while let Some(letter) = self.send_by_table(worker, &mut letters, &mut unsent.sent) {
            // Full, gone, or the table is another one: the first goes alone, by whatever table.
            let target = Target::slot(letter.slot);
            match self.wait(target, letter.message, Deadline::never()) {
                Ok(()) => unsent.sent += 1,
                Err(SendTimeoutError::Closed(message) | SendTimeoutError::Timeout(message)) => {
                    unsent.messages.push(message);
                }
            }
        }
        self.make_room();
        // Its room is used again.
        self.combining[worker] = letters;
    }

    /// Puts letters into one mailbox as long as that goes. Returns the one that did not.
    fn send_by_table(
        &mut self,
        worker: usize,
        letters: &mut VecDeque<Letter<W::Message>>,
        sent: &mut u64,
    ) -> Option<Letter<W::Message>> {
        let Self { place, epoch, doors, owners, .. } = self;
        let Some(mut inside) = place.enter(*epoch) else { return letters.pop_front() };
        let Some(Some(door)) = doors.get_mut(worker) else { return letters.pop_front() };
        let mut count = 0;
        let mut refused = None;
        while let Some(letter) = letters.pop_front() {
            let slot = letter.slot;
            // Put together by an older table.
            if usize::from(owners[usize::from(slot) & (SLOTS - 1)]) != worker {
                refused = Some(letter);
                break;
            }
            match door.normal.try_send(Post::Letter(letter)) {
                Ok(()) => count += 1,
                Err(LaneError::Full(post) | LaneError::Closed(post)) => {
                    refused = Some(Letter { slot, sent: 0, message: message_of(post) });
                    break;
                }
            }
        }
        inside.count(count);
        *sent += count;
        refused
    }
}
