//! A round with a time to live: a buffer of any level whose clock jumps while messages are on their way.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use windlass_qos::timed::{self, Clock, ManualClock, Receiver, Sender, Stamped, TimeHeld};
use windlass_qos::{Builder, DropReason, ManyToMany, QosLevel};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;
use windlass_testkit::{Wakes, block_on, poll_once};

use super::{Ledger, Nothing, once, some_wait};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

type Tx = Sender<Message, QosLevel, ManyToMany, ManualClock>;
type Rx = Receiver<Message, QosLevel, ManyToMany, ManualClock>;

/// A message that nobody got, why, and how old it was.
type Fallen = Arc<Mutex<Vec<(Message, DropReason, Duration)>>>;

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    level: QosLevel,
    ledger: Ledger,
    /// By receiver, its messages and how old each was.
    received: Vec<Vec<(Message, Duration)>>,
    /// How old those were that expired.
    expired: Vec<Duration>,
    time_to_live: Duration,
    held: TimeHeld,
    /// How many periods of a receiver went by without a message, as all of them count, and how many there
    /// can be.
    missed: u64,
    periods: u64,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let (level, capacity) = (dice.of(&QosLevel::ALL), dice.size(1, 40));
    let (senders, receivers) = (dice.size(1, 2), dice.size(1, 2));
    let (time_to_live, period) = (dice.patience(), dice.patience() + Duration::from_nanos(1));
    let (clock, fallen) = (ManualClock::new(), Fallen::default());
    let (falls, time) = (Arc::clone(&fallen), clock.clone());
    let plain = Builder::new(level, capacity)
        .many_senders(senders)
        .many_receivers(receivers)
        .wait(some_wait(dice))
        .sender_wait(some_wait(dice))
        .on_drop(move |stamped: Stamped<Message>, why| {
            let age = Duration::from_nanos(time.nanos()).saturating_sub(stamped.sent_at());
            lock(&falls).push((stamped.into_inner(), why, age));
        });
    let builder = timed::Builder::over(plain).time_to_live(time_to_live).receive_every(period);
    let (tx, rx) = builder.clock(clock.clone()).build().expect("a small buffer");
    let ends = (0..receivers - 1).map(|_| rx.clone()).collect::<Vec<_>>();
    let mut ends: Vec<_> = ends.into_iter().chain([rx]).collect();
    let mut found = drive(level, (tx, senders), &mut ends, &clock, dice);
    let fallen = core::mem::take(&mut *lock(&fallen));
    let expired = fallen.iter().filter(|(_, why, _)| *why == DropReason::Expired);
    found.expired = expired.map(|(_, _, age)| *age).collect();
    found.ledger.dropped = fallen.iter().map(|(message, why, _)| (*message, *why)).collect();
    found.time_to_live = time_to_live;
    let periods = clock.nanos() / u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
    found.periods = periods * receivers as u64;
    found.account()
}

fn drive(
    level: QosLevel,
    (tx, senders): (Tx, usize),
    rxs: &mut Vec<Rx>,
    clock: &ManualClock,
    dice: &mut Dice,
) -> Found {
    let messages = dice.between(0, 400);
    let more: Vec<_> = (1..senders).map(|_| tx.clone()).collect();
    let senders: Vec<_> = (0..)
        .zip(more.into_iter().chain([tx]))
        .map(|(source, tx)| {
            let dice = dice.fork();
            thread::spawn(move || send_all(tx, source, messages, dice))
        })
        .collect();
    let receivers: Vec<_> = rxs
        .drain(..)
        .map(|rx| {
            let dice = dice.fork();
            thread::spawn(move || receive_all(rx, dice))
        })
        .collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let ticks = {
        let (clock, is_over, mut dice) = (clock.clone(), Arc::clone(&is_over), dice.fork());
        thread::spawn(move || {
            // ORDERING: Relaxed. It hands nothing over.
            while !is_over.load(Ordering::Relaxed) {
                clock.advance(dice.patience() / 10);
                thread::yield_now();
            }
        })
    };
    let failed = "a thread of the round panicked";
    let mut sent: Vec<_> = senders.into_iter().map(|thread| thread.join().expect(failed)).collect();
    let accepted = sent.iter_mut().flat_map(|sent| core::mem::take(&mut sent.1)).collect();
    // Whoever is left of the senders has numbers to show.
    let (tx, _) = sent.swap_remove(0);
    drop(sent);
    tx.plain().close();
    let got: Vec<_> = receivers.into_iter().map(|thread| thread.join().expect(failed)).collect();
    // ORDERING: Relaxed. It hands nothing over; joining does.
    is_over.store(true, Ordering::Relaxed);
    ticks.join().expect(failed);
    let (rest, held) = (tx.stats(), tx.time_held());
    let (mut received, mut missed) = (Vec::new(), 0);
    for (saw, rx) in got {
        received.push(saw);
        missed += rx.map_or(0, |mut rx| rx.deadline_missed().total);
    }
    // The receivers are gone, and with them what was left.
    let all = received.iter().flatten().map(|(message, _)| *message).collect();
    let ledger = Ledger { accepted, received: all, rest, end: tx.stats(), ..Ledger::default() };
    let (expired, time_to_live) = (Vec::new(), Duration::ZERO);
    Found { level, ledger, received, expired, time_to_live, held, missed, periods: 0 }
}

