//! A round with a pool: workers that panic, clients, and an operator who resizes, pauses, restarts,
//! moves and rebalances meanwhile.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::time::Duration;

use windlass_pool::{
    Arrived, Balance, Context, DeadReason, Init, Poison, Pool, QosLevel, Report, Restart, Sender,
    Shutdown, Slot, TrySendError, Worker,
};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

const KEYS: u64 = 7;
const LONG: Duration = Duration::from_secs(30);
/// Sources from here on are workers as they were built.
const WORKERS: u64 = 1_000;

/// A message for a key: those of one source count for each key by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Keyed {
    key: u64,
    message: Message,
}

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
        *self.counts.entry(Slot::of_key(&message.key).index()).or_default() += 1;
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
    /// What the report of the pool counts.
    counted: Counted,
    /// Panics as planned, and slots that came too early.
    panics: u64,
    too_early: u64,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    accepted: u64,
    handled: u64,
    dead: u64,
    moved: u64,
    panics: u64,
    stragglers: u64,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let did = Arc::new(Mutex::new(Did::default()));
    let level = dice.of(&[QosLevel::Guaranteed, QosLevel::Guaranteed, QosLevel::Reliable]);
    let pool = build(level, &did, dice);
    let is_over = Arc::new(AtomicBool::new(false));
    let messages = dice.between(0, 600);
    let clients: Vec<_> = (0..dice.between(1, 3))
        .map(|source| {
            let (tx, dice) = (pool.sender().expect("a few senders"), dice.fork());
            thread::spawn(move || send_all(tx, source, messages, dice))
        })
        .collect();
    let pool = {
        let (is_over, dice) = (Arc::clone(&is_over), dice.fork());
        thread::spawn(move || operate(pool, &is_over, dice))
    };
    let is_hasty = dice.one_in(3);
    let mut accepted = Vec::new();
    let end = || {
        // ORDERING: Relaxed. It hands nothing over.
        is_over.store(true, Ordering::Relaxed);
    };
    if is_hasty {
        // The pool ends while clients still send.
        thread::sleep(dice.patience());
        end();
    }
    let failed = "a thread of the round panicked";
    for client in clients {
        accepted.extend(client.join().expect(failed));
    }
    end();
    let report = pool.join().expect(failed);
    let did = core::mem::take(&mut *lock(&did));
    Found::new(level, accepted, did, report).account()
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
    let quick = Duration::from_micros(10)..Duration::from_millis(1);
    let restart = match dice.between(0, 3) {
        0 => Restart::never(),
        1 => Restart::on_panic().max(2, LONG).backoff(quick),
        _ => Restart::on_panic().max(4_000, LONG).backoff(quick),
    };
    let workers = dice.size(1, 3);
    let builder =
        Pool::builder(factory).workers(workers).max_workers(4).mailbox(level, dice.size(1, 64));
    let builder = builder.restart(restart).poison(dice.of(&[Poison::DeadLetter, Poison::Retry(2)]));
    let builder = builder.batch(dice.size(1, 32)).dead_letters(100_000);
    let builder = builder.control_capacity(dice.size(1, 8)).outbox(dice.size(1, 64));
    builder.build().expect("a small pool")
}

fn send_all(mut tx: Sender<Clerk>, source: u64, messages: u64, mut dice: Dice) -> Vec<Keyed> {
    let (mut accepted, pace) = (Vec::new(), dice.of(&Pace::ALL));
    let mut n = 0;
    let mut next = |dice: &mut Dice| {
        n += 1;
        Keyed { key: dice.between(0, KEYS - 1), message: Message { source, n } }
    };
    for _ in 0..messages {
        dice.dawdle(pace);
        let one = next(&mut dice);
        match dice.between(0, 9) {
            0 => match tx.try_send(&one.key, one) {
                Ok(()) => accepted.push(one),
                Err(TrySendError::Full(_) | TrySendError::Closed(_)) => {}
            },
            1 => {
                let batch: Vec<_> = (0..dice.size(1, 40)).map(|_| next(&mut dice)).collect();
                let sent = tx.send_batch(batch.iter().map(|one| (one.key, *one)));
                let unsent = sent.err().map(|unsent| unsent.messages).unwrap_or_default();
                accepted.extend(batch.iter().filter(|one| !unsent.contains(one)));
            }
            2 => {
                if tx.send_timeout(&one.key, one, dice.patience()).is_ok() {
                    accepted.push(one);
                }
            }
            // Refused if the pool is closed, or the worker gone: others may be there.
            _ => {
                if tx.send(&one.key, one).is_ok() {
                    accepted.push(one);
                }
            }
        }
    }
    accepted
}

