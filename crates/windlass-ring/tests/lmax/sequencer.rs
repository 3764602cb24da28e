//! `SequencerTest`, `MultiProducerSequencerTest`, for one producer and for several.

use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{
    Builder, ClaimError, Exclusive, MultiProducer, PollError, Poller, Sequence, Wait, many_to_one,
    one_to_one,
};

use crate::drain;

/// Runs the same lines with a producer of each kind.
macro_rules! both {
    (|$producer:ident, $poller:ident| $body:block) => {{
        {
            let (mut $producer, mut $poller) = one_to_one(14, || 0_u64).unwrap();
            $body
        }
        {
            let (mut $producer, mut $poller) = many_to_one(14, || 0_u64).unwrap();
            $body
        }
    }};
}

// shouldStartWithInitialValue; the first sequence is 0, and what is done before it is nothing.
#[test]
fn it_starts_at_zero_or_where_it_is_told() {
    both!(|producer, poller| {
        assert_eq!((producer.next_sequence(), poller.sequence()), (Sequence::ZERO, Sequence::ZERO));
        producer.publish(|_| {}).unwrap();
        poller.poll().unwrap().skip_rest();
        assert_eq!((producer.next_sequence().get(), poller.sequence().get()), (1, 1));
    });
    let first = Sequence::new(1000);
    let builder = || Builder::new(14, || 0_u64).first_sequence(first).stage("a").poller();
    let (mut single, mut ring) = builder().start().unwrap();
    assert_eq!(single.publish(|_| {}).unwrap(), first);
    assert_eq!(ring.poller("a").unwrap().poll().unwrap().first(), first);
    let (mut multi, mut ring) = builder().start_multi().unwrap();
    assert_eq!(multi.publish(|_| {}).unwrap(), first);
    assert_eq!(ring.poller("a").unwrap().poll().unwrap().first(), first);
}

// shouldBatchClaim
#[test]
fn a_batch_is_claimed_at_once() {
    both!(|producer, poller| {
        let claim = producer.claim(5).unwrap();
        assert_eq!((claim.len(), claim.first()), (5, Sequence::ZERO));
        assert_eq!(claim.publish(), Sequence::ZERO);
        assert_eq!(producer.next_sequence().get(), 5);
        assert_eq!(drain!(poller).len(), 5);
    });
}

// shouldIndicateHasAvailableCapacity, shouldIndicateNoAvailableCapacity
#[test]
fn it_says_whether_there_is_room() {
    both!(|producer, poller| {
        assert!(producer.try_claim(14).is_ok(), "given up again");
        drain!(poller);
        producer.publish_batch(13, |_| {}).unwrap();
        assert_eq!(producer.try_claim(2).unwrap_err(), ClaimError::Full);
        producer.try_claim(1).unwrap().publish();
        assert_eq!(producer.try_claim(1).unwrap_err(), ClaimError::Full);
        assert_eq!(producer.remaining(), 0);
    });
}

// shouldCalculateRemainingCapacity
#[test]
fn remaining_capacity_counts_down_and_up() {
    both!(|producer, poller| {
        for left in (0..14).rev() {
            producer.publish(|_| {}).unwrap();
            assert_eq!((producer.remaining(), producer.fill()), (left, 14 - left));
        }
        poller.set_max_batch(1);
        for left in 1..=14 {
            poller.poll().unwrap().skip_rest();
            assert_eq!(producer.remaining(), left);
        }
    });
}

// shouldHoldUpPublisherWhenBufferIsFull
#[test]
fn a_publisher_is_held_up_while_it_is_full() {
    both!(|producer, poller| {
        producer.publish_batch(14, |_| {}).unwrap();
        let (sent, news) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || sent.send(producer.publish(|event| *event = 9).unwrap().get()));
            assert!(news.try_recv().is_err(), "held up");
            poller.set_max_batch(1);
            poller.poll().unwrap().skip_rest();
            assert_eq!(news.recv().unwrap(), 14);
        });
    });
}

// sequencesBecomeUnavailableAfterWrapping, shouldNotBeAvailableUntilPublished
#[test]
fn a_claimed_event_is_not_seen_until_it_is_published() {
    let (mut producer, mut ring) = Builder::new(14, || 0_u64).stage("a").poller().start().unwrap();
    let mut poller = ring.poller("a").unwrap();
    for lap in 0..5 {
        let claim = producer.claim(6).unwrap();
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "lap {lap}");
        claim.publish();
        assert_eq!(drain!(poller).len(), 6, "lap {lap}");
    }
}

/// Claims one slot, writes its sequence, and hands over what publishes it.
fn held(producer: &mut MultiProducer<u64>) -> windlass_ring::Claim<'_, u64, windlass_ring::Multi> {
    let mut claim = producer.claim(1).unwrap();
    *claim.get_mut(0).unwrap() = claim.first().get();
    claim
}

