//! Rings that cannot be built, or not as asked for.

use windlass_ring::{
    BuildError, Builder, Exclusive, Handler, Sequence, Shared, TakeError, many_to_one, one_to_one,
};

fn ring(capacity: usize) -> Builder<u64> {
    Builder::new(capacity, || 0)
}

#[test]
fn no_capacity_is_refused() {
    assert!(matches!(one_to_one(0, || 0_u64).unwrap_err(), BuildError::NoCapacity));
    assert!(matches!(many_to_one(0, || 0_u64).unwrap_err(), BuildError::NoCapacity));
}

#[test]
fn capacity_is_rounded_up_and_the_real_one_reported() {
    let largest = if cfg!(miri) { 70 } else { 1000 };
    for asked in [1, 6, 7, 8, 64, largest] {
        let (mut producer, poller) = one_to_one(asked, || 0_u64).unwrap();
        let real = producer.capacity();
        assert!(asked <= real && real < asked + 7, "{asked} became {real}: whole blocks of seven");
        assert_eq!((poller.capacity(), producer.remaining()), (real, real), "one answer");
        for _ in 0..real {
            producer.try_publish(|_| {}).unwrap();
        }
        assert!(producer.try_publish(|_| {}).is_err(), "and not one more");
    }
}

#[test]
fn a_batch_is_a_quarter_of_a_ring_and_more_in_a_tiny_one_but_leaves_half_of_it() {
    /// An event of which a block holds one, so that any capacity is possible.
    type Large = [u64; 8];
    let sizes = [
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 2),
        (7, 3),
        (8, 4),
        (16, 4),
        (20, 5),
        (400, 100),
        (8192, 1024),
    ];
    // The interpreter learns nothing from more laps of the same loop.
    let sizes = if cfg!(miri) { &sizes[..8] } else { &sizes[..] };
    for &(capacity, batch) in sizes {
        let (mut producer, mut poller) = one_to_one(capacity, Large::default).unwrap();
        producer.publish_batch(capacity, |_| {}).unwrap();
        assert_eq!(poller.poll().unwrap().len(), batch, "of {capacity}");
        drop(poller);
        let (mut producer, ring) =
            Builder::new(capacity, Large::default).joiners(1).start().unwrap();
        let mut joiner = ring.join(windlass_ring::JoinFrom::Next).unwrap();
        producer.publish_batch(capacity, |_| {}).unwrap();
        assert_eq!(joiner.poll().unwrap().len(), batch, "the same for a joiner");
    }
}

#[test]
fn members_of_a_group_share_a_tiny_ring_one_by_one() {
    let (mut producer, mut ring) = ring(7).stage("g").members(2).poller().start().unwrap();
    let mut member = ring.poller("g").unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    assert_eq!(member.poll().unwrap().len(), 1, "what one takes the others do not get");
}

#[test]
fn a_capacity_above_the_limit_is_refused() {
    let error = one_to_one(usize::MAX, || 0_u8).unwrap_err();
    let BuildError::CapacityTooLarge { capacity, max } = error else { panic!("{error}") };
    assert_eq!(capacity, usize::MAX);
    let error = one_to_one(max + 1, || 0_u8).unwrap_err();
    assert!(matches!(error, BuildError::CapacityTooLarge { .. }), "one above the limit");
}

#[test]
#[cfg(target_pointer_width = "64")]
#[cfg_attr(miri, ignore = "the interpreter stops when memory cannot be had")]
fn memory_that_cannot_be_had_is_an_error() {
    // As large as the whole address space of a process.
    let error = one_to_one(1 << 30, || [0_u8; 1 << 17]).unwrap_err();
    assert!(matches!(error, BuildError::OutOfMemory { .. }), "{error}");
}

#[test]
fn a_ring_without_consumers_is_refused() {
    assert!(matches!(ring(8).start().unwrap_err(), BuildError::NoStages));
    assert!(matches!(ring(8).gate("g").start().unwrap_err(), BuildError::NoStages));
}

#[test]
fn a_cycle_is_refused_and_named() {
    let ring = ring(8).stage("a").after("b").each(|_, _| {}).stage("b").after("a").each(|_, _| {});
    let error = ring.start().unwrap_err();
    assert!(matches!(&error, BuildError::Cycle(names) if names == &["a", "b"]), "{error}");
}

