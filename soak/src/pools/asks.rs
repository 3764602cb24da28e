//! A round with questions: askers that wait, look, await, cancel and go away, and workers that answer at once or
//! later, refuse, forget and panic.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::time::Duration;

use windlass_pool::reply::{AskError, Book, Pending, ReplyTo};
use windlass_pool::{Context, Init, Pool, Sender, Worker};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;
use windlass_testkit::block_on;

use super::{Counted, KEYS, LONG, Operated, play, some_level, vary};
use crate::account::Account;
use crate::plan::{Dice, Pace};

struct Question {
    n: u64,
    reply: ReplyTo<u64>,
}

fn answer(n: u64) -> u64 {
    3 * n + 1
}

/// What workers did.
#[derive(Debug, Clone, Copy, Default)]
struct Did {
    handled: u64,
    /// Answers that somebody waited for, and those that came back.
    answered: u64,
    unwanted: u64,
    rejected: u64,
    /// Questions that a worker dropped, or had for later when it was dropped itself.
    forgotten: u64,
    panics: u64,
}

struct Clerk {
    did: Arc<Mutex<Did>>,
    for_later: VecDeque<Question>,
    dice: Dice,
    pace: Pace,
    /// Panics once in so many questions; 0 for never.
    every: u64,
}

impl Clerk {
    fn answer(&self, Question { n, reply }: Question) {
        let sent = reply.send(answer(n));
        let mut did = lock(&self.did);
        match sent {
            Ok(()) => did.answered += 1,
            Err(_) => did.unwanted += 1,
        }
    }
}

impl Worker for Clerk {
    type Message = Question;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, question: Question) {
        self.dice.dawdle(self.pace);
        if self.every != 0 && self.dice.one_in(self.every) {
            lock(&self.did).panics += 1;
            resume_unwind(Box::new("planned"));
        }
        lock(&self.did).handled += 1;
        match self.dice.between(0, 9) {
            0 => {
                question.reply.reject();
                lock(&self.did).rejected += 1;
            }
            1 => {
                drop(question);
                lock(&self.did).forgotten += 1;
            }
            2 | 3 => self.for_later.push_back(question),
            _ => self.answer(question),
        }
        if 3 < self.for_later.len()
            && let Some(question) = self.for_later.pop_front()
        {
            self.answer(question);
        }
    }

    fn on_idle(&mut self, _: &mut Context<'_, Self>) {
        while let Some(question) = self.for_later.pop_front() {
            self.answer(question);
        }
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        lock(&self.did).forgotten += self.for_later.len() as u64;
    }
}

/// What askers were told.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    asked: u64,
    answers: u64,
    timeouts: u64,
    gone: u64,
    rejected: u64,
    cancelled: u64,
    /// Went away without a look.
    left: u64,
    /// Answers to other questions, ends that came twice, and those for which the time was not over.
    wrong: u64,
    twice: u64,
    early: u64,
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    told: Told,
    did: Did,
    counted: Counted,
    operated: Operated,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let did = Arc::new(Mutex::new(Did::default()));
    let every = dice.of(&[0, 0, 1_000, 100]);
    let (does, seeds) = (Arc::clone(&did), Mutex::new(dice.fork()));
    let factory = move |_: &Init| {
        let mut dice = lock(&seeds).fork();
        let pace = dice.of(&Pace::ALL);
        Clerk { did: Arc::clone(&does), for_later: VecDeque::new(), dice, pace, every }
    };
    let level = some_level(dice);
    // A dead letter that is kept keeps its asker waiting.
    let builder = vary(Pool::builder(factory), level, dice).dead_letters(0);
    let pool = builder.build().expect("a small pool");
    let questions = dice.between(0, 200);
    let clients: Vec<_> = (0..dice.between(1, 3))
        .map(|source| {
            let (tx, dice) = (pool.sender().expect("a few senders"), dice.fork());
            thread::spawn(move || ask_all(tx, source, questions, dice))
        })
        .collect();
    // The questions that nobody came to are dropped with the report.
    let (told, counted, operated) = play(pool, clients, dice, |report| Counted::of(&report));
    let told = told.into_iter().fold(Told::default(), Told::and);
    let did = *lock(&did);
    Found { told, did, counted, operated }.account()
}

fn ask_all(mut tx: Sender<Clerk>, source: u64, questions: u64, mut dice: Dice) -> Told {
    let (mut told, pace) = (Told::default(), dice.of(&Pace::ALL));
    let mut book = Book::new(dice.size(1, 8));
    let mut open: Vec<(u64, Duration, Pending<u64>)> = Vec::new();
    for n in 0..questions {
        dice.dawdle(pace);
        let (n, key) = (n * 100 + source, dice.between(0, KEYS - 1));
        let wait = if dice.one_in(3) { dice.patience() } else { LONG };
        let question = |reply| Question { n, reply };
        let pending = match dice.between(0, 3) {
            0 => Some(tx.ask_worker(dice.size(0, 3), wait, question)),
            1 | 2 => tx.ask_from(&mut book, &key, wait, question),
            _ => Some(tx.ask(&key, wait, question)),
        };
        // Otherwise as many are open as the book has room for.
        let Some(pending) = pending else { continue };
        told.asked += 1;
        if dice.one_in(2) {
            open.push((n, wait, pending));
        } else {
            told.resolve(n, wait, pending, &mut dice);
        }
        if 4 < open.len() {
            let (n, wait, pending) = open.swap_remove(dice.size(0, 4));
            told.resolve(n, wait, pending, &mut dice);
        }
    }
    for (n, wait, pending) in open {
        told.resolve(n, wait, pending, &mut dice);
    }
    told
}