// shouldOnlyAllowMessagesToBeAvailableIfSpecificallyPublished
#[test]
fn consumers_stop_at_the_first_unpublished_event() {
    let (producer, mut poller): (_, Poller<u64, Exclusive>) = many_to_one(14, || 0).unwrap();
    let mut producers: Vec<_> = (0..6).map(|_| producer.clone()).collect();
    let mut claims: Vec<_> = producers.iter_mut().map(|it| Some(held(it))).collect();
    claims[3].take().unwrap().publish();
    claims[5].take().unwrap().publish();
    assert_eq!(drain!(poller), [0_u64; 0], "the first is missing");
    claims[0].take().unwrap().publish();
    assert_eq!(drain!(poller), [0], "the second is missing");
    claims[2].take().unwrap().publish();
    assert_eq!(drain!(poller), [0_u64; 0], "still");
    claims[1].take().unwrap().publish();
    assert_eq!(drain!(poller), [1, 2, 3], "up to the next gap");
    claims[4].take().unwrap().publish();
    assert_eq!(drain!(poller), [4, 5]);
}

#[test]
fn a_gap_at_the_seam_stops_consumers_too() {
    let (mut filler, mut poller) = many_to_one(7, || 0_u64).unwrap();
    let (mut a, mut b) = (filler.clone(), filler.clone());
    let laps = if cfg!(miri) { 9 } else { 300 };
    for lap in 0..laps {
        // The gap lies on the last slot of a lap, what is published on the first of the next.
        filler.publish_batch(6, |_| {}).unwrap();
        assert_eq!(drain!(poller).len(), 6);
        let gap = held(&mut a);
        let beyond = held(&mut b);
        assert_eq!((gap.first().get() % 7, beyond.first().get() % 7), ((6 + lap) % 7, lap % 7));
        beyond.publish();
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "lap {lap}: at the gap");
        gap.publish();
        assert_eq!(drain!(poller).len(), 2, "lap {lap}");
    }
}

// shouldTryNext, shouldThrowInsufficientCapacityExceptionWhenSequencerIsFull
#[test]
fn trying_never_waits() {
    both!(|producer, poller| {
        for _ in 0..14 {
            producer.try_publish(|_| {}).unwrap();
        }
        assert!(producer.try_publish(|_| {}).is_err());
        assert_eq!((poller.lag(), drain!(poller).len()), (14, 14), "none was lost");
    });
}

// shouldNotAllowBulkNextLessThanZero / OfZero, shouldNotAllowBulkTryNextOfZero
#[test]
fn a_claim_needs_a_size() {
    both!(|producer, poller| {
        assert!(matches!(producer.claim(0), Err(ClaimError::NoSlots)));
        assert!(matches!(producer.try_claim(0), Err(ClaimError::NoSlots)));
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty);
    });
}

// shouldClaimSpecificSequence: a ring can begin anywhere, and never goes back.
#[test]
fn two_rings_number_their_events_by_themselves() {
    let (mut one, _poller) = one_to_one(7, || 0_u64).unwrap();
    let (mut other, _other) = one_to_one(7, || 0_u64).unwrap();
    one.publish_batch(3, |_| {}).unwrap();
    assert_eq!(other.publish(|_| {}).unwrap(), Sequence::ZERO);
    assert_eq!(one.publish(|_| {}).unwrap().get(), 3);
}

// shouldNotifyWaitStrategyOnPublish, ..OnPublishBatch
#[test]
fn publishing_wakes_who_sleeps() {
    for batch in [1, 5] {
        let builder = || Builder::new(14, || 0_u64).wait(Wait::blocking()).stage("a").poller();
        let (mut single, mut ring) = builder().start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || poller.wait().unwrap().first().get());
            single.publish_batch(batch, |_| {}).unwrap();
            assert_eq!(reader.join().unwrap(), 0);
        });
        let (mut multi, mut ring) = builder().start_multi().unwrap();
        let mut poller = ring.poller("a").unwrap();
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || poller.wait().unwrap().first().get());
            multi.publish_batch(batch, |_| {}).unwrap();
            assert_eq!(reader.join().unwrap(), 0);
        });
    }
}

// shouldWaitOnPublication; a wait ends in time when nothing comes.
#[test]
fn a_wait_for_an_event_has_an_end() {
    both!(|producer, poller| {
        let nothing = poller.wait_timeout(Duration::from_millis(1)).unwrap_err();
        assert_eq!(nothing, PollError::Empty);
        producer.publish(|_| {}).unwrap();
        assert_eq!(poller.wait_timeout(Duration::from_secs(3600)).unwrap().len(), 1);
    });
}
