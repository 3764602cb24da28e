//! `RingBufferTest`: publishing, reading, wrapping.

use std::sync::mpsc;

use windlass_ring::{
    BatchError, Builder, JoinFrom, Producer, PublishError, Sequence, many_to_one, one_to_one,
};

use crate::drain;

// shouldClaimAndGet
#[test]
fn what_is_published_is_read() {
    let (mut producer, mut poller) = one_to_one(32, || 0_u64).unwrap();
    assert_eq!(producer.next_sequence(), Sequence::ZERO, "nothing yet");
    assert_eq!(producer.publish(|event| *event = 2701).unwrap(), Sequence::ZERO);
    assert_eq!(poller.poll().unwrap().next(), Some(&2701));
    assert_eq!(producer.next_sequence().get(), 1);
    assert_eq!(producer.remaining(), producer.capacity(), "released");
}

// shouldClaimAndGetInSeparateThread
#[test]
fn what_is_published_is_read_on_another_thread() {
    let (mut producer, mut poller) = one_to_one(32, || 0_u64).unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || *poller.wait().unwrap().next().unwrap());
        producer.publish(|event| *event = 2701).unwrap();
        assert_eq!(reader.join().unwrap(), 2701);
    });
}

// shouldClaimAndGetMultipleMessages
#[test]
fn many_events_are_read_in_order() {
    let (mut producer, mut poller) = one_to_one(32, || 0_u64).unwrap();
    for i in 0..32 {
        producer.publish(move |event| *event = i).unwrap();
    }
    assert_eq!(drain!(poller), (0..32).collect::<Vec<_>>());
}

// shouldWrap
#[test]
fn the_ring_wraps_and_keeps_what_a_joiner_may_still_have() {
    let (mut producer, ring) = Builder::new(35, || 0_u64).joiners(1).start().unwrap();
    for i in 0..35 + 1000 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let mut reader = ring.join(JoinFrom::Oldest).unwrap();
    let kept = drain!(reader);
    assert!(!kept.is_empty() && kept.len() <= 35, "{} are kept", kept.len());
    let first = 1035 - kept.len() as u64;
    assert_eq!(kept, (first..1035).collect::<Vec<_>>(), "the newest ones, without a gap");
}

// shouldPreventWrapping, shouldThrowExceptionIfBufferIsFull, shouldReturnFalseIfBufferIsFull
#[test]
fn a_slot_is_not_reused_before_it_was_released() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    for i in 0..7 {
        producer.publish(move |event| *event = i).unwrap();
    }
    assert!(matches!(producer.try_publish(|event| *event = 99), Err(PublishError::Full(_))));
    assert_eq!(poller.poll().unwrap().next(), Some(&0));
    producer.try_publish(|event| *event = 7).unwrap();
    assert!(matches!(producer.try_publish(|event| *event = 99), Err(PublishError::Full(_))));
    assert_eq!(drain!(poller), [1, 2, 3, 4, 5, 6, 7]);
}

// shouldPreventPublishersOvertakingEventProcessorWrapPoint
#[test]
fn a_publisher_waits_at_the_wrap_point() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let (published, news) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for i in 0..8 {
                let sequence = producer.publish(move |event| *event = i).unwrap();
                published.send(sequence.get()).unwrap();
            }
        });
        for i in 0..7 {
            assert_eq!(news.recv().unwrap(), i, "there is room for these");
        }
        assert!(news.try_recv().is_err(), "the eighth has to wait for the first");
        assert_eq!(poller.wait().unwrap().next(), Some(&0));
        assert_eq!(news.recv().unwrap(), 7);
    });
    assert_eq!(drain!(poller), [1, 2, 3, 4, 5, 6, 7]);
}

// shouldPublishEventNoArg .. shouldPublishEventVarArgs: the arguments are what a closure captures.
#[test]
fn a_closure_brings_any_arguments() {
    let (mut producer, mut poller) = one_to_one(7, String::new).unwrap();
    let (one, two, three) = ("one".to_string(), 2, [3.5_f64]);
    producer.publish(String::clear).unwrap();
    producer.publish(|event| event.push_str(&one)).unwrap();
    producer.publish(|event| *event = format!("{one}{two}")).unwrap();
    producer.publish(move |event| *event = format!("{one}{two}{three:?}")).unwrap();
    let mut seen = Vec::new();
    while let Ok(mut batch) = poller.poll() {
        batch.for_each(|event, _| seen.push(event.clone()));
    }
    assert_eq!(seen, ["", "one", "one2", "one2[3.5]"]);
}

