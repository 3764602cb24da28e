//! Consumers that leave before the end.

use windlass_ring::{Builder, Flow, PollError, one_to_one};
use windlass_testkit::Seen;

fn builder() -> Builder<u64> {
    Builder::new(7, || 0)
}

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
fn a_poller_that_leaves_holds_up_nobody() {
    let (mut producer, mut ring) =
        builder().stage("a").poller().stage("b").poller().start().unwrap();
    let (a, mut b) = (ring.poller("a").unwrap(), ring.poller("b").unwrap());
    producer.publish_batch(7, |_| {}).unwrap();
    assert_eq!(drain!(b).len(), 7);
    assert!(producer.try_publish(|_| {}).is_err(), "`a` holds everything");
    drop(a);
    producer.try_publish(|_| {}).unwrap();
    assert_eq!(drain!(b).len(), 1);
}

#[test]
fn those_behind_one_that_left_wait_for_whom_it_waited() {
    let (mut producer, mut ring) = builder()
        .stage("a")
        .poller()
        .stage("b")
        .after("a")
        .poller()
        .stage("c")
        .after("b")
        .poller()
        .start()
        .unwrap();
    let mut a = ring.poller("a").unwrap();
    let (b, mut c) = (ring.poller("b").unwrap(), ring.poller("c").unwrap());
    producer.publish_batch(4, |_| {}).unwrap();
    a.set_max_batch(2);
    a.poll().unwrap().skip_rest();
    drop(b);
    assert_eq!(drain!(c).len(), 2, "what `a` released, and no more");
    drop(a);
    assert_eq!(drain!(c).len(), 2, "now what is published");
    assert!(!producer.is_closed(), "one is left");
    drop(c);
    assert!(producer.is_closed(), "nobody is left");
}

#[test]
fn a_stage_that_leaves_releases_what_it_took() {
    let seen = Seen::new();
    let log = seen.clone();
    let (mut producer, ring) = builder()
        .stage("three")
        .each(move |event: &u64, _| {
            log.push(*event);
            if *event == 3 { Flow::Leave } else { Flow::Continue }
        })
        .stage("behind")
        .after("three")
        .each(|_, _| {})
        .start()
        .unwrap();
    for i in 1..=30 {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    let report = ring.wait_end().unwrap();
    assert_eq!(seen.take(), [1, 2, 3], "then it left");
    assert_eq!(report.stages[1].position.get(), 30, "the others went on");
    assert_eq!(report.stages[0].position.get(), 3, "the third was released");
}

#[test]
fn members_that_leave_in_the_middle_hand_over_their_work() {
    let (mut producer, mut ring) = builder()
        .stage("pair")
        .members(2)
        .max_batch(4)
        .poller_mut()
        .stage("behind")
        .after("pair")
        .poller()
        .start()
        .unwrap();
    let mut first = ring.poller_mut("pair").unwrap();
    let mut second = ring.poller_mut("pair").unwrap();
    let mut behind = ring.poller("behind").unwrap();
    for i in 0..7 {
        producer.publish(move |event| *event = i).unwrap();
    }
    let mut batch = first.poll().unwrap();
    assert_eq!(batch.next(), Some(&0));
    drop(batch);
    let mut rest = drain!(second);
    assert_eq!(drain!(behind), [0], "the rest of the first range is missing");
    assert!(producer.try_publish_batch(2, |_| {}).is_err(), "and not overwritten");
    drop(first);
    rest.extend(drain!(second));
    rest.sort_unstable();
    assert_eq!(rest, (1..7).collect::<Vec<_>>(), "each exactly once");
    assert_eq!(drain!(behind), (1..7).collect::<Vec<_>>(), "in order");
    drop(producer);
    assert_eq!(second.poll().unwrap_err(), PollError::Closed);
    assert_eq!(behind.poll().unwrap_err(), PollError::Closed);
}

#[test]
fn a_group_that_left_as_a_whole_holds_up_nobody() {
    let (mut producer, mut ring) = builder()
        .stage("pair")
        .members(2)
        .poller()
        .stage("behind")
        .after("pair")
        .poller()
        .start()
        .unwrap();
    let (mut first, second) = (ring.poller("pair").unwrap(), ring.poller("pair").unwrap());
    let mut behind = ring.poller("behind").unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    drop(first.poll().unwrap());
    drop(first);
    drop(second);
    assert_eq!(drain!(behind).len(), 7, "nobody is before it any more");
    assert!(!producer.is_closed(), "one consumer is left");
}

#[test]
fn a_member_waits_for_the_end_while_another_may_leave_it_work() {
    let (mut producer, mut ring) = builder().stage("pair").members(2).poller().start().unwrap();
    let (mut first, mut second) = (ring.poller("pair").unwrap(), ring.poller("pair").unwrap());
    producer.publish_batch(2, |_| {}).unwrap();
    drop(producer);
    let held = first.poll().unwrap();
    let took = drain!(second).len();
    assert_eq!(second.poll().unwrap_err(), PollError::Empty, "work may come back");
    drop(held);
    drop(first);
    assert_eq!(took + drain!(second).len(), 2, "and it did");
    assert_eq!(second.poll().unwrap_err(), PollError::Closed);
}

#[test]
fn a_batch_that_is_dropped_early_comes_again() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    producer
        .publish_batch(7, |mut slots| {
            slots.iter_mut().zip(0..).for_each(|(event, i)| *event = i);
        })
        .unwrap();
    poller.set_max_batch(7);
    let mut batch = poller.poll().unwrap();
    batch.next();
    batch.next();
    drop(batch);
    assert_eq!(producer.remaining(), 2, "two were released");
    assert_eq!(drain!(poller), [2, 3, 4, 5, 6]);
}

#[test]
fn a_stage_that_left_freely_owes_nothing() {
    let (mut producer, ring) = Builder::new(28, || 0_u64)
        .stage("first event only")
        .each(|_, _| Flow::Leave)
        .stage("all")
        .each(|_, _| {})
        .start()
        .unwrap();
    for _ in 0..20 {
        producer.publish(|event| *event = 1).unwrap();
    }
    drop(producer);
    let report = ring.wait_end().unwrap();
    assert!(report.drained, "everybody did what it had to");
    let left: Vec<(u64, u64)> =
        report.stages.iter().map(|stage| (stage.position.get(), stage.left)).collect();
    assert_eq!(left, [(1, 0), (20, 0)], "the one that left says where, and owes nothing");
}

#[test]
fn a_forgotten_batch_comes_again_and_holds_up_nobody() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    for number in 0..7 {
        producer.publish(|event| *event = number).unwrap();
    }
    let mut batch = poller.poll().unwrap();
    batch.skip_rest();
    std::mem::forget(batch);

    let mut seen = Vec::new();
    while let Ok(mut batch) = poller.poll() {
        batch.for_each(|event, _| seen.push(*event));
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5, 6], "nothing was released by the one that was forgotten");
    assert!(producer.try_publish(|_| {}).is_ok(), "and its slots are free again");
}

#[test]
fn a_forgotten_batch_of_a_member_comes_again() {
    let ring = Builder::new(14, || 0_u64).stage("group").members(2).poller();
    let (mut producer, mut ring) = ring.start().unwrap();
    let mut member = ring.poller("group").unwrap();
    for number in 0..3 {
        producer.publish(|event| *event = number).unwrap();
    }
    let mut batch = member.poll().unwrap();
    let first = *batch.next().unwrap();
    std::mem::forget(batch);
    assert_eq!(member.poll().unwrap().next(), Some(&first), "it is this member's still");
}
