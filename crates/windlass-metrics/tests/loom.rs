//! Models of reading while somebody writes: counters, histograms, writers that leave, merging, and
//! resetting by difference.
//!
//! The histograms here have 33 buckets, the fewest there are. Values differ in their buckets, so
//! each read shows exactly which records it has.
//!
//! The reader is the model's first thread, and begins with a yield: without one, loom runs the
//! loads of that thread before everything else and looks no further, so that a model passes
//! whatever the writer does.
#![cfg(loom)]

use loom::thread;
use windlass_metrics::{
    Counter, Histogram, HistogramSnapshot, Layout, Registry, SharedCounter, SharedHighWater,
    SharedHistogram, Spec,
};

const SMALL: Layout = Layout::new(31);

fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// How often each of the values 0 to 3 was read.
fn counts(snapshot: &HistogramSnapshot) -> [u64; 4] {
    let mut counts = [0; 4];
    for (value, _, count) in snapshot.iter() {
        counts[usize::try_from(value).unwrap()] = count;
    }
    counts
}

/// What a reader sees of a counter never falls, and nothing is lost in the end.
#[test]
fn a_counter_that_is_read_meanwhile_never_goes_back() {
    model(|| {
        let mut counter = Counter::new();
        let reader = counter.reader();
        let writing = thread::spawn(move || {
            counter.add(1);
            counter.add(2);
            counter
        });
        thread::yield_now();
        let (first, second) = (reader.get(), reader.get());
        assert!([0, 1, 3].contains(&first), "{first} was never counted");
        assert!(first <= second, "a counter went back from {first} to {second}");
        let _counter = writing.join().unwrap();
        assert_eq!(reader.get(), 3, "everything that happened before is seen");
    });
}

/// A histogram that is read while it is written holds whole records, each at most once, all that
/// came before the read, and none that came after.
#[test]
fn a_histogram_read_meanwhile_holds_what_was_recorded() {
    model(|| {
        let mut histogram = Histogram::new(SMALL);
        let reader = histogram.reader();
        histogram.record(0);
        let writing = thread::spawn(move || {
            histogram.record(1);
            histogram.record_many(2, 2);
            histogram
        });
        thread::yield_now();
        let [before, one, two, after] = counts(&reader.read());
        assert_eq!((before, after), (1, 0), "what came before is there, what comes after is not");
        assert!(one <= 1 && [0, 2].contains(&two), "each record is there whole or not at all");
        let mut histogram = writing.join().unwrap();
        histogram.record(3);
        assert_eq!(counts(&reader.read()), [1, 1, 2, 1], "in the end all are there");
    });
}

/// Differences of reads that follow each other are histograms: they add up to everything, once.
#[test]
fn resetting_by_difference_loses_and_doubles_nothing() {
    model(|| {
        let mut histogram = Histogram::new(SMALL);
        let reader = histogram.reader();
        let writing = thread::spawn(move || {
            histogram.record(1);
            histogram.record(2);
            histogram.record(1);
        });
        thread::yield_now();
        let first = reader.read();
        let second = reader.read();
        writing.join().unwrap();
        let third = reader.read();
        let spans = [second.since(&first).unwrap(), third.since(&second).unwrap()];
        let mut sum = first;
        for span in spans {
            assert!(span.count() <= 3, "a difference below zero wraps: {span:?}");
            sum.merge(&span).unwrap();
        }
        assert_eq!(counts(&sum), [0, 2, 1, 0], "the parts are the whole");
    });
}

