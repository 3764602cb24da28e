//! A round with a buffer: any level, any number of senders and receivers, some slow, some leaving.

use std::pin::pin;
use std::task::Poll;

use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, Paths, QosLevel, RealTime, Receiver, Reliable, Sender,
    TrySendError,
};
use windlass_sync::sync::{Arc, lock};
use windlass_sync::thread;
use windlass_testkit::{Wakes, block_on, poll_once};

use super::{Fallen, Ledger, Nothing, once, some_wait, take};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// What a round looks like.
#[derive(Debug)]
struct Plan {
    level: QosLevel,
    capacity: usize,
    senders: usize,
    receivers: usize,
    /// From each sender.
    messages: u64,
    full: Full,
}

/// What a buffer that could overwrite does instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    Level,
    DropNewest,
    WaitFirst,
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    level: QosLevel,
    capacity: u64,
    full: Full,
    ledger: Ledger,
    /// By receiver.
    received: Vec<Vec<Message>>,
    /// What the only receiver was told is missing; nothing if it left early or was not alone.
    told: Option<u64>,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    match dice.between(0, 4) {
        0 => at(BestEffort, dice),
        1 => at(Reliable, dice),
        2 => at(Guaranteed, dice),
        3 => at(RealTime, dice),
        _ => at(dice.of(&QosLevel::ALL), dice),
    }
}

fn at<L: Level>(level: L, dice: &mut Dice) -> Account {
    let plan = Plan {
        level: level.qos(),
        capacity: dice.size(1, 40),
        senders: dice.size(1, 3),
        receivers: dice.size(1, 3),
        messages: dice.between(0, 1_000),
        full: dice.of(&[Full::Level, Full::Level, Full::DropNewest, Full::WaitFirst]),
    };
    let fallen = Fallen::default();
    let falls = Arc::clone(&fallen);
    let builder = Builder::new(level, plan.capacity)
        .wait(some_wait(dice))
        .sender_wait(some_wait(dice))
        .on_drop(move |message, why| lock(&falls).push((message, why)));
    let builder = match plan.full {
        Full::Level => builder,
        Full::DropNewest => builder.drop_newest(),
        Full::WaitFirst => builder.wait_then_overwrite(dice.patience() / 100),
    };
    let cannot = "a buffer of few messages and handles";
    let mut found = match (plan.senders, plan.receivers) {
        (1, 1) => {
            let (tx, rx) = builder.build().expect(cannot);
            drive(vec![tx], vec![rx], &plan, dice)
        }
        (senders, 1) => {
            let (tx, rx) = builder.many_senders(senders).build().expect(cannot);
            let txs = (1..senders).map(|_| tx.try_clone().expect(cannot)).collect::<Vec<_>>();
            drive(txs.into_iter().chain([tx]).collect(), vec![rx], &plan, dice)
        }
        (senders, receivers) => {
            let builder = builder.many_senders(senders).many_receivers(receivers);
            let (tx, rx) = builder.build().expect(cannot);
            let txs = (1..senders).map(|_| tx.try_clone().expect(cannot)).collect::<Vec<_>>();
            let rxs = (1..receivers).map(|_| rx.try_clone().expect(cannot)).collect::<Vec<_>>();
            let rxs = rxs.into_iter().chain([rx]).collect();
            drive(txs.into_iter().chain([tx]).collect(), rxs, &plan, dice)
        }
    };
    found.ledger.dropped = take(&fallen);
    found.account()
}

/// Lets everybody work, and waits for the end.
fn drive<L: Level, P: Paths>(
    txs: Vec<Sender<Message, L, P>>,
    rxs: Vec<Receiver<Message, L, P>>,
    plan: &Plan,
    dice: &mut Dice,
) -> Found {
    let senders: Vec<_> = (0..)
        .zip(txs)
        .map(|(source, tx)| {
            let (mut dice, messages) = (dice.fork(), plan.messages);
            // The first stays to the end, for the numbers.
            let messages = if dice.one_in(4) { dice.between(0, messages) } else { messages };
            thread::spawn(move || send_all(tx, source, messages, dice))
        })
        .collect();
    let receivers: Vec<_> = rxs
        .into_iter()
        .map(|rx| {
            let dice = dice.fork();
            thread::spawn(move || receive_all(rx, dice))
        })
        .collect();
    let failed = "a thread of the round panicked";
    let mut sent: Vec<_> = senders.into_iter().map(|thread| thread.join().expect(failed)).collect();
    let accepted = sent.iter_mut().flat_map(|sent| core::mem::take(&mut sent.1)).collect();
    // Whoever is left of the senders has numbers to show.
    let (tx, _) = sent.swap_remove(0);
    drop(sent);
    tx.close();
    let got: Vec<_> = receivers.into_iter().map(|thread| thread.join().expect(failed)).collect();
    let rest = tx.stats();
    let told = match got.as_slice() {
        [one] if one.rx.is_some() => Some(one.told),
        _ => None,
    };
    // With the last receiver goes what is left.
    let received: Vec<_> = got.into_iter().map(|got| got.received).collect();
    let ledger = Ledger {
        accepted,
        received: received.concat(),
        rest,
        end: tx.stats(),
        ..Ledger::default()
    };
    let capacity = plan.capacity as u64;
    Found { level: plan.level, capacity, full: plan.full, ledger, received, told }
}