impl Told {
    fn resolve(&mut self, n: u64, wait: Duration, mut pending: Pending<u64>, dice: &mut Dice) {
        let outcome = match dice.between(0, 9) {
            0 => {
                self.left += 1;
                return;
            }
            1 => {
                // Whatever came before that can be taken.
                let _in_time = pending.cancel();
                self.look(&mut pending).unwrap_or(Err(AskError::Timeout))
            }
            2 | 3 => loop {
                if let Some(outcome) = self.look(&mut pending) {
                    break outcome;
                }
                thread::yield_now();
            },
            // A task is not woken by the end of the time.
            4 | 5 if wait == LONG => block_on(pending),
            _ => pending.wait(),
        };
        match outcome {
            Ok(it) => {
                self.answers += 1;
                self.wrong += u64::from(it != answer(n));
            }
            Err(AskError::Timeout) => {
                self.timeouts += 1;
                self.early += u64::from(wait == LONG);
            }
            Err(AskError::Gone) => self.gone += 1,
            Err(AskError::Rejected) => self.rejected += 1,
            Err(AskError::Cancelled) => self.cancelled += 1,
        }
    }

    /// Looks; and if it is over, looks again.
    fn look(&mut self, pending: &mut Pending<u64>) -> Option<Result<u64, AskError>> {
        let outcome = pending.try_take()?;
        self.twice += u64::from(pending.try_take() != Some(Err(AskError::Cancelled)));
        Some(outcome)
    }

    fn and(self, other: Self) -> Self {
        Self {
            asked: self.asked + other.asked,
            answers: self.answers + other.answers,
            timeouts: self.timeouts + other.timeouts,
            gone: self.gone + other.gone,
            rejected: self.rejected + other.rejected,
            cancelled: self.cancelled + other.cancelled,
            left: self.left + other.left,
            wrong: self.wrong + other.wrong,
            twice: self.twice + other.twice,
            early: self.early + other.early,
        }
    }
}

impl Found {
    fn account(&self) -> Account {
        let Self { told, did, counted, operated } = self;
        let mut account = Account { messages: told.asked, ..Account::default() };
        counted.account("asked pool", &mut account);
        operated.account(&mut account);
        account.equal("handled as counted", did.handled, counted.handled);
        account.equal("panics as counted", did.panics, counted.panics);
        let failed = told.timeouts + told.gone + told.rejected + told.cancelled;
        account.equal(
            "asked = answers + failures + left",
            told.asked,
            told.answers + failed + told.left,
        );
        account.equal("an answer is that to its question", told.wrong, 0);
        account.equal("each ends once", told.twice, 0);
        account.equal("none ends before its time", told.early, 0);
        let Told { answers, gone, rejected, left, .. } = *told;
        let answered = did.answered;
        let is_between = |low: u64, it: u64, high: u64| low <= it && it <= high;
        account.holds(
            format_args!("an answer that was sent is taken: {answered} = {answers}, {left} left"),
            is_between(answers, answered, answers + left),
        );
        let refused = told.asked.checked_sub(counted.accepted);
        account.holds(
            format_args!("refused is told as rejected: {refused:?}, {rejected}, {left} left"),
            refused.is_some_and(|refused| {
                is_between(refused, rejected + left, refused + did.rejected + left)
            }),
        );
        let lost = did.forgotten + counted.dead + counted.undelivered;
        account.holds(format_args!("{gone} gone, of {lost} that were dropped"), gone <= lost);
        let ends = did.answered + did.unwanted + did.rejected + did.forgotten;
        account.equal("handled = answered + unwanted + rejected + forgotten", did.handled, ends);
        account
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::counted;
    use super::*;

    /// Of six questions one was refused, one answered, one forgotten, one came to nobody and one died; of one
    /// the asker went away.
    fn found() -> Found {
        let counted = Counted { accepted: 5, handled: 3, ..counted() };
        let did = Did { handled: 3, answered: 2, forgotten: 1, panics: 1, ..Did::default() };
        let told = Told { asked: 6, answers: 1, gone: 3, rejected: 1, left: 1, ..Told::default() };
        Found { told, did, counted, operated: Operated::default() }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| found.told.asked = 7), 0, "one that never ended");
        assert_ne!(broken(|found| found.told.wrong = 1), 0, "another answer");
        assert_ne!(broken(|found| found.told.twice = 1), 0, "ended twice");
        assert_ne!(broken(|found| found.told.early = 1), 0, "before its time");
        assert_ne!(broken(|found| found.did.answered = 4), 0, "an answer that nobody got");
        assert_ne!(broken(|found| found.did.answered = 0), 0, "an answer from nowhere");
        let other = |found: &mut Found| (found.told.gone, found.told.rejected) = (1, 3);
        assert_ne!(broken(other), 0, "rejected, and nobody did");
        let other = |found: &mut Found| (found.told.gone, found.told.timeouts) = (4, 0);
        assert_ne!(broken(other), 0, "gone, and nobody dropped it");
        assert_ne!(broken(|found| found.did.forgotten = 0), 0, "handled, and no end");
        assert_ne!(broken(|found| found.did.panics = 2), 0, "a panic that was not counted");
    }
}
