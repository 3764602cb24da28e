//! A round with keys: workers that panic, send on and hand slots over, and clients that send by key, at high
//! priority, to one worker and to any of them.

use std::collections::HashMap;
use std::panic::resume_unwind;

use windlass_pool::{
    Arrived, Context, Init, Pool, QosLevel, Report, Sender, Slot, TrySendError, Worker,
};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use super::{Counted, KEYS, Keyed, Operated, WORKERS, play, some_level, vary};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// Sources of what is high, and of what has no key, are those of the client and this.
const HIGH: u64 = 100;
const NO_KEY: u64 = 200;

/// What workers did, seen from outside.
#[derive(Debug, Default)]
struct Did {
    handled: Vec<Keyed>,
    /// Accepted from workers.
    passed_on: Vec<Keyed>,
    panics: u64,
    built: u64,
    /// Slots that came to a worker which had something for them already.
    too_early: u64,
    /// What they were told, by worker as it was built.
    heard: Vec<Message>,
}

/// Counts the messages of each slot that it has.
struct Clerk {
    did: Arc<Mutex<Did>>,
    me: u64,
    sent: u64,
    counts: HashMap<usize, u64>,
    dice: Dice,
    pace: Pace,
    /// Panics once in so many messages; 0 for never.
    every: u64,
}

impl Worker for Clerk {
    type Message = Keyed;
    type Control = u64;
    type Slot = u64;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Keyed) {
        self.dice.dawdle(self.pace);
        if self.every != 0 && self.dice.one_in(self.every) {
            lock(&self.did).panics += 1;
            resume_unwind(Box::new("planned"));
        }
        if message.message.source < NO_KEY || WORKERS <= message.message.source {
            *self.counts.entry(Slot::of_key(&message.key).index()).or_default() += 1;
        }
        if message.message.source < WORKERS && message.message.n.is_multiple_of(11) {
            self.sent += 1;
            let passed = Message { source: WORKERS + self.me, n: self.sent };
            let passed = Keyed { key: (message.key + 1) % KEYS, message: passed };
            if cx.send(&passed.key, passed).is_ok() {
                lock(&self.did).passed_on.push(passed);
            }
        }
        lock(&self.did).handled.push(message);
    }

    fn on_control(&mut self, _: &mut Context<'_, Self>, told: u64) {
        lock(&self.did).heard.push(Message { source: self.me, n: told });
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u64> {
        self.counts.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<u64>) {
        if let Arrived::State(count) = state {
            let before = self.counts.insert(slot.index(), count);
            lock(&self.did).too_early += u64::from(before.is_some());
        }
    }

    fn keep(message: &Keyed) -> Option<Keyed> {
        Some(*message)
    }
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    level: QosLevel,
    accepted: Vec<Keyed>,
    handled: Vec<Keyed>,
    undelivered: Vec<Keyed>,
    dead: Vec<Keyed>,
    counted: Counted,
    operated: Operated,
    heard: Vec<Message>,
    /// Panics as planned, and slots that came too early.
    panics: u64,
    too_early: u64,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let did = Arc::new(Mutex::new(Did::default()));
    let level = some_level(dice);
    let pool = build(level, &did, dice);
    let messages = dice.between(0, 600);
    let clients: Vec<_> = (0..dice.between(1, 3))
        .map(|source| {
            let (tx, dice) = (pool.sender().expect("a few senders"), dice.fork());
            thread::spawn(move || send_all(tx, source, messages, dice))
        })
        .collect();
    let (accepted, report, operated) = play(pool, clients, dice, |report| report);
    let did = core::mem::take(&mut *lock(&did));
    Found::new(level, accepted.concat(), did, report, operated).account()
}

fn build(level: QosLevel, did: &Arc<Mutex<Did>>, dice: &mut Dice) -> Pool<Clerk> {
    let every = dice.of(&[0, 0, 2_000, 200]);
    let (did, seeds) = (Arc::clone(did), Mutex::new(dice.fork()));
    let factory = move |_: &Init| {
        let mut dice = lock(&seeds).fork();
        let pace = dice.of(&Pace::ALL);
        let me = {
            let mut did = lock(&did);
            did.built += 1;
            did.built
        };
        Clerk { did: Arc::clone(&did), me, sent: 0, counts: HashMap::new(), dice, pace, every }
    };
    vary(Pool::builder(factory), level, dice).build().expect("a small pool")
}

