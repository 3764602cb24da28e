//! A state under a lock, and news for it that nobody leaves lying.
//!
//! Whoever works with the state hears the news meanwhile, and what came at the last moment behind that. If nobody
//! works with it, whoever brings news has them heard at once. So nobody need wait for somebody to come.

use alloc::collections::VecDeque;

use windlass_sync::sync::{Mutex, lock, try_lock};
use windlass_sync::{Deadline, EventCount};

use crate::time::Time;

/// A state, and news for it.
pub(crate) struct Desk<S, N> {
    state: Mutex<S>,
    news: Mutex<VecDeque<N>>,
    /// Rung behind each piece of news. Whoever holds the state alone waits there.
    bell: EventCount,
}

impl<S, N> Desk<S, N> {
    pub(crate) fn new(state: S) -> Self {
        let (state, news) = (Mutex::new(state), Mutex::new(VecDeque::new()));
        Self { state, news, bell: EventCount::new(1) }
    }

    /// Works with the state. What comes too late for that is heard behind it.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut S) -> R, hear: impl FnMut(&mut S, N)) -> R {
        let result = work(&mut lock(&self.state));
        self.tend(hear);
        result
    }

    /// Brings news.
    pub(crate) fn tell(&self, news: N, hear: impl FnMut(&mut S, N)) {
        lock(&self.news).push_back(news);
        self.bell.notify();
        self.tend(hear);
    }

    /// The next piece of news, for whoever works with the state. Waits at most until `deadline`.
    pub(crate) fn next(&self, time: Time, deadline: Deadline) -> Option<N> {
        time.wait_at(&self.bell, deadline, || self.take())
    }

    fn take(&self) -> Option<N> {
        lock(&self.news).pop_front()
    }

    /// Has the news heard that are there, unless somebody works with the state: then that one does it.
    ///
    /// Who finds the lock taken has put its news in before, and the holder looks for news behind the lock.
    fn tend(&self, mut hear: impl FnMut(&mut S, N)) {
        while !lock(&self.news).is_empty() {
            let Some(mut state) = try_lock(&self.state) else { return };
            while let Some(news) = self.take() {
                hear(&mut state, news);
            }
        }
    }
}
