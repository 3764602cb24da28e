//! Against a deque, step by step.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{LATE, Pair, limits};
use crate::stats::Stats;
use crate::store::{IndexQueue, Refused, StampQueue, Store, Taken};

#[derive(Debug, Clone)]
enum Step {
    Offer,
    Take,
    TakeLatest,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        9 => Just(Step::Offer),
        8 => Just(Step::Take),
        1 => Just(Step::TakeLatest),
        1 => Just(Step::Close),
    ];
    proptest::collection::vec(step, 0..200)
}

fn does_what_a_deque_does<S: Store<u64>>(
    capacity: usize,
    origin: u64,
    steps: &[Step],
    handles: usize,
) -> Result<(), TestCaseError> {
    let mut queue = Pair::<u64, S>::new(&limits(capacity, handles, origin));
    let (mut model, mut closed) = (VecDeque::new(), false);
    let mut expected = Stats::default();
    for (n, step) in (0_u64..).zip(steps) {
        let end = if closed { Taken::End } else { Taken::Empty };
        match step {
            Step::Offer if closed => prop_assert_eq!(queue.offer(n), Err(Refused::Closed(n))),
            Step::Offer if model.len() == capacity => {
                prop_assert_eq!(queue.offer(n), Err(Refused::Full(n)));
            }
            Step::Offer => {
                prop_assert_eq!(queue.offer(n), Ok(()));
                model.push_back(n);
                expected.accepted += 1;
            }
            Step::Take => {
                let next = model.pop_front();
                expected.delivered += u64::from(next.is_some());
                prop_assert_eq!(queue.take(), next.map_or(end, Taken::Message));
            }
            Step::TakeLatest => {
                let mut passed_over = Vec::new();
                let taken =
                    queue.store.take_latest(&mut queue.rx, &mut |older| passed_over.push(older));
                let latest = model.pop_back();
                expected.delivered += u64::from(latest.is_some());
                expected.passed_over += model.len() as u64;
                prop_assert_eq!(taken, latest.map_or(end, Taken::Message));
                prop_assert_eq!(passed_over, model.drain(..).collect::<Vec<_>>());
            }
            Step::Close => {
                queue.store.close();
                closed = true;
            }
        }
        expected.held = model.len() as u64;
        let stats = queue.store.stats();
        prop_assert_eq!(queue.store.len(), model.len());
        prop_assert_eq!(queue.store.is_closed(), closed);
        prop_assert!(stats.held <= stats.high_water && stats.high_water <= capacity as u64);
        prop_assert_eq!(Stats { high_water: 0, ..stats }, expected);
    }
    let mut left = Vec::new();
    queue.store.drain(&mut |message| left.push(message));
    prop_assert_eq!(left, Vec::from(model));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 200 })
    })]

    #[test]
    fn both_queues_do_what_a_deque_does(
        capacity in 1..20_usize,
        origin in prop_oneof![Just(0), Just(LATE)],
        steps in steps(),
    ) {
        does_what_a_deque_does::<IndexQueue<u64>>(capacity, origin, &steps, 1)?;
        does_what_a_deque_does::<StampQueue<u64>>(capacity, origin, &steps, 1)?;
        does_what_a_deque_does::<StampQueue<u64>>(capacity, origin, &steps, 3)?;
    }
}
