//! Sending many messages, put together by worker.
//!
//! What goes to the same worker goes there in one section, so that its mailbox stays in this core's cache
//! for a while. The order between messages of one key is that of the batch.

use alloc::vec::Vec;
use core::error::Error;
use core::{fmt, mem};

use windlass_partition::{Key, SLOTS};
use windlass_qos::TrySendError as LaneError;
use windlass_sync::Deadline;

use super::Sender;
use super::offer::{Target, slot_of};
use crate::error::SendTimeoutError;
use crate::letter::{Letter, Post};
use crate::worker::Worker;

/// Messages for one worker that go together.
pub(super) const COMBINED: usize = 64;

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
            let (slot, sent) = (slot_of(&key), self.stamp());
            let worker = usize::from(self.owners[usize::from(slot) & (SLOTS - 1)]);
            let Some(together) = self.combining.get_mut(worker) else {
                // Where there was never a worker.
                unsent.messages.push(message);
                continue;
            };
            together.push(Post::Letter(Letter::new((slot, false), sent, message)));
            if together.len() == COMBINED {
                self.send_together(worker, epoch, &mut unsent);
                if epoch != self.epoch {
                    // What was put together by an older table goes first, or a key could overtake itself.
                    self.send_all_together(epoch, &mut unsent);
                    epoch = self.epoch;
                }
            }
        }
        self.send_all_together(epoch, &mut unsent);
        if unsent.messages.is_empty() { Ok(unsent.sent) } else { Err(unsent) }
    }

    pub(super) fn make_room(&mut self) {
        while self.combining.len() < self.doors.len() {
            self.combining.push(Vec::with_capacity(COMBINED));
        }
    }

    /// Sends what was put together by the table of `epoch`.
    fn send_all_together(&mut self, epoch: u64, unsent: &mut Unsent<W::Message>) {
        for worker in 0..self.combining.len() {
            self.send_together(worker, epoch, unsent);
        }
    }

    /// Sends what was put together for one worker; to others, if the table has changed meanwhile.
    #[inline]
    fn send_together(&mut self, worker: usize, by: u64, unsent: &mut Unsent<W::Message>) {
        if self.combining[worker].is_empty() {
            return;
        }
        if let Some(letter) = self.send_by_table(worker, by, &mut unsent.sent) {
            self.send_alone(letter, worker, by, unsent);
        }
    }

    /// Goes on where one was refused: full, gone, or the table is another one. That one goes alone, by whatever table.
    #[cold]
    #[inline(never)]
    fn send_alone(
        &mut self,
        first: Letter<W::Message>,
        worker: usize,
        by: u64,
        unsent: &mut Unsent<W::Message>,
    ) {
        let mut first = Some(first);
        while let Some(letter) = first {
            let target = Target::slot(letter.slot);
            match self.wait(target, letter.message, Deadline::never()) {
                Ok(()) => unsent.sent += 1,
                Err(SendTimeoutError::Closed(message) | SendTimeoutError::Timeout(message)) => {
                    unsent.messages.push(message);
                }
            }
            first = self.send_by_table(worker, by, &mut unsent.sent);
        }
        self.make_room();
    }

    /// Puts letters into one mailbox as long as that goes. Returns the one that did not.
    pub(super) fn send_by_table(
        &mut self,
        worker: usize,
        by: u64,
        sent: &mut u64,
    ) -> Option<Letter<W::Message>> {
        let Self { place, epoch, doors, owners, combining, .. } = self;
        let letters = &mut combining[worker];
        let Some(mut inside) = place.enter(*epoch) else { return first_of(letters) };
        let Some(Some(door)) = doors.get_mut(worker) else { return first_of(letters) };
        // By an older table some were put together that belong elsewhere now.
        let here = |post: &&Post<W>| match post {
            Post::Letter(letter) => {
                usize::from(owners[usize::from(letter.slot) & (SLOTS - 1)]) == worker
            }
            Post::System(_) | Post::Control(_) => false,
        };
        let here =
            if by == *epoch { letters.len() } else { letters.iter().take_while(here).count() };
        let mut count = door.normal.try_send_run(letters, here);
        let mut refused = None;
        if count < here {
            // At levels that overwrite one after the other goes in, and elsewhere this tells what is wrong.
            let mut rest = mem::take(letters);
            rest.reverse();
            while count < here
                && let Some(post) = rest.pop()
            {
                match door.normal.try_send(post) {
                    Ok(()) => count += 1,
                    Err(LaneError::Full(post) | LaneError::Closed(post)) => {
                        refused = Some(letter_of(post));
                        break;
                    }
                }
            }
            rest.reverse();
            *letters = rest;
        }
        inside.count(count as u64);
        *sent += count as u64;
        if refused.is_some() { refused } else { first_of(letters) }
    }
}

/// Takes the first one out.
#[inline]
fn first_of<W: Worker>(letters: &mut Vec<Post<W>>) -> Option<Letter<W::Message>> {
    if letters.is_empty() { None } else { Some(letter_of(letters.remove(0))) }
}

/// Only letters are put together.
pub(super) fn letter_of<W: Worker>(post: Post<W>) -> Letter<W::Message> {
    match post {
        Post::Letter(letter) => letter,
        Post::System(_) | Post::Control(_) => unreachable!("only letters are put together"),
    }
}
