//! Routing a message and putting it in, with or without a wait.

use core::time::Duration;

use windlass_partition::{Key, SLOTS, Slot};
use windlass_qos::TrySendError as LaneError;
use windlass_sync::Deadline;
use windlass_sync::sync::lock;

use super::Sender;
use crate::dead::DeadLetter;
use crate::error::{Closed, SendTimeoutError, TrySendError};
use crate::letter::{ANY_SLOT, Letter, NO_SLOT, Post, Way, number};
use crate::route::Inside;
use crate::shared::Door;
use crate::shared_queue::SharedTx;
use crate::shed::stamp;
use crate::time::has_passed;
use crate::worker::Worker;

/// Where a message is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    to: To,
    /// Before the others that are there.
    is_high: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Slot(u16),
    Worker(u16),
    /// To whoever's turn it is.
    Any,
}

impl Target {
    /// Whoever has the key.
    #[inline]
    pub(crate) fn key<K: Key + ?Sized>(key: &K) -> Self {
        Self { to: To::Slot(slot_of(key)), is_high: false }
    }

    /// Whoever has the slot.
    #[inline]
    pub(crate) const fn slot(slot: u16) -> Self {
        Self { to: To::Slot(slot), is_high: false }
    }

    #[inline]
    pub(crate) fn of_slot(slot: Slot) -> Self {
        Self::slot(number(slot))
    }

    /// A worker that may not exist.
    #[inline]
    pub(crate) fn worker(worker: usize) -> Self {
        Self { to: To::Worker(u16::try_from(worker).unwrap_or(u16::MAX)), is_high: false }
    }

    #[inline]
    pub(crate) const fn any() -> Self {
        Self { to: To::Any, is_high: false }
    }

    #[inline]
    pub(crate) const fn high(self) -> Self {
        Self { is_high: true, ..self }
    }
}

/// What became of a message that was offered.
pub(crate) enum Offered<M> {
    Sent,
    Full(M),
    Closed(M),
}

impl<M> From<Offered<M>> for Result<(), TrySendError<M>> {
    #[inline]
    fn from(offered: Offered<M>) -> Self {
        match offered {
            Offered::Sent => Ok(()),
            Offered::Full(message) => Err(TrySendError::Full(message)),
            Offered::Closed(message) => Err(TrySendError::Closed(message)),
        }
    }
}

/// What became of it at a lane.
enum AtDoor<M> {
    Sent,
    Full(M),
    Closed(M),
    /// The table is not the newest.
    Stale(M),
}

/// The slot of a key.
#[inline]
pub(super) fn slot_of<K: Key + ?Sized>(key: &K) -> u16 {
    number(Slot::of_key(key))
}

impl Target {
    /// Where a letter goes that died: as it went before.
    pub(super) fn of_letter<M>(letter: &DeadLetter<M>) -> Self {
        let target = match letter.slot {
            NO_SLOT => Self::worker(letter.worker),
            ANY_SLOT => Self::any(),
            slot => Self::slot(slot),
        };
        Self { is_high: letter.is_high, ..target }
    }

    /// The slot of a message that goes there.
    pub(crate) fn slot_of(self) -> u16 {
        match self.to {
            To::Slot(slot) => slot,
            To::Worker(_) => NO_SLOT,
            To::Any => ANY_SLOT,
        }
    }

    /// All that is to be known to send it again.
    pub(crate) fn way(self) -> Way {
        (self.slot_of(), self.is_high)
    }

    /// The worker it goes to, if that is known.
    pub(crate) fn its_worker(self) -> Option<usize> {
        match self.to {
            To::Worker(worker) => Some(worker.into()),
            To::Slot(_) | To::Any => None,
        }
    }

    pub(crate) fn is_high(self) -> bool {
        self.is_high
    }
}

impl<W: Worker> Sender<W> {
    #[inline]
    pub(super) fn put(
        &mut self,
        target: Target,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        match self.offer(target, message) {
            Offered::Sent => Ok(()),
            Offered::Closed(message) => Err(Closed(message)),
            Offered::Full(message) => {
                let sent = self.wait(target, message, Deadline::never());
                sent.map_err(|refused| Closed(refused.into_inner()))
            }
        }
    }

    /// Puts a message in, and waits for room until `deadline`.
    #[inline]
    pub(super) fn put_until(
        &mut self,
        target: Target,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        match self.offer(target, message) {
            Offered::Sent => Ok(()),
            Offered::Full(message) => self.wait(target, message, deadline),
            Offered::Closed(message) => Err(SendTimeoutError::Closed(message)),
        }
    }

    /// Puts a message in, or gives it back, at once.
    #[inline]
    pub(crate) fn offer(&mut self, target: Target, message: W::Message) -> Offered<W::Message> {
        self.offer_and_count(target, message, 1)
    }

    /// As [`offer`](Self::offer), for a message that was counted as accepted before.
    pub(crate) fn offer_again(
        &mut self,
        target: Target,
        message: W::Message,
    ) -> Offered<W::Message> {
        self.offer_and_count(target, message, 0)
    }

    /// Counts messages as accepted that do not go through a mailbox, or not yet.
    pub(crate) fn count(&mut self, messages: u64) {
        if let Some(mut inside) = self.place.enter(self.epoch) {
            inside.count(messages);
        } else {
            self.refresh();
            self.count(messages);
        }
    }

    #[inline]
    fn offer_and_count(
        &mut self,
        target: Target,
        message: W::Message,
        count: u64,
    ) -> Offered<W::Message> {
        let mut message = message;
        loop {
            match self.offer_by_table(target, message, count) {
                AtDoor::Sent => return Offered::Sent,
                AtDoor::Full(message) => return Offered::Full(message),
                AtDoor::Closed(message) => return Offered::Closed(message),
                AtDoor::Stale(back) => {
                    message = back;
                    self.refresh();
                }
            }
        }
    }