fn send_all<L: Level, P: Paths>(
    mut tx: Sender<Message, L, P>,
    source: u64,
    messages: u64,
    mut dice: Dice,
) -> (Sender<Message, L, P>, Vec<Message>) {
    let (mut accepted, mut n) = (Vec::new(), 0);
    let (pace, closes) = (dice.of(&Pace::ALL), dice.one_in(8));
    while n < messages {
        dice.dawdle(pace);
        n += 1;
        let message = Message { source, n };
        match dice.between(0, 9) {
            0 | 1 => match tx.try_send(message) {
                Ok(()) => accepted.push(message),
                Err(TrySendError::Full(_)) => {}
                Err(TrySendError::Closed(_)) => break,
            },
            2 => {
                let batch: Vec<_> = (n..=n + 5).map(|n| Message { source, n }).collect();
                n += 5;
                let sent = match tx.try_send_many(batch.iter().copied()) {
                    Ok(sent) => sent,
                    Err(unsent) => unsent.sent(),
                };
                accepted.extend(&batch[..sent]);
            }
            3 => match block_on(tx.send_async(message)) {
                Ok(()) => accepted.push(message),
                Err(_closed) => break,
            },
            4 => match poll_once(pin!(tx.send_async(message)), &Wakes::new()) {
                Poll::Ready(Ok(())) => accepted.push(message),
                Poll::Ready(Err(_closed)) => break,
                // Taken back.
                Poll::Pending => {}
            },
            _ => match tx.send(message) {
                Ok(()) => accepted.push(message),
                Err(_closed) => break,
            },
        }
        if closes && dice.one_in(messages) {
            tx.close();
        }
    }
    (tx, accepted)
}

/// What a receiver has to tell.
struct Got<L: Level, P: Paths> {
    received: Vec<Message>,
    told: u64,
    /// Unless it left before the end.
    rx: Option<Receiver<Message, L, P>>,
}

fn receive_all<L: Level, P: Paths>(mut rx: Receiver<Message, L, P>, mut dice: Dice) -> Got<L, P> {
    let (mut received, mut told) = (Vec::new(), 0);
    let pace = dice.of(&Pace::ALL);
    let leaves = if dice.one_in(4) { dice.size(0, 500) } else { usize::MAX };
    while received.len() < leaves {
        dice.dawdle(pace);
        let found = match dice.between(0, 9) {
            0 => rx.try_recv().map_err(Nothing::from),
            1 => rx.recv_timeout(dice.patience()).map_err(Nothing::from),
            2 => match rx.recv_many(&mut received, dice.size(1, 9)) {
                Ok(_) => continue,
                Err(error) => Err(error.into()),
            },
            3 => block_on(rx.recv_async()).map_err(Nothing::from),
            4 => once(rx.recv_async()),
            _ => rx.recv().map_err(Nothing::from),
        };
        match found {
            Ok(message) => received.push(message),
            Err(Nothing::Yet) => {}
            Err(Nothing::Lost(n)) => told += n,
            Err(Nothing::Ever) => return Got { received, told, rx: Some(rx) },
        }
    }
    Got { received, told, rx: None }
}

impl Found {
    fn account(&self) -> Account {
        let Self { level, ledger, .. } = self;
        let (mut account, end) = (Account::default(), &ledger.end);
        ledger.account("buffer", &mut account);
        account.holds("never more than its capacity", end.high_water <= self.capacity);
        if *level == QosLevel::Guaranteed {
            account.equal("guaranteed: only what was left is lost", end.dropped(), end.left);
        }
        if *level != QosLevel::RealTime {
            for one in &self.received {
                account.in_order("in the order of each sender", one.iter().copied());
            }
        }
        if let (QosLevel::Reliable, Some(told)) = (level, self.told)
            && self.full != Full::DropNewest
        {
            account.equal("told = overwritten", told, end.overwritten);
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;
    use crate::account::lose_one;

    fn found() -> Found {
        let ledger = ledger();
        let received = vec![ledger.received.clone()];
        let (level, full) = (QosLevel::Reliable, Full::Level);
        Found { level, capacity: 3, full, ledger, received, told: Some(1) }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.ledger.accepted)), 0, "from nowhere");
        assert_ne!(broken(|found| found.received[0].swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.told = Some(0)), 0, "not told");
        assert_ne!(broken(|found| found.ledger.end.high_water = 4), 0, "too many");
        assert_ne!(broken(|found| found.level = QosLevel::Guaranteed), 0, "a loss");
    }
}
