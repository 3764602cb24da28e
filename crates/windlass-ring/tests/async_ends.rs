//! Producers and consumers that are tasks, on an executor made by hand.
#![cfg(all(feature = "stream", not(loom)))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_core::Stream;
use windlass_ring::{Builder, Closed, JoinFrom, many_to_one, one_to_one};
use windlass_testkit::{Wakes, block_on, poll_once};

const ROUNDS: u64 = if cfg!(miri) { 20 } else { 5_000 };

async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

#[test]
fn a_task_is_woken_by_an_event() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let wakes = Wakes::new();
    let mut ready = pin!(poller.ready());
    assert!(poll_once(ready.as_mut(), &wakes).is_pending());
    assert_eq!(wakes.count(), 0, "there is nothing");
    producer.publish(|event| *event = 1).unwrap();
    assert_eq!(wakes.count(), 1, "now there is");
    producer.publish(|event| *event = 2).unwrap();
    assert_eq!(wakes.count(), 1, "once is enough");
    assert_eq!(poll_once(ready.as_mut(), &wakes), Poll::Ready(Ok(())));
}

#[test]
fn a_task_is_woken_by_the_stage_before_it() {
    let builder = Builder::new(7, || 0_u64).stage("a").poller().stage("b").after("a").poller();
    let (mut producer, mut ring) = builder.start_multi().unwrap();
    let (mut a, mut b) = (ring.poller("a").unwrap(), ring.poller("b").unwrap());
    let wakes = Wakes::new();
    let mut ready = pin!(b.ready());
    assert!(poll_once(ready.as_mut(), &wakes).is_pending());
    producer.publish(|_| {}).unwrap();
    assert!(poll_once(ready.as_mut(), &wakes).is_pending(), "`a` has not released it");
    a.poll().unwrap().skip_rest();
    assert!(0 < wakes.count(), "now it has");
    assert!(poll_once(ready.as_mut(), &wakes).is_ready());
}

#[test]
fn a_task_is_woken_by_room() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let wakes = Wakes::new();
    producer.publish_batch(7, |_| {}).unwrap();
    let mut publish = pin!(producer.publish_async(|event| *event = 5));
    assert!(poll_once(publish.as_mut(), &wakes).is_pending());
    poller.set_max_batch(1);
    poller.poll().unwrap().skip_rest();
    assert_eq!(wakes.count(), 1);
    let Poll::Ready(Ok(sequence)) = poll_once(publish.as_mut(), &wakes) else { panic!("room") };
    assert_eq!(sequence.get(), 7);
}

#[test]
fn tasks_are_woken_by_the_end() {
    let (mut producer, mut ring) = Builder::new(7, || 0_u64)
        .stage("a")
        .poller()
        .stage("b")
        .after("a")
        .poller()
        .start()
        .unwrap();
    let (_a, mut b) = (ring.poller("a").unwrap(), ring.poller("b").unwrap());
    producer.publish_batch(7, |_| {}).unwrap();
    let (full, empty) = (Wakes::new(), Wakes::new());
    let value = String::from("mine");
    let mut publish = pin!(producer.publish_async(move |event| *event = value.len() as u64));
    let mut ready = pin!(b.ready());
    assert!(poll_once(publish.as_mut(), &full).is_pending());
    assert!(poll_once(ready.as_mut(), &empty).is_pending());
    let report = ring.shutdown(std::time::Duration::ZERO);
    assert!(!report.drained && 0 < full.count() && 0 < empty.count(), "both are woken");
    let Poll::Ready(Err(Closed(write))) = poll_once(publish.as_mut(), &full) else {
        panic!("closed")
    };
    let mut event = 0;
    write(&mut event);
    assert_eq!(event, 4, "the value came back");
    assert_eq!(poll_once(ready.as_mut(), &empty), Poll::Ready(Err(Closed(()))));
}

#[test]
fn a_dropped_future_has_done_nothing_and_leaves_nothing() {
    let (mut producer, mut poller) = many_to_one(7, || 0_u64).unwrap();
    let wakes = Wakes::new();
    for _ in 0..20 {
        {
            let mut ready = pin!(poller.ready());
            assert!(poll_once(ready.as_mut(), &wakes).is_pending());
        }
        assert_eq!(wakes.kept(), 0, "its waker is gone");
        producer.publish_batch(7, |_| {}).unwrap();
        {
            let mut publish = pin!(producer.publish_async(|_| unreachable!("cancelled")));
            assert!(poll_once(publish.as_mut(), &wakes).is_pending());
        }
        assert_eq!(wakes.kept(), 0, "its waker is gone");
        assert_eq!(producer.fill(), 7, "nothing was claimed");
        while let Ok(mut batch) = poller.poll() {
            batch.skip_rest();
        }
    }
    assert_eq!(wakes.count(), 0, "nobody was woken for nothing");
    let mut events = pin!(poller.stream(|event, _| *event));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    assert_eq!(events.as_mut().poll_next(&mut cx), Poll::Pending);
}

