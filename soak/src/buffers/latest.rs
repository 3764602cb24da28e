//! A round with a newest value: for one reader, who may take it out, or for several, who come and go.

use windlass_qos::latest::{Reader, SharedReader, Writer, channel, shared};
use windlass_sync::sync::Arc;
use windlass_sync::thread;
use windlass_testkit::block_on;

use super::some_wait;
use crate::account::Account;
use crate::plan::{Dice, Pace};

/// A value knows its number; all of them are counted.
type Value = (u64, Arc<()>);

/// What a round found.
#[derive(Debug, Clone, Default)]
struct Found {
    written: u64,
    /// Values that came back to the writer since the only reader had not seen them; nothing if there are
    /// several.
    unread: Option<Vec<u64>>,
    readers: Vec<Sight>,
    /// Values that are in memory when everybody is gone.
    alive: u64,
}

/// What a reader saw.
#[derive(Debug, Clone, Default)]
struct Sight {
    /// The number of the value before its first.
    joined: u64,
    /// Each value and its number, in order.
    saw: Vec<(u64, u64)>,
    skipped: u64,
    /// Whether it stayed up to the end.
    stayed: bool,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let (alive, values) = (Arc::new(()), dice.between(0, 600));
    let mut found =
        if dice.one_in(2) { one(&alive, values, dice) } else { several(&alive, values, dice) };
    found.alive = Arc::strong_count(&alive) as u64 - 1;
    found.account()
}

fn one(alive: &Arc<()>, values: u64, dice: &mut Dice) -> Found {
    let (writer, reader) = channel::<Value>();
    let reader = reader.wait(some_wait(dice));
    let writes = {
        let (alive, dice) = (Arc::clone(alive), dice.fork());
        thread::spawn(move || write_all(writer, &alive, values, dice))
    };
    let reads = {
        let dice = dice.fork();
        thread::spawn(move || look_at_one(reader, dice))
    };
    let failed = "a thread of the round panicked";
    let unread = Some(writes.join().expect(failed));
    Found { written: values, unread, readers: vec![reads.join().expect(failed)], alive: 0 }
}

fn several(alive: &Arc<()>, values: u64, dice: &mut Dice) -> Found {
    let most = dice.size(1, 3);
    let (mut writer, readers) = shared::<Value>(most).expect("a few readers");
    let threads: Vec<_> = (0..most)
        .map(|_| {
            let (readers, mut dice) = (readers.clone(), dice.fork());
            thread::spawn(move || {
                let mut sights = Vec::new();
                loop {
                    let reader = readers.reader_waiting(some_wait(&mut dice));
                    // There is room: each thread has one at a time.
                    sights.push(look_together(reader.expect("a place"), dice.fork()));
                    if sights.last().is_some_and(|sight| sight.stayed) {
                        return sights;
                    }
                }
            })
        })
        .collect();
    let pace = dice.of(&Pace::ALL);
    let mut written = 0;
    for n in 1..=values {
        dice.dawdle(pace);
        // Those who make readers are there.
        written += u64::from(writer.write((n, Arc::clone(alive))).is_ok());
    }
    writer.close();
    let failed = "a thread of the round panicked";
    let readers = threads.into_iter().flat_map(|thread| thread.join().expect(failed)).collect();
    Found { written, unread: None, readers, alive: 0 }
}

fn write_all(mut writer: Writer<Value>, alive: &Arc<()>, values: u64, mut dice: Dice) -> Vec<u64> {
    let (mut unread, pace) = (Vec::new(), dice.of(&Pace::ALL));
    for n in 1..=values {
        dice.dawdle(pace);
        if dice.one_in(3) {
            // The one before, if there is one.
            unread.extend(writer.set((n, Arc::clone(alive))).then_some(n - 1));
        } else {
            unread.extend(writer.write((n, Arc::clone(alive))).map(|(n, _)| n));
        }
    }
    unread
}

