//! Configurations out of any numbers and texts: refused, or as good as any other.

use std::time::Duration;

use proptest::prelude::*;
use windlass_qos::{Builder, QosLevel, TrySendError};

/// Numbers at which limits lie, and a few small ones.
fn edge() -> impl Strategy<Value = usize> {
    let limits = vec![0, 1, 2, 64, 65, 999_999, 1_000_000, 1_000_001, usize::MAX - 1, usize::MAX];
    prop_oneof![0..40_usize, prop::sample::select(limits), any::<usize>()]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_a_level_or_is_refused(
        name in prop::sample::select(QosLevel::ALL.to_vec()),
        bytes in prop::collection::vec(any::<u8>(), 0..16),
        at in 0..16_usize,
    ) {
        let text = String::from_utf8_lossy(&bytes);
        // A level with something in it that does not belong there.
        let (before, behind) = name.name().split_at(at.min(name.name().len()));
        for text in [text.to_string(), format!("{before}{text}{behind}")] {
            let level = text.parse::<QosLevel>();
            prop_assert!(level.is_err() || level.is_ok_and(|level| level.name() == text), "{}", text);
        }
    }

    #[test]
    fn any_numbers_make_a_buffer_or_are_refused(
        level in prop::sample::select(QosLevel::ALL.to_vec()),
        capacity in edge(),
        senders in edge(),
        receivers in edge(),
        drop_newest: bool,
        patience in prop::option::of(prop_oneof![Just(Duration::MAX), Just(Duration::ZERO)]),
        sends in 0..40_u8,
    ) {
        let builder = Builder::new(level, capacity).many_receivers(receivers).many_senders(senders);
        let builder = if drop_newest { builder.drop_newest() } else { builder };
        let builder = match patience {
            Some(patience) => builder.wait_then_overwrite(patience),
            None => builder,
        };
        let Ok((mut tx, mut rx)) = builder.build() else { return Ok(()) };
        prop_assert_eq!(tx.capacity(), capacity, "as asked for");
        let (mut accepted, mut received) = (0, 0);
        for message in 0..sends {
            match tx.try_send(message) {
                Ok(()) => accepted += 1,
                Err(TrySendError::Full(back) | TrySendError::Closed(back)) => {
                    prop_assert_eq!(back, message, "it comes back");
                }
            }
        }
        tx.close();
        while rx.recv().is_ok_and(|_| { received += 1; true }) {}
        received += rx.iter().count() as u64;
        let stats = rx.stats();
        prop_assert_eq!((stats.accepted, stats.delivered), (accepted, received), "as counted");
        prop_assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held, "adds up");
    }
}
