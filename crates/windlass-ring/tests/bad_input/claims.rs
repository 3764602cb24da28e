//! Claims of odd sizes, claims that are given up, and claims at the ends of a ring's life.

use std::panic::{AssertUnwindSafe, catch_unwind};

use windlass_ring::{
    BatchError, Builder, ClaimError, JoinFrom, PollError, PublishError, Sequence, Slots,
    many_to_one, one_to_one,
};

/// Everything a poller finds now.
macro_rules! drain {
    ($poller:expr) => {{
        let mut found = Vec::new();
        while let Ok(mut batch) = $poller.poll() {
            batch.for_each(|event, _| found.push(*event));
        }
        found
    }};
}

#[test]
fn more_than_the_capacity_is_an_error_not_a_hang() {
    let (mut producer, _poller) = one_to_one(7, || 0_u64).unwrap();
    let error = producer.publish_batch(8, |_| unreachable!("not called")).unwrap_err();
    assert!(matches!(error, BatchError::TooLarge { n: 8, capacity: 7, .. }), "{error}");
    let error = producer.try_publish_batch(8, |_| unreachable!("not called")).unwrap_err();
    assert!(matches!(error, BatchError::TooLarge { n: 8, capacity: 7, .. }), "{error}");
    assert_eq!(producer.claim(8).unwrap_err(), ClaimError::TooLarge { n: 8, capacity: 7 });
    assert_eq!(
        producer.try_claim(usize::MAX).unwrap_err(),
        ClaimError::TooLarge { n: usize::MAX, capacity: 7 }
    );
    assert_eq!(producer.fill(), 0, "nothing was claimed");
}

#[test]
fn a_refusal_without_what_was_refused_borrows_nothing() {
    type Anything = Box<dyn std::error::Error + Send + Sync>;
    fn refused(n: u64) -> [Anything; 6] {
        let (mut producer, poller) = one_to_one(7, || 0_u64).unwrap();
        // Both borrow `n`, which is gone when the errors are looked at.
        let write = |event: &mut u64| *event = n;
        let write_all = |mut slots: Slots<'_, u64>| slots.iter_mut().for_each(write);
        let too_large = producer.publish_batch(8, write_all).unwrap_err().discard();
        producer.publish_batch(7, write_all).unwrap();
        let full = producer.try_publish(write).unwrap_err().discard();
        let batch_full = producer.try_publish_batch(1, write_all).unwrap_err().discard();
        drop(poller);
        let closed = producer.publish(write).unwrap_err().discard();
        let try_closed = producer.try_publish(write).unwrap_err().discard();
        let batch_closed = producer.publish_batch(1, write_all).unwrap_err().discard();
        [
            too_large.into(),
            full.into(),
            batch_full.into(),
            closed.into(),
            try_closed.into(),
            batch_closed.into(),
        ]
    }
    let said = refused(9).map(|error| error.to_string());
    assert_eq!(said[0], "8 events never fit a ring of 7: make smaller batches");
    assert_eq!(said[1..3], ["the ring is full"; 2]);
    assert_eq!(said[3..], ["the ring is closed"; 3]);
}

#[test]
fn a_batch_of_none_does_nothing() {
    let (mut single, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let (mut multi, _other) = many_to_one(7, || 0_u64).unwrap();
    single.publish(|_| {}).unwrap();
    assert_eq!(single.publish_batch(0, |_| unreachable!("not called")).unwrap().get(), 1);
    assert_eq!(multi.try_publish_batch(0, |_| unreachable!("not called")).unwrap().get(), 0);
    assert_eq!(poller.poll().unwrap().len(), 1, "only the event from before");
}

#[test]
fn a_claim_of_none_does_nothing_and_says_so() {
    let (mut single, mut poller) = one_to_one(7, || 0_u64).unwrap();
    let (mut multi, _other) = many_to_one(7, || 0_u64).unwrap();
    assert_eq!(single.claim(0).unwrap_err(), ClaimError::NoSlots);
    assert_eq!(multi.try_claim(0).unwrap_err(), ClaimError::NoSlots);
    assert_eq!((single.fill(), multi.fill()), (0, 0), "nothing was claimed");
    single.publish_batch(7, |_| {}).unwrap();
    assert_eq!(single.claim(0).unwrap_err(), ClaimError::NoSlots, "also in a full ring");
    single.close();
    assert_eq!(single.try_claim(0).unwrap_err(), ClaimError::NoSlots, "and in a closed one");
    assert_eq!(drain!(poller).len(), 7);
}

#[test]
fn a_full_ring_refuses_and_gives_back() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    let mine = String::from("mine");
    let refused = producer.try_publish(move |event| *event = mine.len() as u64).unwrap_err();
    assert!(matches!(refused, PublishError::Full(_)), "full, not closed");
    assert_eq!(producer.try_claim(1).unwrap_err(), ClaimError::Full);
    let refused_batch = producer.try_publish_batch(2, |_| {}).unwrap_err();
    assert!(matches!(refused_batch, BatchError::Full(_)), "full, not closed");
    poller.poll().unwrap().skip_rest();
    while let Ok(mut batch) = poller.poll() {
        batch.skip_rest();
    }
    producer.try_publish(refused.into_inner()).unwrap();
    assert_eq!(poller.poll().unwrap().next(), Some(&4), "the closure that came back");
}

