//! Who waits on an event count, in the order of arrival.
//!
//! Each registration draws a ticket, and the queue is sorted by ticket. Waking goes from the front,
//! so that one number, the lowest ticket not yet taken, tells each waiter whether it was taken.

use alloc::collections::VecDeque;
use core::task::Waker;

#[cfg(any(feature = "std", loom))]
use crate::thread::Thread;

/// The queue of an event count. Lives under its lock.
pub(crate) struct Waiters {
    /// Sorted by ticket.
    queue: VecDeque<Waiter>,
    next_ticket: u64,
}

struct Waiter {
    ticket: u64,
    key: u64,
    sleeper: Sleeper,
}

/// What has to be woken.
pub(crate) enum Sleeper {
    #[cfg(any(feature = "std", loom))]
    Thread(Thread),
    Task(Waker),
}

impl Sleeper {
    pub(crate) fn wake(self) {
        match self {
            #[cfg(any(feature = "std", loom))]
            Self::Thread(thread) => thread.unpark(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

impl Waiters {
    pub(crate) fn with_capacity(waiters: usize) -> Self {
        Self { queue: VecDeque::with_capacity(waiters), next_ticket: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// The ticket that the next registration draws. All those in the queue are lower.
    pub(crate) fn next_ticket(&self) -> u64 {
        self.next_ticket
    }

    /// Appends `sleeper` and returns its ticket.
    pub(crate) fn push(&mut self, key: u64, sleeper: Sleeper) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.queue.push_back(Waiter { ticket, key, sleeper });
        ticket
    }

    /// Takes the first waiter out, if its ticket is lower than `limit`.
    pub(crate) fn pop_before(&mut self, limit: u64) -> Option<(u64, Sleeper)> {
        if !self.any_before(limit) {
            return None;
        }
        self.queue.pop_front().map(|waiter| (waiter.ticket, waiter.sleeper))
    }

    /// Returns whether a waiter with a ticket lower than `limit` is in the queue.
    pub(crate) fn any_before(&self, limit: u64) -> bool {
        self.queue.front().is_some_and(|waiter| waiter.ticket < limit)
    }

    /// Takes out the waiter with `ticket`, unless it was taken.
    #[cfg(any(feature = "std", loom))]
    pub(crate) fn remove(&mut self, ticket: u64) -> Option<Sleeper> {
        let index = self.queue.binary_search_by_key(&ticket, |waiter| waiter.ticket).ok()?;
        self.queue.remove(index).map(|waiter| waiter.sleeper)
    }

    /// Takes out the task that waits under `key`.
    pub(crate) fn remove_task(&mut self, key: u64) -> Option<Sleeper> {
        let index = self.queue.iter().position(|waiter| waiter.is_task(key))?;
        self.queue.remove(index).map(|waiter| waiter.sleeper)
    }

    /// Puts `task` in the place of the task that waits under `key` and returns the old one.
    /// Appends it and returns `None` if there is none.
    pub(crate) fn put_task(&mut self, key: u64, task: Waker) -> Option<Sleeper> {
        let task = Sleeper::Task(task);
        match self.queue.iter_mut().find(|waiter| waiter.is_task(key)) {
            Some(waiter) => Some(core::mem::replace(&mut waiter.sleeper, task)),
            None => {
                self.push(key, task);
                None
            }
        }
    }
}

impl Waiter {
    fn is_task(&self, key: u64) -> bool {
        self.key == key && matches!(self.sleeper, Sleeper::Task(_))
    }
}
