//! Sending messages to workers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use windlass_partition::{DEFAULT_SEED, Key, SLOTS, Slot};
use windlass_qos::TrySendError as LaneError;
use windlass_sync::Deadline;
use windlass_sync::sync::{Arc, lock};

use crate::error::{BuildError, Closed, SendTimeoutError, TrySendError};
use crate::letter::{Letter, NO_SLOT, Post};
use crate::route::{Place, Routes};
use crate::shared::{Door, Shared};
use crate::worker::Worker;

/// Puts messages into the mailboxes of a pool.
///
/// One for each thread that sends; [`try_clone`](Self::try_clone) makes another one. Messages of one sender
/// arrive at each worker in the order in which they were sent, and those for one key in that order also
/// when the key gets another owner meanwhile.
pub struct Sender<W: Worker> {
    shared: Arc<Shared<W>>,
    place: Place,
    /// The table that `doors` and `owners` are of.
    epoch: u64,
    owners: Box<[u16; SLOTS]>,
    doors: Vec<Option<Door<W>>>,
    /// For messages to any worker.
    turn: usize,
    is_worker: bool,
}

/// Where a message is to go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Slot(u16),
    Worker(u16),
    /// To the next worker in turn.
    Any,
}

impl Target {
    /// A worker that may not exist.
    pub(crate) fn worker(worker: usize) -> Self {
        Self::Worker(u16::try_from(worker).unwrap_or(u16::MAX))
    }
}

/// What became of a message that was offered.
pub(crate) enum Offered<M> {
    Sent,
    Full(M),
    Closed(M),
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
pub(crate) fn slot_of<K: Key + ?Sized>(key: &K) -> u16 {
    let slot = Slot::of(key, DEFAULT_SEED).index();
    #[expect(clippy::cast_possible_truncation, reason = "12 bits")]
    let slot = slot as u16;
    slot
}

impl<W: Worker> Sender<W> {
    /// Sends to the worker that has the key, and waits while its mailbox is full.
    ///
    /// Waits by the pool's wait for senders; never at the levels that overwrite.
    ///
    /// # Errors
    ///
    /// [`Closed`] gives the message back: the pool shuts down, or the worker is gone for good.
    #[inline]
    pub fn send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        self.put(Target::Slot(slot_of(key)), message)
    }

    /// Sends to one worker, and waits while its mailbox is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); also if there is no such worker.
    #[inline]
    pub fn send_to(
        &mut self,
        worker: usize,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        self.put(Target::worker(worker), message)
    }

    /// Sends to the workers in turn; waits while the mailbox of the next one is full.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[inline]
    pub fn send_any(&mut self, message: W::Message) -> Result<(), Closed<W::Message>> {
        self.put(Target::Any, message)
    }

