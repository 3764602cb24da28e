//! `EventPollerTest`: idle, gating, processing; and what a batch can do.

use windlass_ring::{
    Builder, Exclusive, JoinFrom, PollError, Poller, Producer, many_to_one, one_to_one,
};

use crate::drain;

fn fill(producer: &mut Producer<u64>, events: std::ops::Range<u64>) {
    for i in events {
        producer.publish(move |event| *event = i).unwrap();
    }
}

fn ring_of_14() -> (Producer<u64>, Poller<u64, Exclusive>) {
    let (producer, mut poller) = one_to_one(14, || 0).unwrap();
    poller.set_max_batch(14);
    (producer, poller)
}

// shouldPollForEvents: IDLE, PROCESSING, IDLE
#[test]
fn it_is_idle_until_there_is_something() {
    let (mut producer, mut poller) = ring_of_14();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty);
    fill(&mut producer, 0..1);
    assert_eq!(poller.poll().unwrap().next(), Some(&0));
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty);
}

// shouldPollForEvents: GATING
#[test]
fn it_is_held_back_by_those_before_it() {
    let builder =
        Builder::new(14, || 0).stage("first").poller().stage("second").after("first").poller();
    let (mut producer, mut ring) = builder.start().unwrap();
    let (mut first, mut second) = (ring.poller("first").unwrap(), ring.poller("second").unwrap());
    fill(&mut producer, 0..2);
    assert_eq!(second.poll().unwrap_err(), PollError::Empty, "published, but not released");
    assert_eq!(second.lag(), 2);
    assert_eq!(drain!(first), [0, 1]);
    assert_eq!(drain!(second), [0, 1]);
}

// shouldSuccessfullyPollWhenBufferIsFull
#[test]
fn it_finds_everything_in_a_full_ring() {
    let (mut producer, mut poller) = ring_of_14();
    for lap in 0..4 {
        fill(&mut producer, lap * 14..(lap + 1) * 14);
        assert_eq!(drain!(poller), (lap * 14..(lap + 1) * 14).collect::<Vec<_>>());
    }
}

#[test]
fn after_a_full_batch_it_finds_what_is_there_and_no_more() {
    let (mut producer, mut poller) = one_to_one(28, || 0).unwrap();
    poller.set_max_batch(10);
    let mut next = 0;
    for there in (0..=10).cycle().take(100) {
        fill(&mut producer, next..next + 10);
        poller.poll().unwrap().skip_rest();
        next += 10;
        fill(&mut producer, next..next + there);
        let mut found = Vec::new();
        if let Ok(mut batch) = poller.poll() {
            batch.for_each(|event, _| found.push(*event));
        }
        assert_eq!(found, (next..next + there).collect::<Vec<_>>());
        next += there;
    }
}

#[test]
fn after_a_full_batch_of_several_producers_it_stops_at_a_hole() {
    let (mut first, mut poller) = many_to_one(28, || 0_u64).unwrap();
    poller.set_max_batch(10);
    first.publish_batch(10, |_| {}).unwrap();
    poller.poll().unwrap().skip_rest();
    let mut second = first.clone();
    let hole = first.claim(1).unwrap();
    second.publish_batch(10, |_| {}).unwrap();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "though the last one is there");
    hole.publish();
    assert_eq!(poller.poll().unwrap().len(), 10);
}

#[test]
fn taking_some_leaves_the_rest() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..6);
    let mut batch = poller.poll().unwrap();
    assert_eq!((batch.len(), batch.first().get()), (6, 0));
    assert_eq!(batch.next(), Some(&0));
    assert_eq!(batch.next(), Some(&1));
    assert_eq!((batch.len(), batch.sequence().get()), (4, 1));
    drop(batch);
    assert_eq!((poller.sequence().get(), poller.lag()), (2, 4));
    assert_eq!(drain!(poller), [2, 3, 4, 5]);
}

#[test]
fn a_batch_that_is_not_touched_releases_nothing() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..3);
    drop(poller.poll().unwrap());
    assert_eq!((poller.lag(), producer.fill()), (3, 3));
}

#[test]
fn what_was_released_stays_released() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..5);
    let mut batch = poller.poll().unwrap();
    batch.next();
    batch.next();
    batch.release();
    assert_eq!(producer.remaining(), 11, "two slots are free while the batch goes on");
    batch.next();
    batch.rewind();
    assert_eq!(batch.next(), Some(&2), "again");
    batch.skip_rest();
    assert!(batch.is_empty() && batch.next().is_none(), "nothing is left");
    drop(batch);
    assert_eq!(poller.lag(), 0);
}

