//! Taking updates out: what the receiver has to itself, and whoever takes behind it.

use alloc::collections::VecDeque;

use windlass_sync::atomic::Ordering;

use super::cells::{Spare, State};
use super::seat::add;
use super::shared::Shared;
use crate::error::RecvError;

/// The one place from which updates are taken.
pub(super) struct Taker {
    spare: Spare,
    /// The position in the queue.
    head: u64,
    /// Keys that came out of the queue and whose updates did not, in order: a sender had one in its hand.
    put_off: VecDeque<u32>,
}

impl Taker {
    pub(super) fn new(spare: Spare, keys: usize) -> Self {
        Self { spare, head: 0, put_off: VecDeque::with_capacity(keys) }
    }

    /// Looks for an update, or for the end.
    pub(super) fn look<T>(&mut self, shared: &Shared<T>) -> Option<Result<(usize, T), RecvError>> {
        if let Some(found) = self.take(shared) {
            return Some(Ok(found));
        }
        if !shared.is_over() {
            return None;
        }
        // What was on its way when the buffer closed has arrived before it was over.
        Some(self.take(shared).ok_or(RecvError::Closed))
    }

    /// Takes the next update that is there.
    pub(super) fn take<T>(&mut self, shared: &Shared<T>) -> Option<(usize, T)> {
        let fill = shared.queue.entered() - self.head + self.put_off.len() as u64;
        loop {
            for at in 0..self.put_off.len() {
                if let Some(update) = self.empty(shared, self.put_off[at]) {
                    let key = self.put_off.remove(at)?;
                    return Some(taken(shared, key, update, fill));
                }
            }
            let key = shared.queue.pop(&mut self.head)?;
            if self.put_off.is_empty()
                && let Some(update) = self.empty(shared, key)
            {
                return Some(taken(shared, key, update, fill));
            }
            // Those before it are looked at again: who merged one of them may have entered this one since.
            self.put_off.push_back(key);
        }
    }

    /// Empties the cell of a key that came out of the queue; nothing if its update is in a sender's hand.
    fn empty<T>(&mut self, shared: &Shared<T>, key: u32) -> Option<T> {
        loop {
            let seen = shared.cells.look(key);
            debug_assert!(
                seen.state() != State::Empty,
                "a key that was entered has something unread"
            );
            if seen.state() != State::Full {
                return None;
            }
            if let Some(update) = shared.cells.take_if(key, seen, &mut self.spare, State::Empty) {
                return Some(update);
            }
        }
    }
}

fn taken<T>(shared: &Shared<T>, key: u32, update: T, fill: u64) -> (usize, T) {
    add(&shared.taken, 1);
    // ORDERING: Relaxed. Whoever takes alone writes it.
    if shared.high_water.load(Ordering::Relaxed) < fill {
        shared.high_water.store(fill, Ordering::Relaxed);
    }
    (key as usize, update)
}