#[test]
fn a_full_ring_times_out_and_gives_back() {
    let (mut producer, _poller) = many_to_one(7, || 0_u64).unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    let time = std::time::Duration::from_millis(1);
    let refused = producer.publish_timeout(time, |_| {}).unwrap_err();
    assert!(matches!(refused, PublishError::Full(_)), "still full");
    let refused = producer.publish_batch_timeout(2, time, |_| {}).unwrap_err();
    assert!(matches!(refused, BatchError::Full(_)), "still full");
}

#[test]
fn a_ring_that_nobody_reads_is_never_full() {
    macro_rules! check {
        ($start:ident) => {
            let (mut producer, ring) = Builder::new(7, || 0_u64).joiners(1).$start().unwrap();
            for _ in 0..100 {
                assert_eq!((producer.fill(), producer.remaining()), (0, 7), "nothing is kept");
                producer.try_publish(|_| {}).unwrap();
            }
            let stats = ring.stats();
            assert_eq!((stats.fill, stats.remaining), (0, 7), "here too");
            let claim = producer.claim(3).unwrap();
            assert_eq!(ring.stats().fill, 3, "except what is being written");
            claim.publish();
            let reader = ring.join(JoinFrom::Next).unwrap();
            producer.publish_batch(5, |_| {}).unwrap();
            assert_eq!((producer.fill(), producer.remaining()), (5, 2), "now it is read");
            drop(reader);
            assert_eq!((producer.fill(), producer.remaining()), (0, 7), "and now not");
        };
    }
    check!(start);
    check!(start_multi);
}

#[test]
fn a_claim_given_up_by_the_only_producer_is_taken_back() {
    let (mut producer, mut poller) = one_to_one(14, || 0_u64).unwrap();
    let mut claim = producer.claim(5).unwrap();
    *claim.get_mut(4).unwrap() = 99;
    assert!(claim.get_mut(5).is_none(), "not beyond the claim");
    drop(claim);
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty);
    assert_eq!(producer.publish(|event| *event = 1).unwrap(), Sequence::ZERO, "the same slot");
    assert_eq!(drain!(poller), [1]);
}

#[test]
fn claims_given_up_by_one_of_several_are_skipped() {
    let (mut first, mut poller) = many_to_one(14, || 0_u64).unwrap();
    let mut second = first.clone();
    let given_up = first.claim(3).unwrap();
    second.publish(|event| *event = 4).unwrap();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "not past what is being written");
    drop(given_up);
    assert_eq!(drain!(poller), [4]);
    assert_eq!(poller.sequence().get(), 4, "three were stepped over");
}

#[test]
fn a_forgotten_claim_makes_no_later_one_stray() {
    // Whatever becomes of the forgotten slots: later events have slots of their own.
    for forgotten in 1..=14 {
        let (mut single, mut poller) = one_to_one(28, || [0_u8; 8]).unwrap();
        std::mem::forget(single.claim(forgotten).unwrap());
        for i in 0..7 {
            let sequence = single.publish(|event| *event = [9; 8]).unwrap();
            assert_eq!(sequence.get(), forgotten as u64 + i, "behind the forgotten ones");
        }
        while let Ok(mut batch) = poller.poll() {
            batch.for_each(|event, at| {
                let forgotten = at.sequence.get() < forgotten as u64;
                assert_eq!(*event, if forgotten { [0; 8] } else { [9; 8] });
            });
        }
        let (mut multi, mut poller) = many_to_one(28, || 0_u64).unwrap();
        std::mem::forget(multi.claim(forgotten).unwrap());
        multi.publish(|event| *event = 9).unwrap();
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "it stops at the hole");
    }
}

