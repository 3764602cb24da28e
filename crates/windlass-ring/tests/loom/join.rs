//! Consumers that join and leave while producers run.

use crate::support::{Event, get, model, poll, put, ring_of_one, ring_of_two};
use loom::thread;
use windlass_ring::{JoinFrom, Poller, Shared};
use windlass_sync::sync::Arc;

/// Takes what is there, which must follow on what was taken before; the event `n` has sequence `n`.
fn follow(poller: &mut Poller<Event, Shared>) -> u64 {
    if let Ok(mut batch) = poller.poll() {
        batch.for_each(|event, at| assert_eq!(get(event), at.sequence.get(), "the right lap"));
    }
    poller.sequence().get()
}

/// Edges `promise`, `joined`: from where it joined a consumer sees every event, none of them
/// overwritten, while the producer wraps.
#[test]
fn a_joiner_sees_everything_from_the_oldest_event_on() {
    model(|| {
        let (mut producer, ring) = ring_of_two().joiners(1).start().unwrap();
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let producing = thread::spawn(move || {
            let published = (2..4).take_while(|n| producer.try_publish(put(*n)).is_ok()).count();
            (producer, published as u64)
        });
        let mut joiner = ring.join(JoinFrom::Oldest).unwrap();
        follow(&mut joiner);
        let (_producer, published) = producing.join().unwrap();
        while joiner.lag() > 0 {
            follow(&mut joiner);
        }
        assert_eq!(joiner.sequence().get(), 2 + published, "up to the last one");
    });
}

/// Edges `promise`, `joined`: the same for a consumer that joins at the next event.
#[test]
fn a_joiner_sees_everything_from_the_next_event_on() {
    model(|| {
        let (mut producer, ring) = ring_of_two().joiners(1).start().unwrap();
        let ring = Arc::new(ring);
        let joining = thread::spawn({
            let ring = Arc::clone(&ring);
            move || {
                let mut joiner = ring.join(JoinFrom::Next).unwrap();
                follow(&mut joiner);
                joiner
            }
        });
        let published = (0..3).take_while(|n| producer.try_publish(put(*n)).is_ok()).count();
        let mut joiner = joining.join().unwrap();
        while joiner.lag() > 0 {
            follow(&mut joiner);
        }
        assert_eq!(joiner.sequence().get(), published as u64, "up to the last one");
    });
}

/// Edge `joined`: an event that is published after a consumer joined is seen, also if its slot was
/// claimed and given back meanwhile.
#[test]
fn a_joiner_misses_no_event_whose_slot_was_claimed_before() {
    model(|| {
        let (mut producer, ring) = ring_of_two().joiners(1).start().unwrap();
        let joining = thread::spawn(move || {
            let joiner = ring.join(JoinFrom::Next).unwrap();
            (ring, joiner)
        });
        drop(producer.claim(1).unwrap());
        let (_ring, mut joiner) = joining.join().unwrap();
        producer.publish(put(0)).unwrap();
        assert_eq!(poll(&mut joiner, 1), [0], "published after it joined");
    });
}

/// Edges `promise`, `joined`: a joiner at the side of a consumer holds the producer up as well.
#[test]
fn a_joiner_gates_beside_a_consumer() {
    model(|| {
        let ring = ring_of_two().joiners(1).stage("reader").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller("reader").unwrap();
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        reader.poll().unwrap().skip_rest();
        reader.poll().unwrap().skip_rest();
        let producing = thread::spawn(move || {
            let published = (2..4).take_while(|n| producer.try_publish(put(*n)).is_ok()).count();
            (producer, published as u64)
        });
        let mut joiner = ring.join(JoinFrom::Oldest).unwrap();
        follow(&mut joiner);
        let (_producer, published) = producing.join().unwrap();
        while joiner.lag() > 0 {
            follow(&mut joiner);
        }
        assert_eq!(joiner.sequence().get(), 2 + published, "up to the last one");
    });
}

/// Edges `released`, `event_count`: a producer that waits for a joiner goes on when it leaves.
#[test]
fn a_joiner_that_leaves_lets_the_producer_go_on() {
    model(|| {
        let (mut producer, ring) = ring_of_one().joiners(1).start().unwrap();
        let mut joiner = ring.join(JoinFrom::Oldest).unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || {
            assert_eq!(poll(&mut joiner, 1), [0], "before the slot is reused");
            drop(joiner);
        });
        producer.publish(put(1)).unwrap();
        producer.publish(put(2)).unwrap();
        leaving.join().unwrap();
    });
}

