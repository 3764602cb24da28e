//! `BatchEventProcessorTest`, `LifecycleAwareTest`, `ExceptionHandler` of a stage.

use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{Batch, Builder, Exclusive, Flow, Handler, Member, Producer, Ring, Shared};
use windlass_testkit::Seen;

/// What happened to a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Saw {
    Start,
    BatchStart(usize, usize),
    Event(u64, bool),
    Timeout,
    Shutdown,
}

/// Notes everything; waits for a word before its first batch, if it is to.
struct Notes(Seen<Saw>, Option<mpsc::Receiver<()>>);

impl Handler<u64, Shared> for Notes {
    fn on_start(&mut self) {
        self.0.push(Saw::Start);
        if let Some(word) = self.1.take() {
            word.recv().unwrap();
        }
    }

    fn on_batch_start(&mut self, size: usize, depth: usize) {
        self.0.push(Saw::BatchStart(size, depth));
    }

    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
        batch.for_each(|event, at| self.0.push(Saw::Event(*event, at.end_of_batch)));
        Flow::Continue
    }

    fn on_timeout(&mut self) {
        self.0.push(Saw::Timeout);
    }

    fn on_shutdown(&mut self) {
        self.0.push(Saw::Shutdown);
    }
}

/// A stage that begins when it is told, so that what it finds is known.
fn held(max_batch: usize) -> (Producer<u64>, Ring<u64>, Seen<Saw>, mpsc::Sender<()>) {
    let (go, word) = mpsc::channel();
    let seen = Seen::new();
    let (producer, ring) = Builder::new(14, || 0)
        .stage("notes")
        .max_batch(max_batch)
        .handler(Notes(seen.clone(), Some(word)))
        .start()
        .unwrap();
    (producer, ring, seen, go)
}

fn publish(producer: &mut Producer<u64>, events: std::ops::Range<u64>) {
    for i in events {
        producer.publish(move |event| *event = i).unwrap();
    }
}

// shouldCallMethodsInLifecycleOrderForBatch, shouldNotifyOfBatchProcessorLifecycle
#[test]
fn the_moments_of_a_life_come_in_order() {
    let (mut producer, ring, seen, go) = held(10);
    publish(&mut producer, 0..3);
    drop(producer);
    go.send(()).unwrap();
    ring.wait_end().unwrap();
    use Saw::{BatchStart, Event, Shutdown, Start};
    let expected =
        [Start, BatchStart(3, 3), Event(0, false), Event(1, false), Event(2, true), Shutdown];
    assert_eq!(seen.take(), expected);
}

// shouldCallOnStartAndOnShutdownWhenThereAreNoEvents, shouldAlwaysHalt
#[test]
fn a_stage_without_events_starts_and_ends() {
    let (producer, ring, seen, go) = held(10);
    drop(producer);
    go.send(()).unwrap();
    ring.wait_end().unwrap();
    assert_eq!(seen.take(), [Saw::Start, Saw::Shutdown], "no empty batch");
}

// shouldAlwaysHaltIfStopped before it was started
#[test]
fn a_stage_that_is_closed_before_it_runs_ends() {
    let (mut producer, ring, seen, go) = held(10);
    publish(&mut producer, 0..2);
    ring.close();
    assert!(producer.publish(|_| {}).is_err(), "closed");
    go.send(()).unwrap();
    assert!(ring.wait_end().unwrap().drained, "what was published before was handled");
    assert_eq!(seen.take().len(), 5);
}

// shouldLimitMaxBatchSize, shouldReturnProperQueueDepth
#[test]
fn batches_have_a_limit_and_know_what_is_behind_them() {
    let (mut producer, ring, seen, go) = held(3);
    publish(&mut producer, 0..8);
    drop(producer);
    go.send(()).unwrap();
    ring.wait_end().unwrap();
    use Saw::BatchStart;
    let starts: Vec<Saw> =
        seen.take().into_iter().filter(|it| matches!(it, BatchStart(..))).collect();
    assert_eq!(starts, [BatchStart(3, 8), BatchStart(3, 5), BatchStart(2, 2)]);
}

// shouldReturnProperQueueDepth, beside claims that are not published
#[test]
fn the_depth_is_what_is_published_unless_the_batch_is_full() {
    for (max_batch, depth) in [(10, 1), (1, 4)] {
        let (go, word) = mpsc::channel();
        let seen = Seen::new();
        let (mut first, ring) = Builder::new(14, || 0)
            .stage("notes")
            .max_batch(max_batch)
            .handler(Notes(seen.clone(), Some(word)))
            .start_multi()
            .unwrap();
        let mut second = first.clone();
        let claim = first.claim(1).unwrap();
        let unpublished = second.claim(3).unwrap();
        claim.publish();
        go.send(()).unwrap();
        while seen.len() < 3 {
            windlass_sync::thread::yield_now();
        }
        drop(unpublished);
        drop((first, second));
        ring.wait_end().unwrap();
        assert_eq!(seen.take()[1], Saw::BatchStart(1, depth), "batches of {max_batch}");
    }
}

