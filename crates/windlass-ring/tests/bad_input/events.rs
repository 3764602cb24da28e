//! Events of every shape.

use windlass_ring::{Builder, Deadline, PublishError, many_to_one, one_to_one};
use windlass_testkit::{Tallied, Tally};

/// Fills and drains rings of both kinds several times over, and looks at every byte.
fn round_trips<const N: usize>() {
    let (mut single, mut its_poller) = one_to_one(5, || [0_u8; N]).unwrap();
    let (mut multi, mut poller) = many_to_one(5, || [0_u8; N]).unwrap();
    let capacity = single.capacity();
    assert_eq!(capacity, multi.capacity(), "the layout does not depend on the producers");
    let mut sent = 0_usize;
    // Four rounds are ten events, which go around the ring once.
    let rounds = if cfg!(miri) { 4 } else { 7 };
    for round in 0..rounds {
        let n = 1 + round % capacity;
        let fill = |i: usize| u8::try_from(i % 251).unwrap();
        single
            .publish_batch(n, |mut slots| {
                slots.iter_mut().zip(sent..).for_each(|(event, i)| *event = [fill(i); N]);
            })
            .unwrap();
        for i in sent..sent + n {
            multi.publish(|event| *event = [fill(i); N]).unwrap();
        }
        for poller in [&mut its_poller, &mut poller] {
            let mut expected = sent;
            while let Ok(mut batch) = poller.poll() {
                while let Some(run) = batch.next_run_mut() {
                    for event in run {
                        assert_eq!(*event, [fill(expected); N], "event {expected} of {N} bytes");
                        *event = [0xFF; N];
                        expected += 1;
                    }
                }
            }
            assert_eq!(expected, sent + n, "all of them");
        }
        sent += n;
    }
}

#[test]
fn events_of_any_size_arrive_whole() {
    macro_rules! sizes {
        ($($n:literal)*) => { $(round_trips::<$n>();)* };
    }
    sizes!(1 2 3 7 8 9 15 16 17 23 24 27 28 31 32 33 39 40 41 47 48 55 56 57 63 64 65 119 120 121);
    sizes!(127 128 129 255 256 257 511 512 513 1023 1024);
}

/// Small events and large ones take different ways where there is no room at once.
fn refusals<const N: usize>() {
    let (mut single, mut its_poller) = one_to_one(4, || [0_u8; N]).unwrap();
    let (mut multi, mut poller) = many_to_one(4, || [0_u8; N]).unwrap();
    macro_rules! check {
        ($producer:ident, $poller:ident) => {{
            for round in 1..4_u8 {
                let capacity = u8::try_from($producer.capacity()).unwrap();
                for i in 0..capacity {
                    $producer.try_publish(move |event| *event = [round + i; N]).unwrap();
                }
                let passed = Deadline::after(std::time::Duration::ZERO);
                let refused = $producer.publish_deadline(passed, move |event| *event = [round; N]);
                let Err(PublishError::Full(write)) = refused else {
                    panic!("it is full");
                };
                let refused = $producer.try_publish(write);
                let Err(PublishError::Full(write)) = refused else {
                    panic!("it is still full");
                };
                let mut came = Vec::new();
                while let Ok(mut batch) = $poller.poll() {
                    batch.for_each(|event, _| came.push(*event));
                }
                assert!(came.iter().copied().eq((0..capacity).map(|i| [round + i; N])), "all came");
                $producer.publish(write).unwrap();
                assert_eq!($poller.poll().unwrap().next(), Some(&[round; N]), "as it came back");
            }
            drop($poller);
            let refused = $producer.publish(move |event| *event = [9; N]);
            let write = refused.unwrap_err().into_inner();
            assert!(matches!($producer.try_publish(write), Err(PublishError::Closed(_))), "closed");
        }};
    }
    check!(single, its_poller);
    check!(multi, poller);
}

