//! `RewindBatchEventHandlerTest` and the rewind strategies: a batch that is to come again.
//!
//! A stage is held until everything is published, so that its batches are known. It notes every
//! event it sees; what it rewinds is seen again.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{Builder, Flow, Handler, PanicPolicy, Poison, Report, Rewinds, Shared};
use windlass_testkit::Seen;

/// Rewinds at each of these events so often.
#[derive(Default)]
struct Rewinding {
    at: BTreeMap<u64, u32>,
    seen: Seen<u64>,
    batches: Seen<usize>,
    ends: Seen<u64>,
    word: Option<mpsc::Receiver<()>>,
    /// Releases what it has before it rewinds.
    releases: bool,
}

impl Handler<u64, Shared> for Rewinding {
    fn on_start(&mut self) {
        self.word.take().unwrap().recv().unwrap();
    }

    fn on_batch_start(&mut self, size: usize, _depth: usize) {
        self.batches.push(size);
    }

    fn on_batch(&mut self, batch: &mut windlass_ring::Batch<'_, u64, Shared>) -> Flow {
        while let Some(&event) = batch.next() {
            self.seen.push(event);
            if let Some(left) = self.at.get_mut(&event).filter(|left| 0 < **left) {
                *left -= 1;
                return Flow::Rewind;
            }
            if self.releases {
                batch.release();
            }
            if batch.is_empty() {
                self.ends.push(event);
            }
        }
        Flow::Continue
    }
}

/// What a run of a rewinding stage showed.
struct Shown {
    seen: Vec<u64>,
    batches: Vec<usize>,
    ends: Vec<u64>,
    end: Result<Report, Poison>,
}

struct Run {
    handler: Rewinding,
    events: u64,
    max_batch: usize,
    rewinds: Rewinds,
    policy: PanicPolicy,
}

/// A stage that rewinds at these events, so often each.
fn rewinding<const N: usize>(at: [(u64, u32); N]) -> Run {
    let handler = Rewinding { at: at.into(), ..Rewinding::default() };
    let (rewinds, policy) = (Rewinds::unlimited(), PanicPolicy::Poison);
    Run { handler, events: 4, max_batch: 4, rewinds, policy }
}

impl Run {
    fn run(mut self) -> Shown {
        let (go, word) = mpsc::channel();
        self.handler.word = Some(word);
        let seen = self.handler.seen.clone();
        let batches = self.handler.batches.clone();
        let ends = self.handler.ends.clone();
        let (mut producer, ring) = Builder::new(14, || 0)
            .stage("rewinds")
            .max_batch(self.max_batch)
            .rewinds(self.rewinds)
            .on_panic(self.policy)
            .handler(self.handler)
            .start()
            .unwrap();
        for i in 0..self.events {
            producer.publish(move |event| *event = i).unwrap();
        }
        drop(producer);
        go.send(()).unwrap();
        let end = ring.wait_end();
        Shown { seen: seen.take(), batches: batches.take(), ends: ends.take(), end }
    }
}

#[test]
fn without_a_rewind_each_event_is_seen_once() {
    let shown = rewinding([]).run();
    assert_eq!((shown.seen, shown.batches), (vec![0, 1, 2, 3], vec![4]));
}

// shouldRewindOnFirstEventOfBatchSizeOfOne
#[test]
fn a_batch_of_one_comes_again() {
    let shown = Run { events: 1, ..rewinding([(0, 1)]) }.run();
    assert_eq!((shown.seen, shown.batches), (vec![0, 0], vec![1, 1]));
}

// shouldRewindOnFirstEventOfBatch
#[test]
fn a_rewind_at_the_first_event_repeats_it() {
    assert_eq!(rewinding([(0, 1)]).run().seen, [0, 0, 1, 2, 3]);
}

// shouldRewindOnEventInMiddleOfBatch
#[test]
fn a_rewind_in_the_middle_repeats_from_the_first() {
    assert_eq!(rewinding([(2, 1)]).run().seen, [0, 1, 2, 0, 1, 2, 3]);
}

// shouldRewindOnLastEventOfBatch
#[test]
fn a_rewind_at_the_last_event_repeats_all() {
    assert_eq!(rewinding([(3, 1)]).run().seen, [0, 1, 2, 3, 0, 1, 2, 3]);
}

// shouldRewindMultipleTimes
#[test]
fn the_same_batch_may_come_many_times() {
    assert_eq!(rewinding([(1, 3)]).run().seen, [0, 1, 0, 1, 0, 1, 0, 1, 2, 3]);
}

#[test]
fn several_events_of_a_batch_may_rewind_it() {
    assert_eq!(rewinding([(0, 1), (2, 1)]).run().seen, [0, 0, 1, 2, 0, 1, 2, 3]);
}

// shouldRunBatchCompleteOnLastEventOfBatch
#[test]
fn the_end_of_a_batch_is_reached_once() {
    assert_eq!(rewinding([(1, 2), (3, 1)]).run().ends, [3]);
}

