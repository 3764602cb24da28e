//! Configurations out of any numbers: refused, or as good as any other.

use proptest::prelude::*;
use windlass_ring::{Builder, PollError, Sequence};

/// Numbers at which limits lie, and many small ones.
fn edge() -> impl Strategy<Value = usize> {
    let limits =
        vec![0, 1, 7, 8, 65_535, 65_536, 1 << 20, usize::MAX / 8, usize::MAX - 1, usize::MAX];
    prop_oneof![4 => 0..100_usize, 1 => prop::sample::select(limits), 1 => any::<usize>()]
}

/// Sequences near the beginning, near powers of two, and near the end.
fn first() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..100_u64,
        (0..64_u32, 0..5_u64).prop_map(|(bits, less)| (1_u64 << bits).saturating_sub(less)),
        (0..5_u64).prop_map(|less| u64::MAX - less),
        any::<u64>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_numbers_make_a_ring_or_are_refused(
        capacity in edge(),
        joiners in prop_oneof![Just(0), edge()],
        max_batch in edge(),
        first in first(),
        several: bool,
        events in 0..40_u8,
    ) {
        let builder = Builder::new(capacity, || 0_u8).joiners(joiners);
        let builder = builder.first_sequence(Sequence::new(first));
        let builder = builder.stage("a").max_batch(max_batch).poller();
        let mut published = Vec::new();
        let mut ring = if several {
            let Ok((mut producer, ring)) = builder.start_multi() else { return Ok(()) };
            for event in 0..events {
                if producer.try_publish(|slot| *slot = event).is_ok() {
                    published.push(event);
                }
            }
            ring
        } else {
            let Ok((mut producer, ring)) = builder.start() else { return Ok(()) };
            for event in 0..events {
                if producer.try_publish(|slot| *slot = event).is_ok() {
                    published.push(event);
                }
            }
            ring
        };
        // Sequences end.
        let left = usize::try_from(Sequence::MAX.get() - first).unwrap_or(usize::MAX);
        let room = capacity.min(events.into()).min(left);
        prop_assert!(room <= published.len(), "as much as was asked for");
        let mut poller = ring.poller("a").unwrap();
        let mut seen = Vec::new();
        let end = loop {
            match poller.poll() {
                Ok(mut batch) => batch.for_each(|event, at| {
                    assert_eq!(at.sequence.get(), first + seen.len() as u64, "in order");
                    seen.push(*event);
                }),
                Err(end) => break end,
            }
        };
        prop_assert_eq!((end, seen), (PollError::Closed, published), "all of it");
    }
}
