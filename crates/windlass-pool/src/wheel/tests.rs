//! The wheel beside a sorted map, and the cases that one might fear for.

use super::*;
use alloc::vec::Vec;

/// All that fires up to `now`.
fn fired<T>(wheel: &mut Wheel<T>, now: u64) -> Vec<T> {
    let mut fired = Vec::new();
    wheel.advance(now, |value| fired.push(value));
    fired
}

#[test]
fn timers_fire_in_order_of_their_time_and_never_early() {
    let mut wheel = Wheel::with_limit(8);
    for at in [3 * TICK, 2 * TICK + 5, 2 * TICK + 4, 0, 700 * TICK] {
        wheel.schedule(at, at).unwrap();
    }
    assert_eq!(fired(&mut wheel, 2 * TICK + 4), [0, 2 * TICK + 4], "what is due, in order");
    assert_eq!(wheel.next_due(), Some(2 * TICK + 5), "the rest of the tick");
    assert_eq!(fired(&mut wheel, 700 * TICK - 1), [2 * TICK + 5, 3 * TICK], "over many turns");
    assert_eq!(fired(&mut wheel, 700 * TICK), [700 * TICK], "exactly when due");
    assert_eq!(wheel.next_due(), None, "nothing is left");
}

#[test]
fn equal_times_fire_in_the_order_of_scheduling() {
    let mut wheel = Wheel::with_limit(100);
    for value in 0..100_u64 {
        // The even ones are filed at another level, from further away.
        if value == 50 {
            wheel.advance(69 * TICK, |_| unreachable!("nothing is due"));
        }
        wheel.schedule(70 * TICK, value).unwrap();
    }
    assert_eq!(fired(&mut wheel, 70 * TICK), (0..100).collect::<Vec<_>>(), "ties in order");
}

#[test]
fn a_full_wheel_gives_the_value_back_and_has_room_after_a_cancel() {
    let mut wheel = Wheel::with_limit(1);
    let id = wheel.schedule(5, "first").unwrap();
    let Full(back) = wheel.schedule(6, "second").unwrap_err();
    assert_eq!(back, "second", "the value comes back");
    assert_eq!(wheel.cancel(id), Some("first"), "a timer can be taken back");
    wheel.schedule(6, "third").unwrap();
    let Full(back) = Wheel::with_limit(0).schedule(0, "none").unwrap_err();
    assert_eq!(back, "none", "a wheel without room refuses");
}

#[test]
fn a_stale_id_cancels_nothing() {
    let mut wheel = Wheel::with_limit(1);
    let fired_id = wheel.schedule(5, 'a').unwrap();
    assert_eq!(fired(&mut wheel, 5), ['a'], "fires");
    assert_eq!(wheel.cancel(fired_id), None, "it has fired");
    let cancelled = wheel.schedule(5 * TICK, 'b').unwrap();
    assert_eq!(wheel.cancel(fired_id), None, "the place is another timer's now");
    assert_eq!(wheel.cancel(cancelled), Some('b'), "by its own id");
    assert_eq!(wheel.cancel(cancelled), None, "once only");
}

#[test]
fn the_last_instant_of_all_can_be_reached() {
    let mut wheel = Wheel::with_tick(2, 1);
    wheel.schedule(u64::MAX, 'z').unwrap();
    wheel.schedule(1 << 63, 'y').unwrap();
    assert_eq!(wheel.next_due(), Some(1 << 63), "the earlier one");
    assert_eq!(fired(&mut wheel, u64::MAX - 1), ['y'], "not the last one");
    assert_eq!(fired(&mut wheel, u64::MAX), ['z'], "the last one");
}

#[test]
fn a_panic_loses_only_the_timer_that_was_firing() {
    let mut wheel = Wheel::with_limit(3);
    for value in 0..3 {
        wheel.schedule(value, value).unwrap();
    }
    let broken = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
        wheel.advance(9, |value| assert_ne!(value, 1, "on purpose"));
    }));
    assert!(broken.is_err(), "the panic is the caller's");
    assert_eq!(fired(&mut wheel, 9), [2], "the next one is there");
}

#[test]
fn what_fires_may_schedule_again() {
    let mut wheel = Wheel::with_limit(1);
    wheel.schedule(10, 10).unwrap();
    let mut fired = Vec::new();
    while let Some(at) = wheel.pop(35) {
        fired.push(at);
        wheel.schedule(at + 10, at + 10).unwrap();
    }
    assert_eq!(fired, [10, 20, 30], "a period, without drift");
    assert_eq!(wheel.next_due(), Some(40), "and on");
}

