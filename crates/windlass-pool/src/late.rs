//! What workers had sent when the pool closed, and what had found no room.
//!
//! A closed mailbox takes no more. And were there room to wait for, two workers that drain could wait for each other.
//! So at the end nobody waits for room: what lies in an outbox goes into this list of the pool, which has room for
//! all of them, and each worker takes what is for it when its own mailbox is closed and empty. So it comes behind
//! what was sent before it. A worker ends when nobody has anything for it: no outbox holds anything, and nothing here
//! is its own.
//!
//! A worker that was told to drain knows of all that was put into an outbox before the pool closed: what it is told
//! comes behind. A message that is put there in that very moment may find its worker ended, and is left here. Then it
//! is undelivered, which is no loss.

use alloc::collections::VecDeque;
use core::mem;

use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::sync::{Mutex, lock};

use crate::quiet::drop_quietly;
use crate::sender::Target;

/// Messages that the workers of a pool take at its end.
pub(crate) struct Late<M> {
    /// Workers whose outbox is not empty.
    lying: AtomicUsize,
    state: Mutex<State<M>>,
}

struct State<M> {
    is_closing: bool,
    messages: VecDeque<(Target, M)>,
}

impl<M> Late<M> {
    pub(crate) fn new() -> Self {
        let state = State { is_closing: false, messages: VecDeque::new() };
        Self { lying: AtomicUsize::new(0), state: Mutex::new(state) }
    }

    /// From now on messages are taken; before any mailbox is closed.
    pub(crate) fn close(&self) {
        lock(&self.state).is_closing = true;
    }

    /// Something lies in the outbox of one more worker.
    pub(crate) fn lies(&self) {
        // ORDERING: Relaxed. That a worker has to wait for it, it learns by the order to drain, behind this.
        self.lying.fetch_add(1, Ordering::Relaxed);
    }

    /// Nothing lies there any more.
    pub(crate) fn lies_no_more(&self) {
        // ORDERING: Relaxed. What was put here before is seen by whoever sees this: it reads under the lock, and had
        // it the lock before that was put here, it could not read what was written behind that.
        self.lying.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes a message that found its mailbox closed; gives it back if the pool is open.
    pub(crate) fn put(&self, target: Target, message: M) -> Result<(), M> {
        let mut state = lock(&self.state);
        if !state.is_closing {
            return Err(message);
        }
        state.messages.push_back((target, message));
        Ok(())
    }

    /// Takes out what is for one worker, in order.
    pub(crate) fn take(&self, is_mine: impl Fn(Target) -> bool, mut next: impl FnMut(Target, M)) {
        let mut state = lock(&self.state);
        for _ in 0..state.messages.len() {
            let Some((target, message)) = state.messages.pop_front() else { break };
            if is_mine(target) {
                next(target, message);
            } else {
                state.messages.push_back((target, message));
            }
        }
    }

    /// Whether nothing comes any more for one worker.
    pub(crate) fn is_over(&self, is_mine: impl Fn(Target) -> bool) -> bool {
        let state = lock(&self.state);
        // ORDERING: Relaxed. As above.
        let lying = self.lying.load(Ordering::Relaxed);
        !state.is_closing
            || (lying == 0 && !state.messages.iter().any(|(target, _)| is_mine(*target)))
    }

    /// What nobody took.
    pub(crate) fn take_left(&self) -> VecDeque<(Target, M)> {
        mem::take(&mut lock(&self.state).messages)
    }
}

impl<M> Drop for Late<M> {
    fn drop(&mut self) {
        self.take_left().into_iter().for_each(drop_quietly);
    }
}