fn look_at_one(mut reader: Reader<Value>, mut dice: Dice) -> Sight {
    let (mut sight, pace) = (Sight::default(), dice.of(&Pace::ALL));
    let leaves = if dice.one_in(4) { dice.size(0, 200) } else { usize::MAX };
    while sight.saw.len() < leaves {
        dice.dawdle(pace);
        let before = reader.generation();
        let value = match dice.between(0, 3) {
            0 => reader.take().map(|(n, _)| n),
            1 => reader.read_mut().map(|(n, _)| *n),
            _ => reader.read().map(|(n, _)| *n),
        };
        let number = reader.generation();
        if before != number {
            // One that is new is there.
            sight.saw.push((number, value.unwrap_or(0)));
        }
        let is_over = match dice.between(0, 3) {
            0 => false,
            1 => reader.changed_timeout(dice.patience()).is_err() && reader.is_closed(),
            2 => block_on(reader.changed_async()).is_err(),
            _ => reader.changed().is_err(),
        };
        if is_over && !reader.is_new() {
            sight.stayed = true;
            break;
        }
    }
    sight.skipped = reader.skipped();
    sight
}

fn look_together(mut reader: SharedReader<Value>, mut dice: Dice) -> Sight {
    let mut sight = Sight { joined: reader.generation(), ..Sight::default() };
    let (pace, leaves) = (dice.of(&Pace::ALL), dice.size(1, 200));
    while sight.saw.len() < leaves {
        dice.dawdle(pace);
        let before = reader.generation();
        let value = reader.read().map(|(n, _)| *n);
        let number = reader.generation();
        if before != number {
            sight.saw.push((number, value.unwrap_or(0)));
        }
        if dice.one_in(4) {
            reader.let_go();
        }
        let is_over = match dice.between(0, 3) {
            0 => false,
            1 => reader.changed_timeout(dice.patience()).is_err() && reader.is_closed(),
            2 => block_on(reader.changed_async()).is_err(),
            _ => reader.changed().is_err(),
        };
        if is_over && !reader.is_new() {
            sight.stayed = true;
            break;
        }
    }
    sight.skipped = reader.skipped();
    sight
}

impl Found {
    fn account(&self) -> Account {
        let mut account = Account { messages: self.written, ..Account::default() };
        account.equal("nothing stays in memory", self.alive, 0);
        for Sight { joined, saw, skipped, stayed } in &self.readers {
            let numbers = || saw.iter().map(|(number, _)| number);
            account.holds("a value has its number", saw.iter().all(|(number, n)| number == n));
            account.holds("values come in order", numbers().is_sorted_by(|a, b| a < b));
            let last = numbers().next_back().unwrap_or(joined);
            account.equal("seen + skipped = last", joined + saw.len() as u64 + skipped, *last);
            if *stayed {
                account.equal("who stays sees the last one", *last, self.written);
            }
            if let Some(unread) = &self.unread {
                let until = if *stayed { self.written } else { *last };
                let written: Vec<_> = (1..=until).collect();
                let places = numbers().chain(unread.iter().filter(|n| **n < until));
                account.once_each("each value is seen or comes back", &written, places);
            }
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of four values the reader saw the first and the last.
    fn found() -> Found {
        let sight = Sight { joined: 0, saw: vec![(1, 1), (4, 4)], skipped: 2, stayed: true };
        Found { written: 4, unread: Some(vec![2, 3]), readers: vec![sight], alive: 0 }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| found.alive = 1), 0, "a value that stayed");
        assert_ne!(broken(|found| found.readers[0].saw[1].1 = 3), 0, "another value");
        assert_ne!(broken(|found| found.readers[0].saw.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.readers[0].skipped = 1), 0, "a sum");
        assert_ne!(broken(|found| found.written = 5), 0, "not the last one");
        assert_ne!(broken(|found| found.unread = Some(vec![2])), 0, "neither seen nor back");
    }
}