// shouldRunBatchCompleteOnLastEventOfBatchOfOne
#[test]
fn the_end_of_a_batch_of_one_is_reached_once() {
    assert_eq!(Run { events: 1, ..rewinding([(0, 2)]) }.run().ends, [0]);
}

// shouldProcessUpToMaxBatchSizeForEachGivenBatch
#[test]
fn a_rewind_stays_within_its_batch() {
    let shown = Run { max_batch: 2, ..rewinding([(3, 1)]) }.run();
    assert_eq!(shown.seen, [0, 1, 2, 3, 2, 3], "the batch before was released");
    assert_eq!((shown.batches, shown.ends), (vec![2, 2, 2], vec![1, 3]));
}

#[test]
fn a_batch_that_comes_again_may_have_grown() {
    let shown = Run { max_batch: 3, ..rewinding([(1, 1)]) }.run();
    assert_eq!(shown.seen, [0, 1, 0, 1, 2, 3]);
    assert_eq!(shown.batches, [3, 3, 1], "but never above its limit");
}

// shouldOnlyRewindWhatWasNotReleased
#[test]
fn a_rewind_goes_back_to_the_last_release() {
    let mut run = rewinding([(2, 1)]);
    run.handler.releases = true;
    assert_eq!(run.run().seen, [0, 1, 2, 2, 3], "0 and 1 were released");
}

#[test]
fn nothing_is_released_before_the_rewind_is_over() {
    let shown = rewinding([(3, 4)]).run();
    assert_eq!(shown.end.unwrap().stages[0].position.get(), 4, "in the end all of it");
    assert_eq!(shown.seen.len(), 20);
}

// EventuallyGiveUpBatchRewindStrategy: shouldGiveUpAfterN
#[test]
fn it_gives_up_after_so_many_times() {
    let shown = Run { rewinds: Rewinds::at_most(2), ..rewinding([(1, 9)]) }.run();
    assert_eq!(shown.seen, [0, 1, 0, 1, 0, 1], "once, and twice more");
    let poison = shown.end.unwrap_err();
    assert_eq!((poison.stage.as_str(), poison.sequence.unwrap().get()), ("rewinds", 0));
}

#[test]
fn as_often_as_the_limit_is_fine() {
    let shown = Run { rewinds: Rewinds::at_most(2), ..rewinding([(1, 2)]) }.run();
    assert!(shown.end.unwrap().drained);
    assert_eq!(shown.seen, [0, 1, 0, 1, 0, 1, 2, 3]);
}

#[test]
fn each_batch_has_its_own_limit() {
    let run = Run { max_batch: 2, rewinds: Rewinds::at_most(2), ..rewinding([(1, 2), (3, 2)]) };
    assert!(run.run().end.unwrap().drained, "four in all, two each");
}

#[test]
fn no_rewind_at_all_may_be_allowed() {
    let shown = Run { rewinds: Rewinds::at_most(0), ..rewinding([(0, 1)]) }.run();
    assert_eq!(shown.seen, [0]);
    assert!(shown.end.is_err(), "the first is one too many");
}

// Giving up is what the stage's policy makes of it.
#[test]
fn giving_up_may_leave_the_event_out() {
    let run =
        Run { rewinds: Rewinds::at_most(1), policy: PanicPolicy::Skip, ..rewinding([(1, 9)]) };
    let shown = Run { max_batch: 1, ..run }.run();
    assert_eq!(shown.seen, [0, 1, 1, 2, 3], "event 1 was given up, the others not");
    assert!(shown.end.unwrap().drained);
}

// NanosecondPauseBatchRewindStrategy: shouldPauseForN
#[test]
fn a_pause_comes_before_each_rewind() {
    let pause = Duration::from_millis(2);
    let began = std::time::Instant::now();
    let shown = Run { rewinds: Rewinds::unlimited().pause(pause), ..rewinding([(0, 3)]) }.run();
    assert_eq!(shown.seen, [0, 0, 0, 0, 1, 2, 3]);
    assert!(began.elapsed() >= 3 * pause, "a sleep is never shorter than asked for");
}

// shouldRethrow: a panic is no rewind.
#[test]
fn a_panic_is_no_rewind() {
    let (mut producer, ring) = Builder::new(7, || 0_u64)
        .stage("fails")
        .rewinds(Rewinds::unlimited())
        .each(|event: &u64, _| assert!(*event != 7, "not to be repeated"))
        .start()
        .unwrap();
    producer.publish(|event| *event = 7).unwrap();
    assert_eq!(ring.wait_end().unwrap_err().message, "not to be repeated");
}

#[test]
fn a_poller_rewinds_by_itself() {
    let (mut producer, mut poller) = windlass_ring::one_to_one(14, || 0_u64).unwrap();
    producer.publish_batch(4, |_| {}).unwrap();
    poller.set_max_batch(4);
    let mut batch = poller.poll().unwrap();
    batch.next();
    batch.release();
    batch.next();
    batch.next();
    batch.rewind();
    assert_eq!((batch.len(), batch.first().get()), (3, 1), "to the last release");
    drop(batch);
    assert_eq!((poller.lag(), producer.remaining()), (3, 11), "and not further");
}
