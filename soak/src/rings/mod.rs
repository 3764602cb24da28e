//! A round with a ring: a graph of stages that panic now and then, producers whose closures do so too,
//! and consumers that join and leave.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::scope;
use std::time::Duration;

use windlass_ring::{
    Batch, Builder, Flow, Handler, JoinFrom, Member, PanicPolicy, PollError, ProducerOf, Ring,
    Sequencer, Shared, Wait,
};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};

use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// An event with its place.
type Placed = (u64, Message);
type Log = Arc<Mutex<Vec<Placed>>>;

const NOTHING: Message = Message { source: u64::MAX, n: 0 };

/// What a round found.
#[derive(Debug, Clone, Default)]
struct Found {
    published: Vec<Placed>,
    /// Slots that were claimed and not published, since a closure panicked. The only producer takes
    /// such a claim back.
    skipped: u64,
    claimed: u64,
    stages: Vec<Stage>,
    visits: Vec<Visit>,
    drained: bool,
    poisoned: bool,
}

/// What a stage saw.
#[derive(Debug, Clone)]
struct Stage {
    /// Its members share the events.
    is_group: bool,
    saw: Vec<Placed>,
    /// The first sequence that it did not release.
    position: u64,
}

/// What a consumer saw that came and went.
#[derive(Debug, Clone)]
struct Visit {
    from: u64,
    saw: Vec<Placed>,
}

/// A stage that notes what it sees, and panics where it is planned.
struct Notes {
    log: Log,
    pace: Pace,
    dice: Dice,
    policy: PanicPolicy,
    /// The place of the last panic: one that gets the event again must not panic again.
    panicked: Arc<Mutex<u64>>,
    /// Panics at about each so many events; 0 for never.
    every: u64,
}

impl Handler<Message, Shared> for Notes {
    fn on_batch(&mut self, batch: &mut Batch<'_, Message, Shared>) -> Flow {
        batch.for_each(|message, at| {
            self.dice.dawdle(self.pace);
            let sequence = at.sequence.get();
            let panics = self.every != 0 && (sequence * 31 + 7).is_multiple_of(self.every);
            let again = core::mem::replace(&mut *lock(&self.panicked), sequence) == sequence;
            if panics && !again && matches!(self.policy, PanicPolicy::Restart { .. }) {
                resume_unwind(Box::new("planned"));
            }
            lock(&self.log).push((sequence, *message));
            if panics && self.policy == PanicPolicy::Skip {
                resume_unwind(Box::new("planned"));
            }
        });
        Flow::Continue
    }
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let waits = [Wait::adaptive(), Wait::blocking(), Wait::yielding(), Wait::sleeping()];
    let capacity = dice.size(1, 100);
    let mut builder = Builder::new(capacity, || NOTHING)
        .joiners(2)
        .wait(dice.of(&waits))
        .producer_wait(dice.of(&waits));
    let mut logs: Vec<(Log, bool)> = Vec::new();
    for stage in 0..dice.size(1, 4) {
        let (log, members) = (Log::default(), if dice.one_in(3) { dice.size(2, 3) } else { 1 });
        logs.push((Arc::clone(&log), members > 1));
        let policy = dice.of(&[PanicPolicy::Skip, PanicPolicy::Restart { at_most: 3 }]);
        let every = dice.of(&[0, 0, 17, 101]);
        let dice_of_stage = Mutex::new(dice.fork());
        let mut declared = builder.stage(stage.to_string()).members(members).on_panic(policy);
        for before in 0..stage {
            if dice.one_in(2) {
                declared = declared.after(before.to_string());
            }
        }
        let panicked: Vec<_> = (0..members).map(|_| Arc::new(Mutex::new(u64::MAX))).collect();
        builder = declared.max_batch(dice.size(1, 16)).build_with(move |member: Member| {
            let mut dice = lock(&dice_of_stage).fork();
            let pace = dice.of(&Pace::ALL);
            let panicked = Arc::clone(&panicked[member.index]);
            Notes { log: Arc::clone(&log), pace, dice, policy, panicked, every }
        });
    }
    let messages = dice.between(0, 600);
    let cannot = "a small ring";
    let mut found = if dice.one_in(2) {
        let (producer, ring) = builder.start().expect(cannot);
        Found { skipped: 0, ..drive(vec![producer], ring, messages, dice) }
    } else {
        let (producer, ring) = builder.start_multi().expect(cannot);
        let more = (0..dice.size(0, 2)).map(|_| producer.clone()).collect::<Vec<_>>();
        drive(more.into_iter().chain([producer]).collect(), ring, messages, dice)
    };
    for (stage, (log, is_group)) in found.stages.iter_mut().zip(logs) {
        stage.is_group = is_group;
        stage.saw = core::mem::take(&mut *lock(&log));
    }
    found.account()
}

