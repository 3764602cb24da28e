//! Sending many messages as a future, put together by worker.
//!
//! All that the future has taken and not sent lies where its end finds it: dropped in the middle, it gives that back.

use alloc::vec::Vec;
use core::mem;

use windlass_partition::{Key, SLOTS};

use super::batch::{COMBINED, Unsent};
use super::offer::{Offered, Target, slot_of};
use super::{Sender, batch::letter_of};
use crate::letter::{Letter, Post};
use crate::worker::Worker;

impl<W: Worker> Sender<W> {
    /// As [`send_batch`](Self::send_batch), and awaits room while mailboxes are full. Works with any runtime.
    ///
    /// Dropped before it is done, what was sent is sent. What it had taken out of `messages` and had not sent, some 64
    /// for each worker at most, is given by [`take_unsent`](Self::take_unsent); the others were not taken, and are
    /// still there if the iterator was lent.
    ///
    /// # Errors
    ///
    /// As [`send_batch`](Self::send_batch).
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_pool::{Pool, Shutdown, Simulation};
    ///
    /// // Any runtime does; this one is at hand.
    /// let sim = Simulation::new(1);
    /// let pool = Pool::each(|_| |_: u64| {}).workers(2).simulate(&sim).build()?;
    /// let mut tx = pool.sender()?;
    /// let sent = sim.block_on(tx.send_batch_async((0..1000).map(|n| (n % 10, n))))?;
    /// assert_eq!((sent, pool.shutdown(Shutdown::drain()).handled), (1000, 1000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send_batch_async<K: Key>(
        &mut self,
        messages: impl IntoIterator<Item = (K, W::Message)>,
    ) -> Result<u64, Unsent<W::Message>> {
        self.make_room();
        let mut epoch = self.epoch;
        let mut batch = Together::new(self);
        for (key, message) in messages {
            if epoch != batch.sender.epoch {
                // What was put together by an older table goes first, or a key could overtake itself.
                batch.send_all(epoch).await;
                epoch = batch.sender.epoch;
            }
            let (slot, sent) = (slot_of(&key), batch.sender.stamp());
            let worker = usize::from(batch.sender.owners[usize::from(slot) & (SLOTS - 1)]);
            let Some(together) = batch.sender.combining.get_mut(worker) else {
                // Where there was never a worker.
                batch.unsent.messages.push(message);
                continue;
            };
            together.push(Post::Letter(Letter::new((slot, false), sent, message)));
            if together.len() == COMBINED {
                batch.send(worker, epoch).await;
            }
        }
        batch.send_all(epoch).await;
        let none = Unsent { sent: 0, messages: Vec::new() };
        let unsent = mem::replace(&mut batch.unsent, none);
        if unsent.messages.is_empty() { Ok(unsent.sent) } else { Err(unsent) }
    }

    /// Messages that a [`send_batch_async`](Self::send_batch_async) had taken and not sent when it was dropped; those
    /// for one key in their order. They lie here until they are taken, or the sender is dropped.
    pub fn take_unsent(&mut self) -> Vec<W::Message> {
        mem::take(&mut self.unsent)
    }
}

/// A batch that is being sent.
struct Together<'s, W: Worker> {
    sender: &'s mut Sender<W>,
    unsent: Unsent<W::Message>,
    /// The message that waits for room.
    first: Option<W::Message>,
}

impl<'s, W: Worker> Together<'s, W> {
    fn new(sender: &'s mut Sender<W>) -> Self {
        let unsent = Unsent { sent: 0, messages: Vec::new() };
        Self { sender, unsent, first: None }
    }

    /// Sends what was put together by the table of `by`.
    async fn send_all(&mut self, by: u64) {
        for worker in 0..self.sender.combining.len() {
            self.send(worker, by).await;
        }
    }

    /// Sends what was put together for one worker; to others, if the table has changed meanwhile.
    async fn send(&mut self, worker: usize, by: u64) {
        if self.sender.combining[worker].is_empty() {
            return;
        }
        while let Some(letter) = self.sender.send_by_table(worker, by, &mut self.unsent.sent) {
            // Full, gone, or the table is another one: the first goes alone, by whatever table.
            self.first = Some(letter.message);
            self.send_first(Target::slot(letter.slot)).await;
        }
        self.sender.make_room();
    }

    async fn send_first(&mut self, target: Target) {
        while let Some(message) = self.first.take() {
            match self.sender.offer(target, message) {
                Offered::Sent => self.unsent.sent += 1,
                Offered::Closed(message) => self.unsent.messages.push(message),
                Offered::Full(message) => {
                    self.first = Some(message);
                    if let Some(door) = self.sender.door(target) {
                        door.lane(false).room_async().await;
                    }
                }
            }
        }
    }
}

impl<W: Worker> Drop for Together<'_, W> {
    fn drop(&mut self) {
        let Self { sender, unsent, first } = self;
        let Sender { unsent: left, combining, .. } = &mut **sender;
        left.append(&mut unsent.messages);
        left.extend(first.take());
        let together = combining.iter_mut().flat_map(|letters| letters.drain(..));
        left.extend(together.map(|post| letter_of(post).message));
    }
}