#[test]
fn a_name_given_twice_is_refused() {
    let twice = ring(8).stage("a").each(|_, _| {}).stage("a").poller().start().unwrap_err();
    assert!(matches!(&twice, BuildError::NameTaken(name) if name == "a"), "{twice}");
    let gate = ring(8).gate("a").stage("a").each(|_, _| {}).start().unwrap_err();
    assert!(matches!(&gate, BuildError::NameTaken(name) if name == "a"), "{gate}");
}

#[test]
fn an_unknown_stage_is_refused_and_named() {
    let error = ring(8).stage("a").after("x").each(|_, _| {}).start().unwrap_err();
    let BuildError::UnknownStage { stage, after } = error else { panic!("{error}") };
    assert_eq!((stage.as_str(), after.as_str()), ("a", "x"));
}

/// No system starts a thread with a zero byte in its name.
const NO_THREAD: &str = "no\0thread";

#[test]
fn a_thread_that_cannot_be_had_is_an_error_and_names_its_stage() {
    let error = ring(8).stage(NO_THREAD).each(|_, _| {}).start().unwrap_err();
    assert!(std::error::Error::source(&error).is_some(), "with what the system said");
    let BuildError::Spawn { stage, error } = error else { panic!("{error}") };
    assert_eq!((stage.as_str(), error.kind()), (NO_THREAD, std::io::ErrorKind::InvalidInput));
}