#[test]
fn a_forgotten_claim_holds_up_until_the_last_producer_leaves() {
    for forgotten in [1, 3, 7, 9] {
        let (mut first, mut poller) = many_to_one(14, || 0_u64).unwrap();
        let mut second = first.clone();
        second.publish(|event| *event = 1).unwrap();
        std::mem::forget(first.claim(forgotten).unwrap());
        second.publish(|event| *event = 2).unwrap();
        std::mem::forget(second.claim(2).unwrap());
        assert_eq!(drain!(poller), [1], "up to the hole");
        drop(first);
        second.close();
        assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "it may still be published");
        drop(second);
        assert_eq!(drain!(poller), [2], "nobody is left who could");
        assert_eq!(poller.poll().unwrap_err(), PollError::Closed, "the end");
    }
}

#[test]
fn a_forgotten_claim_of_the_only_producer_ends_with_it() {
    for (forgotten, after) in [(1, 0), (7, 0), (14, 0), (3, 1), (7, 1), (10, 4)] {
        let (mut producer, mut poller) = one_to_one(14, || 0_u64).unwrap();
        producer.publish(|event| *event = 1).unwrap();
        poller.poll().unwrap().skip_rest();
        std::mem::forget(producer.claim(forgotten).unwrap());
        for _ in 0..after {
            producer.publish(|event| *event = 2).unwrap();
        }
        drop(producer);
        let found: Vec<u64> = drain!(poller).into_iter().filter(|event| *event == 2).collect();
        assert_eq!(found, vec![2; after], "what was published behind it");
        assert_eq!(poller.poll().unwrap_err(), PollError::Closed, "the end");
    }
}

#[test]
fn stages_of_every_kind_end_after_a_forgotten_claim() {
    let (mut producer, ring) = Builder::new(14, || 0_u64)
        .stage("group")
        .members(2)
        .build_with(|_| Idle)
        .stage("last")
        .after("group")
        .each(|_, _| {})
        .start_multi()
        .unwrap();
    std::mem::forget(producer.claim(3).unwrap());
    producer.publish(|_| {}).unwrap();
    drop(producer);
    assert!(ring.wait_end().unwrap().drained, "nobody hangs");
}

/// Takes what comes.
struct Idle;

impl windlass_ring::Handler<u64, windlass_ring::Shared> for Idle {
    fn on_batch(
        &mut self,
        batch: &mut windlass_ring::Batch<'_, u64, windlass_ring::Shared>,
    ) -> windlass_ring::Flow {
        batch.skip_rest();
        windlass_ring::Flow::Continue
    }
}

#[test]
fn a_shutdown_reports_what_a_forgotten_claim_holds_up() {
    let (mut producer, ring) =
        Builder::new(14, || 0_u64).stage("a").each(|_, _| {}).start_multi().unwrap();
    producer.publish(|_| {}).unwrap();
    std::mem::forget(producer.claim(2).unwrap());
    producer.publish(|_| {}).unwrap();
    let report = ring.shutdown(std::time::Duration::from_millis(50));
    assert!(!report.drained, "its producer is still there");
    assert_eq!(report.stages[0].left, 4 - report.stages[0].position.get(), "{report:?}");
    assert!(report.stages[0].left >= 3, "the hole, and what is behind it");
}

#[test]
fn a_panic_while_writing_leaves_no_hole() {
    let (mut single, mut its_poller) = one_to_one(7, || 0_u64).unwrap();
    let (mut multi, mut poller) = many_to_one(7, || 0_u64).unwrap();
    // Twice round the ring, so that a hole would also be met again.
    for round in 0..14_u64 {
        let failed = catch_unwind(AssertUnwindSafe(|| single.publish(|_| panic!("write"))));
        assert!(failed.is_err(), "the panic reaches the caller");
        let failed = catch_unwind(AssertUnwindSafe(|| {
            single.publish_batch(3, |mut slots| {
                *slots.get_mut(0).unwrap() = 99;
                panic!("half way")
            })
        }));
        assert!(failed.is_err(), "the panic reaches the caller");
        single.publish(|event| *event = round).unwrap();
        assert_eq!(drain!(its_poller), [round], "nothing of what failed");

        let failed = catch_unwind(AssertUnwindSafe(|| multi.publish(|_| panic!("write"))));
        assert!(failed.is_err(), "the panic reaches the caller");
        let failed = catch_unwind(AssertUnwindSafe(|| {
            multi.publish_batch(3, |mut slots| {
                *slots.get_mut(0).unwrap() = 99;
                panic!("half way")
            })
        }));
        assert!(failed.is_err(), "the panic reaches the caller");
        multi.publish(|event| *event = round).unwrap();
        assert_eq!(drain!(poller), [round], "nothing of what failed");
    }
}

