//! A round with a ring: a graph of stages that panic and rewind now and then, a gate that somebody moves,
//! producers whose closures panic too, and consumers that join and leave.

mod ends;
mod gate;
mod stages;

use std::thread::scope;

use windlass_ring::{Builder, Member, PanicPolicy, ProducerOf, Ring, Sequencer, Wait};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};

use self::ends::{produce, visit};
use self::gate::Watched;
use self::stages::Notes;
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// An event with its place.
type Placed = (u64, Message);
type Log = Arc<Mutex<Vec<Placed>>>;

const GATE: &str = "gate";
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
    /// Events that passed a gate which had not let them.
    early: u64,
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

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let waits = [Wait::adaptive(), Wait::blocking(), Wait::yielding(), Wait::sleeping()];
    let capacity = dice.size(1, 100);
    let mut builder = Builder::new(capacity, || NOTHING)
        .joiners(2)
        .wait(dice.of(&waits))
        .producer_wait(dice.of(&waits));
    let watched = Arc::new(Watched::default());
    let gated = dice.one_in(3);
    if gated {
        builder = builder.gate(GATE);
    }
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
        // A producer waits for the stages, and these for the gate.
        let gate = (gated && dice.one_in(2)).then(|| Arc::clone(&watched));
        if gate.is_some() {
            declared = declared.after(GATE);
        }
        let rewinds = dice.one_in(3);
        let panicked: Vec<_> = (0..members).map(|_| Arc::new(Mutex::new(u64::MAX))).collect();
        builder = declared.max_batch(dice.size(1, 16)).build_with(move |member: Member| {
            let mut dice = lock(&dice_of_stage).fork();
            let pace = dice.of(&Pace::ALL);
            let panicked = Arc::clone(&panicked[member.index]);
            let (log, gate) = (Arc::clone(&log), gate.clone());
            Notes { log, pace, dice, policy, panicked, every, rewinds, gate }
        });
    }
    let messages = dice.between(0, 600);
    let cannot = "a small ring";
    let mut found = if dice.one_in(2) {
        let (producer, ring) = builder.start().expect(cannot);
        Found { skipped: 0, ..drive(vec![producer], ring, &watched, messages, dice) }
    } else {
        let (producer, ring) = builder.start_multi().expect(cannot);
        let more = (0..dice.size(0, 2)).map(|_| producer.clone()).collect::<Vec<_>>();
        let producers = more.into_iter().chain([producer]).collect();
        drive(producers, ring, &watched, messages, dice)
    };
    for (stage, (log, is_group)) in found.stages.iter_mut().zip(logs) {
        stage.is_group = is_group;
        stage.saw = core::mem::take(&mut *lock(&log));
    }
    found.account()
}

fn drive<S: Sequencer>(
    producers: Vec<ProducerOf<Message, S>>,
    mut ring: Ring<Message>,
    watched: &Watched,
    messages: u64,
    dice: &mut Dice,
) -> Found
where
    ProducerOf<Message, S>: Send,
{
    let mut found = Found::default();
    let is_over = AtomicBool::new(false);
    let closes = dice.one_in(4).then(|| dice.patience());
    // There is none in most rounds.
    let gate = ring.gate(GATE).ok();
    scope(|scope| {
        if let Some(gate) = gate {
            let (ring, is_over, dice) = (&ring, &is_over, dice.fork());
            scope.spawn(move || gate::keep(gate, watched, ring, is_over, dice));
        }
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
            let stages = report.stages.iter().filter(|stage| stage.name != GATE);
            let stages = stages.map(|stage| stage.position.get());
            let stage = |position| Stage { is_group: false, saw: Vec::new(), position };
            found.stages = stages.map(stage).collect();
        }
        Err(_poison) => found.poisoned = true,
    }
    found.early = watched.early();
    found
}

impl Found {
    fn account(&self) -> Account {
        let mut account = Account { messages: self.published.len() as u64, ..Account::default() };
        account.holds("no stage poisons the ring", !self.poisoned);
        account.holds("all is drained", self.drained);
        account.equal("nothing passes a gate before it may", self.early, 0);
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
            early: 0,
            drained: true,
            poisoned: false,
        }
    }

    crate::account::adds_up!();

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
        assert_ne!(broken(|found| found.early = 1), 0, "before the gate let it");
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
