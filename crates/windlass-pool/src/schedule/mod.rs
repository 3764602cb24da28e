//! Messages that are sent later, once or again and again.
//!
//! They wait in one place of the pool, not with a worker: so a message follows its key wherever that goes
//! meanwhile, and neither a panic nor the end of a worker touches it. A thread that starts with the first of
//! them sends each when it is due, by a sender of its own that never waits.
//!
//! Everything is decided under one lock, under which nothing runs that users wrote.

mod clerk;
mod handle;
mod simulated;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::mem;
use core::time::Duration;

use windlass_sync::atomic::AtomicU64;
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::{EventCount, thread};

use self::clerk::Clerk;
use crate::error::TrySendError;
use crate::nanos::nanos;
use crate::quiet::drop_quietly;
use crate::sender::Target;
use crate::shared::Shared;
use crate::simulation::here;
use crate::wheel::{Full, TimerId, Wheel};
use crate::worker::Worker;

pub use self::handle::{Repeated, Scheduled};

/// What a pool is to send later.
pub(crate) struct Agenda<M> {
    state: Mutex<State<M>>,
    /// Rung when something comes that is due sooner, and at the end.
    bell: EventCount,
    limit: usize,
}

struct State<M> {
    /// There from the first message on.
    wheel: Option<Wheel<Entry<M>>>,
    /// Due, but without room in the mailbox; in order.
    late: VecDeque<(Target, M)>,
    /// Taken out of the above by the thread.
    in_hand: usize,
    /// Whether the thread has a message that it is sending, or may be.
    is_sending: bool,
    /// Whether the thread is in a closure of a user, which may take its time.
    is_making: bool,
    /// Whether the thread should look again before the time it waits for.
    has_news: bool,
    is_closed: bool,
    /// Whether whoever closed it takes what is there, so that the thread leaves it.
    is_taken: bool,
    /// Whether somebody sends what is due: a thread, or somebody in a simulation.
    has_clerk: bool,
    thread: Option<thread::JoinHandle<()>>,
}

/// One thing to send.
enum Entry<M> {
    Once(Target, M),
    Every(Box<Every<M>>),
}

/// A message that is made again at each period.
struct Every<M> {
    target: Target,
    due: u64,
    period: u64,
    make: Box<dyn FnMut() -> M + Send>,
    rhythm: Arc<Rhythm>,
}

/// What the handle of a repeated message shares with it.
struct Rhythm {
    stand: Mutex<Stand>,
    skipped: AtomicU64,
}

/// How a repeated message stands; written under the lock of the agenda, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Waits(TimerId),
    Fires,
    Over,
}

impl<M: Send + 'static> Agenda<M> {
    pub(crate) fn new(limit: usize) -> Self {
        let state = State {
            wheel: None,
            late: VecDeque::new(),
            in_hand: 0,
            is_sending: false,
            is_making: false,
            has_news: false,
            is_closed: false,
            is_taken: false,
            has_clerk: false,
            thread: None,
        };
        Self { state: Mutex::new(state), bell: EventCount::new(1), limit }
    }

    /// Puts something in for `at`. Gives it back if there is no room, or no more is sent.
    fn put(&self, at: u64, entry: Entry<M>) -> Result<TimerId, TrySendError<Entry<M>>> {
        let timer = lock(&self.state).put(self.limit, at, entry)?;
        self.bell.notify();
        Ok(timer)
    }

    /// Takes something back that is not due.
    fn cancel(&self, timer: TimerId) -> Option<Entry<M>> {
        lock(&self.state).wheel.as_mut()?.cancel(timer)
    }

    /// Ends the repeated message that has this rhythm.
    fn end(&self, rhythm: &Rhythm) {
        let cancelled = {
            let mut state = lock(&self.state);
            match mem::replace(&mut *lock(&rhythm.stand), Stand::Over) {
                Stand::Waits(timer) => state.wheel.as_mut().and_then(|wheel| wheel.cancel(timer)),
                // The thread, which has it, sees that it is over.
                Stand::Fires | Stand::Over => None,
            }
        };
        drop_quietly(cancelled);
    }

    /// Nothing is sent any more. Does not wait; what is there is dropped by whoever comes last.
    pub(crate) fn close(&self) {
        lock(&self.state).close();
        self.bell.notify();
    }

    /// As [`close`](Self::close); what is there stays for whoever does this.
    fn close_to_take(&self) {
        {
            let mut state = lock(&self.state);
            // With that: a thread that saw the end only would drop what is there.
            state.is_taken = true;
            state.close();
        }
        self.bell.notify();
    }

    /// As [`close`](Self::close), and takes what was not sent. Waits for the message that is being sent, but
    /// for no closure.
    pub(crate) fn close_and_take(&self) -> Vec<M> {
        self.close_to_take();
        let (mut entries, late, thread) = loop {
            let mut state = lock(&self.state);
            if !state.is_sending {
                let entries: Vec<_> = state.wheel.iter_mut().flat_map(Wheel::drain).collect();
                let thread = state.thread.take().filter(|_| !state.is_making);
                break (entries, mem::take(&mut state.late), thread);
            }
            drop(state);
            thread::yield_now();
        };
        if let Some(thread) = thread {
            // It does not panic: what users wrote is caught.
            drop(thread.join());
        }
        let mut left: Vec<_> = late.into_iter().map(|(_, message)| message).collect();
        for entry in entries.drain(..) {
            match entry {
                Entry::Once(_, message) => left.push(message),
                every @ Entry::Every(_) => drop_quietly(every),
            }
        }
        left
    }
}

