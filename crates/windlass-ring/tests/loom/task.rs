//! Waiting as a task: the waker is called, or the task saw what it waits for.

use crate::support::{ALL, model, poll, put, ring_of_one, ring_of_two};
use loom::thread;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};
use windlass_sync::thread::{Thread, current, park};

/// Wakes the thread that runs the task.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task on this thread, asleep while it waits. A wake-up that is lost is a deadlock.
fn run<F: Future>(task: F) -> F::Output {
    let waker = Waker::from(std::sync::Arc::new(Unpark(current())));
    let mut task = pin!(task);
    loop {
        if let Poll::Ready(done) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        park();
    }
}

/// Edge `event_count`: a task that waits for events is woken by one, and by the end.
#[test]
fn a_task_is_woken_by_an_event_and_by_the_end() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            drop(producer);
        });
        run(reader.ready()).unwrap();
        assert_eq!(poll(&mut reader, 1), [1], "what it was woken for");
        assert!(run(reader.ready()).is_err(), "woken for the end");
        producing.join().unwrap();
    });
}

/// Edge `event_count`: a task that waits for room is woken when a consumer makes some.
#[test]
fn a_task_is_woken_by_room() {
    model(|| {
        let ring = ring_of_one().stage("left").poller().stage("right").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut left = ring.poller("left").unwrap();
        let mut right = ring.poller("right").unwrap();
        producer.publish(put(0)).unwrap();
        let lefts = thread::spawn(move || {
            left.poll().unwrap().skip_rest();
            left
        });
        let rights = thread::spawn(move || {
            right.poll().unwrap().skip_rest();
            right
        });
        assert!(run(producer.publish_async(put(1))).is_ok(), "woken");
        lefts.join().unwrap();
        rights.join().unwrap();
    });
}

/// Edges `close`, `event_count`: a task that waits for room is woken when the ring closes.
#[test]
fn a_task_that_waits_for_room_is_refused_at_the_close() {
    model(|| {
        let (mut producer, ring) = ring_of_one().stage("reader").poller_mut().start().unwrap();
        producer.publish(put(0)).unwrap();
        let closing = thread::spawn(move || {
            ring.close();
            ring
        });
        assert!(run(producer.publish_async(put(1))).is_err(), "nobody makes room");
        closing.join().unwrap();
    });
}

/// Edge `event_count`: a future that is dropped leaves nothing behind that would keep another wait
/// from being woken.
#[test]
fn a_dropped_future_leaves_no_sleeper() {
    model(|| {
        let (mut producer, mut ring) = ring_of_two().stage("reader").poller_mut().start().unwrap();
        let mut reader = ring.poller_mut("reader").unwrap();
        let producing = thread::spawn(move || {
            producer.publish(put(1)).unwrap();
            drop(producer);
        });
        {
            let waker = Waker::from(std::sync::Arc::new(Unpark(current())));
            let _once = pin!(reader.ready()).poll(&mut Context::from_waker(&waker));
        }
        assert_eq!(crate::support::wait(&mut reader, ALL), [1], "the event and the end");
        producing.join().unwrap();
    });
}
