//! What is for any worker, where workers share it: one queue, from which each takes when it comes to it.
//!
//! A worker that finds nothing in its mailbox waits for both: it parks at the bell of its mailbox, and is
//! registered at the bell of the queue, with an alarm that unparks it. A message wakes one of those. One that was
//! to be woken and goes away for another reason passes that on, so that no message waits while a worker sleeps.
//!
//! # Source
//!
//! One queue before several servers, as at the counters of a bank: no message waits behind a slow one while a
//! server is free.

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
pub(crate) struct SharedTx<M: Send> {
    pub(crate) tx: Tx<M>,
    idle: Arc<CachePadded<EventCount>>,
}

/// The end that a worker has.
pub(crate) struct SharedRx<M: Send> {
    rx: Rx<M>,
    idle: Arc<CachePadded<EventCount>>,
    token: u64,
    /// How many it handles before it looks into its mailbox again.
    pub(crate) most: usize,
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
        let most = (most as usize).clamp(1, plan.batch);
        Self::new(plan, most).map(Some)
    }

    fn new(plan: &Plan, most: usize) -> Result<Self, BuildError> {
        // One of each sender, of each worker, of what is sent later, and one that is kept here.
        let senders = plan.senders.saturating_add(plan.max_workers + 2);
        // A worker that retires may still be there when another one has its number.
        let receivers = plan.max_workers.saturating_mul(2).saturating_add(1);
        let builder = qos::Builder::new(Guaranteed, plan.capacity).many_senders(senders);
        let builder = builder.many_receivers(receivers).sender_wait(plan.sender_wait.clone());
        let ends = Mutex::new(builder.build()?);
        let idle = Arc::new(CachePadded::new(EventCount::new(plan.max_workers)));
        Ok(Self { ends, idle, most, parks: plan.wait.parks() })
    }

    pub(crate) fn sender(&self) -> Option<SharedTx<M>> {
        // There are as many as it was opened for, by the limits of the pool.
        let tx = lock(&self.ends).0.try_clone().ok()?;
        Some(SharedTx { tx, idle: Arc::clone(&self.idle) })
    }

    /// The end of the worker with this token: its number may be that of one that is still about to end.
    pub(crate) fn receiver(&self, token: u64) -> Option<SharedRx<M>> {
        let rx = lock(&self.ends).1.try_clone().ok()?;
        let idle = Arc::clone(&self.idle);
        let Self { most, parks, .. } = *self;
        Some(SharedRx { rx, idle, token, most, alarm: None, parks, is_over: false })
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

impl<M: Send> SharedTx<M> {
    /// Says that there is one more message.
    #[inline]
    pub(crate) fn ring(&self) {
        self.idle.notify_one();
    }
}

impl<M: Send> SharedRx<M> {
    /// Takes a message, which is to be handled at once.
    pub(crate) fn take(&mut self) -> Option<Letter<M>> {
        match self.rx.try_recv() {
            Ok(letter) => Some(letter),
            Err(TryRecvError::Closed) => {
                self.is_over = true;
                None
            }
            Err(TryRecvError::Empty | TryRecvError::Lagged(_)) => None,
        }
    }

    pub(crate) fn has_some(&self) -> bool {
        !self.rx.is_empty()
    }

    /// Waits by `wait`, which looks whether there is something here; a message here ends it.
    pub(crate) fn wait<R>(&mut self, wait: impl FnOnce(&dyn Fn() -> bool) -> R) -> R {
        if !self.parks {
            return wait(&|| self.has_some());
        }
        let Self { idle, token, alarm, .. } = self;
        let alarm = alarm.get_or_insert_with(Alarm::of_this_thread);
        alarm.set();
        idle.register(*token, alarm.waker());
        let waiting = Waiting(self);
        // Also when another worker was quicker: this one is no longer registered.
        wait(&|| waiting.0.has_some() || waiting.0.alarm.as_ref().is_some_and(Alarm::has_rung))
    }
}

/// A worker that is registered; dropped, it is no longer.
struct Waiting<'q, M: Send>(&'q SharedRx<M>);

impl<M: Send> Drop for Waiting<'_, M> {
    fn drop(&mut self) {
        let SharedRx { idle, token, .. } = self.0;
        if !idle.cancel(*token) && self.0.has_some() {
            // It was to be woken for a message, and may have something else to do.
            idle.notify_one();
        }
    }
}

#[cfg(all(test, not(loom)))]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::letter::ANY_SLOT;

    fn queue() -> (SharedTx<u64>, SharedRx<u64>, SharedRx<u64>) {
        let tx = qos::Builder::new(Guaranteed, 64).many_senders(2).many_receivers(3);
        let ends = Mutex::new(tx.build().unwrap());
        let idle = Arc::new(CachePadded::new(EventCount::new(2)));
        let queue = SharedQueue { ends, idle, most: 1, parks: true };
        let (sender, receiver) = (queue.sender().unwrap(), queue.receiver(0).unwrap());
        (sender, receiver, queue.receiver(1).unwrap())
    }

    fn send(sender: &mut SharedTx<u64>, messages: u64) {
        for message in 0..messages {
            sender.tx.try_send(Letter::new((ANY_SLOT, false), 0, message)).unwrap();
        }
    }

    #[test]
    fn the_end_is_noticed_behind_the_last_message() {
        let (mut sender, mut receiver, _other) = queue();
        send(&mut sender, 1);
        sender.tx.close();
        assert_eq!(receiver.take().map(|letter| letter.message), Some(0), "it is there");
        assert!(!receiver.is_over, "not known yet");
        assert!(receiver.take().is_none() && receiver.is_over, "none will come");
    }

    #[test]
    fn whoever_waits_is_told_once_and_whoever_goes_away_tells_the_next() {
        let (mut sender, mut receiver, mut other) = queue();
        receiver.wait(|may_go| {
            assert!(!may_go(), "nothing is there");
            sender.ring();
            assert!(may_go(), "it was rung for");
        });
        receiver.wait(|may_go| {
            assert!(!may_go(), "that was for the last time");
            other.wait(|may_go_too| {
                assert!(!may_go_too(), "it has not waited longest");
                send(&mut sender, 1);
                sender.ring();
                assert!(may_go(), "it has");
            });
        });
        let rung = |receiver: &SharedRx<u64>| receiver.alarm.as_ref().is_some_and(Alarm::has_rung);
        assert!(rung(&receiver) && !rung(&other), "one message, one worker");
        // The first one goes away before the second, and there is a message.
        let idle = Arc::clone(&receiver.idle);
        let alarm = Alarm::of_this_thread();
        receiver.wait(|_| {
            idle.register(7, alarm.waker());
            sender.ring();
            assert!(!alarm.has_rung(), "it is not its turn");
        });
        assert!(alarm.has_rung(), "now it is");
    }
}
