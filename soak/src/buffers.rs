//! A round with a buffer: any level, any number of senders and receivers, some slow, some leaving.

use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, Paths, QosLevel, RealTime, Receiver, RecvError,
    RecvTimeoutError, Reliable, Sender, Stats, TryRecvError, TrySendError, Wait,
};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

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
    accepted: Vec<Message>,
    /// By receiver.
    received: Vec<Vec<Message>>,
    dropped: Vec<Message>,
    /// What the only receiver was told is missing; nothing if it left early or was not alone.
    told: Option<u64>,
    /// When nobody was at work any more, and when all receivers were gone.
    rest: Stats,
    end: Stats,
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
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let fallen = Arc::clone(&dropped);
    let waits = [Wait::adaptive(), Wait::blocking(), Wait::yielding()];
    let builder = Builder::new(level, plan.capacity)
        .wait(dice.of(&waits))
        .sender_wait(dice.of(&waits))
        .on_drop(move |message, _| lock(&fallen).push(message));
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
    found.dropped = core::mem::take(&mut *lock(&dropped));
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
    let received = got.into_iter().map(|got| got.received).collect();
    Found {
        level: plan.level,
        capacity: plan.capacity as u64,
        full: plan.full,
        accepted,
        received,
        dropped: Vec::new(),
        told,
        rest,
        end: tx.stats(),
    }
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
        let end = match dice.between(0, 9) {
            0 => match rx.try_recv() {
                Ok(message) => Ok(Some(message)),
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Lagged(n)) => Err(Some(n)),
                Err(TryRecvError::Closed) => Err(None),
            },
            1 => match rx.recv_timeout(dice.patience()) {
                Ok(message) => Ok(Some(message)),
                Err(RecvTimeoutError::Timeout) => Ok(None),
                Err(RecvTimeoutError::Lagged(n)) => Err(Some(n)),
                Err(RecvTimeoutError::Closed) => Err(None),
            },
            2 => rx.recv_many(&mut received, dice.size(1, 9)).map(|_| None).map_err(lagged),
            _ => rx.recv().map(Some).map_err(lagged),
        };
        match end {
            Ok(message) => received.extend(message),
            Err(Some(n)) => told += n,
            Err(None) => return Got { received, told, rx: Some(rx) },
        }
    }
    Got { received, told, rx: None }
}

fn lagged(error: RecvError) -> Option<u64> {
    match error {
        RecvError::Lagged(n) => Some(n),
        RecvError::Closed => None,
    }
}

impl Found {
    fn account(&self) -> Account {
        let Self { level, rest, end, .. } = self;
        let mut account = Account { messages: self.accepted.len() as u64, ..Account::default() };
        let received: Vec<Message> = self.received.iter().flatten().copied().collect();
        account.equal("accepted as counted", self.accepted.len() as u64, end.accepted);
        account.equal("delivered as counted", received.len() as u64, end.delivered);
        account.equal("dropped as counted", self.dropped.len() as u64, end.dropped());
        for (when, stats) in [("at rest", rest), ("at the end", end)] {
            let sum = stats.delivered + stats.dropped() + stats.held;
            account.equal(
                format_args!("accepted = delivered + dropped + held {when}"),
                stats.accepted,
                sum,
            );
        }
        account.equal("nothing is held at the end", end.held, 0);
        account.holds("never more than its capacity", end.high_water <= self.capacity);
        let places = received.iter().chain(&self.dropped);
        account.once_each("each message is received or dropped", &self.accepted, places);
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
    use super::*;

    /// Of five messages the oldest was overwritten, two were received, two left.
    fn found() -> Found {
        let messages: Vec<_> = (1..=5).map(|n| Message { source: 0, n }).collect();
        let rest = Stats { accepted: 5, delivered: 2, overwritten: 1, held: 2, ..Stats::default() };
        Found {
            level: QosLevel::Reliable,
            capacity: 3,
            full: Full::Level,
            accepted: messages.clone(),
            received: vec![messages[1..3].to_vec()],
            dropped: [&messages[..1], &messages[3..]].concat(),
            told: Some(1),
            rest,
            end: Stats { held: 0, left: 2, high_water: 3, ..rest },
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
                found.dropped.pop();
            }),
            0,
            "a message that is gone"
        );
        assert_ne!(broken(|found| found.received[0].swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.told = Some(0)), 0, "not told");
        assert_ne!(broken(|found| found.rest.held = 1), 0, "a sum");
        assert_ne!(broken(|found| found.end.held = 1), 0, "held by nobody");
        assert_ne!(broken(|found| found.end.high_water = 4), 0, "too many");
        assert_ne!(broken(|found| found.level = QosLevel::Guaranteed), 0, "a loss");
        let twice = |found: &mut Found| {
            let first = found.received[0][0];
            found.received.push(vec![first]);
        };
        assert_ne!(broken(twice), 0, "twice");
    }
}
