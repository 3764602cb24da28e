//! Configurations and texts out of anything: refused, or as good as any other.

use std::time::Duration;

use proptest::prelude::*;
use windlass_pool::{
    Breaker, Builder, HealthRules, Placement, Poison, Pool, QosLevel, Restart, Shed, Shutdown,
    Spread,
};

/// Numbers at which limits lie, and many small ones.
fn edge() -> impl Strategy<Value = usize> {
    let limits = vec![0, 1, 64, 4_096, 65_536, 1_000_000, 1_000_001, usize::MAX - 1, usize::MAX];
    prop_oneof![4 => 1..40_usize, 1 => prop::sample::select(limits), 1 => any::<usize>()]
}

/// Each worker is a thread: few, or more than can be.
fn workers() -> impl Strategy<Value = usize> {
    prop_oneof![6 => 1..4_usize, 1 => prop::sample::select(vec![0, 4_097, 1 << 17, usize::MAX])]
}

fn time() -> impl Strategy<Value = Duration> {
    let odd = vec![Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    prop_oneof![(1..2_000_u64).prop_map(Duration::from_micros), prop::sample::select(odd)]
}

fn restart() -> impl Strategy<Value = Restart> {
    (any::<bool>(), edge(), time(), time(), time(), time()).prop_map(
        |(never, max, window, least, most, quiet)| {
            let restart = if never { Restart::never() } else { Restart::on_panic() };
            restart.max(max, window).backoff(least..most).forgive_after(quiet)
        },
    )
}

fn placement() -> impl Strategy<Value = Placement> {
    prop_oneof![
        4 => Just(Placement::None),
        1 => Just(Placement::Compact),
        1 => Just(Placement::Spread),
        1 => prop::collection::vec(edge(), 0..5).prop_map(Placement::Cores),
        1 => edge().prop_map(Placement::Node),
    ]
}

type Change = fn(Builder<Counts>, usize, Duration) -> Builder<Counts>;
type Counts = windlass_pool::Each<u64, fn(u64)>;

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What is set to any number, one or a few of these at a time.
const CHANGES: [Change; 16] = [
    |b, n, _| b.control_capacity(n),
    |b, n, _| b.budgets(small(n), 1, 1),
    |b, n, _| b.budgets(1, small(n), small(n)),
    |b, n, _| b.senders(n),
    |b, n, _| b.batch(n),
    |b, n, _| b.outbox(n),
    |b, n, _| b.timers(n),
    |b, n, _| b.scheduled(n),
    |b, n, _| b.dead_letters(n),
    |b, n, _| b.spread(Spread::Sticky(small(n))),
    |b, n, _| b.poison(Poison::Retry(small(n))),
    |b, n, t| b.breaker(Breaker::after(n, t).cool_down(t).probes(n)),
    |b, n, t| b.shed(Shed::older_than(t).above(small(n))),
    |b, n, t| b.health(HealthRules::default().stuck_after(t).window(t).mailbox_mark(small(n))),
    |b, _, t| b.tick(t),
    |b, n, _| b.name("n".repeat(n.min(100))),
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 192,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_numbers_make_a_pool_or_are_refused(
        workers in workers(),
        max_workers in prop::option::of(workers()),
        level in prop::sample::select(QosLevel::ALL.to_vec()),
        capacity in edge(),
        restart in restart(),
        placement in placement(),
        changes in prop::collection::vec((0..CHANGES.len(), edge(), time()), 0..4),
        sends in 0..50_u64,
    ) {
        let each: fn(u64) = drop;
        let mut builder = Pool::each(move |_| each).workers(workers).mailbox(level, capacity);
        builder = builder.restart(restart).placement(placement);
        if let Some(max) = max_workers {
            builder = builder.max_workers(max);
        }
        for (which, n, time) in changes {
            builder = CHANGES[which](builder, n, time);
        }
        let Ok(pool) = builder.build() else { return Ok(()) };
        prop_assert_eq!(pool.workers(), workers, "as many as were asked for");
        if let Ok(mut tx) = pool.sender() {
            for n in 0..sends {
                // Refused, perhaps, if there is room for one only.
                let _refused = tx.try_send(&n, n);
            }
        }
        let report = pool.shutdown(Shutdown::drain());
        prop_assert!(report.is_balanced(), "{:?}", report);
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::*;
    use crate::support::{actors, balanced};
    use windlass_pool::{BuildError, Saved};

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_a_snapshot_or_is_refused(
            slots in prop::collection::vec((prop_oneof![0..4_100_u16, any::<u16>()], any::<u64>()), 0..6),
            bytes in prop::collection::vec(any::<u8>(), 0..8),
            at in 0..200_usize,
        ) {
            let saved: Saved<u64> = slots.into_iter().collect();
            let mut text = serde_json::to_vec(&saved).unwrap();
            let at = at.min(text.len());
            text.splice(at..(at + bytes.len() / 2).min(text.len()), bytes);
            let Ok(read) = serde_json::from_slice::<Saved<u64>>(&text) else { return Ok(()) };
            let beyond = read.slots.iter().find(|(slot, _)| *slot >= 4_096).map(|(slot, _)| *slot);
            let (builder, _seen) = actors();
            match (builder.restore(read).build(), beyond) {
                (Ok(pool), None) => balanced(&pool.shutdown(Shutdown::drain())),
                (Err(BuildError::NoSuchSlot { .. }), Some(_)) => {}
                (other, _) => panic!("{:?} with {beyond:?}", other.err()),
            }
        }
    }
}

#[path = "../../examples/order_book/feed.rs"]
#[allow(dead_code, clippy::cast_possible_truncation, reason = "half of it is for the example")]
mod feed;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_feed_or_are_refused(
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0..48_u8, 65..=90_u8], 0..400),
    ) {
        let mut feed = feed::Feed::new(bytes.as_slice());
        let mut messages = Vec::new();
        while let Ok(Some(message)) = feed.next() {
            messages.push(message);
        }
        prop_assert!(messages.len() <= bytes.len() / 21, "each takes its bytes");
        let mut written = Vec::new();
        for message in &messages {
            feed::write(&mut written, message).unwrap();
        }
        let mut again = feed::Feed::new(written.as_slice());
        for message in messages {
            prop_assert_eq!(again.next().unwrap(), Some(message), "written, and read again");
        }
    }
}