/// Edges `released`, `event_count`: a producer that waits for one that is about to join goes on when that one turns
/// out to be further on, although it has nothing to read and so releases nothing.
#[test]
fn a_joiner_that_begins_further_on_lets_the_producer_go_on() {
    model(|| {
        let ring = ring_of_one().joiners(1).stage("reader").poller();
        let (mut producer, mut ring) = ring.start().unwrap();
        let mut reader = ring.poller("reader").unwrap();
        producer.publish(put(0)).unwrap();
        assert_eq!(poll(&mut reader, 1), [0], "nobody else holds the producer up");
        let joining = thread::spawn(move || {
            let joiner = ring.join(JoinFrom::Next).unwrap();
            (ring, joiner)
        });
        producer.publish(put(1)).unwrap();
        let (_ring, _joiner) = joining.join().unwrap();
    });
}

/// Edge `seat`: the next joiner in a seat begins after the last one has left it.
#[test]
fn a_seat_is_handed_on() {
    model(|| {
        let (mut producer, ring) = ring_of_two().joiners(1).start().unwrap();
        let mut early = ring.join(JoinFrom::Oldest).unwrap();
        producer.publish(put(0)).unwrap();
        let leaving = thread::spawn(move || {
            follow(&mut early);
            drop(early);
        });
        let late = ring.join(JoinFrom::Oldest);
        if let Ok(mut late) = late {
            for n in 1..4 {
                let _full = producer.try_publish(put(n));
            }
            follow(&mut late);
        }
        leaving.join().unwrap();
    });
}

/// Edges `promise`, `joined`: two consumers that join at once both see everything.
#[test]
fn two_joiners_at_once_both_hold_the_gate() {
    model(|| {
        let (mut producer, ring) = ring_of_one().joiners(2).start().unwrap();
        let ring = Arc::new(ring);
        let joining = thread::spawn({
            let ring = Arc::clone(&ring);
            move || ring.join(JoinFrom::Oldest).unwrap()
        });
        let producing = thread::spawn(move || {
            let published = (0..2).take_while(|n| producer.try_publish(put(*n)).is_ok()).count();
            (producer, published as u64)
        });
        let mut here = ring.join(JoinFrom::Oldest).unwrap();
        let mut there = joining.join().unwrap();
        let (_producer, published) = producing.join().unwrap();
        for joiner in [&mut here, &mut there] {
            while joiner.lag() > 0 {
                joiner.poll().unwrap().for_each(|event, at| {
                    assert_eq!(get(event), at.sequence.get(), "the right lap");
                });
            }
            assert_eq!(joiner.sequence().get(), published, "up to the last one");
        }
    });
}

/// Edges `published`, `promised`: where nobody reads, a producer overwrites what another one has
/// published, and nothing that it is still writing.
#[test]
fn producers_without_a_consumer_overwrite_what_is_published() {
    model(|| {
        let (mut first, ring) = ring_of_two().joiners(1).start_multi().unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            for _ in 0..3 {
                second.publish(put(1)).unwrap();
            }
            second
        });
        first.publish(put(2)).unwrap();
        producing.join().unwrap();
        drop(ring);
    });
}

/// Edges `published`, `promised`, `joined`: a joiner's place protects no slot that another producer
/// is still writing.
#[test]
fn a_joiner_among_producers_lets_none_overwrite_the_other() {
    model(|| {
        let (mut first, ring) = ring_of_one().joiners(1).start_multi().unwrap();
        let mut second = first.clone();
        let producing = thread::spawn(move || {
            let _full = second.try_publish(put(1));
            second
        });
        let joining = thread::spawn(move || {
            let joiner = ring.join(JoinFrom::Next).unwrap();
            (ring, joiner)
        });
        let _full = first.try_publish(put(2));
        let _full = first.try_publish(put(3));
        producing.join().unwrap();
        joining.join().unwrap();
    });
}

/// Edge `seat`: of two consumers that join at once a single seat goes to one.
#[test]
fn one_seat_is_taken_once() {
    model(|| {
        let (_producer, ring) = ring_of_two().joiners(1).start().unwrap();
        let ring = Arc::new(ring);
        let joining = thread::spawn({
            let ring = Arc::clone(&ring);
            move || ring.join(JoinFrom::Next).ok()
        });
        let here = ring.join(JoinFrom::Next).ok();
        let there = joining.join().unwrap();
        assert!(here.is_some() != there.is_some(), "one of the two");
    });
}

/// Edges `seat`, `released`: a producer that is let on by a joiner has seen what the one before it
/// in its seat did, though it knows of that one by the seat alone.
#[test]
fn a_seat_hands_on_what_was_read_in_it() {
    model(|| {
        let (mut producer, ring) = ring_of_two().joiners(1).start().unwrap();
        let mut early = ring.join(JoinFrom::Oldest).unwrap();
        producer.publish(put(0)).unwrap();
        producer.publish(put(1)).unwrap();
        let leaving = thread::spawn(move || {
            follow(&mut early);
            drop(early);
        });
        // It gates at the third event, so that the first two may be overwritten.
        let late = ring.join(JoinFrom::Next);
        if late.is_ok() {
            producer.try_publish(put(2)).unwrap();
        }
        leaving.join().unwrap();
    });
}