#[test]
fn a_dropped_stream_leaves_no_waker() {
    let (_producer, poller) = many_to_one(7, || 0_u64).unwrap();
    let wakes = Wakes::new();
    let mut events = Box::pin(poller.stream(|event, _| *event));
    let polled = events.as_mut().poll_next(&mut Context::from_waker(&wakes.waker()));
    assert_eq!((polled, wakes.kept()), (Poll::Pending, 1));
    drop(events);
    assert_eq!(wakes.kept(), 0, "its task can go");
}

#[test]
fn the_latest_waker_is_the_one_that_is_woken() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let (first, second) = (Wakes::new(), Wakes::new());
    let mut ready = pin!(poller.ready());
    assert!(poll_once(ready.as_mut(), &first).is_pending());
    assert!(poll_once(ready.as_mut(), &second).is_pending());
    producer.publish(|_| {}).unwrap();
    assert_eq!((first.count(), second.count()), (0, 1), "the task moved");
}

#[test]
fn a_stream_hands_out_every_event_and_ends() {
    let (mut producer, poller) = one_to_one(7, String::new).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut events = poller.stream(|event, at| (std::mem::take(event), at.sequence.get()));
            block_on(async {
                let mut expected = 0;
                while let Some((text, sequence)) = next(&mut events).await {
                    assert_eq!((text, sequence), (expected.to_string(), expected));
                    expected += 1;
                }
                assert_eq!(next(&mut events).await, None, "and stays at its end");
                expected
            })
        });
        for i in 0..ROUNDS {
            producer.publish(|event| *event = i.to_string()).unwrap();
        }
        drop(producer);
        assert_eq!(reader.join().unwrap(), ROUNDS);
    });
}

#[test]
fn shared_streams_run_beside_each_other() {
    let (producer, ring) = Builder::new(7, || 0_u64).joiners(2).start_multi().unwrap();
    let streams: Vec<_> =
        (0..2).map(|_| ring.join(JoinFrom::Next).unwrap().stream(|event, _| *event)).collect();
    std::thread::scope(|scope| {
        let readers: Vec<_> = streams
            .into_iter()
            .map(|mut events| {
                scope.spawn(move || {
                    block_on(async {
                        let mut sum = 0;
                        while let Some(event) = next(&mut events).await {
                            sum += event;
                        }
                        sum
                    })
                })
            })
            .collect();
        for _ in 0..2 {
            let mut producer = producer.clone();
            scope.spawn(move || {
                block_on(async {
                    for i in 0..ROUNDS {
                        producer.publish_async(move |event| *event = i).await.unwrap();
                    }
                });
            });
        }
        drop(producer);
        for reader in readers {
            assert_eq!(reader.join().unwrap(), ROUNDS * (ROUNDS - 1));
        }
    });
}

#[test]
fn tasks_and_threads_play_ping_pong() {
    let (mut ping, mut at_there) = one_to_one(1, || [0_u64; 8]).unwrap();
    let (mut pong, mut at_here) = one_to_one(1, || [0_u64; 8]).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            block_on(async {
                while at_there.ready().await.is_ok() {
                    let value = at_there.poll().unwrap().next().unwrap()[0];
                    pong.publish_async(move |event| event[0] = value + 1).await.unwrap();
                }
            });
        });
        for i in 0..ROUNDS {
            ping.publish(move |event| event[0] = i).unwrap();
            assert_eq!(at_here.wait().unwrap().next().unwrap()[0], i + 1);
        }
        drop(ping);
    });
}

#[test]
fn a_cancelled_wait_loses_no_event() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let wakes = Wakes::new();
    for i in 0..ROUNDS {
        {
            let mut cancelled = pin!(poller.ready());
            assert!(poll_once(cancelled.as_mut(), &wakes).is_pending());
            producer.publish(move |event| *event = i).unwrap();
            if i % 2 == 0 {
                assert!(poll_once(cancelled.as_mut(), &wakes).is_ready());
            }
        }
        assert_eq!(poller.poll().unwrap().next(), Some(&i));
    }
}
