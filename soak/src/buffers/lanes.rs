//! A round with lanes: each with a level, a budget and several senders, and one receiver that takes from all of
//! them, listens to some only for a while, and leaves perhaps.

use std::pin::pin;
use std::task::Poll;

use windlass_qos::lanes::{Builder, Lane, Receiver, Sender};
use windlass_qos::{Deadline, QosLevel, Stats};
use windlass_sync::sync::{Arc, lock};
use windlass_sync::thread;
use windlass_testkit::{Wakes, block_on, poll_once};

use super::{Fallen, Ledger, Nothing, once, some_wait, take};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// Sources of one lane begin here, times the number of the lane.
const SENDERS: u64 = 100;

/// What a round found.
#[derive(Debug, Clone, Default)]
struct Found {
    lanes: Vec<Track>,
    /// The lanes in the order in which they answered, if all was there before that and nobody sent any more.
    answered: Option<Vec<usize>>,
}

/// A lane, and what became of it.
#[derive(Debug, Clone)]
struct Track {
    level: QosLevel,
    capacity: u64,
    budget: u32,
    ledger: Ledger,
    /// What the receiver was told is missing; nothing if it left early.
    told: Option<u64>,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let fallen = Fallen::default();
    let falls = Arc::clone(&fallen);
    let mut builder = Builder::new()
        .wait(some_wait(dice))
        .sender_wait(some_wait(dice))
        .on_drop(move |message, why| lock(&falls).push((message, why)));
    let (mut lanes, mut senders) = (Vec::new(), Vec::new());
    for _ in 0..dice.size(1, 4) {
        let (level, capacity) = (dice.of(&QosLevel::ALL), dice.size(1, 20));
        let budget = u32::try_from(dice.between(1, 5)).unwrap_or(1);
        senders.push(dice.size(1, 2));
        let lane = Lane::new(level, capacity).budget(budget);
        builder = builder.lane(lane.senders(senders[senders.len() - 1]));
        let (capacity, ledger) = (capacity as u64, Ledger::default());
        lanes.push(Track { level, capacity, budget, ledger, told: None });
    }
    let (txs, rx) = builder.build().expect("a few lanes");
    let mut found = Found { lanes, answered: None };
    found.drive(txs, &senders, rx, dice);
    for (message, why) in take(&fallen) {
        found.lanes[lane_of(message)].ledger.dropped.push((message, why));
    }
    found.account()
}

fn lane_of(message: Message) -> usize {
    usize::try_from(message.source / SENDERS).unwrap_or(usize::MAX)
}

impl Found {
    /// Lets everybody work, and waits for the end.
    fn drive(
        &mut self,
        txs: Vec<Sender<Message>>,
        senders: &[usize],
        rx: Receiver<Message>,
        dice: &mut Dice,
    ) {
        // Only who does not wait comes to an end before somebody receives.
        let (messages, is_late) = (dice.between(0, 400), dice.one_in(3));
        let receives = |rx, mut dice: Dice| {
            thread::spawn(move || {
                receive_all(rx, if is_late { Pace::Quick } else { dice.of(&Pace::ALL) }, dice)
            })
        };
        let (mut rx, mut receiver) = (Some(rx), None);
        if !is_late {
            receiver = rx.take().map(|rx| receives(rx, dice.fork()));
        }
        let mut threads = Vec::new();
        for ((lane, first), senders) in (0..).zip(txs).zip(senders) {
            let more: Vec<_> = (1..*senders).map(|_| first.clone()).collect();
            for (source, tx) in (lane * SENDERS..).zip(more.into_iter().chain([first])) {
                let dice = dice.fork();
                threads.push(thread::spawn(move || send_all(tx, source, messages, is_late, dice)));
            }
        }
        let failed = "a thread of the round panicked";
        // One of each lane stays, for the numbers.
        let mut numbers: Vec<Sender<Message>> = Vec::new();
        for sender in threads {
            let (tx, accepted) = sender.join().expect(failed);
            self.lanes[tx.lane()].ledger.accepted.extend(accepted);
            if numbers.len() == tx.lane() {
                numbers.push(tx);
            }
        }
        numbers.iter().for_each(Sender::close);
        if let Some(rx) = rx {
            receiver = Some(receives(rx, dice.fork()));
        }
        let got = receiver.expect("one or the other began it").join().expect(failed);
        for message in &got.received {
            self.lanes[lane_of(*message)].ledger.received.push(*message);
        }
        for (lane, told) in self.lanes.iter_mut().zip(got.told) {
            lane.told = got.rx.is_some().then_some(told);
        }
        let set = |lanes: &mut Vec<Track>, to: fn(&mut Ledger, Stats)| {
            lanes.iter_mut().zip(&numbers).for_each(|(lane, tx)| to(&mut lane.ledger, tx.stats()));
        };
        set(&mut self.lanes, |ledger, stats| ledger.rest = stats);
        self.answered = (is_late && !got.has_chosen).then_some(got.answered);
        // With the receiver goes what is left.
        drop(got.rx);
        set(&mut self.lanes, |ledger, stats| ledger.end = stats);
    }
}