fn send_all(mut tx: Tx, source: u64, messages: u64, mut dice: Dice) -> (Tx, Vec<Message>) {
    let (mut accepted, pace) = (Vec::new(), dice.of(&Pace::ALL));
    for n in 1..=messages {
        dice.dawdle(pace);
        let message = Message { source, n };
        let is_in = match dice.between(0, 9) {
            0 | 1 => tx.try_send(message).is_ok(),
            2 => block_on(tx.send_async(message)).is_ok(),
            3 => match poll_once(pin!(tx.send_async(message)), &Wakes::new()) {
                Poll::Ready(sent) => sent.is_ok(),
                // Taken back.
                Poll::Pending => false,
            },
            _ => tx.send(message).is_ok(),
        };
        accepted.extend(is_in.then_some(message));
    }
    (tx, accepted)
}

/// What it got and how old each was; and the receiver, unless it left before the end.
fn receive_all(mut rx: Rx, mut dice: Dice) -> (Vec<(Message, Duration)>, Option<Rx>) {
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
            Ok(message) => received.push((message, rx.last_age())),
            Err(Nothing::Yet | Nothing::Lost(_)) => {}
            Err(Nothing::Ever) => return (received, Some(rx)),
        }
    }
    (received, None)
}

impl Found {
    fn account(&self) -> Account {
        let Self { level, ledger, time_to_live, held, .. } = self;
        let mut account = Account::default();
        ledger.account("timed", &mut account);
        let ages = || self.received.iter().flatten().map(|(_, age)| *age);
        account.holds("nothing comes that expired", ages().all(|age| age <= *time_to_live));
        let expired = self.expired.iter().all(|age| time_to_live < age);
        account.holds("nothing expires before its time", expired);
        account.equal("messages held as counted", ages().count() as u64, held.messages);
        account.holds("held at the longest", ages().max().unwrap_or_default() == held.max);
        account.holds("no more periods than there were", self.missed <= self.periods);
        if *level != QosLevel::RealTime {
            for one in &self.received {
                let came = one.iter().map(|(message, _)| *message);
                account.in_order("in the order of each sender", came);
            }
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
        let (old, young) = (Duration::from_micros(9), Duration::from_micros(2));
        let ledger = ledger();
        let received = vec![ledger.received.iter().map(|message| (*message, young)).collect()];
        Found {
            level: QosLevel::Reliable,
            ledger,
            received,
            expired: vec![old],
            time_to_live: Duration::from_micros(5),
            held: TimeHeld { messages: 2, mean: young, max: young },
            missed: 3,
            periods: 3,
        }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.ledger.accepted)), 0, "from nowhere");
        assert_ne!(broken(|found| found.received[0].swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.time_to_live = Duration::ZERO), 0, "too old");
        let young = |found: &mut Found| found.expired[0] = found.time_to_live;
        assert_ne!(broken(young), 0, "it had time left");
        assert_ne!(broken(|found| found.held.messages = 3), 0, "a sum");
        assert_ne!(broken(|found| found.held.max *= 2), 0, "longer than any was held");
        assert_ne!(broken(|found| found.missed = 4), 0, "more than there were");
    }
}