// shouldTryPublishEventNoArg ..
#[test]
fn trying_calls_the_closure_only_if_there_is_room() {
    let (mut producer, _poller) = one_to_one(7, || 0_u64).unwrap();
    let mut calls = 0;
    for _ in 0..9 {
        let _full = producer.try_publish(|_| calls += 1);
    }
    assert_eq!(calls, 7);
}

fn batch(producer: &mut Producer<u64>, n: usize, from: u64) -> Result<Sequence, bool> {
    let write = move |mut slots: windlass_ring::Slots<'_, u64>| {
        assert_eq!(slots.len(), n, "as many as were asked for");
        slots.iter_mut().zip(from..).for_each(|(event, i)| *event = i);
    };
    producer.publish_batch(n, write).map_err(|e| matches!(e, BatchError::TooLarge { .. }))
}

// shouldPublishEventsNoArg .. VarArgs, shouldPublishEvents*WithinBatch
#[test]
fn a_batch_is_published_together() {
    let (mut producer, mut poller) = one_to_one(14, || 0_u64).unwrap();
    assert_eq!(batch(&mut producer, 2, 10), Ok(Sequence::ZERO));
    assert_eq!(batch(&mut producer, 3, 20), Ok(Sequence::new(2)));
    assert_eq!(drain!(poller), [10, 11, 20, 21, 22]);
}

// shouldPublishEventsWithinBatch, over the seam of the ring
#[test]
fn a_batch_goes_over_the_seam() {
    let (mut producer, mut poller) = one_to_one(14, || 0_u64).unwrap();
    let mut next = 0;
    for n in [1, 14, 5, 9, 13, 14, 2, 14] {
        batch(&mut producer, n, next).unwrap();
        assert_eq!(drain!(poller), (next..next + n as u64).collect::<Vec<_>>());
        next += n as u64;
    }
}

// shouldNotPublishEventsIfBatchIsLargerThanRingBuffer
#[test]
fn a_batch_larger_than_the_ring_is_refused() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    assert_eq!(batch(&mut producer, 8, 0), Err(true));
    assert_eq!(drain!(poller), [0_u64; 0], "and nothing was published");
    assert_eq!(batch(&mut producer, 7, 0), Ok(Sequence::ZERO), "one that just fits is not");
}

// shouldNotPublishEventsIfBatchSizeIsZero: here nothing is not an error, it is nothing.
#[test]
fn a_batch_of_none_is_nothing() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    assert_eq!(batch(&mut producer, 0, 0), Ok(Sequence::ZERO));
    assert_eq!(drain!(poller), [0_u64; 0]);
}

// shouldTryPublishEvents..: all or none
#[test]
fn trying_a_batch_publishes_all_or_none() {
    let (mut producer, mut poller) = many_to_one(7, || 0_u64).unwrap();
    producer.try_publish_batch(5, |_| {}).unwrap();
    assert!(matches!(producer.try_publish_batch(3, |_| {}), Err(BatchError::Full(_))));
    assert_eq!(drain!(poller).len(), 5, "not two of the three");
    producer.try_publish_batch(3, |_| {}).unwrap();
    assert_eq!(drain!(poller).len(), 3);
}

// shouldAddAndRemoveSequences
#[test]
fn consumers_are_added_and_removed() {
    let (mut producer, ring) =
        Builder::new(7, || 0_u64).joiners(2).stage("a").each(|_, _| {}).start().unwrap();
    for i in 0..20 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let mut first = ring.join(JoinFrom::Next).unwrap();
    let second = ring.join(JoinFrom::Next).unwrap();
    assert_eq!((first.sequence().get(), second.sequence().get()), (20, 20));
    for i in 20..27 {
        producer.publish(move |event| *event = i).unwrap();
    }
    assert_eq!(drain!(first), (20..27).collect::<Vec<_>>());
    assert!(producer.try_publish(|_| {}).is_err(), "the second holds them");
    drop(second);
    producer.publish(|_| {}).unwrap();
    assert!(ring.join(JoinFrom::Next).is_ok(), "its seat is free again");
}
