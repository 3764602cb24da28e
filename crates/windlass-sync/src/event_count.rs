//! Waiting for a condition that lives elsewhere, and waking whoever waits for it.
//!
//! The condition is the caller's: a cursor that moved, a flag that was set. An event count adds
//! the sleep. Notifying runs for every message and waiting almost never, so the costs are placed
//! accordingly: while nobody waits, a notifier reads one word that nobody writes.
//!
//! ```text
//!   notifier: store condition; light(); load waiting    0: done
//!   waiter:   store waiting;   heavy(); load condition  true: leave; false: park
//! ```
//!
//! By the promise of [`barrier`] not both loads miss the other side's store. Either the waiter sees
//! the condition, or the notifier sees the waiter.
//!
//! # Taking and waking
//!
//! A notifier that sees a waiter takes the waiters off the queue one by one under the lock and
//! wakes each outside it. It takes those that were there when it came and no later ones; else a
//! waiter that comes back at once could keep it for ever.
//!
//! Tickets rise in queue order and taking goes from the front. `taken_below` therefore says for
//! each waiter exactly whether it is still in the queue, and a woken thread leaves without the
//! lock: it reads its condition and one word.
//!
//! # Why a waiter that read a stale `taken_below` does not sleep for ever
//!
//! A waiter parks after it read that it was not taken. If it was, the notifier that took it has yet
//! to unpark it, and the park returns; or has unparked it already, and then the waiter's read came
//! before the wake-up in question was consumed, because consuming it (in a park, here or in the
//! caller's condition) makes the store visible to every later read. The wake-up is still there, and
//! the park returns.
//!
//! # Source
//!
//! Event counts: Reed and Kanodia; the form with prepare, check and commit: Vyukov. Ideas only.

use crate::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sync::{Mutex, lock};
use crate::waiters::{Sleeper, Waiters};
use crate::{Deadline, barrier};
use core::fmt;
use core::task::Waker;

#[cfg(any(feature = "std", loom))]
use crate::thread;

/// Puts threads and tasks to sleep until a condition outside it may have changed.
///
/// A party that waits has a key of its own, which it picks: a number that no other party uses on
/// the same event count. It waits in one way at a time, as a thread or as a task, and its calls
/// under that key do not overlap. Registering and cancelling look through the queue, in time
/// proportional to the number of parties that wait.
///
/// It is small, and to be kept off lines that are written often: pad it, or put it beside what is read only.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "std", not(loom)))] {
/// use std::sync::Arc;
/// use windlass_sync::atomic::{AtomicU64, Ordering};
/// use windlass_sync::{Deadline, EventCount, thread};
///
/// let shared = Arc::new((AtomicU64::new(0), EventCount::new(1)));
/// let waiter = thread::spawn({
///     let shared = Arc::clone(&shared);
///     move || {
///         let (value, changed) = &*shared;
///         changed.wait_until(0, Deadline::never(), || match value.load(Ordering::Acquire) {
///             0 => None,
///             value => Some(value),
///         })
///     }
/// });
/// shared.0.store(7, Ordering::Release);
/// shared.1.notify();
/// assert_eq!(waiter.join().unwrap(), Some(7));
/// # }
/// ```
pub struct EventCount {
    /// Length of the queue; one more if it [stays awaited](Self::stay_awaited). Written under the lock, only when
    /// somebody comes or goes, so that a notifier's read hits its own cache while nobody waits.
    waiting: AtomicUsize,
    /// One more than the highest ticket that a notifier took. Written under the lock.
    taken_below: AtomicU64,
    waiters: Mutex<Waiters>,
}

impl EventCount {
    /// Makes an event count for up to `max_waiters` parties at once.
    ///
    /// Nothing allocates afterwards while no more than that many wait at the same time. More may,
    /// and then the queue grows.
    #[must_use]
    pub fn new(max_waiters: usize) -> Self {
        barrier::init();
        Self {
            waiting: AtomicUsize::new(0),
            taken_below: AtomicU64::new(0),
            waiters: Mutex::new(Waiters::with_capacity(max_waiters)),
        }
    }

    /// Wakes all threads and tasks that wait, so that they look at their condition again.
    ///
    /// To be called after the store that changes the condition; that store may be Relaxed as far as
    /// waking is concerned. Wait-free while nobody waits: [`barrier::light`] and one load.
    /// Otherwise takes a lock and makes a system call for each thread that sleeps.
    ///
    /// # Panics
    ///
    /// If a task's waker panics. The others are woken nevertheless.
    #[inline(always)]
    pub fn notify(&self) {
        if self.is_awaited() {
            self.wake_all();
        }
    }