#[test]
fn producing_after_the_end_gives_the_value_back() {
    let (mut single, ring) =
        Builder::new(7, String::new).stage("a").each(|_, _| {}).start().unwrap();
    let value = String::from("kept");
    ring.close();
    let refused = single.publish(move |event| *event = value).unwrap_err();
    let mut event = String::new();
    (refused.0)(&mut event);
    assert_eq!(event, "kept", "the value came back in its closure");
    assert!(matches!(single.try_publish(|_| {}), Err(PublishError::Closed(_))));
    assert!(matches!(single.publish_batch(2, |_| {}), Err(BatchError::Closed(_))));
    assert_eq!(single.claim(1).unwrap_err(), ClaimError::Closed);
    assert_eq!(single.try_claim(1).unwrap_err(), ClaimError::Closed);
    let (mut multi, poller) = many_to_one(7, || 0_u64).unwrap();
    drop(poller);
    assert!(multi.is_closed(), "the last consumer left");
    assert!(matches!(multi.try_publish(|_| {}), Err(PublishError::Closed(_))));
    assert_eq!(multi.claim(1).unwrap_err(), ClaimError::Closed);
}

#[test]
fn a_claim_from_before_the_close_is_still_published_and_seen() {
    let (mut producer, mut ring) = Builder::new(7, || 0_u64).stage("a").poller().start().unwrap();
    let mut poller = ring.poller("a").unwrap();
    let mut claim = producer.claim(2).unwrap();
    ring.close();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "two events may still come");
    claim.iter_mut().for_each(|event| *event = 6);
    claim.publish();
    assert_eq!(drain!(poller), [6, 6]);
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed);
}

#[test]
fn a_claim_given_up_after_the_close_ends_the_ring() {
    let (mut single, mut ring) = Builder::new(7, || 0_u64).stage("a").poller().start().unwrap();
    let mut poller = ring.poller("a").unwrap();
    let claim = single.claim(2).unwrap();
    ring.close();
    drop(claim);
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed, "of one producer");
    let (mut multi, mut ring) =
        Builder::new(7, || 0_u64).stage("a").poller().start_multi().unwrap();
    let mut poller = ring.poller("a").unwrap();
    let claim = multi.claim(2).unwrap();
    ring.close();
    drop(claim);
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed, "of several");
}

#[test]
fn a_joiner_misses_nothing_when_a_claim_is_taken_back() {
    let (mut producer, ring) = Builder::new(14, || 0_u64).joiners(1).start().unwrap();
    let claim = producer.claim(3).unwrap();
    let mut joiner = ring.join(JoinFrom::Next).unwrap();
    drop(claim);
    for i in 0..3 {
        producer.publish(move |event| *event = i).unwrap();
    }
    assert_eq!(drain!(joiner), [0, 1, 2], "all three were claimed after it joined");
}

#[test]
fn the_last_sequence_closes_the_ring() {
    let last = Sequence::MAX.get();
    for ahead in [1, 3, 10] {
        let first = Sequence::new(last - ahead);
        let (mut single, mut ring) =
            Builder::new(7, || 0_u64).first_sequence(first).stage("a").poller().start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        let (mut multi, mut other) = Builder::new(7, || 0_u64)
            .first_sequence(first)
            .stage("a")
            .poller()
            .start_multi()
            .unwrap();
        let mut its_poller = other.poller("a").unwrap();
        for i in 0..ahead {
            assert_eq!(single.publish(move |event| *event = i).unwrap().get(), last - ahead + i);
            assert_eq!(multi.publish(move |event| *event = i).unwrap().get(), last - ahead + i);
            assert_eq!((drain!(poller), drain!(its_poller)), (vec![i], vec![i]));
        }
        assert!(single.publish(|_| {}).is_err() && multi.publish(|_| {}).is_err(), "no hang");
        assert!(single.is_closed() && multi.is_closed(), "by themselves");
        assert_eq!(poller.poll().unwrap_err(), PollError::Closed);
        assert_eq!(its_poller.poll().unwrap_err(), PollError::Closed);
    }
}
