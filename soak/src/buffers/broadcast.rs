//! A round with a broadcast: one sender, and readers that come at any time, from the next message or the
//! oldest one, share a place, dawdle, pass over and leave.

use windlass_qos::RecvError;
use windlass_qos::broadcast::{
    BroadcastStats, Builder, From, Reader, ReaderStats, Readers, Ref, Sender,
};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;
use windlass_testkit::block_on;

use super::{Nothing, once, some_wait};
use crate::account::Account;
use crate::plan::{Dice, Pace};

/// A message knows how many were sent before it; all of them are counted.
type Numbered = (u64, Arc<()>);
type Visits = Arc<Mutex<Vec<Visit>>>;

/// What a round found.
#[derive(Debug, Clone, Default)]
struct Found {
    sent: u64,
    visits: Vec<Visit>,
    counted: BroadcastStats,
    /// Messages that are in memory when everybody is gone.
    alive: u64,
}

/// What a reader saw, from when it came to when it went.
#[derive(Debug, Clone, Default)]
struct Visit {
    /// Where it can have begun: not before the first, nor behind the second.
    came: (u64, u64),
    looks: Vec<Look>,
    stats: ReaderStats,
    /// Whether it stayed up to the end.
    stayed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// The message, of which so many were sent before.
    Got(u64),
    /// It was told that so many are missing, or passed over them.
    Lost(u64),
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let most = dice.size(1, 4);
    let builder = Builder::new(dice.size(1, 30)).readers(most).wait(some_wait(dice));
    let (tx, readers) = builder.build::<Numbered>().expect("a small broadcast");
    let (alive, visits) = (Arc::new(()), Visits::default());
    let messages = dice.between(0, 600);
    // The threads have more readers in mind than there can be at once.
    let threads: Vec<_> = (0..dice.size(1, 4))
        .map(|_| {
            let (readers, visits, dice) = (readers.clone(), Arc::clone(&visits), dice.fork());
            thread::spawn(move || visit(&readers, &visits, dice))
        })
        .collect();
    let sends = {
        let (alive, dice) = (Arc::clone(&alive), dice.fork());
        thread::spawn(move || send_all(tx, &alive, messages, dice))
    };
    let failed = "a thread of the round panicked";
    let sent = sends.join().expect(failed);
    threads.into_iter().for_each(|thread| thread.join().expect(failed));
    let counted = readers.stats();
    drop(readers);
    let visits = core::mem::take(&mut *lock(&visits));
    let alive = Arc::strong_count(&alive) as u64 - 1;
    Found { sent, visits, counted, alive }.account()
}

fn send_all(mut tx: Sender<Numbered>, alive: &Arc<()>, messages: u64, mut dice: Dice) -> u64 {
    let (mut sent, pace) = (0, dice.of(&Pace::ALL));
    while sent < messages {
        dice.dawdle(pace);
        // Somebody who makes readers is there.
        if tx.send((sent, Arc::clone(alive))).is_ok() {
            sent += 1;
        }
        if dice.one_in(4 * messages) {
            break;
        }
    }
    sent
}

/// Comes and goes until the end.
fn visit(readers: &Readers<Numbered>, visits: &Visits, mut dice: Dice) {
    loop {
        let from = dice.of(&[From::Next, From::Oldest]);
        let before = readers.stats().sent;
        let Ok(mut reader) = readers.subscribe(from) else {
            thread::yield_now();
            continue;
        };
        let after = readers.stats().sent;
        let kept = if from == From::Oldest { reader.capacity() as u64 } else { 0 };
        let came = (before.saturating_sub(kept), after.saturating_sub(kept));
        let mut visit = Visit { came, ..Visit::default() };
        let mut enough = if dice.one_in(2) { dice.size(0, 300) } else { usize::MAX };
        let pace = dice.of(&Pace::ALL);
        while visit.looks.len() < enough && !visit.stayed {
            dice.dawdle(pace);
            visit.look(&mut reader, &mut dice);
            let before = readers.stats().sent;
            if dice.one_in(100)
                && let Ok(another) = reader.another()
            {
                // It goes on where this one is, as if it came just now.
                let lag = another.lag();
                let came = (before.saturating_sub(lag), readers.stats().sent - lag);
                visits_end(visits, visit, &reader);
                visit = Visit { came, ..Visit::default() };
                enough = dice.size(0, 100);
                reader = another;
            }
        }
        let stayed = visit.stayed;
        visits_end(visits, visit, &reader);
        if stayed {
            return;
        }
    }
}

fn visits_end(visits: &Visits, visit: Visit, reader: &Reader<Numbered>) {
    lock(visits).push(Visit { stats: reader.stats(), ..visit });
}

