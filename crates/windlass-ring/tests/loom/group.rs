//! Groups that share the work: each event goes to exactly one member.

use crate::support::{
    ALL, Event, Wide, Words, get, model, poll, put, ring_of_one, ring_of_two, wait,
};
use loom::thread;
use windlass_ring::{Exclusive, Poller, Producer, Ring};

type Member<E> = Poller<E, Exclusive>;

/// A ring whose only consumer is a group of two.
fn group(
    ring: windlass_ring::Builder<Event>,
) -> (Producer<Event>, Ring<Event>, Member<Event>, Member<Event>) {
    let (producer, mut ring) = ring.stage("group").members(2).poller_mut().start().unwrap();
    let one = ring.poller_mut("group").unwrap();
    let other = ring.poller_mut("group").unwrap();
    (producer, ring, one, other)
}

/// Takes what is there, once.
fn poll_once<E: Words>(member: &mut Member<E>) -> Vec<u64> {
    let mut seen = Vec::new();
    if let Ok(mut batch) = member.poll() {
        batch.for_each_mut(|event, _| seen.push(get(event)));
    }
    seen
}

/// Edges `released`, `published`: two members never get the same event, and none is left out.
#[test]
fn each_event_goes_to_exactly_one_member() {
    model(|| {
        let (mut producer, _ring, mut one, mut other) = group(ring_of_two());
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let sharing = thread::spawn(move || {
            let mut seen = poll_once(&mut other);
            seen.extend(poll_once(&mut other));
            (other, seen)
        });
        let mut seen = poll_once(&mut one);
        seen.extend(poll_once(&mut one));
        let (_other, others) = sharing.join().unwrap();
        seen.extend(others);
        seen.sort_unstable();
        assert_eq!(seen, [0, 1], "each once");
    });
}

/// Edge `released`: a producer never reuses a slot that a member claimed and did not release.
#[test]
fn a_claimed_range_is_never_unguarded() {
    model(|| {
        let ring = ring_of_one().stage("group").members(2).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut one: Member<Wide> = ring.poller_mut("group").unwrap();
        let mut other = ring.poller_mut("group").unwrap();
        producer.publish(put(0)).unwrap();
        let sharing = thread::spawn(move || {
            let seen = poll_once(&mut other);
            (other, seen)
        });
        let producing = thread::spawn(move || {
            let published = producer.try_publish(put(1)).is_ok();
            (producer, published)
        });
        let mut seen = poll_once(&mut one);
        let (_other, others) = sharing.join().unwrap();
        let (_producer, published) = producing.join().unwrap();
        seen.extend(others);
        seen.extend(poll_once(&mut one));
        seen.sort_unstable();
        assert_eq!(seen, if published { vec![0, 1] } else { vec![0] }, "each once");
    });
}

/// Edges `released`, `event_count`: a producer that waits for a group is woken, also if a member
/// that lost a race for a range made the group seem to be further back.
#[test]
fn a_producer_waits_for_no_member_that_has_nothing() {
    model(|| {
        let ring = ring_of_one().stage("group").members(2).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut one: Member<Wide> = ring.poller_mut("group").unwrap();
        let mut other = ring.poller_mut("group").unwrap();
        producer.publish(put(0)).unwrap();
        let sharing = thread::spawn(move || {
            poll_once(&mut other);
            other
        });
        let working = thread::spawn(move || {
            poll_once(&mut one);
            one
        });
        producer.publish(put(1)).unwrap();
        sharing.join().unwrap();
        working.join().unwrap();
    });
}

/// Edge `released`: a stage behind a group sees an event when the member that has it released it,
/// and sees what that one changed.
#[test]
fn a_stage_behind_a_group_waits_for_every_member() {
    model(|| {
        let ring = ring_of_two().stage("group").members(2).max_batch(1).poller_mut();
        let ring = ring.stage("last").after("group").max_batch(2).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let one: Member<Event> = ring.poller_mut("group").unwrap();
        let other: Member<Event> = ring.poller_mut("group").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let work = |mut member: Member<Event>| {
            move || {
                let change = |event: &mut Event| put(get(event) + 10)(event);
                member.poll().unwrap().for_each_mut(|event, _| change(event));
                member
            }
        };
        let sharing = thread::spawn(work(other));
        let working = thread::spawn(work(one));
        assert_eq!(poll(&mut last, 2), [10, 11], "changed, and in order");
        sharing.join().unwrap();
        working.join().unwrap();
    });
}