#[test]
fn events_of_any_size_are_refused_and_come_back() {
    refusals::<1>();
    refusals::<16>();
    refusals::<17>();
    refusals::<64>();
    refusals::<300>();
}

#[test]
fn events_without_size_are_counted() {
    let (mut producer, mut poller) = one_to_one(1, || ()).unwrap();
    assert_eq!(producer.capacity(), 7, "a block of them");
    for _ in 0..5 {
        producer.publish_batch(7, |slots| assert_eq!(slots.len(), 7)).unwrap();
        assert!(producer.try_publish(|()| {}).is_err(), "full");
        let mut seen = 0;
        while let Ok(mut batch) = poller.poll() {
            batch.for_each(|(), _| seen += 1);
        }
        assert_eq!(seen, 7);
    }
}

#[test]
fn events_keep_their_alignment() {
    #[repr(align(128))]
    struct Wide(u8);
    #[repr(align(4096))]
    struct Page(u8);
    fn check<E: Send + 'static>(make: fn() -> E, byte: fn(&mut E) -> &mut u8) {
        let (mut producer, mut poller) = many_to_one(3, make).unwrap();
        for i in 0..9 {
            producer
                .publish(|event| {
                    let at = std::ptr::from_mut(event).addr();
                    assert_eq!(at % align_of::<E>(), 0, "where it is written");
                    *byte(event) = i;
                })
                .unwrap();
            let mut batch = poller.poll().unwrap();
            let event = batch.next_mut().unwrap();
            assert_eq!(std::ptr::from_mut(event).addr() % align_of::<E>(), 0, "where it is read");
            assert_eq!(*byte(event), i);
        }
    }
    check(|| Wide(0), |event| &mut event.0);
    check(|| Page(0), |event| &mut event.0);
}

#[test]
fn every_event_is_dropped_exactly_once() {
    let tally = Tally::new();
    let make = tally.clone();
    let (mut producer, mut poller) = one_to_one(10, move || make.make()).unwrap();
    let capacity = producer.capacity();
    assert_eq!((tally.made(), tally.dropped()), (capacity, 0), "filled once");
    for _ in 0..25 {
        let fresh = tally.make();
        producer.publish(move |event| *event = fresh).unwrap();
        let mut batch = poller.poll().unwrap();
        let spare = tally.make();
        let taken: Tallied = std::mem::replace(batch.next_mut().unwrap(), spare);
        drop(taken);
    }
    let unpublished = tally.make();
    let mut claim = producer.claim(2).unwrap();
    *claim.get_mut(0).unwrap() = unpublished;
    drop(claim);
    drop((producer, poller));
    assert_eq!(tally.made(), tally.dropped(), "no more, no less");
    assert_eq!(tally.made(), capacity + 51);
}

#[test]
fn events_outlive_the_ring_as_long_as_a_handle_does() {
    let tally = Tally::new();
    let make = tally.clone();
    let (mut producer, mut ring) =
        Builder::new(7, move || make.make()).stage("a").poller_mut().start_multi().unwrap();
    let mut poller = ring.poller_mut("a").unwrap();
    producer.publish(|_| {}).unwrap();
    let capacity = producer.capacity();
    drop((producer, ring));
    assert_eq!(poller.poll().unwrap().len(), 1, "it drains");
    assert_eq!(tally.dropped(), 0, "the last handle holds them");
    drop(poller);
    assert_eq!(tally.dropped(), capacity);
}

#[test]
fn an_event_that_is_not_sync_is_fine_where_only_one_holds_it() {
    use std::cell::Cell;
    let (mut producer, ring) = Builder::new(7, || Cell::new(0_u64))
        .stage("a")
        .each_mut(|event: &mut Cell<u64>, _| event.set(event.get() + 1))
        .stage("b")
        .after("a")
        .each_mut(|event: &mut Cell<u64>, _| assert_eq!(event.get(), 8))
        .start()
        .unwrap();
    for _ in 0..30 {
        producer.publish(|event| event.set(7)).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
}