    /// Wakes whoever has waited longest, if somebody waits. Returns whether there was one.
    ///
    /// For what one of them uses up, a message in a queue say: to be called once behind each, as
    /// [`notify`](Self::notify) is. Whoever is woken, or might have been, and goes away without another look at
    /// the condition, owes the others a `notify_one` if there is more for them: [`cancel`](Self::cancel) tells.
    /// Wait-free while nobody waits; otherwise takes a lock, and makes a system call if a thread sleeps.
    ///
    /// # Panics
    ///
    /// If a task's waker panics.
    #[inline(always)]
    pub fn notify_one(&self) -> bool {
        self.is_awaited() && self.wake_one()
    }

    /// Says whether somebody waits; if so, the caller has to [`notify`](Self::notify).
    ///
    /// Both halves of `notify` are the same as this and then `notify`; apart, a caller can put the
    /// second one where it does not burden the first. To be called after the store that changes the
    /// condition. Wait-free.
    #[must_use]
    #[inline(always)]
    pub fn is_awaited(&self) -> bool {
        // ORDERING(event_count): light barrier. The caller's store of the condition precedes the
        // load of `waiting`. Heavy end: `wait_until`, `register`, `stay_awaited`. Model: `no_lost_wake_up`.
        barrier::light();
        // ORDERING: Relaxed. The barrier decides what is seen. A number other than 0 was stored
        // under the lock, which whoever wakes takes next.
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Blocks until `ready` returns something, or until the deadline has come.
    ///
    /// `ready` is called on this thread, without a lock, any number of times: at least once, after
    /// each wake-up, and a last time after the deadline has come. Between a `ready` that returned
    /// nothing and going to sleep no notification is lost. If `ready` panics, the thread is no
    /// longer registered when the panic leaves this function.
    ///
    /// Returns `None` only if the deadline has come. Without `std` it spins instead of sleeping.
    #[cfg(any(feature = "std", loom))]
    pub fn wait_until<R>(
        &self,
        key: u64,
        deadline: Deadline,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        // Registering interrupts other cores; do it for a reason.
        if let Some(result) = ready() {
            return Some(result);
        }
        loop {
            let place = self.enter(key);
            loop {
                // First of all after a wake-up: nothing stands between it and the result.
                if let Some(result) = ready() {
                    return Some(result);
                }
                if deadline.has_passed() {
                    return ready();
                }
                if place.is_taken() {
                    break;
                }
                thread::park_until(deadline);
            }
        }
    }

    /// Spins until `ready` returns something: there is no operating system to sleep in.
    ///
    /// `key` and `deadline` are as with `std`, where the thread sleeps.
    #[cfg(not(any(feature = "std", loom)))]
    pub fn wait_until<R>(
        &self,
        key: u64,
        deadline: Deadline,
        mut ready: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        let _ = key;
        loop {
            if let Some(result) = ready() {
                return Some(result);
            }
            if deadline.has_passed() {
                return ready();
            }
            crate::hint::spin_loop();
        }
    }

    /// Arranges that the next notification wakes `waker`, once.
    ///
    /// The caller checks its condition *after* this, and sleeps only if it still does not hold. A
    /// task that waits under the same `key` already is replaced. Blocking, but only for the lock.
    pub fn register(&self, key: u64, waker: &Waker) {
        // Cloning and dropping wakers is code of the runtime: outside the lock.
        let task = waker.clone();
        let replaced = {
            let mut waiters = lock(&self.waiters);
            let replaced = waiters.put_task(key, task);
            self.count(&waiters);
            replaced
        };
        if let Some(old) = replaced {
            // The place in the queue is older than this call and had its own heavy barrier. A
            // notifier that came before that barrier changed the condition before it, and the
            // caller's check sees the change; one that came later sees the place.
            drop(old);
        } else {
            // ORDERING(event_count): heavy barrier. The store of `waiting` precedes the caller's
            // check. Light end: `notify`. Model: `a_registered_task_is_woken`.
            barrier::heavy();
        }
    }

    /// Takes back what [`register`](Self::register) arranged under `key`. Returns whether it was still there.
    ///
    /// If not, a notification took it, and what changed before that is visible now.
    pub fn cancel(&self, key: u64) -> bool {
        let cancelled = {
            let mut waiters = lock(&self.waiters);
            let cancelled = waiters.remove_task(key);
            self.count(&waiters);
            cancelled
        };
        let was_there = cancelled.is_some();
        // Dropping a waker is code of the runtime: outside the lock.
        drop(cancelled);
        was_there
    }

    /// Makes [`is_awaited`](Self::is_awaited) say yes from now on, whether somebody waits or not.
    ///
    /// For whoever goes away for good and leaves something behind that notifiers have to see to: they look for it
    /// where they would wake it, and pay nothing before. What the caller stored before this is seen by a notifier whose
    /// condition the caller does not see after it. A second call changes nothing. Blocking, but only for the lock.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(not(loom))] {
    /// let events = windlass_sync::EventCount::new(1);
    /// assert!(!events.is_awaited());
    /// events.stay_awaited();
    /// events.notify(); // there is nobody to wake
    /// assert!(events.is_awaited());
    /// # }
    /// ```
    #[cold]
    pub fn stay_awaited(&self) {
        {
            let mut waiters = lock(&self.waiters);
            waiters.stay();
            self.count(&waiters);
        }
        // ORDERING(event_count): heavy barrier. The store of `waiting`, and those before it, precede the
        // caller's look. Light end: `is_awaited`. Model: `whoever_leaves_for_good_sees_it_or_is_seen`.
        barrier::heavy();
    }

    /// Returns how many threads and tasks wait; one more if it [stays awaited](Self::stay_awaited). Others may come
    /// and go at the same time.
    #[inline]
    #[must_use]
    pub fn waiting(&self) -> usize {
        // ORDERING: Relaxed. A number to look at; nothing is concluded from it.
        self.waiting.load(Ordering::Relaxed)
    }

    /// Out of line, so that `notify` stays small where it is inlined.
    #[cold]
    #[inline(never)]
    fn wake_all(&self) {
        let mut round = Round { events: self, limit: None, more: true };
        while let Some(sleeper) = round.take() {
            sleeper.wake();
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_one(&self) -> bool {
        let first = {
            let mut waiters = lock(&self.waiters);
            let first = waiters.pop();
            if let Some((ticket, _)) = &first {
                // ORDERING: Relaxed. As in `Round::take`.
                self.taken_below.store(ticket + 1, Ordering::Relaxed);
                self.count(&waiters);
            }
            first
        };
        first.map(|(_, sleeper)| sleeper.wake()).is_some()
    }

    /// Registers the calling thread under `key`; dropping the place takes it back.
    #[cfg(any(feature = "std", loom))]
    fn enter(&self, key: u64) -> Place<'_> {
        let thread = Sleeper::Thread(thread::current());
        let (ticket, abandoned) = {
            let mut waiters = lock(&self.waiters);
            // A future of this party that was forgotten rather than cancelled.
            let abandoned = waiters.remove_task(key);
            let ticket = waiters.push(key, thread);
            self.count(&waiters);
            (ticket, abandoned)
        };
        let place = Place { events: self, ticket };
        drop(abandoned);
        // ORDERING(event_count): heavy barrier. The store of `waiting` precedes the caller's check.
        // Light end: `notify`. Model: `no_lost_wake_up`.
        barrier::heavy();
        place
    }

    /// Publishes the length of the queue. The lock is held: `waiters` proves it.
    fn count(&self, waiters: &Waiters) {
        // ORDERING: Relaxed. Ordered by the barriers, and among writers by the lock.
        self.waiting.store(waiters.len(), Ordering::Relaxed);
    }
}

impl fmt::Debug for EventCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventCount").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

/// One notification's walk along the queue.
struct Round<'a> {
    events: &'a EventCount,
    /// Later tickets are not this round's. Known once the lock was held.
    limit: Option<u64>,
    more: bool,
}

impl Round<'_> {
    /// Takes the next waiter, which the caller wakes.
    fn take(&mut self) -> Option<Sleeper> {
        if !self.more {
            return None;
        }
        let mut waiters = lock(&self.events.waiters);
        let limit = *self.limit.get_or_insert(waiters.next_ticket());
        let taken = waiters.pop_before(limit);
        // Known now, so that the last waiter costs no second locking.
        self.more = waiters.any_before(limit);
        let (ticket, sleeper) = taken?;
        // ORDERING: Relaxed. The waiter reads it after the wake-up that follows, or parks once more
        // and gets that wake-up, see the module.
        self.events.taken_below.store(ticket + 1, Ordering::Relaxed);
        self.events.count(&waiters);
        Some(sleeper)
    }
}

impl Drop for Round<'_> {
    /// Wakes those that are left when a waker panics; otherwise nobody is.
    fn drop(&mut self) {
        while let Some(sleeper) = self.take() {
            sleeper.wake();
        }
    }
}

/// A thread's place in the queue.
#[cfg(any(feature = "std", loom))]
struct Place<'a> {
    events: &'a EventCount,
    ticket: u64,
}

#[cfg(any(feature = "std", loom))]
impl Place<'_> {
    /// Returns whether a notifier took this place, and wakes or has woken this thread for it.
    fn is_taken(&self) -> bool {
        // ORDERING: Relaxed. A stale "no" leads to a park that returns, see the module.
        self.ticket < self.events.taken_below.load(Ordering::Relaxed)
    }
}

#[cfg(any(feature = "std", loom))]
impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.is_taken() {
            return;
        }
        let left = {
            let mut waiters = lock(&self.events.waiters);
            let left = waiters.remove(self.ticket);
            self.events.count(&waiters);
            left
        };
        drop(left);
    }
}