fn send_all(
    mut tx: Sender<Message>,
    source: u64,
    messages: u64,
    never_waits: bool,
    mut dice: Dice,
) -> (Sender<Message>, Vec<Message>) {
    let (mut accepted, mut n) = (Vec::new(), 0);
    let (pace, closes) = (dice.of(&Pace::ALL), dice.one_in(8));
    while n < messages && !tx.is_closed() {
        dice.dawdle(pace);
        n += 1;
        let message = Message { source, n };
        let verb = if never_waits { dice.between(0, 3) } else { dice.between(0, 9) };
        let is_in = match verb {
            0 => {
                let run = dice.between(1, 9);
                let mut queue: Vec<_> = (n..n + run).map(|n| Message { source, n }).collect();
                let sent = tx.try_send_run(&mut queue, dice.size(0, 9));
                accepted.extend((n..).take(sent).map(|n| Message { source, n }));
                n += run;
                false
            }
            1 => match poll_once(pin!(tx.send_async(message)), &Wakes::new()) {
                Poll::Ready(sent) => sent.is_ok(),
                // Taken back.
                Poll::Pending => false,
            },
            2 | 3 => tx.try_send(message).is_ok(),
            4 => tx.send_timeout(message, dice.patience() / 50).is_ok(),
            5 => block_on(tx.send_async(message)).is_ok(),
            6 => {
                let _is_there = tx.wait_for_room(Deadline::after(dice.patience() / 50));
                tx.try_send(message).is_ok()
            }
            _ => tx.send(message).is_ok(),
        };
        accepted.extend(is_in.then_some(message));
        if closes && dice.one_in(messages) {
            tx.close();
        }
    }
    (tx, accepted)
}

/// What the receiver has to tell.
struct Got {
    received: Vec<Message>,
    /// By lane.
    told: Vec<u64>,
    answered: Vec<usize>,
    /// Whether it listened to some lanes only.
    has_chosen: bool,
    /// Unless it left before the end.
    rx: Option<Receiver<Message>>,
}

fn receive_all(mut rx: Receiver<Message>, pace: Pace, mut dice: Dice) -> Got {
    let (received, told, answered) = (Vec::new(), vec![0; rx.lanes()], Vec::new());
    let mut got = Got { received, told, answered, has_chosen: false, rx: None };
    let leaves = if dice.one_in(4) { dice.size(0, 500) } else { usize::MAX };
    let chooses = dice.one_in(3);
    while got.received.len() < leaves {
        dice.dawdle(pace);
        if chooses && dice.one_in(16) {
            got.has_chosen = true;
            rx.listen_to(dice.size(0, rx.lanes()));
            // Senders of the others may wait meanwhile, and so nothing here waits for ever.
            for _ in 0..dice.size(1, 20) {
                let found = rx.try_recv().map_err(Nothing::from);
                let _is_over = got.note(found, &rx);
            }
            rx.listen_to(rx.lanes());
        }
        let found = match dice.between(0, 9) {
            0 => rx.try_recv().map_err(Nothing::from),
            1 => rx.recv_timeout(dice.patience()).map_err(Nothing::from),
            2 => block_on(rx.recv_async()).map_err(Nothing::from),
            3 => once(rx.recv_async()),
            4 if !got.answered.is_empty() => {
                let lane = rx.lane();
                let (received, answered) = (&mut got.received, &mut got.answered);
                // Some do not fit, and stay.
                let fitting = dice.between(1, 8);
                let fits = |message: &Message| fitting == 1 || !message.n.is_multiple_of(fitting);
                let taken = rx.try_recv_more(dice.size(0, 9), received, fits);
                answered.extend(core::iter::repeat_n(lane, taken));
                continue;
            }
            _ => rx.recv().map_err(Nothing::from),
        };
        if got.note(found, &rx) {
            got.rx = Some(rx);
            return got;
        }
    }
    got
}

