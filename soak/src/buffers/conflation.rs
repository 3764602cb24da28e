//! A round with conflation by key: senders with keys of their own or with the same ones, which replace, merge,
//! and panic while they merge; and one receiver, which leaves perhaps.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use windlass_qos::conflate::{Builder, Receiver, Sender};
use windlass_qos::{DropReason, Stats};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;
use windlass_testkit::block_on;

use super::{Nothing, once, some_wait};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

const KEYS: u64 = 6;

/// Messages that were merged, one if none were. A source is a sender and a key.
type Update = Vec<Message>;
type Fallen = Arc<Mutex<Vec<(Update, DropReason)>>>;

/// What a round looks like.
#[derive(Debug, Clone, Copy)]
struct Plan {
    keys: u64,
    senders: u64,
    /// Each key has one sender.
    owned: bool,
    merges: bool,
    /// From each sender.
    messages: u64,
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    plan: Plan,
    accepted: Vec<Message>,
    received: Vec<(usize, Update)>,
    dropped: Vec<(Update, DropReason)>,
    /// Whether the receiver saw the end.
    stayed: bool,
    rest: Stats,
    end: Stats,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let plan = Plan {
        keys: dice.between(1, KEYS),
        senders: dice.between(1, 3),
        owned: dice.one_in(2),
        merges: dice.one_in(2),
        messages: dice.between(0, 600),
    };
    let fallen = Fallen::default();
    let falls = Arc::clone(&fallen);
    let handles = usize::try_from(plan.senders).unwrap_or(1);
    let builder = Builder::new(usize::try_from(plan.keys).unwrap_or(1))
        .senders(handles)
        .wait(some_wait(dice))
        .on_drop(move |update, why| lock(&falls).push((update, why)));
    let (tx, rx) = builder.build().expect("a few keys");
    let mut found = drive(tx, rx, plan, &fallen, dice);
    found.dropped = core::mem::take(&mut *lock(&fallen));
    found.account()
}

fn drive(
    tx: Sender<Update>,
    rx: Receiver<Update>,
    plan: Plan,
    fallen: &Fallen,
    dice: &mut Dice,
) -> Found {
    let more: Vec<_> = (1..plan.senders).map(|_| tx.clone()).collect();
    let senders: Vec<_> = (0..)
        .zip(more.into_iter().chain([tx]))
        .map(|(sender, tx)| {
            let (fallen, dice) = (Arc::clone(fallen), dice.fork());
            thread::spawn(move || send_all(tx, sender, plan, &fallen, dice))
        })
        .collect();
    let receiver = {
        let dice = dice.fork();
        thread::spawn(move || receive_all(rx, dice))
    };
    let failed = "a thread of the round panicked";
    let mut sent: Vec<_> = senders.into_iter().map(|thread| thread.join().expect(failed)).collect();
    let accepted = sent.iter_mut().flat_map(|sent| core::mem::take(&mut sent.1)).collect();
    // Whoever is left of the senders has numbers to show.
    let (tx, _) = sent.swap_remove(0);
    drop(sent);
    tx.close();
    let (received, rx) = receiver.join().expect(failed);
    let (rest, stayed) = (tx.stats(), rx.is_some());
    // With the receiver goes what is left.
    drop(rx);
    Found { plan, accepted, received, dropped: Vec::new(), stayed, rest, end: tx.stats() }
}

fn send_all(
    mut tx: Sender<Update>,
    sender: u64,
    plan: Plan,
    fallen: &Fallen,
    mut dice: Dice,
) -> (Sender<Update>, Vec<Message>) {
    let (mut accepted, pace) = (Vec::new(), dice.of(&Pace::ALL));
    let closes = dice.one_in(8);
    for n in 1..=plan.messages {
        dice.dawdle(pace);
        let mut key = dice.between(0, plan.keys - 1);
        if plan.owned {
            key -= key % plan.senders;
            key += sender;
            if plan.keys <= key {
                continue;
            }
        }
        let message = Message { source: sender * KEYS + key, n };
        let (key, update) = (usize::try_from(key).unwrap_or(usize::MAX), vec![message]);
        let is_in = match dice.between(0, 9) {
            0 | 1 => match tx.replace(key, update) {
                Ok(replaced) => {
                    lock(fallen).extend(replaced.map(|update| (update, DropReason::Conflated)));
                    true
                }
                Err(_closed) => false,
            },
            2..=5 if plan.merges => {
                let panics = dice.one_in(10);
                let merge = |unread: &mut Update, new: Update| {
                    // Only where what is new is its own: that was not accepted then.
                    if panics && new.as_slice() == [message] {
                        resume_unwind(Box::new("planned"));
                    }
                    unread.extend(new);
                };
                let sent = catch_unwind(AssertUnwindSafe(|| tx.send_merge(key, update, merge)));
                sent.is_ok_and(|sent| sent.is_ok())
            }
            _ => tx.send(key, update).is_ok(),
        };
        accepted.extend(is_in.then_some(message));
        if closes && dice.one_in(plan.messages) {
            tx.close();
        }
    }
    (tx, accepted)
}

