//! `DisruptorStressTest`: as many producers and stages as it has, each event checked whole.

use windlass_ring::{Builder, Wait};
use windlass_testkit::Seen;

const PRODUCERS: u64 = if cfg!(miri) { 2 } else { 8 };
const STAGES: usize = if cfg!(miri) { 2 } else { 8 };
const EVENTS: u64 = if cfg!(miri) { 10 } else { 5_000 };

/// What a producer writes, so that a torn or mixed event shows.
#[derive(Clone, Copy)]
struct Event {
    producer: u64,
    number: u64,
    text: [u8; 24],
    check: u64,
}

impl Event {
    const EMPTY: Self = Self { producer: 0, number: 0, text: [0; 24], check: 0 };

    fn new(producer: u64, number: u64) -> Self {
        let mut text = [0; 24];
        text[..16].copy_from_slice(format!("{:016}", producer * EVENTS + number).as_bytes());
        Self { producer, number, text, check: producer ^ number.rotate_left(17) }
    }

    fn is_whole(&self) -> bool {
        let expected = Self::new(self.producer, self.number);
        self.check == expected.check && self.text == expected.text
    }
}

// shouldHandleLotsOfThreads
#[test]
fn many_producers_and_many_stages() {
    let ends = Seen::new();
    let mut builder = Builder::new(64, || Event::EMPTY).wait(Wait::adaptive());
    for i in 0..STAGES {
        let ends = ends.clone();
        let mut next = vec![0; usize::try_from(PRODUCERS).unwrap()];
        let mut seen = 0;
        let mut sequence = 0;
        builder = builder.stage(format!("stage {i}")).each(move |event, at| {
            assert_eq!(at.sequence.get(), sequence, "no gap, nothing twice");
            sequence += 1;
            assert!(event.is_whole(), "an event of one producer");
            let next = &mut next[usize::try_from(event.producer).unwrap()];
            assert_eq!(event.number, *next, "each producer's events in its order");
            *next += 1;
            seen += 1;
            if seen == PRODUCERS * EVENTS {
                ends.push(i);
            }
        });
    }
    let (producer, ring) = builder.start_multi().unwrap();
    std::thread::scope(|scope| {
        for number in 0..PRODUCERS {
            let mut producer = producer.clone();
            scope.spawn(move || {
                for i in 0..EVENTS {
                    producer.publish(move |event| *event = Event::new(number, i)).unwrap();
                }
            });
        }
    });
    drop(producer);
    ring.wait_end().unwrap();
    let mut ends = ends.take();
    ends.sort_unstable();
    assert_eq!(ends, (0..STAGES).collect::<Vec<_>>(), "every stage saw everything");
}
