//! Handlers that panic, wherever they can.

use std::panic::panic_any;
use std::sync::mpsc;

use windlass_ring::{Batch, Builder, Exclusive, Flow, Handler, Poison, PollError, Sequence, Wait};

/// Publishes 0, 1 .. n, drops the producer, and waits for the end.
pub(crate) fn run(builder: Builder<u64>, n: u64) -> Result<windlass_ring::Report, Poison> {
    let (mut producer, ring) = builder.start().unwrap();
    for i in 0..n {
        let _refused = producer.publish(move |event| *event = i);
    }
    drop(producer);
    ring.wait_end()
}

pub(crate) fn builder() -> Builder<u64> {
    Builder::new(14, || 0)
}

#[test]
fn a_panic_poisons_the_ring_and_everybody_learns_the_cause() {
    let (mut producer, mut ring) = builder()
        .stage("bad")
        .each(|event: &u64, _| assert!(*event != 2, "two is bad"))
        .stage("behind")
        .after("bad")
        .poller()
        .stage("beside")
        .poller()
        .start()
        .unwrap();
    let mut behind = ring.poller("behind").unwrap();
    let mut beside = ring.poller("beside").unwrap();
    for i in 0..3 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let mut seen = 0;
    while let Ok(mut batch) = behind.wait() {
        batch.for_each(|event, _| seen = *event);
    }
    assert!(seen < 2, "it never saw the event that failed");
    // Others learn the cause before the ring is closed, which is what comes next.
    while producer.try_publish(|_| {}).is_ok() {}
    assert!(producer.publish(|_| {}).is_err(), "producers are refused");
    assert_eq!(beside.poll().unwrap_err(), PollError::Closed, "others stop");
    let cause = Poison {
        stage: "bad".into(),
        sequence: Some(Sequence::new(2)),
        message: "two is bad".into(),
    };
    assert_eq!(producer.poison().as_ref(), Some(&cause));
    assert_eq!(behind.poison().as_ref(), Some(&cause));
    assert_eq!(ring.poison().as_ref(), Some(&cause));
    assert_eq!(ring.wait_end().unwrap_err(), cause);
}

#[test]
fn the_first_failure_is_the_one_that_is_kept() {
    let (first_done, first) = mpsc::channel::<()>();
    let (mut producer, ring) = builder()
        .stage("first")
        .each(move |_: &u64, _| {
            let _at_end = &first_done;
            if true {
                panic_any("first")
            }
        })
        .stage("second")
        .each(move |_: &u64, _| {
            // Returns when the other handler is gone, after its stage has poisoned the ring.
            let _gone = first.recv();
            if true {
                panic_any(String::from("second"))
            }
        })
        .start()
        .unwrap();
    producer.publish(|_| {}).unwrap();
    let poison = ring.wait_end().unwrap_err();
    assert_eq!((poison.stage.as_str(), poison.message.as_str()), ("first", "first"));
}

#[test]
fn a_message_that_is_no_text_is_replaced() {
    let each = |_: &u64, _: windlass_ring::At| {
        if true {
            panic_any(7)
        }
    };
    let poison = run(builder().stage("a").each(each), 1).unwrap_err();
    assert!(poison.message.contains("without a message"), "{poison}");
}

/// Panics where it is told to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fails {
    Making,
    Starting,
    BatchStarting,
    TimingOut,
    ShuttingDown,
    Dropping,
}

struct Failing(Fails);

impl Failing {
    fn at(&self, place: Fails) {
        assert!(self.0 != place || std::thread::panicking(), "as told, in {place:?}");
    }
}

impl Handler<u64, Exclusive> for Failing {
    fn on_start(&mut self) {
        self.at(Fails::Starting);
    }

    fn on_batch_start(&mut self, _size: usize, _depth: usize) {
        self.at(Fails::BatchStarting);
    }

    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Exclusive>) -> Flow {
        batch.skip_rest();
        Flow::Continue
    }

    fn on_timeout(&mut self) {
        self.at(Fails::TimingOut);
    }

    fn on_shutdown(&mut self) {
        self.at(Fails::ShuttingDown);
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        self.at(Fails::Dropping);
    }
}

#[test]
fn a_panic_in_any_moment_of_life_poisons_and_nobody_hangs() {
    use Fails::{BatchStarting, Dropping, Making, ShuttingDown, Starting, TimingOut};
    for place in [Making, Starting, BatchStarting, TimingOut, ShuttingDown, Dropping] {
        for by_factory in [true, false] {
            if place == Making && !by_factory {
                continue;
            }
            let make = move |_| {
                assert!(place != Making, "as told, in Making");
                Failing(place)
            };
            let stage = builder().stage("a").timeout(std::time::Duration::from_micros(1));
            let ring = if by_factory {
                stage.build_with_mut(make)
            } else {
                stage.handler_mut(Failing(place))
            };
            let (mut producer, ring) = ring.start().unwrap();
            if place == TimingOut {
                while !producer.is_closed() {
                    windlass_sync::thread::yield_now();
                }
            }
            let _refused = producer.publish(|_| {});
            drop(producer);
            let poison = ring.wait_end().expect_err(&format!("{place:?}"));
            assert_eq!(poison.stage, "a");
            assert!(poison.message.contains(&format!("in {place:?}")), "{place:?}: {poison}");
        }
    }
}

#[test]
fn a_custom_wait_that_panics_poisons() {
    let wait = Wait::custom(|round| {
        assert!(round.number < 3, "the plan failed");
        windlass_ring::Pause::Yield
    });
    let (producer, ring) = builder().stage("a").wait(wait).each(|_, _| {}).start().unwrap();
    let poison = ring.wait_end().unwrap_err();
    assert_eq!((poison.stage.as_str(), poison.sequence), ("a", None));
    drop(producer);
}