#[test]
fn runs_lie_side_by_side_and_cover_the_batch() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..3);
    drain!(poller);
    fill(&mut producer, 3..16);
    let mut batch = poller.poll().unwrap();
    let mut runs = Vec::new();
    while let Some(run) = batch.next_run() {
        runs.push(run.to_vec());
    }
    assert_eq!(runs, [vec![3, 4, 5, 6], vec![7, 8, 9, 10, 11, 12, 13], vec![14, 15]]);
    drop(batch);
    fill(&mut producer, 16..20);
    let mut batch = poller.poll().unwrap();
    while let Some(run) = batch.next_run_mut() {
        run.iter_mut().for_each(|event| *event += 100);
    }
    batch.rewind();
    let mut seen = Vec::new();
    batch.for_each(|event, at| seen.push((*event, at.sequence.get(), at.end_of_batch)));
    let expected: Vec<_> = (16..20).map(|i| (i + 100, i, i == 19)).collect();
    assert_eq!(seen, expected, "changed in place");
}

#[test]
fn take_while_takes_the_one_it_stopped_at() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..9);
    poller.poll().unwrap().take_while(|event, _| *event != 2);
    assert_eq!(poller.sequence().get(), 3);
    poller.poll().unwrap().take_while_mut(|event, _| *event != 7);
    assert_eq!(drain!(poller), [8]);
}

#[test]
fn depth_says_how_far_it_is_behind() {
    let (mut producer, mut poller) = ring_of_14();
    poller.set_max_batch(2);
    fill(&mut producer, 0..9);
    let mut batch = poller.poll().unwrap();
    assert_eq!((batch.len(), batch.depth()), (2, 9));
    batch.next();
    assert_eq!((batch.len(), batch.depth()), (1, 8));
}

#[test]
fn it_sees_the_end_when_it_has_seen_everything() {
    let (mut producer, mut poller) = ring_of_14();
    fill(&mut producer, 0..2);
    drop(producer);
    poller.set_max_batch(1);
    assert!(poller.poll().unwrap().next().is_some());
    assert!(poller.wait().unwrap().next().is_some());
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed);
    assert_eq!(poller.wait().unwrap_err(), windlass_ring::Closed(()));
}

#[test]
fn joiners_see_from_where_they_joined() {
    let (mut producer, mut ring) =
        Builder::new(14, || 0).joiners(3).stage("slow").poller().start().unwrap();
    let mut slow = ring.poller("slow").unwrap();
    fill(&mut producer, 0..14);
    slow.set_max_batch(4);
    slow.poll().unwrap().skip_rest();
    let mut oldest = ring.join(JoinFrom::Oldest).unwrap();
    let mut middle = ring.join(JoinFrom::At(windlass_ring::Sequence::new(9))).unwrap();
    let mut next = ring.join(JoinFrom::Next).unwrap();
    let kept = drain!(oldest);
    assert!(kept.len() >= 10 && kept.last() == Some(&13), "at least what `slow` has not seen");
    assert_eq!(kept, (14 - kept.len() as u64..14).collect::<Vec<_>>());
    assert_eq!((drain!(middle), drain!(next)), ((9..14).collect(), vec![]));
    assert_eq!(drain!(slow), (4..14).collect::<Vec<_>>());
    fill(&mut producer, 14..20);
    for poller in [&mut oldest, &mut middle, &mut next, &mut slow] {
        assert_eq!(drain!(poller), (14..20).collect::<Vec<_>>(), "all see what comes");
    }
}

#[test]
fn what_was_overwritten_cannot_be_joined() {
    let (mut producer, mut ring) =
        Builder::new(7, || 0).joiners(1).stage("a").poller().start().unwrap();
    let mut a = ring.poller("a").unwrap();
    for lap in 0..3 {
        fill(&mut producer, lap * 7..(lap + 1) * 7);
        drain!(a);
    }
    let error = ring.join(JoinFrom::At(windlass_ring::Sequence::new(3))).unwrap_err();
    let windlass_ring::JoinError::TooOld { oldest } = error else { panic!("{error}") };
    let mut joiner = ring.join(JoinFrom::At(oldest)).unwrap();
    assert_eq!(drain!(joiner).first(), Some(&oldest.get()), "what it named is there");
}
