//! What workers tell the pool, and waiting for it.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use windlass_sync::sync::{Mutex, lock};
use windlass_sync::{Deadline, EventCount};

use crate::letter::Transfer;
use crate::time::Time;
use crate::worker::{Arrived, Worker};

/// What a worker tells, under its token.
pub(crate) enum Event<W: Worker> {
    /// It is built.
    Ready(u64),
    /// It could not be built, and its thread ends.
    Failed(u64, String),
    /// It knows what it will get.
    Expecting(u64),
    /// It gave slots up.
    Out(u64, Vec<(Transfer, Arrived<W::Slot>)>),
    /// It took so many slots over.
    In(u64, usize),
    /// It has ended; with the messages that it left behind.
    Ended(u64, Vec<W::Message>),
    /// It panicked too often and has ended; what was in its mailbox lies among the dead letters.
    Dead(u64),
}

/// A queue of events that one party waits at.
pub(crate) struct Events<W: Worker> {
    queue: Mutex<VecDeque<Event<W>>>,
    bell: EventCount,
}

impl<W: Worker> Events<W> {
    pub(crate) fn new() -> Self {
        Self { queue: Mutex::new(VecDeque::new()), bell: EventCount::new(1) }
    }

    pub(crate) fn tell(&self, event: Event<W>) {
        lock(&self.queue).push_back(event);
        self.bell.notify();
    }

    /// Waits for an event, at most until `deadline`.
    pub(crate) fn next(&self, time: Time, deadline: Deadline) -> Option<Event<W>> {
        time.wait_at(&self.bell, deadline, || lock(&self.queue).pop_front())
    }
}
