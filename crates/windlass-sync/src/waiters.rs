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
    /// Counts as one more, that is never taken.
    stays: bool,
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
        Self { queue: VecDeque::with_capacity(waiters), next_ticket: 0, stays: false }
    }

    /// From now on there is one at least.
    pub(crate) fn stay(&mut self) {
        self.stays = true;
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len() + usize::from(self.stays)
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

    /// Takes the first waiter out.
    pub(crate) fn pop(&mut self) -> Option<(u64, Sleeper)> {
        self.queue.pop_front().map(|waiter| (waiter.ticket, waiter.sleeper))
    }

    /// Takes the first waiter out, if its ticket is lower than `limit`.
    pub(crate) fn pop_before(&mut self, limit: u64) -> Option<(u64, Sleeper)> {
        if self.any_before(limit) { self.pop() } else { None }
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn tickets(waiters: &mut Waiters, limit: u64) -> alloc::vec::Vec<u64> {
        core::iter::from_fn(|| waiters.pop_before(limit)).map(|(ticket, _)| ticket).collect()
    }

    fn with_tasks(keys: core::ops::Range<u64>) -> Waiters {
        let mut waiters = Waiters::with_capacity(4);
        for key in keys {
            assert!(waiters.put_task(key, Waker::noop().clone()).is_none(), "a new key");
        }
        waiters
    }

    #[test]
    fn waiters_leave_in_order_of_arrival_up_to_the_limit() {
        let mut waiters = with_tasks(0..3);
        let limit = waiters.next_ticket();
        assert!(waiters.put_task(3, Waker::noop().clone()).is_none(), "a late one");
        assert!(waiters.any_before(limit), "three are there");
        assert_eq!(tickets(&mut waiters, limit), [0, 1, 2], "the late one stays");
        assert!(!waiters.any_before(limit), "of those that were there nobody is left");
        assert_eq!(waiters.len(), 1, "the late one");
    }

    #[test]
    fn a_replaced_task_keeps_its_place() {
        let mut waiters = with_tasks(0..3);
        assert!(waiters.put_task(1, Waker::noop().clone()).is_some(), "the old one comes back");
        assert_eq!(waiters.next_ticket(), 3, "no ticket was drawn");
        assert_eq!(tickets(&mut waiters, 3), [0, 1, 2], "same order");
    }

    #[test]
    fn a_removed_task_leaves_the_others_in_order() {
        let mut waiters = with_tasks(0..4);
        assert!(waiters.remove_task(1).is_some(), "it was there");
        assert!(waiters.remove_task(1).is_none(), "once");
        assert_eq!(tickets(&mut waiters, 4), [0, 2, 3], "same order");
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_thread_is_removed_by_its_ticket_and_never_as_a_task() {
        let thread = || Sleeper::Thread(crate::thread::current());
        let mut waiters = with_tasks(0..1);
        let first = waiters.push(7, thread());
        let second = waiters.push(7, thread());
        assert!(waiters.remove_task(7).is_none(), "threads leave by ticket");
        assert!(waiters.remove(first).is_some(), "it was there");
        assert!(waiters.remove(first).is_none(), "once");
        assert_eq!(tickets(&mut waiters, second + 1), [0, second], "the others stay");
        assert!(waiters.remove(second).is_none(), "it was taken");
    }
}