impl Visit {
    fn look(&mut self, reader: &mut Reader<Numbered>, dice: &mut Dice) {
        let passed_over = reader.stats().passed_over;
        let found = match dice.between(0, 9) {
            0 | 1 => reader.try_recv().map_err(Nothing::from).map(|found| keep(&found, dice)),
            2 => {
                let found = reader.recv_timeout(dice.patience());
                found.map_err(Nothing::from).map(|found| keep(&found, dice))
            }
            3 => block_on(reader.recv_async()).map_err(Nothing::from).map(|found| found.0),
            4 => once(reader.recv_async()).map(|found| found.0),
            5 => reader.latest().map_err(Nothing::from).map(|found| keep(&found, dice)),
            6 => reader.recv_cloned().map_err(Nothing::from).map(|found| found.0),
            _ => reader.recv().map_err(|error: RecvError| error.into()).map(|found| found.0),
        };
        let passed_over = reader.stats().passed_over - passed_over;
        if 0 < passed_over {
            self.looks.push(Look::Lost(passed_over));
        }
        match found {
            Ok(n) => self.looks.push(Look::Got(n)),
            Err(Nothing::Yet) => {}
            Err(Nothing::Lost(n)) => self.looks.push(Look::Lost(n)),
            Err(Nothing::Ever) => self.stayed = true,
        }
    }

    /// How many messages were sent before it began, by what it saw first, or by what it lost up to the end.
    fn began(&self, sent: u64) -> Option<u64> {
        let mut lost = 0;
        for look in &self.looks {
            match look {
                Look::Lost(n) => lost += n,
                Look::Got(n) => return n.checked_sub(lost),
            }
        }
        if self.stayed { sent.checked_sub(lost) } else { Some(self.came.0) }
    }
}

/// Holds a message for a while: it stays what it was, whatever is sent meanwhile.
fn keep(found: &Ref<'_, Numbered>, dice: &mut Dice) -> u64 {
    let n = found.0;
    if dice.one_in(8) {
        dice.dawdle(Pace::Slow);
    }
    if found.0 == n { n } else { u64::MAX }
}

impl Found {
    fn account(&self) -> Account {
        let mut account = Account { messages: self.sent, ..Account::default() };
        account.equal("nothing stays in memory", self.alive, 0);
        account.equal("sent as counted", self.sent, self.counted.sent);
        let sum = |of: fn(&ReaderStats) -> u64| self.visits.iter().map(|it| of(&it.stats)).sum();
        account.equal("delivered by all", sum(|stats| stats.delivered), self.counted.delivered);
        account.equal("lagged of all", sum(|stats| stats.lagged), self.counted.lagged);
        let passed_over = sum(|stats| stats.passed_over);
        account.equal("passed over by all", passed_over, self.counted.passed_over);
        self.visits.iter().for_each(|visit| visit.account(self.sent, &mut account));
        account
    }
}

impl Visit {
    fn account(&self, sent: u64, account: &mut Account) {
        let Self { came, looks, stats, stayed } = self;
        let began = self.began(sent);
        let is_there = began.is_some_and(|began| (came.0..=came.1).contains(&began));
        account.holds(format_args!("begins where it came: {came:?}, {began:?}"), is_there);
        let (mut at, mut wrong) = (began.unwrap_or(0), None);
        let (mut got, mut lost) = (0, 0);
        for look in looks {
            match *look {
                Look::Lost(n) => (at, lost) = (at + n, lost + n),
                Look::Got(n) => {
                    wrong = wrong.or((n != at).then_some((n, at)));
                    (at, got) = (n.saturating_add(1), got + 1);
                }
            }
        }
        let identity = format_args!("each message is got or told as lost, in order: {wrong:?}");
        account.holds(identity, wrong.is_none());
        account.equal("got as counted", got, stats.delivered);
        account.equal("lost as counted", lost, stats.lagged + stats.passed_over);
        if *stayed {
            account.equal("there + got + lost = sent", began.unwrap_or(0) + got + lost, sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::lose_one;

    /// Of five messages a reader that came behind the first lost one, got two, and passed over the last but
    /// one to get to the last.
    fn found() -> Found {
        let looks = vec![Look::Lost(1), Look::Got(2), Look::Lost(1), Look::Got(4)];
        let stats = ReaderStats { delivered: 2, lagged: 1, passed_over: 1 };
        let visit = Visit { came: (1, 2), looks, stats, stayed: true };
        let counted = BroadcastStats { sent: 5, delivered: 2, lagged: 1, passed_over: 1 };
        Found { sent: 5, visits: vec![visit], counted, alive: 0 }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| found.alive = 1), 0, "a message that stayed");
        assert_ne!(broken(|found| found.sent = 6), 0, "one that nobody saw");
        assert_ne!(broken(|found| found.counted.delivered = 3), 0, "a sum of all");
        assert_ne!(broken(|found| found.visits[0].came = (2, 2)), 0, "it saw what was before it");
        assert_ne!(broken(|found| found.visits[0].came = (0, 0)), 0, "it missed what was there");
        assert_ne!(broken(|found| found.visits[0].looks[3] = Look::Got(3)), 0, "another message");
        assert_ne!(broken(|found| found.visits[0].looks[2] = Look::Lost(2)), 0, "told too much");
        assert_ne!(broken(|found| found.visits[0].looks.swap(1, 3)), 0, "out of order");
        assert_ne!(broken(|found| lose_one(&mut found.visits[0].looks)), 0, "not all of it");
    }
}