    /// Sends to the worker that has the key, or gives the message back, at once.
    ///
    /// # Errors
    ///
    /// [`TrySendError`] gives the message back.
    #[inline]
    pub fn try_send<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        match self.offer(Target::Slot(slot_of(key)), message) {
            Offered::Sent => Ok(()),
            Offered::Full(message) => Err(TrySendError::Full(message)),
            Offered::Closed(message) => Err(TrySendError::Closed(message)),
        }
    }

    /// Sends to the worker that has the key, and waits at most so long.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_timeout<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
        wait: Duration,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        self.send_deadline(key, message, Deadline::after(wait))
    }

    /// Sends to the worker that has the key, and waits at most until `deadline`.
    ///
    /// # Errors
    ///
    /// [`SendTimeoutError`] gives the message back.
    pub fn send_deadline<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        let target = Target::Slot(slot_of(key));
        match self.offer(target, message) {
            Offered::Sent => Ok(()),
            Offered::Full(message) => self.wait(target, message, deadline),
            Offered::Closed(message) => Err(SendTimeoutError::Closed(message)),
        }
    }

    /// Sends to the worker that has the key as soon as there is room. Works with any runtime; dropped
    /// before it is done, it sends nothing and drops the message.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_async<K: Key + ?Sized>(
        &mut self,
        key: &K,
        message: W::Message,
    ) -> Result<(), Closed<W::Message>> {
        let target = Target::Slot(slot_of(key));
        let mut message = message;
        loop {
            match self.offer(target, message) {
                Offered::Sent => return Ok(()),
                Offered::Closed(message) => return Err(Closed(message)),
                Offered::Full(back) => message = back,
            }
            if let Some(door) = self.door(target) {
                door.normal.room_async().await;
            }
        }
    }

    /// Another sender into the same pool.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManySenders`] if there are as many as the pool was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        Self::of_user(&self.shared)
    }

    /// How many workers there are; may be out of date at once.
    #[must_use]
    pub fn workers(&self) -> usize {
        lock(&self.shared.table).doors.iter().flatten().count()
    }

    pub(crate) fn of_user(shared: &Arc<Shared<W>>) -> Result<Self, BuildError> {
        {
            let mut table = lock(&shared.table);
            let max = shared.plan.senders;
            if max <= table.senders {
                return Err(BuildError::TooManySenders { max });
            }
            table.senders += 1;
        }
        Ok(Self::new(shared, false))
    }

    pub(crate) fn of_worker(shared: &Arc<Shared<W>>) -> Self {
        Self::new(shared, true)
    }

    fn new(shared: &Arc<Shared<W>>, is_worker: bool) -> Self {
        let place = Routes::place(&shared.routes);
        let owners = Box::new([0; SLOTS]);
        let shared = Arc::clone(shared);
        let mut sender =
            Self { shared, place, epoch: u64::MAX, owners, doors: Vec::new(), turn: 0, is_worker };
        sender.refresh();
        sender
    }

    #[inline]
    fn put(&mut self, target: Target, message: W::Message) -> Result<(), Closed<W::Message>> {
        match self.offer(target, message) {
            Offered::Sent => Ok(()),
            Offered::Closed(message) => Err(Closed(message)),
            Offered::Full(message) => match self.wait(target, message, Deadline::never()) {
                Ok(()) => Ok(()),
                Err(refused) => Err(Closed(refused.into_inner())),
            },
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

    /// Counts a message as accepted that waits in the worker's outbox.
    pub(crate) fn count_outboxed(&mut self) {
        if let Some(mut inside) = self.place.enter(self.epoch) {
            inside.count(1);
        } else {
            self.refresh();
            self.count_outboxed();
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
        let Self { place, epoch, owners, doors, turn, .. } = self;
        let Some(mut inside) = place.enter(*epoch) else { return AtDoor::Stale(message) };
        let (worker, slot) = match target {
            Target::Slot(slot) => (usize::from(owners[usize::from(slot) & (SLOTS - 1)]), slot),
            Target::Worker(worker) => (usize::from(worker), NO_SLOT),
            Target::Any => (next(doors, turn), NO_SLOT),
        };
        let Some(Some(door)) = doors.get_mut(worker) else { return AtDoor::Closed(message) };
        match door.normal.try_send(Post::Letter(Letter { slot, message })) {
            Ok(()) => {
                inside.count(count);
                AtDoor::Sent
            }
            Err(LaneError::Full(post)) => AtDoor::Full(message_of(post)),
            Err(LaneError::Closed(post)) => {
                drop(inside);
                AtDoor::Closed(message_of(post))
            }
        }
    }

    /// The door that a message would go through now.
    fn door(&mut self, target: Target) -> Option<&mut Door<W>> {
        let Self { owners, doors, turn, .. } = self;
        let worker = match target {
            Target::Slot(slot) => usize::from(owners[usize::from(slot) & (SLOTS - 1)]),
            Target::Worker(worker) => usize::from(worker),
            Target::Any => *turn,
        };
        doors.get_mut(worker)?.as_mut()
    }

    /// Waits outside of the section, and tries again by the newest table.
    #[cold]
    #[inline(never)]
    fn wait(
        &mut self,
        target: Target,
        message: W::Message,
        deadline: Deadline,
    ) -> Result<(), SendTimeoutError<W::Message>> {
        let mut message = message;
        loop {
            let in_time = match self.door(target) {
                Some(door) => door.normal.wait_for_room(deadline),
                None => true,
            };
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
    fn refresh(&mut self) {
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

/// The next worker in turn that is there.
fn next<W: Worker>(doors: &[Option<Door<W>>], turn: &mut usize) -> usize {
    for _ in 0..doors.len() {
        *turn = if *turn + 1 < doors.len() { *turn + 1 } else { 0 };
        if doors[*turn].as_ref().is_some_and(|door| !door.normal.is_closed()) {
            break;
        }
    }
    *turn
}

/// A refused post is the letter that was offered.
fn message_of<W: Worker>(post: Post<W>) -> W::Message {
    match post {
        Post::Letter(letter) => letter.message,
        Post::System(_) | Post::Control(_) => unreachable!("a letter comes back as a letter"),
    }
}

impl<W: Worker> Drop for Sender<W> {
    fn drop(&mut self) {
        // Before the next sender is let in, which needs these places at the lanes.
        self.doors.clear();
        if !self.is_worker {
            lock(&self.shared.table).senders -= 1;
        }
    }
}

impl<W: Worker> fmt::Debug for Sender<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("workers", &self.doors.iter().flatten().count())
            .finish_non_exhaustive()
    }
}
