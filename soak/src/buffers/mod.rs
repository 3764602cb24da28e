//! Rounds with buffers: a file for each kind of them, and here what all of them have to add up.

pub(crate) mod broadcast;
pub(crate) mod conflation;
pub(crate) mod lanes;
pub(crate) mod latest;
pub(crate) mod levels;
pub(crate) mod timed;

use std::pin::pin;
use std::task::Poll;

use windlass_qos::{DropReason, RecvError, RecvTimeoutError, Stats, TryRecvError, Wait};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_testkit::{Wakes, poll_once};

use crate::account::{Account, Message};
use crate::plan::Dice;

/// What was handed to the callback of a buffer.
type Fallen = Arc<Mutex<Vec<(Message, DropReason)>>>;

/// What became of the messages of a buffer, or of one lane: as its users saw it, and as it counts itself.
#[derive(Debug, Clone, Default)]
struct Ledger {
    accepted: Vec<Message>,
    received: Vec<Message>,
    dropped: Vec<(Message, DropReason)>,
    /// When nobody was at work any more, and when all receivers were gone.
    rest: Stats,
    end: Stats,
}

impl Ledger {
    fn account(&self, what: &str, account: &mut Account) {
        let Self { accepted, received, dropped, rest, end } = self;
        account.messages += accepted.len() as u64;
        account.equal(
            format_args!("{what}: accepted as counted"),
            accepted.len() as u64,
            end.accepted,
        );
        account.equal(
            format_args!("{what}: delivered as counted"),
            received.len() as u64,
            end.delivered,
        );
        for (reason, counted) in [
            (DropReason::Overwritten, end.overwritten),
            (DropReason::Newest, end.newest),
            (DropReason::PassedOver, end.passed_over),
            (DropReason::Conflated, end.conflated),
            (DropReason::Expired, end.expired),
            (DropReason::Left, end.left),
        ] {
            let seen = dropped.iter().filter(|(_, why)| *why == reason).count() as u64;
            account.equal(format_args!("{what}: dropped as {reason:?} as counted"), seen, counted);
        }
        for (when, stats) in [("at rest", rest), ("at the end", end)] {
            let sum = stats.delivered + stats.dropped() + stats.held;
            account.equal(
                format_args!("{what}: accepted = delivered + dropped + held {when}"),
                stats.accepted,
                sum,
            );
        }
        account.equal(format_args!("{what}: nothing is held at the end"), end.held, 0);
        let dropped = dropped.iter().map(|(message, _)| message);
        account.once_each(
            format_args!("{what}: each message is received or dropped"),
            accepted,
            received.iter().chain(dropped),
        );
    }
}

fn take(fallen: &Fallen) -> Vec<(Message, DropReason)> {
    core::mem::take(&mut *lock(fallen))
}

fn some_wait(dice: &mut Dice) -> Wait {
    dice.of(&[Wait::adaptive(), Wait::blocking(), Wait::yielding()])
}

/// What a look brought that brought no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nothing {
    Yet,
    Lost(u64),
    Ever,
}

/// What a task finds that looks once and gives up; others are woken in its place.
fn once<T, E>(receiving: impl Future<Output = Result<T, E>>) -> Result<T, Nothing>
where
    Nothing: From<E>,
{
    match poll_once(pin!(receiving), &Wakes::new()) {
        Poll::Ready(found) => found.map_err(Nothing::from),
        Poll::Pending => Err(Nothing::Yet),
    }
}

impl From<TryRecvError> for Nothing {
    fn from(error: TryRecvError) -> Self {
        match error {
            TryRecvError::Empty => Self::Yet,
            TryRecvError::Lagged(n) => Self::Lost(n),
            TryRecvError::Closed => Self::Ever,
        }
    }
}

impl From<RecvError> for Nothing {
    fn from(error: RecvError) -> Self {
        match error {
            RecvError::Lagged(n) => Self::Lost(n),
            RecvError::Closed => Self::Ever,
        }
    }
}

impl From<RecvTimeoutError> for Nothing {
    fn from(error: RecvTimeoutError) -> Self {
        match error {
            RecvTimeoutError::Timeout => Self::Yet,
            RecvTimeoutError::Lagged(n) => Self::Lost(n),
            RecvTimeoutError::Closed => Self::Ever,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::lose_one;

    /// Of five messages the oldest was overwritten, two were received, two left.
    pub(super) fn ledger() -> Ledger {
        let messages: Vec<_> = (1..=5).map(|n| Message { source: 0, n }).collect();
        let rest = Stats { accepted: 5, delivered: 2, overwritten: 1, held: 2, ..Stats::default() };
        Ledger {
            accepted: messages.clone(),
            received: messages[1..3].to_vec(),
            dropped: vec![
                (messages[0], DropReason::Overwritten),
                (messages[3], DropReason::Left),
                (messages[4], DropReason::Left),
            ],
            rest,
            end: Stats { held: 0, left: 2, high_water: 3, ..rest },
        }
    }

    fn broken(change: impl FnOnce(&mut Ledger)) -> usize {
        let (mut ledger, mut account) = (ledger(), Account::default());
        change(&mut ledger);
        ledger.account("it", &mut account);
        account.broken.len()
    }

    #[test]
    fn a_ledger_that_adds_up_is_fine() {
        assert_eq!(broken(|_| {}), 0, "refused");
    }

    #[test]
    fn each_sum_that_is_broken_is_noticed() {
        assert_ne!(broken(|ledger| lose_one(&mut ledger.accepted)), 0, "a message from nowhere");
        assert_ne!(broken(|ledger| lose_one(&mut ledger.dropped)), 0, "a message that is gone");
        assert_ne!(
            broken(|ledger| ledger.dropped[0].1 = DropReason::Newest),
            0,
            "another reason than was counted"
        );
        assert_ne!(broken(|ledger| ledger.received[0] = ledger.received[1]), 0, "twice");
        assert_ne!(broken(|ledger| ledger.rest.held = 1), 0, "a sum at rest");
        assert_ne!(broken(|ledger| ledger.end.held = 1), 0, "held by nobody");
    }
}
