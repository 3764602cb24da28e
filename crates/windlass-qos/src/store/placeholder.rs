//! A store behind a lock, with the meaning of all levels: what the others are compared with.

use alloc::collections::VecDeque;
use core::marker::PhantomData;

use windlass_sync::sync::{Mutex, lock};

use super::{Limits, Peek, Refused, Store, Taken};
use crate::error::BuildError;
use crate::level::{Level, QosLevel};
use crate::stats::Stats;

/// A deque behind a lock.
pub(crate) struct Placeholder<T, L> {
    state: Mutex<State<T>>,
    limits: Limits,
    level: PhantomData<fn() -> L>,
}

struct State<T> {
    queue: VecDeque<T>,
    /// Evicted since a receiver was last told.
    lag: u64,
    hands: usize,
    closed: bool,
    senders: usize,
    receivers: usize,
    stats: Stats,
}

/// The message that a receiver looked at.
pub(crate) struct Hand<T>(Option<T>);

impl<T: Send, L: Level + Default> Placeholder<T, L> {
    fn level() -> QosLevel {
        L::default().qos()
    }

    fn put(&self, message: T, evict: bool) -> Result<Option<T>, Refused<T>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Refused::Closed(message));
        }
        let mut evicted = None;
        // A message that was looked at still has its place, at the level that evicts nothing.
        let held = state.queue.len() + if Self::level().overwrites() { 0 } else { state.hands };
        if held == self.limits.capacity {
            if !evict {
                return Err(Refused::Full(message));
            }
            evicted = state.queue.pop_front();
            state.stats.overwritten += 1;
            state.lag += 1;
        }
        state.queue.push_back(message);
        state.stats.accepted += 1;
        state.stats.high_water = state.stats.high_water.max(state.queue.len() as u64);
        Ok(evicted)
    }
}

impl<T> State<T> {
    fn next(&mut self, level: QosLevel) -> Taken<T> {
        if level == QosLevel::Reliable && self.lag != 0 && !self.queue.is_empty() {
            return Taken::Lagged(core::mem::take(&mut self.lag));
        }
        let next = match level {
            QosLevel::RealTime => self.queue.pop_back(),
            _ => self.queue.pop_front(),
        };
        match next {
            Some(message) => Taken::Message(message),
            None if self.closed => Taken::End,
            None => Taken::Empty,
        }
    }
}

impl<T: Send, L: Level + Default> Store<T> for Placeholder<T, L> {
    type Tx = ();
    type Rx = Hand<T>;

    fn new(limits: &Limits) -> Result<Self, BuildError> {
        let mut queue = VecDeque::new();
        let bytes = limits.capacity.saturating_mul(size_of::<T>());
        queue.try_reserve_exact(limits.capacity).map_err(|_| BuildError::OutOfMemory { bytes })?;
        let state = State {
            queue,
            lag: 0,
            hands: 0,
            closed: false,
            senders: 0,
            receivers: 0,
            stats: Stats::default(),
        };
        Ok(Self { state: Mutex::new(state), limits: *limits, level: PhantomData })
    }

    fn sender(&self) -> Option<()> {
        let mut state = lock(&self.state);
        (state.senders < self.limits.senders).then(|| state.senders += 1)
    }

    fn receiver(&self) -> Option<Hand<T>> {
        let mut state = lock(&self.state);
        (state.receivers < self.limits.receivers).then(|| state.receivers += 1)?;
        Some(Hand(None))
    }

    fn leave_sender(&self, _: &mut ()) {
        lock(&self.state).senders -= 1;
    }

    fn leave_receiver(&self, hand: &mut Hand<T>) {
        let left = hand.0.take();
        let mut state = lock(&self.state);
        state.receivers -= 1;
        if left.is_some() {
            state.hands -= 1;
            state.stats.left += 1;
        }
        drop(state);
        drop(left);
    }

    fn offer(&self, _: &mut (), message: T) -> Result<Option<T>, Refused<T>> {
        self.put(message, Self::level().overwrites())
    }

    fn offer_if_room(&self, _: &mut (), message: T) -> Result<(), Refused<T>> {
        self.put(message, false).map(|_| ())
    }

    fn take(&self, hand: &mut Hand<T>) -> Taken<T> {
        let mut state = lock(&self.state);
        if let Some(message) = hand.0.take() {
            state.hands -= 1;
            state.stats.delivered += 1;
            return Taken::Message(message);
        }
        let taken = state.next(Self::level());
        if matches!(taken, Taken::Message(_)) {
            state.stats.delivered += 1;
        }
        taken
    }

    fn take_latest(&self, hand: &mut Hand<T>, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        let mut state = lock(&self.state);
        if Self::level() == QosLevel::Reliable && state.lag != 0 && !state.queue.is_empty() {
            return state.next(Self::level());
        }
        let Some(latest) = state.queue.pop_back() else {
            drop(state);
            return self.take(hand);
        };
        state.stats.delivered += 1;
        let held = hand.0.take();
        state.hands -= usize::from(held.is_some());
        let older = state.queue.len();
        state.stats.passed_over += (older + usize::from(held.is_some())) as u64;
        drop(state);
        held.into_iter().for_each(&mut *passed_over);
        for _ in 0..older {
            let next = lock(&self.state).queue.pop_front();
            next.into_iter().for_each(&mut *passed_over);
        }
        Taken::Message(latest)
    }

    fn drain(&mut self, left: &mut dyn FnMut(T)) {
        loop {
            let next = lock(&self.state).queue.pop_front();
            let Some(message) = next else { return };
            left(message);
        }
    }

    fn close(&self) {
        lock(&self.state).closed = true;
    }

    fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    fn capacity(&self) -> usize {
        self.limits.capacity
    }

    fn len(&self) -> usize {
        lock(&self.state).queue.len()
    }

    fn stats(&self) -> Stats {
        let state = lock(&self.state);
        Stats { held: (state.queue.len() + state.hands) as u64, ..state.stats }
    }
}

impl<T: Send, L: Level + Default> Peek<T> for Placeholder<T, L> {
    fn peek<'a>(&'a self, hand: &'a mut Hand<T>) -> Taken<&'a T> {
        if hand.0.is_none() {
            let mut state = lock(&self.state);
            match state.next(Self::level()) {
                Taken::Message(message) => {
                    state.hands += 1;
                    hand.0 = Some(message);
                }
                Taken::Lagged(n) => return Taken::Lagged(n),
                Taken::Empty => return Taken::Empty,
                Taken::End => return Taken::End,
            }
        }
        hand.0.as_ref().map_or(Taken::Empty, Taken::Message)
    }
}