impl<M> State<M> {
    fn close(&mut self) {
        (self.is_closed, self.has_news) = (true, true);
    }

    fn put(
        &mut self,
        limit: usize,
        at: u64,
        entry: Entry<M>,
    ) -> Result<TimerId, TrySendError<Entry<M>>> {
        if self.is_closed {
            return Err(TrySendError::Closed(entry));
        }
        let wheel = self.wheel.get_or_insert_with(|| Wheel::with_limit(limit));
        if limit <= wheel.len() + self.late.len() + self.in_hand {
            return Err(TrySendError::Full(entry));
        }
        let is_sooner = wheel.next_due().is_none_or(|due| at < due);
        let rhythm = match &entry {
            Entry::Every(every) => Some(Arc::clone(&every.rhythm)),
            Entry::Once(..) => None,
        };
        let timer = wheel.schedule(at, entry).map_err(|Full(entry)| TrySendError::Full(entry))?;
        if let Some(rhythm) = rhythm {
            *lock(&rhythm.stand) = Stand::Waits(timer);
        }
        self.has_news |= is_sooner;
        Ok(timer)
    }
}

/// Sends a message later, as soon as it is due.
pub(crate) fn after<W: Worker>(
    shared: &Arc<Shared<W>>,
    target: Target,
    delay: Duration,
    message: W::Message,
) -> Result<Scheduled<W>, TrySendError<W::Message>> {
    let at = shared.time.nanos().saturating_add(nanos(delay));
    if !has_clerk(shared) {
        return Err(TrySendError::Full(message));
    }
    match shared.agenda.put(at, Entry::Once(target, message)) {
        Ok(timer) => Ok(Scheduled::new(shared, timer)),
        Err(refused) => Err(refused_as(refused, |entry| match entry {
            Entry::Once(_, message) => message,
            Entry::Every(_) => unreachable!("what was put in comes back"),
        })),
    }
}

/// Sends a message at each period, made anew each time.
pub(crate) fn every<W: Worker, F: FnMut() -> W::Message + Send + 'static>(
    shared: &Arc<Shared<W>>,
    target: Target,
    period: Duration,
    make: F,
) -> Result<Repeated<W>, TrySendError<()>> {
    assert!(!period.is_zero(), "a period is longer than nothing");
    let period = nanos(period);
    let due = shared.time.nanos().saturating_add(period);
    if !has_clerk(shared) {
        return Err(TrySendError::Full(()));
    }
    let rhythm = Arc::new(Rhythm { stand: Mutex::new(Stand::Fires), skipped: AtomicU64::new(0) });
    let every = Every { target, due, period, make: Box::new(make), rhythm: Arc::clone(&rhythm) };
    match shared.agenda.put(due, Entry::Every(Box::new(every))) {
        Ok(_) => Ok(Repeated::new(shared, rhythm)),
        Err(refused) => Err(refused_as(refused, drop)),
    }
}

fn refused_as<E, B>(refused: TrySendError<E>, back: impl FnOnce(E) -> B) -> TrySendError<B> {
    match refused {
        TrySendError::Full(entry) => TrySendError::Full(back(entry)),
        TrySendError::Closed(entry) => TrySendError::Closed(back(entry)),
    }
}

/// Whether somebody sends what is due, or nobody needs to any more. Lets somebody begin if nobody did yet.
fn has_clerk<W: Worker>(shared: &Arc<Shared<W>>) -> bool {
    let mut state = lock(&shared.agenda.state);
    if state.has_clerk || state.is_closed {
        return true;
    }
    if shared.agenda.limit == 0 {
        return false;
    }
    let for_clerk = Arc::clone(shared);
    if shared.time.is_simulated() {
        let Some(schedule) = here() else { return false };
        schedule.add(Box::new(Clerk::new(for_clerk)));
        state.has_clerk = true;
    } else {
        let name = format!("{}-later", shared.plan.name);
        state.thread = thread::spawn_named(name, move || Clerk::new(for_clerk).run()).ok();
        state.has_clerk = state.thread.is_some();
    }
    state.has_clerk
}
