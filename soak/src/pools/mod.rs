//! Rounds with pools: a file for each kind of what they are asked to do, and here what they have in common: a
//! pool rolled, an operator who resizes, pauses, restarts, moves, tells and asks meanwhile, and its report.

pub(crate) mod asks;
pub(crate) mod keyed;
pub(crate) mod later;
pub(crate) mod links;

use std::time::Duration;

use windlass_pool::{
    Balance, Builder, DeadReason, Gathered, Poison, Pool, QosLevel, Report, Restart, Shutdown,
    Slot, Spread, Worker,
};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::thread;

use crate::account::{Account, Message};
use crate::plan::Dice;

const KEYS: u64 = 7;
/// Longer than a round takes that is in order.
const LONG: Duration = Duration::from_secs(30);
/// Sources from here on are workers as they were built.
const WORKERS: u64 = 1_000;

/// A message for a key: those of one source count for each key by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Keyed {
    key: u64,
    message: Message,
}

/// The numbers in the report of a pool.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    accepted: u64,
    handled: u64,
    undelivered: u64,
    dead: u64,
    moved: u64,
    panics: u64,
    unsent: u64,
    stragglers: u64,
}

/// What an operator has to tell when the pool has ended.
#[derive(Debug, Clone, Default)]
struct Operated {
    /// What all workers were told, in order.
    told: Vec<u64>,
    /// Questions to all that not each worker either answered or was missing for.
    odd: u64,
}

/// Rolls a pool: limits, what becomes of panics, and who gets what is for any.
fn vary<W: Worker>(builder: Builder<W>, level: QosLevel, dice: &mut Dice) -> Builder<W> {
    let quick = Duration::from_micros(10)..Duration::from_millis(1);
    let restart = match dice.between(0, 3) {
        0 => Restart::never(),
        1 => Restart::on_panic().max(2, LONG).backoff(quick),
        _ => Restart::on_panic().max(4_000, LONG).backoff(quick),
    };
    let spread =
        dice.of(&[Spread::RoundRobin, Spread::Emptier, Spread::Sticky(4), Spread::Shared(4)]);
    let workers = dice.size(1, 3);
    let builder = builder.workers(workers).max_workers(4).mailbox(level, dice.size(1, 64));
    let builder = builder.restart(restart).poison(dice.of(&[Poison::DeadLetter, Poison::Retry(2)]));
    let builder = builder.batch(dice.size(1, 32)).dead_letters(100_000).spread(spread);
    builder.control_capacity(dice.size(1, 8)).outbox(dice.size(1, 64))
}

fn some_level(dice: &mut Dice) -> QosLevel {
    dice.of(&[QosLevel::Guaranteed, QosLevel::Guaranteed, QosLevel::Reliable])
}

/// Lets the operator work while clients do, and ends the pool, before they are done perhaps. `end` gets the
/// report as soon as it is there.
fn play<W: Worker<Control = u64>, T, R: Send + 'static>(
    pool: Pool<W>,
    clients: Vec<thread::JoinHandle<T>>,
    dice: &mut Dice,
    end: impl FnOnce(Report<W::Message>) -> R + Send + 'static,
) -> (Vec<T>, R, Operated) {
    let is_over = Arc::new(AtomicBool::new(false));
    let operator = {
        let (is_over, dice) = (Arc::clone(&is_over), dice.fork());
        thread::spawn(move || {
            let (report, operated) = operate(pool, &is_over, dice);
            (end(report), operated)
        })
    };
    // ORDERING: Relaxed. It hands nothing over.
    let end = || is_over.store(true, Ordering::Relaxed);
    if dice.one_in(3) {
        // The pool ends while clients still send.
        thread::sleep(dice.patience());
        end();
    }
    let failed = "a thread of the round panicked";
    let did = clients.into_iter().map(|client| client.join().expect(failed)).collect();
    end();
    let (report, operated) = operator.join().expect(failed);
    (did, report, operated)
}

/// Changes the pool until it is over, and ends it.
fn operate<W: Worker<Control = u64>>(
    pool: Pool<W>,
    is_over: &AtomicBool,
    mut dice: Dice,
) -> (Report<W::Message>, Operated) {
    let (mut operated, mut n) = (Operated::default(), 0);
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
                n += 1;
                operated.told.extend(pool.broadcast(n).is_ok().then_some(n));
            }
            7 => drop(pool.rebalance(Balance::default().least(100), wait)),
            8 => operated.odd += u64::from(!is_complete(&pool.gather(|_| (), wait))),
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
    (pool.shutdown(how.abort_wait(LONG)), operated)
}

/// Whether each worker, and no other, answered once or is missing.
fn is_complete(gathered: &Gathered<()>) -> bool {
    let answered = gathered.answers.iter().map(|(worker, ())| *worker);
    let mut all: Vec<_> = answered.chain(gathered.missing.iter().copied()).collect();
    all.sort_unstable();
    all.iter().copied().eq(0..all.len())
}

impl Counted {
    fn of<M>(report: &Report<M>) -> Self {
        Self {
            accepted: report.accepted,
            handled: report.handled,
            undelivered: report.undelivered.len() as u64,
            dead: report.dead.total(),
            moved: report.dead.of(DeadReason::Moved),
            panics: report.panics,
            unsent: report.unsent,
            stragglers: report.stragglers.len() as u64,
        }
    }

    /// What holds for every pool.
    fn account(&self, what: &str, account: &mut Account) {
        let Self { accepted, handled, undelivered, dead, moved, stragglers, .. } = *self;
        account.equal(
            format_args!("{what}: accepted = handled + undelivered + dead"),
            accepted,
            handled + undelivered + dead,
        );
        account.equal(format_args!("{what}: all workers end"), stragglers, 0);
        let identity = format_args!("{what}: nothing comes to a worker without its slot");
        account.equal(identity, moved, 0);
    }
}

impl Operated {
    fn account(&self, account: &mut Account) {
        account.equal("each worker answers once, or is missing", self.odd, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of four messages two were handled, one came back, one died.
    pub(super) fn counted() -> Counted {
        let (panics, unsent) = (1, 0);
        Counted {
            accepted: 4,
            handled: 2,
            undelivered: 1,
            dead: 1,
            moved: 0,
            panics,
            unsent,
            stragglers: 0,
        }
    }

    fn broken(change: impl FnOnce(&mut Counted)) -> usize {
        let (mut counted, mut account) = (counted(), Account::default());
        change(&mut counted);
        counted.account("it", &mut account);
        account.broken.len()
    }

    #[test]
    fn a_report_that_does_not_add_up_is_noticed() {
        assert_eq!(broken(|_| {}), 0, "refused");
        assert_ne!(broken(|counted| counted.handled = 3), 0, "a sum");
        assert_ne!(broken(|counted| counted.moved = 1), 0, "without its slot");
        assert_ne!(broken(|counted| counted.stragglers = 1), 0, "one did not end");
    }

    #[test]
    fn an_answer_that_is_missing_unnamed_is_noticed() {
        let pool = Pool::each(|_| |(): ()| {}).workers(2).build().unwrap();
        let mut gathered = pool.gather(|_| (), LONG);
        assert!(is_complete(&gathered), "both answered");
        gathered.missing.push(1);
        assert!(!is_complete(&gathered), "named though it answered");
        gathered.answers.clear();
        assert!(!is_complete(&gathered), "the other one did not");
    }
}