/// Edge `orphan`: what a member that leaves did not finish goes to another one, which sees what
/// was done to it.
#[test]
fn an_unfinished_range_is_adopted() {
    model(|| {
        let (mut producer, ring, mut one, mut other) = group(ring_of_two());
        other.set_max_batch(2);
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        producer.publish_batch(0, |_| ()).unwrap();
        let leaving = thread::spawn(move || {
            let mut taken = None;
            if let Ok(mut batch) = other.poll() {
                taken = batch.next_mut().map(|event| {
                    let n = get(event);
                    put(n + 10)(event);
                    n
                });
                // Took one event, and leaves the rest of the range behind.
            }
            drop(other);
            taken
        });
        ring.close();
        let mut seen = poll(&mut one, ALL);
        seen.extend(leaving.join().unwrap());
        seen.sort_unstable();
        assert_eq!(seen, [0, 1], "each once");
    });
}

/// Edges `orphan`, `event_count`: a member that sleeps is woken by a range that was left behind.
#[test]
fn a_sleeping_member_adopts_what_was_left_behind() {
    model(|| {
        let (mut producer, ring, mut one, mut other) = group(ring_of_two());
        other.set_max_batch(2);
        producer.publish(put(0)).unwrap();
        assert!(other.poll().is_ok(), "claims the event, and takes nothing");
        ring.close();
        let leaving = thread::spawn(move || drop(other));
        assert_eq!(wait(&mut one, ALL), [0], "what was left behind, and then the end");
        leaving.join().unwrap();
    });
}

/// Edges `sealed`, `event_count`: every member of a group sees the end, asleep or not, and though
/// none of them leaves.
#[test]
fn every_member_sees_the_end() {
    model(|| {
        let (mut producer, ring, mut one, mut other) = group(ring_of_two());
        producer.publish(put(0)).unwrap();
        ring.close();
        let sharing = thread::spawn(move || {
            let seen = wait(&mut other, ALL);
            (other, seen)
        });
        let mut seen = wait(&mut one, ALL);
        let (_other, others) = sharing.join().unwrap();
        seen.extend(others);
        assert_eq!(seen, [0], "one of them got the event");
    });
}

/// Edge `left`: a group that all members left holds nobody up; what they changed is seen.
#[test]
fn a_group_that_left_hands_on_what_it_changed() {
    model(|| {
        let ring = ring_of_two().stage("group").members(2).poller_mut();
        let ring = ring.stage("last").after("group").poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut one: Member<Event> = ring.poller_mut("group").unwrap();
        let other: Member<Event> = ring.poller_mut("group").unwrap();
        let mut last = ring.poller_mut("last").unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || drop(other));
        let working = thread::spawn(move || {
            one.poll().unwrap().for_each_mut(|event, _| put(get(event) + 10)(event));
            drop(one);
        });
        assert_eq!(poll(&mut last, 1), [10], "changed");
        leaving.join().unwrap();
        working.join().unwrap();
    });
}

/// Edge `orphan`: whoever adopts a range sees how far its keeper came, and does nothing twice.
#[test]
fn what_a_member_did_before_it_left_is_not_done_again() {
    model(|| {
        let (mut producer, _ring, mut one, mut other) = group(ring_of_two());
        other.set_max_batch(2);
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        assert_eq!(other.poll().unwrap().len(), 2, "keeps both, and takes nothing yet");
        let leaving = thread::spawn(move || {
            assert!(other.poll().unwrap().next_mut().is_some(), "takes the first one");
            drop(other);
        });
        let seen = poll_once(&mut one);
        assert!(seen.is_empty() || seen == [1], "only what was left behind: {seen:?}");
        leaving.join().unwrap();
    });
}

/// Edge `orphan`: of two members that find the same range only one adopts it.
#[test]
fn a_range_that_was_left_behind_is_adopted_once() {
    model(|| {
        let ring = ring_of_one().stage("group").members(3).poller_mut();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut members = (0..3).map(|_| ring.poller_mut("group").unwrap());
        let (mut one, mut other) = (members.next().unwrap(), members.next().unwrap());
        let mut leaver: Member<Wide> = members.next().unwrap();
        producer.publish(put(0)).unwrap();
        assert!(leaver.poll().is_ok(), "claims the event, and takes nothing");
        drop(leaver);
        let adopting = thread::spawn(move || {
            let seen = poll_once(&mut other);
            (other, seen)
        });
        let mut seen = poll_once(&mut one);
        seen.extend(adopting.join().unwrap().1);
        assert_eq!(seen, [0], "one of them got it");
    });
}

/// Edge `event_count`: a member that sleeps is woken by an event, though the ring goes on.
#[test]
fn a_sleeping_member_is_woken_by_an_event() {
    model(|| {
        let (mut producer, _ring, mut one, _other) = group(ring_of_two());
        let producing = thread::spawn(move || {
            producer.publish(put(0)).unwrap();
            producer
        });
        assert_eq!(wait(&mut one, 1), [0], "woken");
        producing.join().unwrap();
    });
}
