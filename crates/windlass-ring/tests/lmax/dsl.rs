//! `DisruptorTest`: describing graphs, and the order that they give.
//!
//! Behind every stage that is looked at stands a word: it goes on when it is told, so that order
//! shows without looking at a clock.

use std::sync::mpsc::{self, Sender};

use windlass_ring::{Builder, Flow, Member, Producer, Ring, StageBuilder};
use windlass_testkit::Seen;

/// What stages did, and the words that let them go on.
struct Stages {
    builder: Option<Builder<u64>>,
    seen: Seen<(&'static str, u64)>,
    words: Vec<(&'static str, Sender<()>)>,
}

impl Stages {
    fn new() -> Self {
        Self { builder: Some(Builder::new(14, || 0)), seen: Seen::new(), words: Vec::new() }
    }

    fn describe(&mut self, name: &'static str, after: &[&str]) -> StageBuilder<u64> {
        let mut stage = self.builder.take().unwrap().stage(name).max_batch(1);
        for before in after {
            stage = stage.after(*before);
        }
        stage
    }

    /// A stage that notes each event when it has its word for it.
    fn held(mut self, name: &'static str, after: &[&str]) -> Self {
        let (say, word) = mpsc::channel();
        let seen = self.seen.clone();
        let stage = self.describe(name, after);
        self.builder = Some(stage.each(move |event, _| {
            if word.recv().is_ok() {
                seen.push((name, *event));
            }
        }));
        self.words.push((name, say));
        self
    }

    /// A stage that notes each event at once.
    fn free(mut self, name: &'static str, after: &[&str]) -> Self {
        let seen = self.seen.clone();
        let stage = self.describe(name, after);
        self.builder = Some(stage.each(move |event, _| seen.push((name, *event))));
        self
    }

    fn start(mut self) -> (Producer<u64>, Ring<u64>, Self) {
        let (producer, ring) = self.builder.take().unwrap().start().unwrap();
        (producer, ring, self)
    }

    fn say(&self, name: &str) {
        let (_, say) = self.words.iter().find(|(stage, _)| *stage == name).unwrap();
        say.send(()).unwrap();
    }

    /// The names of the stages that saw an event, in order.
    fn order(&self) -> Vec<&'static str> {
        self.seen.take().into_iter().map(|(name, _)| name).collect()
    }
}

fn one(producer: &mut Producer<u64>) {
    producer.publish(|event| *event = 1).unwrap();
}

/// Publishes an event, says every word in this order, and looks in which order stages saw it.
fn ordered(stages: Stages, words: &[&str], expected: &[&str]) {
    let (mut producer, ring, stages) = stages.start();
    one(&mut producer);
    drop(producer);
    words.iter().for_each(|word| stages.say(word));
    ring.wait_end().unwrap();
    assert_eq!(stages.order(), expected);
}

// shouldCreateEventProcessorGroupForFirstEventProcessors
#[test]
fn first_stages_all_see_every_event() {
    let (mut producer, ring, stages) = Stages::new().free("a", &[]).free("b", &[]).start();
    one(&mut producer);
    drop(producer);
    ring.wait_end().unwrap();
    let mut seen = stages.order();
    seen.sort_unstable();
    assert_eq!(seen, ["a", "b"]);
}

// shouldMakeEntriesAvailableToFirstHandlersImmediately
#[test]
fn first_stages_do_not_wait_for_each_other() {
    let (mut producer, ring, stages) = Stages::new().held("slow", &[]).held("quick", &[]).start();
    one(&mut producer);
    stages.say("quick");
    while stages.seen.is_empty() {
        windlass_sync::thread::yield_now();
    }
    stages.say("slow");
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(stages.order(), ["quick", "slow"]);
}

// shouldWaitUntilAllFirstEventProcessorsProcessEventBeforeMakingItAvailableToDependentEventProcessors
#[test]
fn a_stage_waits_for_all_it_comes_after() {
    let stages = Stages::new().held("a", &[]).held("b", &[]).free("c", &["a", "b"]);
    let (mut producer, ring, stages) = stages.start();
    one(&mut producer);
    stages.say("a");
    while stages.seen.is_empty() {
        windlass_sync::thread::yield_now();
    }
    assert_eq!(ring.stats().stages[2].position.get(), 0, "b is missing");
    stages.say("b");
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(stages.order(), ["a", "b", "c"]);
}

// shouldAddEventProcessorsAfterPublishing: joiners; see the pollers' tests.
// shouldSupportMultipleEventHandlersInSequence: then(..).then(..)
#[test]
fn a_chain_keeps_its_order() {
    let stages = Stages::new().held("a", &[]).held("b", &["a"]).held("c", &["b"]);
    ordered(stages, &["c", "b", "a"], &["a", "b", "c"]);
}

// shouldAllowSpecifyingSpecificEventProcessorsToWaitFor: after(..)
#[test]
fn the_order_of_declaration_is_free() {
    let stages = Stages::new().held("c", &["b"]).held("b", &["a"]).held("a", &[]);
    ordered(stages, &["c", "b", "a"], &["a", "b", "c"]);
}

// shouldWaitOnAllProducersJoinedByAnd: and(..)
#[test]
fn branches_meet_again() {
    let stages = Stages::new()
        .held("a1", &[])
        .held("a2", &["a1"])
        .held("b1", &[])
        .free("end", &["a2", "b1"]);
    let (mut producer, ring, stages) = stages.start();
    one(&mut producer);
    stages.say("a2");
    stages.say("a1");
    while stages.seen.len() < 2 {
        windlass_sync::thread::yield_now();
    }
    stages.say("b1");
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(stages.order(), ["a1", "a2", "b1", "end"]);
}

// shouldSupportCustomProcessorsAsDependencies: a poller is one
#[test]
fn stages_may_come_after_a_poller() {
    let mut stages = Stages::new();
    stages.builder = Some(stages.builder.take().unwrap().stage("mine").poller());
    let (mut producer, mut ring, stages) = stages.free("behind", &["mine"]).start();
    let mut mine = ring.poller("mine").unwrap();
    one(&mut producer);
    assert_eq!(ring.stats().stages[1].position.get(), 0, "not before me");
    mine.poll().unwrap().skip_rest();
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(stages.order(), ["behind"]);
}

// shouldSupportHandlersAsDependenciesToCustomProcessors
#[test]
fn a_poller_may_come_after_stages() {
    let mut stages = Stages::new().held("before", &[]);
    stages.builder = Some(stages.builder.take().unwrap().stage("mine").after("before").poller());
    let (mut producer, mut ring, stages) = stages.start();
    let mut mine = ring.poller("mine").unwrap();
    one(&mut producer);
    assert!(mine.poll().is_err(), "the stage is held");
    stages.say("before");
    assert_eq!(mine.wait().unwrap().next(), Some(&1));
    assert_eq!(stages.order(), ["before"]);
}

// shouldBatchOfEvents: pipelines change events in place
#[test]
fn a_stage_sees_what_those_before_it_wrote() {
    let seen = Seen::new();
    let log = seen.clone();
    let (mut producer, ring) = Builder::new(14, || [0_u64; 3])
        .stage("double")
        .each_mut(|event: &mut [u64; 3], _| event[1] = event[0] * 2)
        .stage("sum")
        .after("double")
        .each_mut(|event: &mut [u64; 3], _| event[2] = event[0] + event[1])
        .stage("log")
        .after("sum")
        .each(move |event, _| log.push(*event))
        .start()
        .unwrap();
    for i in 0..50 {
        producer.publish(move |event| *event = [i, 0, 0]).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(seen.take(), (0..50).map(|i| [i, i * 2, i * 3]).collect::<Vec<_>>());
}

// shouldBlockProducerUntilAllEventProcessorsHaveAdvanced
#[test]
fn the_last_stage_holds_up_the_producer() {
    let (mut producer, ring, stages) = Stages::new().free("a", &[]).held("b", &["a"]).start();
    for _ in 0..14 {
        one(&mut producer);
    }
    assert!(producer.try_publish(|_| {}).is_err(), "b has released nothing");
    stages.say("b");
    one(&mut producer);
    drop(producer);
    drop(stages);
    assert!(ring.wait_end().unwrap().drained);
}

// shouldHandleWorkerPool of version 3: each event to one member
#[test]
fn a_group_sees_each_event_once() {
    let seen = Seen::new();
    let log = seen.clone();
    let (mut producer, ring) = Builder::new(14, || 0_u64)
        .stage("pool")
        .members(3)
        .build_with(move |member: Member| Logs(member.index, log.clone()))
        .start()
        .unwrap();
    for i in 0..300 {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
    let mut events: Vec<u64> = seen.take().into_iter().map(|(_, event)| event).collect();
    events.sort_unstable();
    assert_eq!(events, (0..300).collect::<Vec<_>>(), "each exactly once");
}

struct Logs(usize, Seen<(usize, u64)>);

impl windlass_ring::Handler<u64, windlass_ring::Shared> for Logs {
    fn on_batch(
        &mut self,
        batch: &mut windlass_ring::Batch<'_, u64, windlass_ring::Shared>,
    ) -> Flow {
        batch.for_each(|event, _| self.1.push((self.0, *event)));
        Flow::Continue
    }
}

// shouldMakeEntriesAvailableToDependentsOfAWorkerPoolOnlyWhenAllBeforeAreDone
#[test]
fn those_behind_a_group_see_everything_in_order() {
    let seen = Seen::new();
    let log = seen.clone();
    let (mut producer, ring) = Builder::new(14, || 0_u64)
        .stage("pool")
        .members(3)
        .build_with(|member: Member| Logs(member.index, Seen::new()))
        .stage("behind")
        .after("pool")
        .each(move |event, _| log.push(*event))
        .start()
        .unwrap();
    let events = if cfg!(miri) { 60 } else { 300 };
    for i in 0..events {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(seen.take(), (0..events).collect::<Vec<_>>());
}

#[test]
fn a_gate_holds_back_what_comes_after_it_and_nobody_else() {
    let mut stages = Stages::new();
    stages.builder = Some(stages.builder.take().unwrap().gate("synced"));
    let stages = stages.free("journal", &[]).free("answer", &["synced", "journal"]);
    let (mut producer, mut ring, stages) = stages.start();
    let gate = ring.gate("synced").unwrap();
    let first = producer.publish(|event| *event = 1).unwrap();
    producer.publish(|event| *event = 2).unwrap();
    while stages.seen.len() < 2 {
        windlass_sync::thread::yield_now();
    }
    assert_eq!(stages.seen.take(), [("journal", 1), ("journal", 2)]);
    gate.advance_to(first.next()).unwrap();
    while stages.seen.is_empty() {
        windlass_sync::thread::yield_now();
    }
    assert_eq!(stages.seen.take(), [("answer", 1)], "and no more");
    gate.open();
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(stages.seen.take(), [("answer", 2)]);
}