#[test]
fn stages_that_run_already_end_when_a_thread_cannot_be_had() {
    struct Ends(std::sync::mpsc::Sender<()>);
    impl Handler<u64, Shared> for Ends {
        fn on_batch(
            &mut self,
            _: &mut windlass_ring::Batch<'_, u64, Shared>,
        ) -> windlass_ring::Flow {
            unreachable!("nothing was published")
        }
        fn on_shutdown(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (ends, ended) = std::sync::mpsc::channel();
    let ring = ring(8).stage("runs").handler(Ends(ends)).stage(NO_THREAD).each(|_, _| {});
    assert!(matches!(ring.start_multi().unwrap_err(), BuildError::Spawn { .. }));
    // Hangs if the first stage waits for ever.
    assert_eq!(ended.iter().count(), 1, "shut down once, and gone");
}

#[test]
fn a_poller_may_have_any_name() {
    let (_producer, mut ring) = ring(8).stage(NO_THREAD).poller().start().unwrap();
    assert!(ring.poller(NO_THREAD).is_ok(), "it needs no thread");
}

#[test]
fn two_stages_cannot_hold_the_same_event_mutably() {
    let error = ring(8).stage("a").each_mut(|_, _| {}).stage("b").each(|_, _| {}).start();
    let error = error.unwrap_err();
    let BuildError::NotExclusive { stage, beside } = error else { panic!("{error}") };
    assert_eq!((stage.as_str(), beside.as_str()), ("a", "b"));
}

#[test]
fn a_group_needs_members_and_a_factory() {
    let none = ring(8).stage("a").members(0).poller().start().unwrap_err();
    assert!(matches!(&none, BuildError::NoMembers { stage } if stage == "a"), "{none}");
    let one = ring(8).stage("a").members(2).each(|_, _| {}).start().unwrap_err();
    assert!(matches!(&one, BuildError::NeedsFactory { stage } if stage == "a"), "{one}");
}

#[test]
fn more_consumers_than_a_ring_can_have_are_refused() {
    for asked in [1_025, usize::MAX] {
        let error = ring(8).joiners(asked).start().unwrap_err();
        let BuildError::TooManyConsumers { consumers, max } = error else { panic!("{error}") };
        assert_eq!((consumers, max), (asked, 1_024), "seats");
        let error = ring(8).stage("a").members(asked).poller().joiners(1).start().unwrap_err();
        assert!(matches!(error, BuildError::TooManyConsumers { .. }), "members: {error}");
    }
    let most = if cfg!(miri) { 8 } else { 1_024 };
    assert!(ring(8).joiners(most).start().is_ok(), "as many as can be");
}

#[test]
fn a_start_beyond_the_last_sequence_is_refused() {
    for first in [Sequence::MAX, Sequence::new(Sequence::MAX.get() + 1), Sequence::new(u64::MAX)] {
        let error = ring(8).first_sequence(first).stage("a").poller().start().unwrap_err();
        assert!(matches!(error, BuildError::SequenceTooLarge(at) if at == first), "{error}");
    }
}

#[test]
fn pollers_and_gates_are_taken_once_by_their_name_and_access() {
    let (_producer, mut ring) = ring(8)
        .gate("gate")
        .stage("poller")
        .poller()
        .stage("pair")
        .members(2)
        .after("poller")
        .poller_mut()
        .start()
        .unwrap();
    let name = |name: &str| name.to_string();
    assert_eq!(ring.poller("x").unwrap_err(), TakeError::Unknown(name("x")));
    assert_eq!(ring.poller("gate").unwrap_err(), TakeError::Unknown(name("gate")));
    assert_eq!(ring.gate("poller").unwrap_err(), TakeError::Unknown(name("poller")));
    assert_eq!(ring.poller_mut("poller").unwrap_err(), TakeError::Access(name("poller")));
    assert_eq!(ring.poller("pair").unwrap_err(), TakeError::Access(name("pair")));
    let _taken = (ring.poller("poller").unwrap(), ring.gate("gate").unwrap());
    assert_eq!(ring.poller("poller").unwrap_err(), TakeError::Taken(name("poller")));
    assert_eq!(ring.gate("gate").unwrap_err(), TakeError::Taken(name("gate")));
    let _pair = (ring.poller_mut("pair").unwrap(), ring.poller_mut("pair").unwrap());
    assert_eq!(ring.poller_mut("pair").unwrap_err(), TakeError::Taken(name("pair")));
}

#[test]
fn a_factory_of_events_that_panics_reaches_the_caller() {
    let failed = std::panic::catch_unwind(|| {
        let mut built = 0;
        let fails = move || {
            built += 1;
            assert!(built < 3, "the third event");
            built
        };
        one_to_one(7, fails).map(|_| ())
    });
    assert!(failed.is_err(), "not swallowed");
}

#[test]
fn a_builder_that_is_dropped_starts_nothing() {
    let tally = windlass_testkit::Tally::new();
    let event = tally.clone();
    drop(Builder::new(8, move || event.make()).stage("a").each_mut(|_, _| unreachable_stage()));
    assert_eq!(tally.made(), 0, "not even an event");
}

#[test]
fn unlimited_batches_are_not_limited() {
    let (mut producer, mut ring) = Builder::new(14, || 0_u64)
        .first_sequence(Sequence::new(5))
        .stage("a")
        .max_batch(usize::MAX)
        .poller()
        .start()
        .unwrap();
    let mut poller = ring.poller("a").unwrap();
    for _ in 0..3 {
        producer.publish_batch(14, |_| {}).unwrap();
        assert_eq!(poller.poll().unwrap().len(), 14, "all at once");
        poller.set_max_batch(usize::MAX);
        poller.poll().unwrap().skip_rest();
    }
}

#[test]
fn a_batch_of_no_events_is_one_of_one() {
    let (mut producer, mut poller) = one_to_one(7, || 0_u64).unwrap();
    producer.publish_batch(3, |_| {}).unwrap();
    poller.set_max_batch(0);
    assert_eq!(poller.poll().unwrap().len(), 1, "at least one, or it would never go on");
}

#[test]
fn a_handler_works_by_either_access() {
    struct Any;
    impl Handler<u64, Shared> for Any {
        fn on_batch(
            &mut self,
            batch: &mut windlass_ring::Batch<'_, u64, Shared>,
        ) -> windlass_ring::Flow {
            batch.skip_rest();
            windlass_ring::Flow::Continue
        }
    }
    impl Handler<u64, Exclusive> for Any {
        fn on_batch(
            &mut self,
            batch: &mut windlass_ring::Batch<'_, u64, Exclusive>,
        ) -> windlass_ring::Flow {
            batch.skip_rest();
            windlass_ring::Flow::Continue
        }
    }
    let ring = ring(8).stage("a").handler(Any).stage("b").after("a").handler_mut(Any).start();
    let (mut producer, ring) = ring.unwrap();
    producer.publish(|_| {}).unwrap();
    drop(producer);
    assert!(ring.wait_end().unwrap().drained, "both saw it");
}

fn unreachable_stage() {
    unreachable!("its builder was dropped");
}
