//! What is for any worker, where workers share it: one queue, from which each takes when it has room in its hand.
//!
//! A worker that finds nothing in its mailbox waits for both: it parks at the bell of its mailbox, and is
//! registered at the bell of the queue, with an alarm that unparks it. A message wakes one of those. One that was
//! to be woken and goes away for another reason passes that on, so that no message waits while a worker sleeps.
//!
//! # Source
//!
//! One queue before several servers, as at the counters of a bank: no message waits behind a slow one while a
//! server is free. What a worker takes at once, and that it is less towards the end: guided self-scheduling,
//! Polychronopoulos and Kuck, 1987.

use alloc::vec::Vec;

use windlass_qos::{self as qos, Guaranteed, ManyToMany, TryRecvError};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::{Alarm, CachePadded, EventCount};

use crate::error::BuildError;
use crate::letter::Letter;
use crate::shared::Plan;
use crate::spread::Spread;

pub(crate) type Tx<M> = qos::Sender<Letter<M>, Guaranteed, ManyToMany>;
type Rx<M> = qos::Receiver<Letter<M>, Guaranteed, ManyToMany>;

/// The queue of a pool.
pub(crate) struct SharedQueue<M: Send> {
    /// The first of each, of which the others are made; they close the queue, and take what is left.
    ends: Mutex<(Tx<M>, Rx<M>)>,
    /// Workers that wait.
    idle: Arc<CachePadded<EventCount>>,
    most: usize,
    parks: bool,
}

/// The end that a sender has.
pub(crate) struct Outside<M: Send> {
    pub(crate) tx: Tx<M>,
    idle: Arc<CachePadded<EventCount>>,
}

/// The end that a worker has.
pub(crate) struct Inside<M: Send> {
    rx: Rx<M>,
    idle: Arc<CachePadded<EventCount>>,
    worker: u64,
    /// How many it takes at once at most.
    most: usize,
    /// Of its thread; made there.
    alarm: Option<Alarm>,
    /// Whether it may have to be woken.
    parks: bool,
    /// Whether nothing comes any more.
    pub(crate) is_over: bool,
}

impl<M: Send> SharedQueue<M> {
    /// The queue of a pool that wants one.
    pub(crate) fn of(plan: &Plan) -> Result<Option<Self>, BuildError> {
        let Spread::Shared(most) = plan.spread else { return Ok(None) };
        // One of each sender, of each worker, of what is sent later, and one that is kept here.
        let senders = plan.senders.saturating_add(plan.max_workers + 2);
        // A worker that retires may still be there when another one has its number.
        let receivers = plan.max_workers.saturating_mul(2).saturating_add(1);
        let builder = qos::Builder::new(Guaranteed, plan.capacity).many_senders(senders);
        let builder = builder.many_receivers(receivers).sender_wait(plan.sender_wait.clone());
        let ends = Mutex::new(builder.build()?);
        let idle = Arc::new(CachePadded::new(EventCount::new(plan.max_workers)));
        let most = (most as usize).clamp(1, plan.batch);
        Ok(Some(Self { ends, idle, most, parks: plan.wait.parks() }))
    }

    pub(crate) fn outside(&self) -> Option<Outside<M>> {
        // There are as many as it was opened for, by the limits of the pool.
        let tx = lock(&self.ends).0.try_clone().ok()?;
        Some(Outside { tx, idle: Arc::clone(&self.idle) })
    }

    pub(crate) fn inside(&self, worker: usize) -> Option<Inside<M>> {
        let rx = lock(&self.ends).1.try_clone().ok()?;
        let idle = Arc::clone(&self.idle);
        let Self { most, parks, .. } = *self;
        Some(Inside { rx, idle, worker: worker as u64, most, alarm: None, parks, is_over: false })
    }

    /// Refuses all further messages; those that are there are handled.
    pub(crate) fn close(&self) {
        lock(&self.ends).0.close();
        self.idle.notify();
    }

    /// Takes what nobody took.
    pub(crate) fn take_left(&self) -> Vec<M> {
        lock(&self.ends).1.try_iter().map(|letter| letter.message).collect()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.ends).0.len()
    }
}

impl<M: Send> Outside<M> {
    /// Says that there is one more message.
    #[inline]
    pub(crate) fn ring(&self) {
        self.idle.notify_one();
    }
}

impl<M: Send> Inside<M> {
    /// Takes messages, as many as it takes at once, and no more than leaves some for `workers` of them.
    pub(crate) fn take(&mut self, workers: usize, mut each: impl FnMut(Letter<M>)) -> usize {
        let share = if self.most == 1 { 1 } else { self.rx.len() / (2 * workers.max(1)) };
        let most = share.clamp(1, self.most);
        let mut taken = 0;
        while taken < most {
            match self.rx.try_recv() {
                Ok(letter) => each(letter),
                Err(TryRecvError::Closed) => {
                    self.is_over = true;
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Lagged(_)) => break,
            }
            taken += 1;
        }
        taken
    }

    pub(crate) fn has_some(&self) -> bool {
        !self.rx.is_empty()
    }

    /// Waits by `wait`, which looks whether there is something here; a message here ends it.
    pub(crate) fn wait<R>(&mut self, wait: impl FnOnce(&dyn Fn() -> bool) -> R) -> R {
        if !self.parks {
            return wait(&|| self.has_some());
        }
        let Self { idle, worker, alarm, .. } = self;
        let alarm = alarm.get_or_insert_with(Alarm::of_this_thread);
        alarm.set();
        idle.register(*worker, alarm.waker());
        let waiting = Waiting(self);
        // Also when another worker was quicker: this one is no longer registered.
        wait(&|| waiting.0.has_some() || waiting.0.alarm.as_ref().is_some_and(Alarm::has_rung))
    }
}

/// A worker that is registered; dropped, it is no longer.
struct Waiting<'q, M: Send>(&'q Inside<M>);

impl<M: Send> Drop for Waiting<'_, M> {
    fn drop(&mut self) {
        let Inside { idle, worker, .. } = self.0;
        if !idle.cancel(*worker) && self.0.has_some() {
            // It was to be woken for a message, and may have something else to do.
            idle.notify_one();
        }
    }
}