fn send_all(mut tx: Sender<Clerk>, source: u64, messages: u64, mut dice: Dice) -> Vec<Keyed> {
    let (mut accepted, pace) = (Vec::new(), dice.of(&Pace::ALL));
    let mut n = 0;
    let mut next = |dice: &mut Dice| {
        n += 1;
        Keyed { key: dice.between(0, KEYS - 1), message: Message { source, n } }
    };
    let from = |more: u64, one: Keyed| Keyed {
        message: Message { source: source + more, ..one.message },
        ..one
    };
    for _ in 0..messages {
        dice.dawdle(pace);
        let mut one = next(&mut dice);
        // Refused if the pool is closed, or the worker gone: others may be there.
        let is_in = match dice.between(0, 13) {
            0 => match tx.try_send(&one.key, one) {
                Ok(()) => true,
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => false,
            },
            1 => {
                let batch: Vec<_> = (0..dice.size(1, 40)).map(|_| next(&mut dice)).collect();
                let sent = tx.send_batch(batch.iter().map(|one| (one.key, *one)));
                let unsent = sent.err().map(|unsent| unsent.messages).unwrap_or_default();
                accepted.extend(batch.iter().filter(|one| !unsent.contains(one)));
                false
            }
            2 => tx.send_timeout(&one.key, one, dice.patience()).is_ok(),
            3 => {
                one = from(HIGH, one);
                tx.send_high(&one.key, one).is_ok()
            }
            4 => {
                one = from(HIGH, one);
                tx.try_send_high(&one.key, one).is_ok()
            }
            5 => {
                one = from(NO_KEY, one);
                tx.send_any(one).is_ok()
            }
            6 => {
                one = from(NO_KEY, one);
                tx.try_send_any(one).is_ok()
            }
            7 => {
                one = from(NO_KEY, one);
                tx.send_to(dice.size(0, 3), one).is_ok()
            }
            _ => tx.send(&one.key, one).is_ok(),
        };
        accepted.extend(is_in.then_some(one));
    }
    accepted
}

impl Found {
    fn new(
        level: QosLevel,
        mut accepted: Vec<Keyed>,
        did: Did,
        report: Report<Keyed>,
        operated: Operated,
    ) -> Self {
        accepted.extend(&did.passed_on);
        Self {
            level,
            accepted,
            handled: did.handled,
            counted: Counted::of(&report),
            undelivered: report.undelivered,
            dead: report.dead_letters.iter().filter_map(|letter| letter.message).collect(),
            operated,
            heard: did.heard,
            panics: did.panics,
            too_early: did.too_early,
        }
    }

    fn account(&self) -> Account {
        let mut account = Account { messages: self.accepted.len() as u64, ..Account::default() };
        self.counted.account("pool", &mut account);
        self.operated.account(&mut account);
        let Counted { accepted, handled, dead, panics, .. } = self.counted;
        account.equal("accepted as counted", self.accepted.len() as u64, accepted);
        account.equal("handled as counted", self.handled.len() as u64, handled);
        account.equal("dead as counted", self.dead.len() as u64, dead);
        account.equal("panics as counted", self.panics, panics);
        account.equal("no slot comes to one that has it", self.too_early, 0);
        let places = self.handled.iter().chain(&self.undelivered).chain(&self.dead);
        account.once_each("each message is in one place", &self.accepted, places);
        for key in 0..KEYS {
            let handled = self.handled.iter().filter(|one| one.key == key);
            let handled = handled.map(|one| one.message);
            let handled = handled.filter(|it| it.source < NO_KEY || WORKERS <= it.source);
            account.in_order(format_args!("{:?}: key {key} keeps its order", self.level), handled);
        }
        account.in_order("all are told in one order", self.heard.iter().copied());
        let was_told = |heard: &Message| self.operated.told.contains(&heard.n);
        account.holds("nobody hears what was refused", self.heard.iter().all(was_told));
        account
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::counted;
    use super::*;
    use crate::account::lose_one;

    /// Of four messages two were handled, one came back, one died of a panic.
    fn found() -> Found {
        let one = |n| Keyed { key: n % 2, message: Message { source: 0, n } };
        Found {
            level: QosLevel::Guaranteed,
            accepted: (1..=4).map(one).collect(),
            handled: vec![one(1), one(3)],
            undelivered: vec![one(4)],
            dead: vec![one(2)],
            counted: counted(),
            operated: Operated { told: vec![1, 3], odd: 0 },
            heard: vec![Message { source: 1, n: 1 }, Message { source: 1, n: 3 }],
            panics: 1,
            too_early: 0,
        }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.accepted)), 0, "a message from nowhere");
        assert_ne!(broken(|found| lose_one(&mut found.undelivered)), 0, "a message that is gone");
        assert_ne!(broken(|found| lose_one(&mut found.dead)), 0, "a letter that is gone");
        assert_ne!(broken(|found| found.handled.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.handled[1] = found.handled[0]), 0, "twice");
        assert_ne!(broken(|found| found.panics = 2), 0, "a panic that was not counted");
        assert_ne!(broken(|found| found.too_early = 1), 0, "a slot that was there");
        assert_ne!(broken(|found| found.operated.odd = 1), 0, "an answer too many");
        assert_ne!(broken(|found| found.heard.swap(0, 1)), 0, "told in another order");
        assert_ne!(broken(|found| lose_one(&mut found.operated.told)), 0, "heard, and refused");
    }
}
