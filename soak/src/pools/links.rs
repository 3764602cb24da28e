//! A round with two pools: workers of the first send on to the second by links, while both are changed and
//! either ends first.

use std::panic::resume_unwind;

use windlass_pool::{Context, Init, Pool, PoolLink, Sender, Worker};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use super::{Counted, KEYS, Keyed, Operated, WORKERS, play, some_level, vary};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// What workers did.
#[derive(Debug, Default)]
struct Did {
    /// What the links took, and what they gave back of that.
    passed: Vec<Keyed>,
    unsent: Vec<Keyed>,
    /// What the second pool handled.
    came: Vec<Keyed>,
    built: u64,
}

type Seen = Arc<Mutex<Did>>;

/// A worker of the first pool.
struct Relay {
    did: Seen,
    next: PoolLink<Sink>,
    me: u64,
    sent: u64,
    dice: Dice,
    pace: Pace,
}

impl Worker for Relay {
    type Message = u64;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {
        self.dice.dawdle(self.pace);
        for _ in 0..self.dice.between(0, 3) {
            self.sent += 1;
            let key = self.dice.between(0, KEYS - 1);
            let high = self.dice.one_in(4);
            let source = WORKERS + 2 * self.me + u64::from(high);
            let keyed = Keyed { key, message: Message { source, n: self.sent } };
            let sent = match high {
                true => self.next.send_high(&key, keyed),
                false => self.next.send(&key, keyed),
            };
            lock(&self.did).passed.extend(sent.is_ok().then_some(keyed));
        }
        if self.dice.one_in(500) {
            resume_unwind(Box::new("planned"));
        }
    }
}

/// A worker of the second pool.
struct Sink {
    did: Seen,
    dice: Dice,
    pace: Pace,
}

impl Worker for Sink {
    type Message = Keyed;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, message: Keyed) {
        self.dice.dawdle(self.pace);
        if self.dice.one_in(1_000) {
            resume_unwind(Box::new("planned"));
        }
        lock(&self.did).came.push(message);
    }

    fn keep(message: &Keyed) -> Option<Keyed> {
        Some(*message)
    }
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    passed: Vec<Keyed>,
    unsent: Vec<Keyed>,
    came: Vec<Keyed>,
    /// Undelivered in the second pool, or dead.
    left: Vec<Keyed>,
    /// Messages that clients sent to the first pool.
    sent: u64,
    first: Counted,
    second: Counted,
    operated: [Operated; 2],
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let did = Seen::default();
    let second = second(&did, dice);
    let first = first(&did, second.sender().expect("a few senders"), dice);
    let messages = dice.between(0, 300);
    let clients: Vec<_> = (0..dice.between(1, 2))
        .map(|_| {
            let (tx, dice) = (first.sender().expect("a few senders"), dice.fork());
            thread::spawn(move || send_all(tx, messages, dice))
        })
        .collect();
    // For the second pool the whole first one is a client.
    let both = {
        let mut dice = dice.fork();
        thread::spawn(move || play(first, clients, &mut dice, |report| Counted::of(&report)))
    };
    let (mut played, report, operated) = play(second, vec![both], dice, |report| report);
    let (sent, first, operated_first) = played.swap_remove(0);
    let did = core::mem::take(&mut *lock(&did));
    let second = Counted::of(&report);
    let mut left = report.undelivered;
    left.extend(report.dead_letters.iter().filter_map(|letter| letter.message));
    let (Did { passed, unsent, came, .. }, sent) = (did, sent.iter().sum());
    let operated = [operated_first, operated];
    Found { passed, unsent, came, left, sent, first, second, operated }.account()
}

fn second(did: &Seen, dice: &mut Dice) -> Pool<Sink> {
    let (did, seeds) = (Arc::clone(did), Mutex::new(dice.fork()));
    let factory = move |_: &Init| {
        let mut dice = lock(&seeds).fork();
        let pace = dice.of(&Pace::ALL);
        Sink { did: Arc::clone(&did), dice, pace }
    };
    let level = some_level(dice);
    vary(Pool::builder(factory), level, dice).senders(64).build().expect("a small pool")
}

fn first(did: &Seen, to_second: Sender<Sink>, dice: &mut Dice) -> Pool<Relay> {
    let (did, seeds) = (Arc::clone(did), Mutex::new(dice.fork()));
    let to_second = Mutex::new(to_second);
    let factory = move |init: &Init| {
        let mut dice = lock(&seeds).fork();
        let pace = dice.of(&Pace::ALL);
        let unsent = Arc::clone(&did);
        let next = init.link(lock(&to_second).try_clone()?).outbox(dice.size(0, 32));
        let next = next.on_unsent(move |message| lock(&unsent).unsent.push(message));
        let me = {
            let mut did = lock(&did);
            did.built += 1;
            did.built
        };
        Ok::<_, windlass_pool::BuildError>(Relay {
            did: Arc::clone(&did),
            next,
            me,
            sent: 0,
            dice,
            pace,
        })
    };
    let level = some_level(dice);
    vary(Pool::try_builder(factory), level, dice).build().expect("a small pool")
}

fn send_all(mut tx: Sender<Relay>, messages: u64, mut dice: Dice) -> u64 {
    let pace = dice.of(&Pace::ALL);
    let send = |n: u64| {
        dice.dawdle(pace);
        u64::from(tx.send(&(n % KEYS), n).is_ok())
    };
    (0..messages).map(send).sum()
}

impl Found {
    fn account(&self) -> Account {
        let Self { passed, unsent, came, left, sent, first, second, .. } = self;
        let mut account = Account { messages: passed.len() as u64, ..Account::default() };
        first.account("the first pool", &mut account);
        second.account("the second pool", &mut account);
        self.operated.iter().for_each(|operated| operated.account(&mut account));
        account.equal("the first accepts what clients send", *sent, first.accepted);
        account.equal("unsent as counted", unsent.len() as u64, first.unsent);
        let passed_on = passed.len() as u64;
        account.equal("passed on = accepted + unsent", passed_on, second.accepted + first.unsent);
        account.equal("came as counted", came.len() as u64, second.handled);
        let places = came.iter().chain(left).chain(unsent);
        account.once_each("each that was passed on is in one place", passed, places);
        for key in 0..KEYS {
            let came = came.iter().filter(|one| one.key == key).map(|one| one.message);
            account.in_order(format_args!("key {key} keeps the order of each relay"), came);
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::counted;
    use super::*;
    use crate::account::lose_one;

    /// Of five messages two came, one was undelivered, one died, and one was not sent.
    fn found() -> Found {
        let one = |n| Keyed { key: 0, message: Message { source: WORKERS, n } };
        Found {
            passed: (1..=5).map(one).collect(),
            unsent: vec![one(5)],
            came: vec![one(1), one(3)],
            left: vec![one(2), one(4)],
            sent: 4,
            first: Counted { unsent: 1, ..counted() },
            second: counted(),
            operated: [Operated::default(), Operated::default()],
        }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.left)), 0, "a message that is gone");
        assert_ne!(broken(|found| lose_one(&mut found.unsent)), 0, "unsent, and not told");
        assert_ne!(broken(|found| found.came.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.came[1] = found.came[0]), 0, "twice");
        assert_ne!(broken(|found| found.sent = 5), 0, "accepted from nobody");
        assert_ne!(broken(|found| found.operated[1].odd = 1), 0, "an answer too many");
    }
}