#[test]
fn draining_gives_all_in_order_and_leaves_what_is_not_taken() {
    let mut wheel = Wheel::with_limit(4);
    for at in [9_000 * TICK, 1, u64::MAX] {
        wheel.schedule(at, at).unwrap();
    }
    assert_eq!(wheel.drain().next(), Some(1), "the first");
    assert_eq!(wheel.len(), 2, "the others stay");
    wheel.schedule(2, 2).unwrap();
    assert_eq!(wheel.drain().collect::<Vec<_>>(), [2, 9_000 * TICK, u64::MAX], "in order");
    assert_eq!(wheel.next_due(), None, "nothing is left");
}

#[test]
fn an_answer_in_time_costs_no_look_at_other_timers() {
    // Documents the bound: cancelling the first timer leaves its time as a bound until it passes.
    let mut wheel = Wheel::with_limit(2);
    let first = wheel.schedule(5, 'a').unwrap();
    wheel.schedule(9, 'b').unwrap();
    assert_eq!(wheel.cancel(first), Some('a'), "answered");
    assert_eq!(wheel.next_due(), Some(5), "earlier than needed, never later");
    assert_eq!(fired(&mut wheel, 5), [] as [char; 0], "nothing is due");
    assert_eq!(wheel.next_due(), Some(9), "exact again");
}

#[cfg(not(loom))]
mod beside_a_map {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    const LIMIT: usize = 40;

    #[derive(Clone, Debug)]
    enum Step {
        Schedule(u64),
        /// The timer that was scheduled so many steps before, or not at all.
        Cancel(prop::sample::Index),
        Advance(u64),
        Drain(usize),
    }

    /// Instants from now: near, far, and very far, so that each level is met.
    fn distance() -> impl Strategy<Value = u64> {
        (0_u32..64, any::<u64>()).prop_map(|(bits, noise)| noise >> bits)
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => distance().prop_map(Step::Schedule),
            4 => any::<prop::sample::Index>().prop_map(Step::Cancel),
            6 => distance().prop_map(Step::Advance),
            1 => (0..LIMIT).prop_map(Step::Drain),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
        fn the_wheel_fires_what_a_sorted_map_fires(
            tick in prop_oneof![Just(1_u64), Just(7), Just(1_000), Just(TICK)],
            start in distance(),
            steps in prop::collection::vec(step(), 1..200),
        ) {
            let mut wheel = Wheel::with_tick(LIMIT, tick);
            let capacities = (wheel.slab.capacity(), wheel.due.capacity());
            let mut map = BTreeMap::new();
            let mut ids = Vec::new();
            // What is before the first `now` is in the past.
            let mut now = start;
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Schedule(distance) => {
                        // Half of them from `now`, half of them from zero: those may be over.
                        let base = if number % 2 == 0 { now } else { 0 };
                        let at = base.saturating_add(distance);
                        match wheel.schedule(at, number) {
                            Ok(id) => {
                                prop_assert!(map.len() < LIMIT, "beyond the limit");
                                map.insert((at, number), ());
                                ids.push((id, at, number));
                            }
                            Err(Full(back)) => {
                                prop_assert_eq!(back, number, "the value comes back");
                                prop_assert_eq!(map.len(), LIMIT, "refused with room");
                            }
                        }
                    }
                    Step::Cancel(which) if !ids.is_empty() => {
                        let (id, at, number) = ids[which.index(ids.len())];
                        let expected = map.remove(&(at, number)).map(|()| number);
                        prop_assert_eq!(wheel.cancel(id), expected, "another one, or a stale one");
                    }
                    Step::Cancel(_) => {}
                    Step::Advance(distance) => {
                        now = now.saturating_add(distance);
                        let mut expected = Vec::new();
                        while let Some((&(at, number), ())) = map.first_key_value() {
                            if now < at {
                                break;
                            }
                            map.remove(&(at, number));
                            expected.push(number);
                        }
                        prop_assert_eq!(fired(&mut wheel, now), expected, "other timers");
                        if let (Some(due), Some(((at, _), ()))) = (wheel.next_due(), map.first_key_value()) {
                            prop_assert!(now < due && due <= *at, "{} waits for {}", due, at);
                        }
                    }
                    Step::Drain(count) => {
                        let drained: Vec<_> = wheel.drain().take(count).collect();
                        let expected: Vec<_> = core::iter::from_fn(|| map.pop_first())
                            .take(count).map(|((_, number), ())| number).collect();
                        prop_assert_eq!(drained, expected, "drained in order");
                    }
                }
                let first = map.first_key_value().map(|((at, _), ())| *at);
                let due = wheel.next_due();
                prop_assert_eq!(due.is_some(), first.is_some(), "something or nothing");
                prop_assert!(due <= first, "{:?} is later than {:?}", due, first);
                prop_assert_eq!(wheel.len(), map.len(), "how many");
            }
            let now_capacities = (wheel.slab.capacity(), wheel.due.capacity());
            prop_assert_eq!(now_capacities, capacities, "something was allocated");
        }
    }
}