    #[inline]
    fn offer_by_table(
        &mut self,
        target: Target,
        message: W::Message,
        count: u64,
    ) -> AtDoor<W::Message> {
        let sent = self.stamp();
        let Self { place, epoch, owners, doors, turn, shared_tx, .. } = self;
        let Some(mut inside) = place.enter(*epoch) else { return AtDoor::Stale(message) };
        let (worker, slot) = match target.to {
            To::Slot(slot) => (usize::from(owners[usize::from(slot) & (SLOTS - 1)]), slot),
            To::Worker(worker) => (usize::from(worker), NO_SLOT),
            To::Any => match shared_tx {
                None => (turn.next(doors), ANY_SLOT),
                Some(shared_tx) => {
                    let letter = Letter::new((ANY_SLOT, false), sent, message);
                    return offer_to_all(shared_tx, doors, inside, letter, count);
                }
            },
        };
        let Some(Some(door)) = doors.get_mut(worker) else { return AtDoor::Closed(message) };
        let letter = Letter::new((slot, target.is_high), sent, message);
        match door.lane(target.is_high).try_send(Post::Letter(letter)) {
            Ok(()) => {
                inside.count(count);
                AtDoor::Sent
            }
            Err(LaneError::Full(post)) => {
                turn.is_full();
                AtDoor::Full(message_of(post))
            }
            Err(LaneError::Closed(post)) => {
                drop(inside);
                AtDoor::Closed(message_of(post))
            }
        }
    }

    /// When a message is sent, if anybody wants to know.
    #[inline]
    pub(super) fn stamp(&self) -> u32 {
        if self.stamps { stamp(self.shared.time) } else { 0 }
    }

    /// The door that a message would go through now.
    pub(super) fn door(&mut self, target: Target) -> Option<&mut Door<W>> {
        let worker = self.worker_of(target);
        self.doors.get_mut(worker)?.as_mut()
    }

    /// Whose door that is.
    pub(crate) fn worker_of(&self, target: Target) -> usize {
        match target.to {
            To::Slot(slot) => usize::from(self.owners[usize::from(slot) & (SLOTS - 1)]),
            To::Worker(worker) => usize::from(worker),
            To::Any => self.turn.now(),
        }
    }

    /// Waits outside of the section, and tries again by the newest table.
    #[cold]
    #[inline(never)]
    pub(super) fn wait(
        &mut self,
        target: Target,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        let mut message = message;
        loop {
            let time = self.shared.time;
            // Whoever may go elsewhere looks around now and then.
            let looks_around = matches!(target.to, To::Any) && self.turn.looks_around();
            let until = if looks_around { time.sooner(deadline, LOOK_AROUND) } else { deadline };
            let has_room = match (target.to, &mut self.shared_tx) {
                (To::Any, Some(shared_tx)) => time.wait_for_room(&mut shared_tx.tx, until),
                _ => match self.door(target) {
                    Some(door) => time.wait_for_room(door.lane(target.is_high), until),
                    None => true,
                },
            };
            let in_time = has_room || (looks_around && !has_passed(deadline));
            match self.offer(target, message) {
                Offered::Sent => return Ok(()),
                Offered::Closed(message) => return Err(SendTimeoutError::Closed(message)),
                Offered::Full(message) if !in_time => {
                    return Err(SendTimeoutError::Timeout(message));
                }
                Offered::Full(back) => message = back,
            }
        }
    }

    /// Reads the newest table.
    #[cold]
    #[inline(never)]
    pub(super) fn refresh(&mut self) {
        let table = lock(&self.shared.table);
        self.epoch = self.shared.routes.epoch();
        self.owners.copy_from_slice(&table.owners[..]);
        for (worker, door) in table.doors.iter().enumerate() {
            let same = |mine: &Door<W>| door.as_ref().is_some_and(|door| mine.is_same(door));
            if self.doors.get(worker).and_then(Option::as_ref).is_some_and(same) {
                continue;
            }
            // There are as many as the lanes were opened for, by the limits of the pool.
            let another = door.as_ref().and_then(|door| door.another().ok());
            match self.doors.get_mut(worker) {
                Some(mine) => *mine = another,
                None => self.doors.push(another),
            }
        }
    }
}

/// Puts a message into the queue that workers share, if there is any worker.
fn offer_to_all<W: Worker>(
    shared_tx: &mut SharedTx<W::Message>,
    doors: &[Option<Door<W>>],
    mut inside: Inside<'_>,
    letter: Letter<W::Message>,
    count: u64,
) -> AtDoor<W::Message> {
    if !doors.iter().flatten().any(|door| !door.normal.is_closed()) {
        drop(inside);
        return AtDoor::Closed(letter.message);
    }
    match shared_tx.tx.try_send(letter) {
        Ok(()) => {
            inside.count(count);
            drop(inside);
            shared_tx.ring();
            AtDoor::Sent
        }
        Err(LaneError::Full(letter)) => AtDoor::Full(letter.message),
        Err(LaneError::Closed(letter)) => {
            drop(inside);
            AtDoor::Closed(letter.message)
        }
    }
}

/// How long a message that may go to any worker waits for one of them, before it looks for another.
const LOOK_AROUND: Duration = Duration::from_millis(1);

/// A refused post is the letter that was offered.
pub(super) fn message_of<W: Worker>(post: Post<W>) -> W::Message {
    match post {
        Post::Letter(letter) => letter.message,
        Post::System(_) | Post::Control(_) => unreachable!("a letter comes back as a letter"),
    }
}