/// Merging two writers' histograms while both write has whole records of each.
#[test]
fn merging_while_two_write_holds_what_both_recorded() {
    model(|| {
        let writers: [_; 2] = core::array::from_fn(|_| Histogram::new(SMALL));
        let readers = writers.each_ref().map(Histogram::reader);
        let mut writers = writers.into_iter();
        let threads = [(0, 1), (1, 2)].map(|(at, n)| {
            let mut histogram = writers.next().unwrap();
            thread::spawn(move || histogram.record_many(at + 1, n))
        });
        thread::yield_now();
        let mut all = HistogramSnapshot::new(SMALL);
        readers.iter().for_each(|reader| reader.add_to(&mut all).unwrap());
        let [zero, one, two, three] = counts(&all);
        assert_eq!((zero, three), (0, 0), "nobody recorded these");
        assert!(one <= 1 && [0, 2].contains(&two), "each record whole or not at all");
        for thread in threads {
            thread.join().unwrap();
        }
        let mut all = HistogramSnapshot::new(SMALL);
        readers.iter().for_each(|reader| reader.add_to(&mut all).unwrap());
        assert_eq!(counts(&all), [0, 1, 2, 0], "in the end all are there");
    });
}

/// Edge `writer_gone`: what a writer counted before it left is in every sum, whenever its part is
/// folded into what others left.
#[test]
fn a_counter_that_leaves_keeps_its_count() {
    const SENT: Spec<Counter, 0> = Spec::new("sent", "", []);
    model(|| {
        let registry = Registry::new(1);
        let family = registry.family(SENT).unwrap();
        let mut counter = family.writer([]);
        counter.add(1);
        let leaving = thread::spawn(move || counter.add(1));
        let read = || registry.snapshot().counter("sent", &[]).unwrap();
        thread::yield_now();
        let (first, second) = (read(), read());
        assert!(1 <= first && first <= second && second <= 2, "it went from {first} to {second}");
        leaving.join().unwrap();
        assert_eq!(read(), 2, "all that it counted");
    });
}

/// Edge `writer_gone`, for the buckets of a histogram.
#[test]
fn a_histogram_that_leaves_keeps_its_values() {
    const WAIT: Spec<Histogram, 0> = Spec::new("wait", "", []).layout(SMALL);
    model(|| {
        let registry = Registry::new(1);
        let family = registry.family(WAIT).unwrap();
        let mut histogram = family.writer([]);
        let leaving = thread::spawn(move || histogram.record(2));
        let read = || registry.snapshot().histogram("wait", &[]).unwrap().count();
        thread::yield_now();
        let (first, second) = (read(), read());
        assert!(first <= second && second <= 1, "it went from {first} to {second}");
        leaving.join().unwrap();
        assert_eq!(read(), 1, "what it recorded");
    });
}

/// Threads that share a shard lose no addition; a mark is the largest of all.
#[test]
fn threads_that_share_lose_nothing() {
    model(|| {
        let counter = SharedCounter::new();
        let mark = SharedHighWater::new();
        let histogram = SharedHistogram::new(SMALL);
        let threads = [2, 3].map(|n| {
            let (counter, mark, histogram) = (counter.clone(), mark.clone(), histogram.clone());
            thread::spawn(move || {
                counter.add(n);
                mark.raise(n);
                histogram.record(1);
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((counter.get(), mark.get()), (5, 3), "both threads count");
        assert_eq!(counts(&histogram.read()), [0, 2, 0, 0], "both records count");
    });
}

/// Two threads that take handles of one family at once, beyond its limit, share the overflow.
#[test]
fn label_sets_that_arrive_at_once_keep_the_limit() {
    const SENT: Spec<Counter, 1> = Spec::new("sent", "", ["who"]).series(1);
    model(|| {
        let registry = Registry::new(1);
        let family = registry.family(SENT).unwrap();
        let threads = ["a", "b"].map(|who| {
            let family = family.clone();
            thread::spawn(move || family.writer([who]).increment())
        });
        for thread in threads {
            thread.join().unwrap();
        }
        let snapshot = registry.snapshot();
        let count = |who| snapshot.counter("sent", &[who]);
        let mut seen = [count("a"), count("b")];
        seen.sort();
        assert_eq!(seen, [None, Some(1)], "one of them found room");
        assert_eq!(count("overflow"), Some(1), "the other one is counted all the same");
        assert_eq!(family.overflowed(), 1, "and it is known that it was");
    });
}