impl Got {
    /// Takes down what came; whether nothing more will.
    fn note(&mut self, found: Result<(usize, Message), Nothing>, rx: &Receiver<Message>) -> bool {
        match found {
            // A message in another lane than its own is one that is missing there.
            Ok((lane, message)) if lane != lane_of(message) => {}
            Ok((lane, message)) => {
                self.received.push(message);
                self.answered.push(lane);
            }
            Err(Nothing::Yet) => {}
            Err(Nothing::Lost(n)) => {
                self.told[rx.lane()] += n;
                self.answered.push(rx.lane());
            }
            Err(Nothing::Ever) => return true,
        }
        false
    }
}

impl Found {
    fn account(&self) -> Account {
        let mut account = Account::default();
        for (number, lane) in self.lanes.iter().enumerate() {
            let Track { level, capacity, ledger, told, .. } = lane;
            ledger.account(&format!("lane {number}, {level:?}"), &mut account);
            account.holds("never more than its capacity", ledger.end.high_water <= *capacity);
            if *level != QosLevel::RealTime {
                let came = ledger.received.iter().copied();
                account.in_order("a lane keeps the order of each sender", came);
            }
            if *level == QosLevel::Guaranteed {
                let dropped = ledger.end.dropped();
                account.equal("guaranteed: only what was left is lost", dropped, ledger.end.left);
            }
            if let (QosLevel::Reliable, Some(told)) = (level, told) {
                account.equal("told = overwritten", *told, ledger.end.overwritten);
            }
        }
        if let Some(answered) = &self.answered {
            account.holds("no lane gives more than its budget", self.keeps_budgets(answered));
        }
        account
    }

    /// Whether no lane gave more than its budget in a row while another one had something, which comes later.
    fn keeps_budgets(&self, answered: &[usize]) -> bool {
        let mut in_a_row = 0;
        answered.iter().enumerate().all(|(at, lane)| {
            let goes_on = at.checked_sub(1).is_some_and(|before| answered[before] == *lane);
            in_a_row = if goes_on { in_a_row + 1 } else { 1 };
            let is_alone = answered[at..].iter().all(|later| later == lane);
            in_a_row <= self.lanes[*lane].budget || is_alone
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::ledger;
    use super::*;
    use crate::account::lose_one;

    fn found() -> Found {
        let (level, capacity) = (QosLevel::Reliable, 3);
        let lane = Track { level, capacity, budget: 1, ledger: ledger(), told: Some(1) };
        let none = Track { ledger: Ledger::default(), budget: 2, told: Some(0), ..lane.clone() };
        Found { lanes: vec![lane, none], answered: Some(vec![0, 1, 1, 0, 1, 0, 0]) }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(
            broken(|found| lose_one(&mut found.lanes[0].ledger.accepted)),
            0,
            "from nowhere"
        );
        assert_ne!(broken(|found| found.lanes[0].ledger.received.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.lanes[0].told = Some(0)), 0, "not told");
        assert_ne!(broken(|found| found.lanes[0].capacity = 2), 0, "too many");
        assert_ne!(broken(|found| found.lanes[0].level = QosLevel::Guaranteed), 0, "a loss");
        assert_ne!(broken(|found| found.answered = Some(vec![0, 0, 1])), 0, "beyond its budget");
        let more = |found: &mut Found| found.answered = Some(vec![0, 1, 1, 1, 0]);
        assert_ne!(broken(more), 0, "beyond the budget of the other");
    }
}