fn drive<S: Sequencer>(
    producers: Vec<ProducerOf<Message, S>>,
    ring: Ring<Message>,
    messages: u64,
    dice: &mut Dice,
) -> Found
where
    ProducerOf<Message, S>: Send,
{
    let mut found = Found::default();
    let is_over = AtomicBool::new(false);
    let closes = dice.one_in(4).then(|| dice.patience());
    scope(|scope| {
        let visitors: Vec<_> = (0..dice.size(0, 2))
            .map(|_| {
                let (ring, is_over, dice) = (&ring, &is_over, dice.fork());
                scope.spawn(move || visit(ring, is_over, dice))
            })
            .collect();
        let producers: Vec<_> = (0..)
            .zip(producers)
            .map(|(source, producer)| {
                let dice = dice.fork();
                scope.spawn(move || produce(producer, source, messages, dice))
            })
            .collect();
        if let Some(soon) = closes {
            windlass_sync::thread::sleep(soon);
            ring.close();
        }
        let failed = "a thread of the round panicked";
        for producer in producers {
            let (published, skipped) = producer.join().expect(failed);
            found.published.extend(published);
            found.skipped += skipped;
        }
        // ORDERING: Relaxed. It hands nothing over; joining does.
        is_over.store(true, Ordering::Relaxed);
        for visitor in visitors {
            found.visits.extend(visitor.join().expect(failed));
        }
    });
    found.claimed = ring.stats().next.get();
    match ring.wait_end() {
        Ok(report) => {
            found.drained = report.drained;
            let stages = report.stages.iter().map(|stage| stage.position.get());
            let stage = |position| Stage { is_group: false, saw: Vec::new(), position };
            found.stages = stages.map(stage).collect();
        }
        Err(_poison) => found.poisoned = true,
    }
    found
}

fn produce<S: Sequencer>(
    mut producer: ProducerOf<Message, S>,
    source: u64,
    messages: u64,
    mut dice: Dice,
) -> (Vec<Placed>, u64) {
    let (mut published, mut skipped, mut n) = (Vec::new(), 0, 0);
    let pace = dice.of(&Pace::ALL);
    while n < messages {
        dice.dawdle(pace);
        n += 1;
        let message = Message { source, n };
        match dice.between(0, 19) {
            0 => {
                let panics = || producer.publish(|_| resume_unwind(Box::new("planned"))).is_err();
                // A closed ring does not call the closure.
                match catch_unwind(AssertUnwindSafe(panics)) {
                    Ok(_closed) => break,
                    Err(_planned) => skipped += 1,
                }
            }
            1..=3 => {
                if let Ok(at) = producer.try_publish(|event| *event = message) {
                    published.push((at.get(), message));
                }
            }
            4 => {
                let time = dice.patience() / 50;
                if let Ok(at) = producer.publish_timeout(time, |event| *event = message) {
                    published.push((at.get(), message));
                }
            }
            5 | 6 => {
                let size = dice.size(1, producer.capacity().min(8));
                let batch: Vec<_> = (n..).take(size).map(|n| Message { source, n }).collect();
                n += size as u64;
                let write = |mut slots: windlass_ring::Slots<'_, Message>| {
                    slots.iter_mut().zip(&batch).for_each(|(event, message)| *event = *message);
                };
                let Ok(first) = producer.publish_batch(size, write) else { break };
                published.extend((first.get()..).zip(batch));
            }
            _ => match producer.publish(|event| *event = message) {
                Ok(at) => published.push((at.get(), message)),
                Err(_closed) => break,
            },
        }
    }
    (published, skipped)
}

