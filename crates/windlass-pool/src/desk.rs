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

#[cfg(all(test, not(loom)))]
mod tests {
    use windlass_sync::sync::Arc;
    use windlass_sync::thread;

    use super::*;

    fn add(sum: &mut u64, number: u64) {
        *sum += number;
    }

    /// Another thread brings a number, and does not wait.
    fn told_by_another(desk: &Arc<Desk<u64, u64>>, number: u64) {
        let desk = Arc::clone(desk);
        thread::spawn(move || desk.tell(number, add)).join().expect("it does not panic");
    }

    #[test]
    fn what_comes_while_somebody_is_at_work_is_heard_behind_it() {
        let desk = Arc::new(Desk::new(0));
        let sum = desk.with(
            |sum| {
                told_by_another(&desk, 1);
                *sum
            },
            add,
        );
        assert_eq!(sum, 0, "not under its hands");
        assert_eq!(desk.with(|sum| *sum, add), 1, "behind it");
    }

    #[test]
    fn what_comes_while_news_are_heard_is_heard_too() {
        let desk = Arc::new(Desk::new(0));
        desk.tell(1, |sum, number| {
            if number < 3 {
                told_by_another(&desk, number + 1);
            }
            add(sum, number);
        });
        assert_eq!(desk.with(|sum| *sum, add), 6, "each once");
    }

    #[test]
    fn who_is_at_work_may_wait_for_news() {
        let desk = Arc::new(Desk::new(0));
        let heard = desk.with(
            |_| {
                told_by_another(&desk, 7);
                desk.next(Time::of_machine(), Deadline::never())
            },
            add,
        );
        assert_eq!(heard, Some(7), "itself");
        assert_eq!(desk.with(|sum| *sum, add), 0, "and so nobody else");
    }
}