// shouldEndBatchAtEachLimit
#[test]
fn every_batch_says_where_it_ends() {
    let (mut producer, ring, seen, go) = held(3);
    publish(&mut producer, 0..7);
    drop(producer);
    go.send(()).unwrap();
    ring.wait_end().unwrap();
    let ends: Vec<u64> = seen
        .take()
        .into_iter()
        .filter_map(|it| if let Saw::Event(event, true) = it { Some(event) } else { None })
        .collect();
    assert_eq!(ends, [2, 5, 6], "after three, six, and the last");
}

// earlyReleaseTest: SequenceReportingCallbackTest
#[test]
fn a_handler_may_release_within_its_batch() {
    struct Early(mpsc::Sender<()>, mpsc::Receiver<()>);
    impl Handler<u64, Exclusive> for Early {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Exclusive>) -> Flow {
            while batch.next_mut().is_some() {
                batch.release();
                self.0.send(()).unwrap();
                self.1.recv().unwrap();
            }
            Flow::Continue
        }
    }
    let ((taken, took), (go, on)) = (mpsc::channel(), mpsc::channel());
    let (mut producer, ring) = Builder::new(7, || 0_u64)
        .stage("early")
        .max_batch(7)
        .handler_mut(Early(taken, on))
        .start()
        .unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    let mut free = 0;
    for _ in 0..7 {
        took.recv().unwrap();
        free += 1;
        assert_eq!(producer.remaining(), free, "in the middle of a batch");
        go.send(()).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
}

// TimeoutBlockingWaitStrategy + TimeoutHandler
#[test]
fn a_stage_is_told_when_nothing_comes() {
    struct Ticks(mpsc::Sender<()>, Seen<&'static str>);
    impl Handler<u64, Shared> for Ticks {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            batch.skip_rest();
            self.1.push("event");
            Flow::Continue
        }
        fn on_timeout(&mut self) {
            self.1.push("timeout");
            let _gone = self.0.send(());
        }
    }
    let (tick, ticks) = mpsc::channel();
    let seen = Seen::new();
    let (mut producer, ring) = Builder::new(7, || 0_u64)
        .stage("a")
        .timeout(Duration::from_millis(1))
        .handler(Ticks(tick, seen.clone()))
        .start()
        .unwrap();
    ticks.recv().unwrap();
    ticks.recv().unwrap();
    producer.publish(|_| {}).unwrap();
    drop(producer);
    ring.wait_end().unwrap();
    let seen = seen.take();
    assert_eq!(seen[..2], ["timeout"; 2], "again and again");
    assert_eq!(seen.iter().filter(|it| **it == "event").count(), 1, "and the event came");
}

#[test]
fn a_stage_without_a_timeout_is_never_told() {
    let (mut producer, ring, seen, go) = held(10);
    go.send(()).unwrap();
    publish(&mut producer, 0..20);
    drop(producer);
    ring.wait_end().unwrap();
    assert!(!seen.take().contains(&Saw::Timeout));
}

// shouldCallExceptionHandlerOnUncaughtException: see `panics` among the tests of bad input.
#[test]
fn a_handler_keeps_state_that_cannot_be_sent() {
    struct Local(std::rc::Rc<std::cell::Cell<u64>>, Seen<u64>);
    impl Handler<u64, Shared> for Local {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            batch.for_each(|event, _| self.0.set(self.0.get() + event));
            Flow::Continue
        }
        fn on_shutdown(&mut self) {
            self.1.push(self.0.get());
        }
    }
    let seen = Seen::new();
    let log = seen.clone();
    let (mut producer, ring) = Builder::new(7, || 0_u64)
        .stage("local")
        .build_with(move |_: Member| Local(std::rc::Rc::default(), log.clone()))
        .start()
        .unwrap();
    publish(&mut producer, 0..10);
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(seen.take(), [45]);
}

#[test]
fn the_thread_of_a_stage_has_its_name() {
    let seen = Seen::new();
    let (log, logs) = (seen.clone(), seen.clone());
    let (mut producer, ring) = Builder::new(7, || 0_u64)
        .stage("named")
        .each(move |_, _| log.push(std::thread::current().name().unwrap().to_owned()))
        .stage("pair")
        .members(2)
        .build_with(move |member: Member| {
            logs.push(format!("{} is {}", std::thread::current().name().unwrap(), member.index));
            Idle
        })
        .start()
        .unwrap();
    struct Idle;
    impl Handler<u64, Shared> for Idle {
        fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
            batch.skip_rest();
            Flow::Continue
        }
    }
    producer.publish(|_| {}).unwrap();
    drop(producer);
    ring.wait_end().unwrap();
    let mut names = seen.take();
    names.sort();
    assert_eq!(names, ["named", "pair 0 is 0", "pair 1 is 1"]);
}