fn receive_all(
    mut rx: Receiver<Update>,
    mut dice: Dice,
) -> (Vec<(usize, Update)>, Option<Receiver<Update>>) {
    let (mut received, pace) = (Vec::new(), dice.of(&Pace::ALL));
    let leaves = if dice.one_in(4) { dice.size(0, 300) } else { usize::MAX };
    while received.len() < leaves {
        dice.dawdle(pace);
        let found = match dice.between(0, 9) {
            0 => rx.try_recv().map_err(Nothing::from),
            1 => rx.recv_timeout(dice.patience()).map_err(Nothing::from),
            2 => block_on(rx.recv_async()).map_err(Nothing::from),
            3 => once(rx.recv_async()),
            _ => rx.recv().map_err(Nothing::from),
        };
        match found {
            Ok(found) => received.push(found),
            Err(Nothing::Yet) => {}
            // Nothing is ever lost but by a newer one.
            Err(Nothing::Lost(_)) => received.push((usize::MAX, Vec::new())),
            Err(Nothing::Ever) => return (received, Some(rx)),
        }
    }
    (received, None)
}

impl Found {
    fn account(&self) -> Account {
        let Self { plan, accepted, received, dropped, rest, end, .. } = self;
        let mut account = Account { messages: accepted.len() as u64, ..Account::default() };
        for (when, stats) in [("at rest", rest), ("at the end", end)] {
            let sum = stats.delivered + stats.dropped() + stats.held;
            account.equal(
                format_args!("accepted = delivered + dropped + held {when}"),
                stats.accepted,
                sum,
            );
        }
        let left = dropped.iter().filter(|(_, why)| *why == DropReason::Left).count() as u64;
        let (accepted_, received_) = (accepted.len() as u64, received.len() as u64);
        account.equal("accepted as counted", accepted_, end.accepted);
        account.equal("delivered as counted", received_, end.delivered);
        account.equal("left as counted", left, end.left);
        account.equal("nothing is held at the end", 0, end.held);
        account.equal(
            "delivered + left + replaced = sent",
            received_ + left + end.conflated,
            accepted_,
        );
        account.holds("never more than there are keys", end.high_water <= plan.keys);
        let updates = received.iter().map(|(_, update)| update);
        let places = updates.chain(dropped.iter().map(|(update, _)| update)).flatten();
        account.once_each("each is received, replaced or left", accepted, places);
        let is_own = |key: usize, message: &Message| message.source % KEYS == key as u64;
        let own = received.iter().all(|(key, update)| update.iter().all(|it| is_own(*key, it)));
        account.holds("a key gets its own updates", own);
        // Two that merge into the same update may come in any order.
        if plan.owned || plan.senders == 1 || !plan.merges {
            let came = received.iter().flat_map(|(_, update)| update).copied();
            account.in_order("in order by sender and key", came);
            if self.stayed {
                self.account_for_last(&mut account);
            }
        }
        account
    }

    /// The last that comes of a key is the last that was sent, by one of its senders.
    fn account_for_last(&self, account: &mut Account) {
        let last = self.accepted.iter().map(|message| (message.source, message.n));
        let last: HashMap<u64, u64> = last.collect();
        let mut came = HashMap::new();
        for (key, update) in &self.received {
            came.insert(*key as u64, update.last());
        }
        for key in 0..self.plan.keys {
            let is_sent = last.keys().any(|source| source % KEYS == key);
            let is_last = |message: &Message| last.get(&message.source) == Some(&message.n);
            let came = came.get(&key).copied().flatten();
            let does = if is_sent { came.is_some_and(is_last) } else { came.is_none() };
            account.holds(format_args!("the last of key {key} comes last: {came:?}"), does);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::lose_one;

    /// Of key 0 the first update was replaced, two were merged; of key 1 there was one.
    fn found() -> Found {
        let message = |key, n| Message { source: key, n };
        let rest =
            Stats { accepted: 4, delivered: 2, conflated: 2, high_water: 2, ..Stats::default() };
        Found {
            plan: Plan { keys: 2, senders: 1, owned: true, merges: true, messages: 4 },
            accepted: vec![message(0, 1), message(1, 2), message(0, 3), message(0, 4)],
            received: vec![(0, vec![message(0, 3), message(0, 4)]), (1, vec![message(1, 2)])],
            dropped: vec![(vec![message(0, 1)], DropReason::Conflated)],
            stayed: true,
            rest,
            end: rest,
        }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.dropped)), 0, "one that is gone");
        assert_ne!(broken(|found| found.received[0].1.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.received[0].0 = 1), 0, "of another key");
        assert_ne!(broken(|found| found.end.conflated = 1), 0, "a sum");
        assert_ne!(broken(|found| found.rest.held = 1), 0, "a sum at rest");
        let held = |found: &mut Found| {
            (found.end.conflated, found.end.held) = (1, 1);
            found.dropped[0].1 = DropReason::Left;
        };
        assert_ne!(broken(held), 0, "held though all have gone");
        let uncounted = |found: &mut Found| {
            found.dropped[0].1 = DropReason::Left;
            (found.rest.conflated, found.rest.left) = (1, 1);
            (found.end.conflated, found.end.delivered) = (1, 3);
        };
        assert_ne!(broken(uncounted), 0, "left and not counted");
        assert_ne!(broken(|found| found.end.high_water = 3), 0, "too many");
        let stale = |found: &mut Found| {
            found.received[0].1 = vec![found.accepted[0], found.accepted[2]];
            found.dropped[0].0 = vec![found.accepted[3]];
        };
        assert_ne!(broken(stale), 0, "the last one was replaced");
        assert_ne!(broken(|found| found.dropped[0].1 = DropReason::Left), 0, "not left");
    }
}
