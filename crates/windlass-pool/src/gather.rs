//! Asking all workers at once, and waiting for their answers.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::{Deadline, EventCount};

use crate::letter::System;
use crate::pool::Pool;
use crate::worker::Worker;

/// What workers answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gathered<R> {
    /// By worker.
    pub answers: Vec<(usize, R)>,
    /// Workers that did not answer in time, or are gone.
    pub missing: Vec<usize>,
}

/// Where one worker puts its answer. When it is dropped, also by a panic or with the worker, no answer will
/// come.
pub(crate) struct Answer<R> {
    worker: usize,
    all: Arc<Answers<R>>,
}

/// What a question to all has come to.
struct Answers<R> {
    given: Mutex<Vec<(usize, R)>>,
    /// How many workers may still answer.
    open: Mutex<usize>,
    bell: EventCount,
}

impl<W: Worker> Pool<W> {
    /// Asks every worker something, between two batches, and waits for the answers.
    ///
    /// Who does not answer in time is named; its answer is dropped when it comes.
    pub fn gather<R: Send + 'static>(
        &self,
        ask: impl Fn(&mut W) -> R + Clone + Send + 'static,
        wait: Duration,
    ) -> Gathered<R> {
        self.ask_all(self.shared.time.after(wait), false, |answer| {
            let ask = ask.clone();
            System::Call(Box::new(move |state, _| answer.give(ask(state))))
        })
    }

    /// Gives every worker an order that it answers. With `settles`, a change that was not done in time goes on
    /// first, and nobody is asked if it still is not done.
    pub(crate) fn ask_all<R>(
        &self,
        deadline: Deadline,
        settles: bool,
        order: impl Fn(Answer<R>) -> System<W>,
    ) -> Gathered<R> {
        let (given, open) = (Mutex::new(Vec::new()), Mutex::new(0));
        let all = Arc::new(Answers { given, open, bell: EventCount::new(1) });
        let (workers, is_asked) = self.shared.control(|controller| {
            let is_settled = !settles || controller.finish(&self.shared, deadline).is_ok();
            let workers = controller.seats.len();
            if is_settled {
                *lock(&all.open) = workers;
                for worker in 0..workers {
                    let answer = Answer { worker, all: Arc::clone(&all) };
                    // One that is refused is dropped, and so it is settled.
                    drop(controller.order(worker, order(answer)));
                }
            }
            (workers, is_settled)
        });
        if !is_asked {
            return Gathered { answers: Vec::new(), missing: (0..workers).collect() };
        }
        let time = self.shared.time;
        time.wait_at(&all.bell, deadline, || (*lock(&all.open) == 0).then_some(()));
        let mut answers = core::mem::take(&mut *lock(&all.given));
        answers.sort_by_key(|(worker, _)| *worker);
        let has_answered = |worker: &usize| answers.iter().any(|(who, _)| who == worker);
        let missing = (0..workers).filter(|worker| !has_answered(worker)).collect();
        Gathered { answers, missing }
    }
}

impl<R> Answer<R> {
    pub(crate) fn give(self, answer: R) {
        lock(&self.all.given).push((self.worker, answer));
    }
}

impl<R> Drop for Answer<R> {
    fn drop(&mut self) {
        *lock(&self.all.open) -= 1;
        self.all.bell.notify();
    }
}