/// Comes and goes until it is over.
fn visit(ring: &Ring<Message>, is_over: &AtomicBool, mut dice: Dice) -> Vec<Visit> {
    let mut visits = Vec::new();
    // ORDERING: Relaxed. It hands nothing over.
    while !is_over.load(Ordering::Relaxed) {
        let from = dice.of(&[JoinFrom::Next, JoinFrom::Oldest]);
        let Ok(mut poller) = ring.join(from) else { break };
        let mut visit = Visit { from: poller.sequence().get(), saw: Vec::new() };
        let enough = dice.size(0, 200);
        while visit.saw.len() < enough && !is_over.load(Ordering::Relaxed) {
            match poller.wait_timeout(Duration::from_millis(1)) {
                Ok(mut batch) => {
                    batch.for_each(|message, at| visit.saw.push((at.sequence.get(), *message)));
                }
                Err(PollError::Empty) => {}
                Err(PollError::Closed) => break,
            }
        }
        visits.push(visit);
    }
    visits
}

impl Found {
    fn account(&self) -> Account {
        let mut account = Account { messages: self.published.len() as u64, ..Account::default() };
        account.holds("no stage poisons the ring", !self.poisoned);
        account.holds("all is drained", self.drained);
        let published = self.published.len() as u64;
        account.equal("claimed = published + skipped", self.claimed, published + self.skipped);
        let mut all = self.published.clone();
        all.sort_unstable();
        let messages = all.iter().map(|(_, message)| *message);
        account.in_order("sequences keep the order of each producer", messages);
        for stage in &self.stages {
            account.once_each("each stage sees each event", &all, &stage.saw);
            account.equal("a stage comes to the end", stage.position, self.claimed);
            if !stage.is_group {
                account.holds("a stage sees events in order", stage.saw.is_sorted());
            }
        }
        for Visit { from, saw } in &self.visits {
            let end = saw.last().map_or(*from, |(at, _)| at + 1);
            let there = all.iter().filter(|(at, _)| (*from..end).contains(at));
            account.once_each("a visitor sees each event from first to last", there, saw);
            account.holds("a visitor sees events in order", saw.is_sorted());
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four events, of which one slot was skipped; a stage saw them all, a visitor two.
    fn found() -> Found {
        let event = |(at, n)| (at, Message { source: 0, n });
        let published: Vec<Placed> = [(0, 1), (1, 2), (3, 3), (4, 4)].map(event).to_vec();
        Found {
            stages: vec![Stage { is_group: false, saw: published.clone(), position: 5 }],
            visits: vec![Visit { from: 1, saw: published[1..3].to_vec() }],
            published,
            skipped: 1,
            claimed: 5,
            drained: true,
            poisoned: false,
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
                found.published.pop();
            }),
            0,
            "an event from nowhere"
        );
        assert_ne!(broken(|found| found.skipped = 0), 0, "a hole");
        assert_ne!(broken(|found| found.drained = false), 0, "not drained");
        assert_ne!(broken(|found| found.poisoned = true), 0, "poisoned");
        assert_ne!(
            broken(|found| {
                found.stages[0].saw.remove(1);
            }),
            0,
            "missed"
        );
        assert_ne!(broken(|found| found.stages[0].saw.swap(0, 1)), 0, "out of order");
        assert_ne!(broken(|found| found.stages[0].position = 4), 0, "stopped early");
        assert_ne!(
            broken(|found| {
                found.visits[0].saw.remove(0);
            }),
            0,
            "a visitor missed one"
        );
        assert_ne!(broken(|found| found.visits[0].from = 0), 0, "a visitor missed the first");
    }
}