/// Changes the pool until it is over, and ends it.
fn operate(pool: Pool<Clerk>, is_over: &AtomicBool, mut dice: Dice) -> Report<Keyed> {
    let mut told = 0;
    // ORDERING: Relaxed. It hands nothing over.
    while !is_over.load(Ordering::Relaxed) {
        let (worker, wait) = (dice.size(0, 3), dice.patience());
        // Each may be refused, because a worker is gone or a change is not done in time.
        match dice.between(0, 9) {
            0 | 1 => drop(pool.resize(worker + 1, wait)),
            2 => {
                let slot = Slot::of_key(&dice.between(0, KEYS - 1)).index();
                drop(pool.move_slot(slot, worker, wait));
            }
            3 => drop(pool.settle(wait)),
            4 => drop(pool.pause(worker)),
            5 => drop(pool.restart(worker)),
            6 => {
                told += 1;
                drop(pool.broadcast(told));
            }
            7 => drop(pool.rebalance(Balance::default().least(100), wait)),
            8 => drop(pool.gather(|clerk| clerk.me, wait)),
            _ => drop(pool.health()),
        }
        thread::sleep(dice.patience() / 4);
        // One that is paused would hold everybody up.
        (0..4).for_each(|worker| drop(pool.resume(worker)));
    }
    let how = match dice.between(0, 2) {
        0 => Shutdown::drain(),
        1 => Shutdown::drain_for(dice.patience()),
        _ => Shutdown::drain().then_abort(),
    };
    pool.shutdown(how.abort_wait(LONG))
}

impl Found {
    fn new(level: QosLevel, mut accepted: Vec<Keyed>, did: Did, report: Report<Keyed>) -> Self {
        accepted.extend(&did.passed_on);
        let counted = Counted {
            accepted: report.accepted,
            handled: report.handled,
            dead: report.dead.total(),
            moved: report.dead.of(DeadReason::Moved),
            panics: report.panics,
            stragglers: report.stragglers.len() as u64,
        };
        Self {
            level,
            accepted,
            handled: did.handled,
            undelivered: report.undelivered,
            dead: report.dead_letters.iter().filter_map(|letter| letter.message).collect(),
            counted,
            panics: did.panics,
            too_early: did.too_early,
        }
    }

    fn account(&self) -> Account {
        let mut account = Account { messages: self.accepted.len() as u64, ..Account::default() };
        let Counted { accepted, handled, dead, moved, panics, stragglers } = self.counted;
        let undelivered = self.undelivered.len() as u64;
        account.equal(
            "accepted = handled + undelivered + dead",
            accepted,
            handled + undelivered + dead,
        );
        account.equal("accepted as counted", self.accepted.len() as u64, accepted);
        account.equal("handled as counted", self.handled.len() as u64, handled);
        account.equal("dead as counted", self.dead.len() as u64, dead);
        account.equal("panics as counted", self.panics, panics);
        account.equal("all workers end", stragglers, 0);
        account.equal("no slot comes to one that has it", self.too_early, 0);
        account.equal("nothing comes to a worker without its slot", moved, 0);
        let places = self.handled.iter().chain(&self.undelivered).chain(&self.dead);
        account.once_each("each message is in one place", &self.accepted, places);
        for key in 0..KEYS {
            let handled = self.handled.iter().filter(|one| one.key == key);
            let handled = handled.map(|one| one.message);
            account.in_order(format_args!("{:?}: key {key} keeps its order", self.level), handled);
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of four messages two were handled, one came back, one died of a panic.
    fn found() -> Found {
        let one = |n| Keyed { key: n % 2, message: Message { source: 0, n } };
        let counted =
            Counted { accepted: 4, handled: 2, dead: 1, moved: 0, panics: 1, stragglers: 0 };
        Found {
            level: QosLevel::Guaranteed,
            accepted: (1..=4).map(one).collect(),
            handled: vec![one(1), one(3)],
            undelivered: vec![one(4)],
            dead: vec![one(2)],
            counted,
            panics: 1,
            too_early: 0,
        }
    }

    fn broken(change: impl FnOnce(&mut Found)) -> usize {
        let mut found = found();
        change(&mut found);
        found.account().broken.len()
    }

    #[test]
    fn a_round_that_adds_up_is_fine() {
        assert_eq!(found().account().broken, [""; 0], "refused");
    }

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(
            broken(|found| {
                found.accepted.pop();
            }),
            0,
            "a message from nowhere"
        );
        assert_ne!(
            broken(|found| {
                found.undelivered.pop();
            }),
            0,
            "a message that is gone"
        );
        assert_ne!(
            broken(|found| {
                found.dead.pop();
            }),
            0,
            "a letter that is gone"
        );
        assert_ne!(broken(|found| found.handled.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.handled[1] = found.handled[0]), 0, "twice");
        assert_ne!(broken(|found| found.counted.handled = 3), 0, "a sum");
        assert_ne!(broken(|found| found.counted.moved = 1), 0, "without its slot");
        assert_ne!(broken(|found| found.counted.stragglers = 1), 0, "one did not end");
        assert_ne!(broken(|found| found.panics = 2), 0, "a panic that was not counted");
        assert_ne!(broken(|found| found.too_early = 1), 0, "a slot that was there");
    }
}
